/**
 * What was set in our conversations, said to a new device of ours: the hub may have removed the entries. Mirrors
 * `client/handed_settings.py`.
 *
 * Lifetimes and topics stand in messages of their conversation. A device that is linked after the hub has removed these
 * can't learn them there, so the other devices of the person say them in the account log, with the places they have.
 * On a device that has those entries they change nothing.
 */

import type { Account } from "$client/account";
import type { Expiry } from "$client/expiry";
import type { Later } from "$client/later";
import { conversationIn, named } from "$client/personal";
import type { Rooms } from "$client/rooms";
import { type ClientState, type Log } from "$client/state";
import type { ConversationSettings, LifetimeSince } from "$wire/account";
import { encodeContent } from "$wire/content";
import { LocalError } from "$wire/errors";
import { MAX_HANDED_LIFETIMES, MAX_LIFETIME_S } from "$wire/limits";

/** What it works with. */
export interface HandedSettingsParts {
  readonly state: ClientState;
  readonly account: Account;
  readonly expiry: Expiry;
  readonly rooms: Rooms;
  readonly later: Later;
}

/** Says what holds here, and takes what another device of ours says. */
export class HandedSettings {
  readonly #parts: HandedSettingsParts;

  constructor(parts: HandedSettingsParts) {
    this.#parts = parts;
    parts.expiry.lifetimes.handed = (log) => this.#lifetimesOf(log);
  }

  // --- saying ---

  /** Another device of ours is new: it shall hear all that holds. */
  deviceAdded(): void {
    const { state, account } = this.#parts;
    for (const log of state.logs.values()) {
      const settings = log.isConversation ? this.#settingsOf(log) : null;
      if (settings) account.putSoon(settings);
    }
    account.deviceAdded();
  }

  #settingsOf(log: Log): ConversationSettings | null {
    const { state, expiry } = this.#parts;
    const lifetimes = expiry.lifetimes.knownOf(log).slice(-MAX_HANDED_LIFETIMES);
    const topic = state.topics.get(log.id);
    if (!lifetimes.length && !topic) return null;
    return {
      type: "conversation_settings",
      ...named(state.conversationOf(log)),
      lifetimes: lifetimes.map(({ seq, seconds }) => ({ seq, seconds })),
      topicSeq: topic?.seq ?? 0,
      topic: topic?.text ?? "",
    };
  }

  // --- taking ---

  /** Take what a device of ours says of a conversation; what we know to be later stays. */
  take(settings: ConversationSettings): void {
    const { state, expiry, rooms, later } = this.#parts;
    const conversation = conversationIn(settings);
    if (!conversation) return;
    const log = state.logFor(conversation);
    if (log && settings.lifetimes.length) later.run(() => expiry.takeHanded(log));
    if (!settings.topicSeq || !isTopic(settings.topic)) return;
    const place = { log: state.logOf(conversation), seq: settings.topicSeq, sender: state.device };
    rooms.takeHandedTopic(conversation, { type: "stored_topic", ...place, text: settings.topic });
  }

  /** Return what our devices have said of a log, the places that it has. */
  #lifetimesOf(log: Log): readonly LifetimeSince[] {
    const { state, account } = this.#parts;
    const key = { ...named(state.conversationOf(log)), lifetimes: [], topicSeq: 0, topic: "" };
    const held = account.value({ type: "conversation_settings", ...key });
    if (held?.type !== "conversation_settings") return [];
    return held.lifetimes.filter((each) => each.seq > 0 && each.seconds <= MAX_LIFETIME_S);
  }
}

function isTopic(text: string): boolean {
  try {
    encodeContent({ type: "topic", text, since: 0 });
    return true;
  } catch (error) {
    if (error instanceof LocalError) return false;
    throw error;
  }
}
