/** A message's text as blocks and pieces to draw. Pure; no HTML anywhere. */

import type { Message } from "$client/model";
import { parseMarkdown, type MarkdownLine, type Span } from "$wire/markdown";
import { safeText } from "$wire/safe-text";

/** Lines that are drawn together. */
export interface Block {
  readonly type: "text" | "quote" | "list" | "code";
  readonly lines: readonly (readonly Span[])[];
  /** Of code: its plain text, to copy. */
  readonly text: string;
}

/** Texts longer than this are shown shortened at first. */
export const SHORT_LINES = 24;
export const SHORT_CHARACTERS = 2400;

const known = new WeakMap<Message, readonly Block[]>();

/** Return the blocks of a message; computed once for each. */
export function blocksOfMessage(message: Message): readonly Block[] {
  const found = known.get(message);
  if (found !== undefined) return found;
  const blocks = blocksOf(message.text);
  known.set(message, blocks);
  return blocks;
}

/** Return the blocks of a text, filtered for the screen. */
export function blocksOf(text: string): readonly Block[] {
  const blocks: { type: Block["type"]; lines: (readonly Span[])[] }[] = [];
  for (const line of parseMarkdown(safeText(text))) {
    if (line.kind === "fence") {
      blocks.push({ type: "code", lines: [] });
      continue;
    }
    const type = blockType(line);
    const last = blocks.at(-1);
    if (last?.type === type) last.lines.push(visible(line));
    else blocks.push({ type, lines: [visible(line)] });
  }
  return blocks
    .filter((block) => block.lines.length > 0)
    .map((block) => ({ ...block, text: textOf(block.lines) }));
}

/** Return a text as one line without its marks, filtered, of at most so many characters, for a quote. */
export function lineOf(text: string, characters: number): string {
  const blocks = blocksOf(text.slice(0, characters));
  return blocks.flatMap((block) => block.text.split("\n")).join(" ");
}

/** Return whether a text is shown shortened at first. */
export function isLong(text: string): boolean {
  return text.length > SHORT_CHARACTERS || text.split("\n", SHORT_LINES + 1).length > SHORT_LINES;
}

/** Return the beginning of a long text. */
export function shortened(text: string): string {
  return text.split("\n", SHORT_LINES).join("\n").slice(0, SHORT_CHARACTERS);
}

/** A part of a text: plain, or a name that is mentioned. */
export interface Piece {
  readonly text: string;
  readonly isMention: boolean;
}

/** Return a text cut where it mentions one of these handles. */
export function piecesOf(text: string, mentions: readonly string[]): readonly Piece[] {
  if (mentions.length === 0 || !text.includes("@")) return [{ text, isMention: false }];
  return text
    .split(/(@[\p{L}\p{M}\p{Nd}._-]+)/u)
    .filter((part) => part !== "")
    .map((part) => ({ text: part, isMention: isMention(part, mentions) }));
}

function isMention(part: string, mentions: readonly string[]): boolean {
  const name = part
    .slice(1)
    .replace(/[._-]+$/, "")
    .toLowerCase();
  return part.startsWith("@") && mentions.includes(name);
}

function blockType(line: MarkdownLine): Block["type"] {
  if (line.kind === "quote") return "quote";
  if (line.kind === "item") return "list";
  return line.kind === "code" ? "code" : "text";
}

// The marks that make a style are left out, but numbers of a list are what it says. Where the text of a
// link is another than where it leads, both are shown: nobody is led anywhere unseen.
function visible(line: MarkdownLine): readonly Span[] {
  return line.spans.filter((span, index) => span.style !== "mark" || isShownMark(line, span, index));
}

function isShownMark(line: MarkdownLine, span: Span, index: number): boolean {
  const before = line.spans[index - 1];
  if (before?.style === "link" && before.text !== before.url) return true;
  return line.kind === "item" && index === 0 && /\d/.test(span.text);
}

function textOf(lines: readonly (readonly Span[])[]): string {
  return lines.map((spans) => spans.map((span) => span.text).join("")).join("\n");
}
