/** Styles and links inside of a line of markdown (`markdown.ts`). */
import { isBlank, SPACE } from "./spaces";

/** How a span of a line is drawn; `mark` is what makes a style, which a face that draws the style may leave out. */
export type SpanStyle = "text" | "bold" | "italic" | "bold_italic" | "code" | "link" | "mark";

/** A part of a line in one style; never empty. */
export interface Span {
  readonly text: string;
  readonly style: SpanStyle;
  /** Where a link leads, with http: or https:. A face that hides marks shows that too, where the text is another. */
  readonly url: string;
}

/** Returns a span of a text; none of an empty one. */
export function spanOf(text: string, style: SpanStyle, url = ""): readonly Span[] {
  return text ? [{ text, style, url }] : [];
}

// Each alternative stops at its own first character, so that no text is gone through again and again.
const TOKEN = new RegExp(
  [
    "(?<escape>\\\\[\\\\`*_\\[\\]])",
    "(?<code>`[^`]+`)",
    `\\[(?<text>[^\\[\\]]+)\\]\\((?<target>https?://[^${SPACE}()]+)\\)`,
    `(?<url>https?://[^${SPACE}<>\\[\\]\`]+)`,
    "(?<emphasis>\\*{3}(?!\\*)|\\*{1,2}|_)",
  ].join("|"),
  "gu",
);
const BEHIND_URL = /(?<![.,:;!?)'"*_])[.,:;!?)'"*_]+$/;
const WORD = /[\p{L}\p{N}]/u;

const BOTH = "***";

type Emphasis = "***" | "**" | "*" | "_";

/** A piece of a line: finished spans, or emphasis, which becomes a mark if it has a partner and text if not. */
interface Token {
  readonly spans: readonly Span[];
  readonly emphasis: Emphasis | null;
  readonly text: string;
  readonly canOpen: boolean;
  readonly canClose: boolean;
  /** Whether emphasis begins or ends here; null: it is text. */
  isOn: boolean | null;
}

/** Returns a line in spans, which put together are the line again. */
export function inlineSpans(line: string): readonly Span[] {
  const tokens = line.includes(BOTH) ? splitThrees(tokensOf(line)) : tokensOf(line);
  pairEmphasis(tokens);
  const spans: Span[] = [];
  const on: Record<Emphasis, boolean> = { "***": false, "**": false, "*": false, _: false };
  let plain = "";
  const flush = () => {
    spans.push(...spanOf(plain, styleOf(on)));
    plain = "";
  };
  for (const token of tokens) {
    if (token.isOn === null && !token.spans.length) {
      plain += token.text;
      continue;
    }
    flush();
    if (token.emphasis && token.isOn !== null) {
      on[token.emphasis] = token.isOn;
      spans.push(...spanOf(token.text, "mark"));
    }
    spans.push(...token.spans);
  }
  flush();
  return spans;
}

function styleOf(on: Readonly<Record<Emphasis, boolean>>): SpanStyle {
  const isItalic = on["*"] || on._ || on["***"];
  if (on["**"] || on["***"]) return isItalic ? "bold_italic" : "bold";
  return isItalic ? "italic" : "text";
}

// --- tokens --------------------------------------------------------------------------------------

const NO_EMPHASIS = { emphasis: null, canOpen: false, canClose: false, isOn: null };

function textToken(text: string): Token {
  return { ...NO_EMPHASIS, spans: [], text };
}

function spansToken(...spans: readonly (readonly Span[])[]): Token {
  return { ...NO_EMPHASIS, spans: spans.flat(), text: "" };
}

function tokensOf(line: string): readonly Token[] {
  const tokens: Token[] = [];
  let end = 0;
  for (const found of line.matchAll(TOKEN)) {
    tokens.push(textToken(line.slice(end, found.index)), tokenOf(line, found));
    end = found.index + found[0].length;
  }
  return [...tokens, textToken(line.slice(end))];
}

function tokenOf(line: string, found: RegExpExecArray): Token {
  const [whole] = found;
  const groups = found.groups ?? {};
  if (groups["emphasis"] !== undefined) return emphasisToken(line, found.index, whole as Emphasis);
  if (groups["escape"] !== undefined) return spansToken(spanOf("\\", "mark"), spanOf(whole.slice(1), "text"));
  if (groups["code"] !== undefined) {
    return spansToken(spanOf("`", "mark"), spanOf(whole.slice(1, -1), "code"), spanOf("`", "mark"));
  }
  const { text, target } = groups;
  if (text !== undefined && target !== undefined) {
    return spansToken(spanOf("[", "mark"), spanOf(text, "link", target), spanOf(`](${target})`, "mark"));
  }
  const url = whole.replace(BEHIND_URL, "");
  return spansToken(spanOf(url, "link", url), spanOf(whole.slice(url.length), "text"));
}

/** Emphasis opens before a word and closes behind one; `_` not inside of one, for names are written so. */
function emphasisToken(line: string, start: number, emphasis: Emphasis): Token {
  const before = Array.from(line.slice(Math.max(start - 2, 0), start)).at(-1) ?? "";
  const behind = Array.from(line.slice(start + emphasis.length, start + emphasis.length + 2)).at(0) ?? "";
  const isFree = emphasis !== "_";
  return {
    spans: [],
    emphasis,
    text: emphasis,
    canOpen: !isBlank(behind) && (isFree || !WORD.test(before)),
    canClose: !isBlank(before) && (isFree || !WORD.test(behind)),
    isOn: null,
  };
}

// --- partners ------------------------------------------------------------------------------------

/** Returns three stars that have no three as a partner as two and one, by what the nearest stars opened. */
function splitThrees(tokens: readonly Token[]): readonly Token[] {
  const kept = threesWithPartner(tokens);
  let last: Emphasis = "**";
  return tokens.flatMap((token, place) => {
    if (token.emphasis !== BOTH || kept.has(place)) {
      if (token.canOpen && (token.emphasis === "*" || token.emphasis === "**")) last = token.emphasis;
      return [token];
    }
    const [first, second]: [Emphasis, Emphasis] = token.canClose && last === "*" ? ["*", "**"] : ["**", "*"];
    last = second;
    return [starToken(token, first), textToken(""), starToken(token, second)];
  });
}

function starToken(token: Token, emphasis: Emphasis): Token {
  return { ...token, emphasis, text: emphasis };
}

/** Returns the places of three stars that stand around a text together. */
function threesWithPartner(tokens: readonly Token[]): ReadonlySet<number> {
  const kept = new Set<number>();
  let opened: number | null = null;
  for (const [place, token] of tokens.entries()) {
    if (token.emphasis !== BOTH) continue;
    if (token.canClose && opened !== null && hasText(tokens, opened, place)) {
      kept.add(opened).add(place);
      opened = null;
    } else if (token.canOpen && opened === null) opened = place;
  }
  return kept;
}

/** Finds the partner of each mark of emphasis; those in between that have none stay text. */
function pairEmphasis(tokens: readonly Token[]): void {
  const opened = new Map<Emphasis, number>();
  for (const [place, token] of tokens.entries()) {
    if (!token.emphasis) continue;
    const start = opened.get(token.emphasis);
    if (token.canClose && start !== undefined && hasText(tokens, start, place)) {
      closeAt(tokens, start, token);
      for (const [emphasis, other] of opened) if (other >= start) opened.delete(emphasis);
    } else if (token.canOpen && start === undefined) opened.set(token.emphasis, place);
  }
}

function closeAt(tokens: readonly Token[], start: number, token: Token): void {
  const opening = tokens[start];
  if (opening) opening.isOn = true;
  token.isOn = false;
}

/** Tells whether something stands between two marks; between neighbours only an empty text does. */
function hasText(tokens: readonly Token[], start: number, end: number): boolean {
  const next = tokens[start + 1];
  return end - start > 2 || Boolean(next?.text) || Boolean(next?.spans.length);
}
