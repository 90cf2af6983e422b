/** How others join. */

import type { JoiningVerbs } from "$client/api";
import { linkTo, type VerbParts } from "$client/verbs/base";
import { EMPTY_BYTES } from "$wire/bytes";
import { LinkLost } from "$wire/errors";
import { INVITE_SECRET, labelledHash } from "$wire/labels";
import { INVITE_LIFETIME_S, INVITE_SECRET_BYTES } from "$wire/limits";

/** Make the verbs that make links. */
export function joiningVerbs(parts: VerbParts): JoiningVerbs {
  const { engine, surroundings } = parts;
  const { state } = engine;
  return {
    joinLink: () => linkTo(parts, EMPTY_BYTES, false),
    async createInvite() {
      if (!engine.isConnected) throw new LinkLost("not connected to the hub: an invite needs it");
      const secret = surroundings.randomBytes(INVITE_SECRET_BYTES);
      const expiresAtMs = surroundings.clock.nowMs() + state.clockOffsetMs + INVITE_LIFETIME_S * 1000;
      const hash = labelledHash(INVITE_SECRET, secret);
      const { answer } = await engine.perform(() => ({
        answer: engine.requests.createInvite(hash, expiresAtMs),
      }));
      await answer;
      return linkTo(parts, secret, false);
    },
  };
}
