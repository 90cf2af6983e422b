import { parseMarkdown } from "$wire/markdown";
import { expect, test } from "vitest";
import { effortMs, HOSTILE_EFFORT_MS } from "./effort";
import { vectors } from "./vectors";

type Line = [string, ...string[][]];
const { texts } = vectors<{ texts: { text: string; lines: Line[] }[] }>("markdown");

const linesOf = (text: string): Line[] =>
  parseMarkdown(text).map(({ kind, spans }) => [
    kind,
    ...spans.map((span) => (span.url ? [span.text, span.style, span.url] : [span.text, span.style])),
  ]);

test.each(texts)("$text", ({ text, lines }) => {
  expect(linesOf(text)).toEqual(lines);
});

const PIECES = [
  "**",
  "*",
  "_",
  "`",
  "```",
  "[a](https://b)",
  "](",
  "https://c.",
  "\\",
  "> ",
  "- ",
  "x",
  " ",
  "\n",
  "👋",
];

test("whatever is typed, the spans of a line are the line again", () => {
  let seed = 1;
  const next = () => (seed = (seed * 48271) % 0x7fffffff);
  for (let round = 0; round < 2000; round++) {
    const text = Array.from({ length: 12 }, () => PIECES[next() % PIECES.length]).join("");
    const lines = parseMarkdown(text).map(({ spans }) => spans.map((span) => span.text).join(""));
    expect(lines.join("\n")).toBe(text);
  }
});

test.each([
  "javascript:alert(1)",
  "[x](javascript:alert(1))",
  "[x](data:text/html,x)",
  "<a href='https://x'>",
  "//x.y",
])("%s is no link to anything but http and https", (text) => {
  const urls = parseMarkdown(text).flatMap(({ spans }) => spans.map(({ url }) => url).filter(Boolean));
  expect(urls.every((url) => /^https?:\/\//.test(url))).toBe(true);
});

test.each([
  "*".repeat(60_000),
  "[".repeat(60_000),
  "`".repeat(60_001),
  "_a ".repeat(20_000),
  "https://".repeat(8000) + "…",
  "*a **b ".repeat(9000),
  "(https://x".repeat(6000) + ".".repeat(9000),
])("a hostile text of 60 KB takes no time worth the attack: %#", (text) => {
  expect(effortMs(() => parseMarkdown(text))).toBeLessThan(HOSTILE_EFFORT_MS);
});
