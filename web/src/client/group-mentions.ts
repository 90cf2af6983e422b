/** `@here` and `@all`: they call everybody, so one person can't use them again and again. */

import { textOf } from "$client/looks";
import type { Messages } from "$client/messages";
import type { ClientState, Log } from "$client/state";
import type { StoredMessage } from "$client/store/records";
import { GROUP_MENTION_INTERVAL_MS } from "$wire/limits";
import { GROUP_MENTIONS, mentionsIn } from "$wire/mentions";

/** How many messages before a call are searched for an earlier one: more in 5 minutes are past reading. */
const MESSAGES_LOOKED_AT = 200;

/** Tells which of these calls count. It follows from the log alone, so all devices agree. */
export class GroupMentions {
  readonly #state: ClientState;
  readonly #messages: Messages;

  constructor(state: ClientState, messages: Messages) {
    this.#state = state;
    this.#messages = messages;
  }

  /** Tell whether its author has called nobody in the 5 minutes before (by the hub's clock). */
  async counts(log: Log, message: StoredMessage): Promise<boolean> {
    const author = this.#state.ownerOf(message.sender);
    const sinceMs = message.atMs - GROUP_MENTION_INTERVAL_MS;
    const before = await this.#messages.before(log.id, message.seq, MESSAGES_LOOKED_AT);
    return !before.some(
      (each) => each.atMs > sinceMs && this.#state.ownerOf(each.sender) === author && callsAll(each),
    );
  }
}

/** Tell whether a message was written with `@here` or `@all` in it. */
function callsAll(message: StoredMessage): boolean {
  const text = textOf(message);
  return text !== null && text.includes("@") && hasGroupMention(mentionsIn(text, () => false));
}

/** Tell whether one of these mentions calls everybody. */
export function hasGroupMention(mentions: readonly string[]): boolean {
  return mentions.some((mention) => GROUP_MENTIONS.has(mention));
}
