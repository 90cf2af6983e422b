/**
 * The one dialect of markdown of all faces: small, without HTML, without images, and nothing is fetched.
 *
 *     **bold**  *italic* or _italic_  ***both***  `code`     https://… and [text](https://…): links
 *     ``` a block of code, to the next ```       > a quotation      - or * or 1. an item of a list
 *     \* \_ \` \[ \] \\: the character itself
 *
 * A line break stays one. Everything else is text as it was typed. The spans of a line, put together, are that line
 * again: a face that can't draw a style shows the text as it was typed, and none is ever lost. It takes time in
 * proportion to the text.
 */
import { inlineSpans, spanOf, type Span } from "./markdown-spans";

export type { Span, SpanStyle } from "./markdown-spans";

/** What a line is a part of; `fence` is the line before or behind a block of code, which a face may leave out. */
export type LineKind = "text" | "quote" | "item" | "code" | "fence";

/** A line of a text. The texts of its spans are the line. */
export interface MarkdownLine {
  readonly kind: LineKind;
  readonly spans: readonly Span[];
}

const FENCE = /^ *```/;
const PREFIX = /^ {0,8}(?:(>+ ?)|[-*+] |\p{Nd}{1,3}[.)] )/u;

/** Returns the lines of a text (parted by `\n`), each in spans. */
export function parseMarkdown(text: string): readonly MarkdownLine[] {
  let isCode = false;
  return text.split("\n").map((line) => {
    if (FENCE.test(line) && (isCode || !line.replace(/^[ `]+/, "").includes("`"))) {
      isCode = !isCode;
      return { kind: "fence", spans: spanOf(line, "mark") };
    }
    return isCode ? { kind: "code", spans: spanOf(line, "code") } : textLine(line);
  });
}

function textLine(line: string): MarkdownLine {
  const [mark, quote] = PREFIX.exec(line) ?? [];
  if (mark === undefined) return { kind: "text", spans: inlineSpans(line) };
  const spans = [...spanOf(mark, "mark"), ...inlineSpans(line.slice(mark.length))];
  return { kind: quote === undefined ? "item" : "quote", spans };
}
