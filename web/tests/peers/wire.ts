/**
 * What tests in Python compare their own rules with: one line of JSON in, a list of answers to one question each;
 * one line out, what this client says to each.
 */
import { createInterface } from "node:readline";
import { decodeAs, decodeClientFrame, decodeFrame, encode } from "$wire/codec";
import { LineError } from "$wire/commands";
import { Content } from "$wire/content";
import { RemoteError } from "$wire/errors";
import { ClientFrame, HubFrame } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { parseMarkdown } from "$wire/markdown";
import { canonicalHandle, IllegalName, skeleton } from "$wire/names";
import { safeLine, safeText } from "$wire/safe-text";
import { parseQuery, QueryError } from "$wire/search-query";
import { indexWords } from "$wire/search-words";
import type { Shape } from "$wire/shapes";
import { parseLine } from "$wire/typed-line";

/** Returns a frame as it is encoded again; or `skip`. */
function again<T>(shape: Shape<T>, frame: T | null): string {
  return frame === null ? "skip" : toHex(encode(shape, frame));
}

const QUESTIONS: Readonly<Record<string, (text: string) => unknown>> = {
  hub_frame: (text) => again(HubFrame, decodeFrame(fromHex(text))),
  client_frame: (text) => again(ClientFrame, decodeClientFrame(fromHex(text))),
  content: (text) => toHex(encode(Content, decodeAs(Content, fromHex(text), "content"))),
  name: (text) => [canonicalHandle(text), skeleton(canonicalHandle(text))],
  line: (text) => Object.values(parseLine(text, ["hall", "#küche", "a"])) as unknown[],
  markdown: (text) =>
    parseMarkdown(text).map(({ kind, spans }) => [
      kind,
      spans.map((span) => [span.text, span.style, span.url]),
    ]),
  words: (text) => indexWords(text),
  query: (text) => parseQuery(text).wanted.map(({ words, isPrefix }) => [words, isPrefix]),
  safe: (text) => [safeText(text), safeLine(text)],
};

/** Answers one question; `refused` where this client refuses. */
function answer(question: string, text: string): unknown {
  try {
    return QUESTIONS[question]?.(text);
  } catch (error) {
    const isRefusal = [RemoteError, IllegalName, LineError, QueryError].some((kind) => error instanceof kind);
    if (isRefusal) return "refused";
    throw error;
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { question, texts } = JSON.parse(line) as { question: string; texts: string[] };
  const answers = texts.map((text) => answer(question, text));
  process.stdout.write(`${JSON.stringify(answers)}\n`);
}
