/** Whether we are there, and that we are typing. */

import type { NowVerbs } from "$client/api";
import type { VerbParts } from "$client/verbs/base";
import { codePoints } from "$wire/bytes";
import { LocalError } from "$wire/errors";
import { MAX_AWAY_REASON_CODE_POINTS } from "$wire/limits";
import { Status } from "$wire/status";

/** Make the verbs that say things of now. None waits for the hub; without it, the status is told once it is back. */
export function nowVerbs({ engine }: VerbParts): NowVerbs {
  const { own, typing } = engine.now;
  const choose = (status: Status): void => {
    engine.begin(() => {
      own.choose(status, "");
    });
  };
  return {
    away: (reason = "") => {
      const words = reason.trim().split(/\s+/u).join(" ");
      const size = codePoints(words);
      if (size > MAX_AWAY_REASON_CODE_POINTS) {
        const text = `${size} characters; at most ${MAX_AWAY_REASON_CODE_POINTS} fit`;
        throw new LocalError(`the reason has ${text}: shorten it`);
      }
      const isReadable = own.isReadable(words);
      engine.begin(() => {
        own.choose(Status.AWAY, words);
      });
      return isReadable;
    },
    doNotDisturb: () => {
      choose(Status.DO_NOT_DISTURB);
    },
    back: () => {
      choose(Status.ONLINE);
    },
    touched: () => {
      engine.begin(() => {
        own.touched();
      });
    },
    typing(conversation, { isTyping = true } = {}) {
      engine.begin(() => {
        if (isTyping) typing.typing(conversation);
        else typing.stoppedTyping(conversation);
      });
    },
  };
}
