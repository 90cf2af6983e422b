/** Writing conversations out as files that a person keeps: lines of text, or JSON a line. */

import type { Client } from "$client/api";
import type { Conversation, Message } from "$client/model";
import { safeLine, safeText } from "$wire/safe-text";

export type ExportFormat = "text" | "json";

/** Return the parts of a file with everything of a conversation, oldest first. `tell` hears how many there are. */
export async function exportConversation(
  client: Client,
  conversation: Conversation,
  format: ExportFormat,
  tell: (count: number) => void,
): Promise<readonly string[]> {
  const parts: string[] = [];
  let after: number | null = 0;
  let count = 0;
  while (after !== null) {
    const page = await client.page(conversation, { after, limit: 500 });
    count += page.messages.length;
    parts.push(page.messages.map((message) => lineOf(message, format)).join(""));
    after = page.nextAfter;
    tell(count);
  }
  return parts;
}

/** Return one message as a line (with what follows a line break set in). */
export function lineOf(message: Message, format: ExportFormat): string {
  if (format === "json") return `${JSON.stringify(plain(message))}\n`;
  const time = new Date(message.sentAtMs).toISOString();
  const text = message.isDeleted ? "(deleted)" : safeText(message.text).replaceAll("\n", "\n    ");
  const name = safeLine(message.sender);
  return `${time} ${message.isAction ? `* ${name}` : `${name}:`} ${text}\n`;
}

// The names of fields as in the export of the command line.
function plain(message: Message): Readonly<Record<string, unknown>> {
  return {
    id: message.id,
    conversation: message.conversationName,
    seq: message.seq,
    sender: message.sender,
    sent_at_ms: message.sentAtMs,
    text: message.text,
    is_action: message.isAction,
    reply_to: message.replyTo,
    edited_at_ms: message.editedAtMs,
    is_deleted: message.isDeleted,
    is_pinned: message.isPinned,
    reactions: message.reactions.map((one) => ({ emoji: one.emoji, people: one.people })),
  };
}

/** Hand a file to the person. */
export function saveFile(name: string, parts: readonly string[]): void {
  const address = URL.createObjectURL(new Blob([...parts], { type: "text/plain;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** Return a name of a file for a conversation: letters, digits and what is harmless between them. */
export function fileName(conversationName: string, format: ExportFormat): string {
  const name = conversationName.replace(/[^\p{L}\p{N},-]+/gu, "").slice(0, 60) || "conversation";
  return `lanmsg-${name}.${format === "json" ? "jsonl" : "txt"}`;
}
