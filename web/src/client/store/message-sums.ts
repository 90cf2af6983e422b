/** What is counted and collected over many messages, the same for every store. */

import type { SessionKey, StoredMessage, UnreadCount } from "$client/store/records";
import { isShown } from "$client/store/message-rows";

/** Reasons of what counts as unread though it can't be read: its key may come; empty for what can. */
export const COUNTED_REASONS: ReadonlySet<string> = new Set(["", "missing_key", "unknown_content"]);

/** See `Store.countUnread`. */
export async function countUnread(
  pages: AsyncIterable<readonly StoredMessage[]> | Iterable<readonly StoredMessage[]>,
  butFrom: Iterable<string>,
): Promise<UnreadCount> {
  const silent = new Set(butFrom);
  let [count, firstSeq] = [0, 0];
  for await (const page of pages) {
    for (const message of page) {
      if (!counts(message) || silent.has(message.sender)) continue;
      firstSeq ||= message.seq;
      count += 1;
    }
  }
  return { count, firstSeq };
}

function counts(message: StoredMessage): boolean {
  const isDeleted = !message.content.length && !message.reason;
  return isShown(message) && !isDeleted && COUNTED_REASONS.has(message.reason);
}

/** Return the keys that messages (by seq) lack, those of the newest first. */
export function missingSessions(messages: readonly StoredMessage[], limit: number): SessionKey[] {
  const newestFirst = messages.toReversed().map((message) => message.session + message.sender);
  return [...new Set(newestFirst)].slice(0, limit);
}
