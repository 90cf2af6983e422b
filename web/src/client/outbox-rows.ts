/** What a row of the outbox is. */

import type { MessageId } from "$client/model";
import type { OutboxRow } from "$client/store/records";
import { type Amending, type Content, decodeContent, kindOf, SHOWN_KINDS } from "$wire/content";
import { RemoteError } from "$wire/errors";
import { toHex } from "$wire/hex";

/** Tell whether a row is a message of its own: no change of one, no topic, nothing of the account. */
export function isMessage(row: OutboxRow): boolean {
  if (row.conversation.kind === "account") return false;
  const content = contentIn(row);
  return content === null || SHOWN_KINDS.has(kindOf(content));
}

/** Tell whether nobody wrote it: a read receipt, what newcomers lack, what our devices tell each other. */
export function isSaidByItself(row: OutboxRow): boolean {
  if (row.conversation.kind === "account") return true;
  const content = contentIn(row);
  const isRepeated = (content?.type === "topic" || content?.type === "lifetime") && content.since > 0;
  return isRepeated || content?.type === "read_up_to";
}

/** Return the message that a row changes; null for a message of its own. */
export function amendedBy(row: OutboxRow): MessageId | null {
  if (row.conversation.kind === "account") return null;
  const content = contentIn(row);
  return content !== null && isAmending(content) ? toHex(content.target) : null;
}

/** Tell whether a content changes how another message looks. */
export function isAmending(content: Content): content is Amending {
  return ["edit", "delete", "reaction", "pin"].includes(content.type);
}

/** Return what a row says; null if a newer version of this program has queued it. */
export function contentIn(row: OutboxRow): Content | null {
  try {
    return decodeContent(row.content);
  } catch (error) {
    if (error instanceof RemoteError) return null;
    throw error;
  }
}
