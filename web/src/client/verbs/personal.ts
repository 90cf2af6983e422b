/** What is the same on all devices of a person: what is unread, drafts, preferences. */

import type { PersonalVerbs, RoomTrustVerbs } from "$client/api";
import { conversationKey, type ConversationKey } from "$client/model";
import { attentionTo, mayRing, type ReaderNow } from "$client/notify";
import {
  acceptPreference,
  bellPreference,
  ignorePreference,
  keywordPreference,
  levelPreference,
  mutePreference,
  quietHoursPreference,
  readReceiptsPreference,
} from "$client/preference-values";
import { FOR_EVER } from "$client/preferences";
import { personNamed, type VerbParts } from "$client/verbs/base";
import type { Preference } from "$wire/account";
import { LocalError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { Status } from "$wire/status";

/** What waits to be finished. */
interface Draft {
  readonly text: string;
}

/** Make the verbs that read and change what a person's devices share. */
export function personalVerbs(parts: VerbParts): PersonalVerbs & RoomTrustVerbs {
  const { engine, surroundings } = parts;
  const { personal, deliveries } = engine;
  const reader = (): ReaderNow => ({
    now: new Date(surroundings.clock.nowMs()),
    isDoNotDisturb: engine.now.own.status === Status.DO_NOT_DISTURB,
  });
  const drafts = new Map<ConversationKey, Draft>(); // set, and not yet taken by a step
  return {
    unread: (conversation) => personal.unreadOf(conversation),
    allUnread: () => personal.allUnread(),
    markRead(conversation, upTo) {
      engine.begin(async () => {
        const seq = personal.markRead(conversation, upTo ?? null);
        if (seq) await deliveries.reads.read(conversation, seq);
      });
    },
    draft: (conversation) => drafts.get(conversationKey(conversation))?.text ?? personal.draft(conversation),
    drafts: () => {
      const all = personal.drafts();
      for (const [key, { text }] of drafts) all.set(key, text);
      return new Map([...all].filter(([, text]) => text !== ""));
    },
    setDraft(conversation, text) {
      personal.checkDraft(conversation, text);
      const key = conversationKey(conversation);
      const draft: Draft = { text };
      drafts.set(key, draft);
      engine.begin(() => {
        if (drafts.get(key) !== draft) return; // a newer one follows
        drafts.delete(key);
        personal.setDraft(conversation, text);
      });
    },
    storeNow() {
      engine.begin(() => {
        personal.account.save();
      });
    },
    get preferences() {
      return personal.preferences;
    },
    attention(event) {
      return event.isBacklog ? "none" : attentionTo(event.message, personal.preferences, reader());
    },
    attentionFor: (message) => attentionTo(message, personal.preferences, reader()),
    rings: (event) => !event.isBacklog && mayRing(event.message, personal.preferences, reader()),
    untrusted: (conversation) => engine.state.untrusted(conversation).map((person) => person.handle),
    trustRoom: (conversation) =>
      engine.perform(() => {
        if (conversation.kind !== "room") {
          throw new LocalError("only rooms are accepted as a whole: trust the person, by their name");
        }
        for (const person of engine.state.untrusted(conversation)) {
          personal.account.put(acceptPreference(conversation.key, person.key));
        }
      }),
    ...preferring(parts),
  };
}

type PreferenceVerb =
  | "setLevel"
  | "mute"
  | "unmute"
  | "addKeyword"
  | "removeKeyword"
  | "setQuietHours"
  | "ignore"
  | "unignore"
  | "setReadReceipts"
  | "setBell";

function preferring({ engine, surroundings }: VerbParts): Pick<PersonalVerbs, PreferenceVerb> {
  const { account } = engine.personal;
  const prefer = (preference: () => Preference): Promise<void> =>
    engine.perform(() => {
      account.put(preference());
    });
  const userNamed = (handle: string): string => toHex(personNamed(engine, handle).user);
  return {
    setLevel: (conversation, level) => prefer(() => levelPreference(conversation, level)),
    mute: (conversation, { forS } = {}) =>
      prefer(() => {
        if (forS !== undefined && !(forS > 0)) throw new LocalError("mute for some time, as in /mute 2h");
        const untilMs = forS === undefined ? FOR_EVER : Math.floor(surroundings.clock.nowMs() + forS * 1000);
        return mutePreference(conversation, Math.min(untilMs, FOR_EVER));
      }),
    unmute: (conversation) => prefer(() => mutePreference(conversation, 0)),
    addKeyword: (word) => prefer(() => keywordPreference(word, true)),
    removeKeyword: (word) => prefer(() => keywordPreference(word, false)),
    setQuietHours: (hours) => prefer(() => quietHoursPreference(hours)),
    ignore: (handle) =>
      prefer(() => {
        const user = userNamed(handle);
        if (user === engine.state.user) throw new LocalError("you can't ignore yourself");
        return ignorePreference(user, true);
      }),
    unignore: (handle) => prefer(() => ignorePreference(userNamed(handle), false)),
    setReadReceipts: ({ isOn }) => prefer(() => readReceiptsPreference(isOn)),
    setBell: (bell) => prefer(() => bellPreference(bell)),
  };
}
