import { sha256 } from "@noble/hashes/sha2.js";
import { EMPTY_BYTES, utf8 } from "$wire/bytes";
import { camelFields } from "./camel";
import { encode } from "$wire/codec";
import {
  decodeContent,
  encodeContent,
  kindOf,
  Plaintext,
  seal,
  targetOf,
  unseal,
  type Content,
} from "$wire/content";
import { LocalError, RemoteError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { PADDING_STEPS } from "$wire/limits";
import { describe, expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

interface Vectors {
  padding_steps: number[];
  contents: { kind: number; name: string; fields: Record<string, unknown>; encoded: string }[];
  refused_contents: { why: string; encoded: string }[];
  plaintexts: PlaintextVector[];
  refused: { why: string; sealed: string }[];
}
interface PlaintextVector {
  version: number;
  database: string;
  log: string;
  message_id: string;
  counter: number;
  sent_at_ms: number;
  seen: [number, string];
  directory_seen: [number, string];
  text: string;
  times: number;
  encoded_bytes: number;
  sealed_bytes: number;
  sealed_sha256: string;
}
const VECTORS = vectors<Vectors>("content");

test.each(VECTORS.contents)("$name $fields", ({ kind, name, fields, encoded }) => {
  const content = decodeContent(unhex(encoded));
  expect(content).toEqual(camelFields(name, fields, ["target", "replyTo"]));
  expect(kindOf(content)).toBe(kind);
  expect(toHex(encodeContent(content))).toBe(encoded);
});

test.each(VECTORS.refused_contents)("refused: $why", ({ encoded }) => {
  expect(() => decodeContent(unhex(encoded))).toThrow(RemoteError);
});

const ID = new Uint8Array(16).fill(9);
const text = (of: string): Content => ({ type: "text", text: of, isAction: false, replyTo: EMPTY_BYTES });
const reaction = (emoji: string): Content => ({ type: "reaction", target: ID, emoji, isRemoved: false });

test.each<[string, Content]>([
  ["white space only", text(" \n\u3000\x1c\x85")],
  ["65 KiB", text("ä".repeat(32 * 1024 + 1))],
  ["half a character", text("\ud83d")],
  ["an empty reaction", reaction("")],
  ["a reaction with a line break", reaction("👍\n")],
  ["a reaction that turns the line around", reaction("👍\u202e")],
  ["a reaction of a mark alone", reaction("\u0301")],
  ["a topic that is too long", { type: "topic", text: "x".repeat(257), since: 0 }],
  ["a topic with a control character", { type: "topic", text: "a\x1bb", since: 0 }],
])("never sent: %s", (_, content) => {
  expect(() => encodeContent(content)).toThrow(LocalError);
});

test.each<[string, Content]>([
  ["64 KiB", text("ä".repeat(32 * 1024))],
  ["a byte order mark, which is no space", text("\ufeff")],
  ["a flag of tag characters", reaction("🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}")],
  ["a topic of 256 characters beyond 16 bits", { type: "topic", text: "👋".repeat(256), since: 0 }],
  ["no topic", { type: "topic", text: "", since: 0 }],
])("sent: %s", (_, content) => {
  expect(decodeContent(encodeContent(content))).toEqual(content);
});

test("what a content changes or answers", () => {
  expect(targetOf({ type: "delete", target: ID })).toBe(ID);
  expect(targetOf({ type: "text", text: "yes", isAction: false, replyTo: ID })).toBe(ID);
  expect(targetOf(text("yes"))).toBeNull();
  expect(targetOf({ type: "lifetime", seconds: 1, since: 0 })).toBeNull();
});

// --- padding ---------------------------------------------------------------------------------------

function plaintextOf(vector: PlaintextVector): Plaintext {
  return {
    version: vector.version,
    database: unhex(vector.database),
    log: unhex(vector.log),
    messageId: unhex(vector.message_id),
    counter: vector.counter,
    sentAtMs: vector.sent_at_ms,
    seen: { seq: vector.seen[0], hash: unhex(vector.seen[1]) },
    directorySeen: { seq: vector.directory_seen[0], hash: unhex(vector.directory_seen[1]) },
    content: encodeContent(text(vector.text.repeat(vector.times))),
    membersSeen: new Uint8Array(0),
  };
}

test("the padding steps are those of the protocol", () => {
  expect(PADDING_STEPS).toEqual(VECTORS.padding_steps);
});

test.each(VECTORS.plaintexts)("a plaintext of $encoded_bytes bytes", (vector) => {
  const plaintext = plaintextOf(vector);
  const sealed = seal(plaintext);
  expect(encode(Plaintext, plaintext).length).toBe(vector.encoded_bytes);
  expect(sealed.length).toBe(vector.sealed_bytes);
  expect(toHex(sha256(sealed))).toBe(vector.sealed_sha256);
  expect(unseal(sealed)).toEqual(plaintext);
});

describe("what is not padded as it must be is refused", () => {
  test.each(VECTORS.refused)("$why", ({ sealed }) => {
    expect(() => unseal(unhex(sealed))).toThrow(RemoteError);
  });

  test("one bit in the zeros", () => {
    const sealed = seal(plaintextOf(VECTORS.plaintexts[0]!));
    expect(() => unseal(sealed.with(-1, 1))).toThrow(RemoteError);
  });

  test("a length that points behind the end", () => {
    const sealed = seal(plaintextOf(VECTORS.plaintexts[0]!));
    expect(() => unseal(sealed.with(0, 0xff))).toThrow(RemoteError);
  });
});

test("what is larger than the last step is never sent", () => {
  const content = utf8("x".repeat(70_000));
  expect(() => seal({ ...plaintextOf(VECTORS.plaintexts[0]!), content })).toThrow(LocalError);
});
