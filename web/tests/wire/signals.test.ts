import { encode } from "$wire/codec";
import { RemoteError } from "$wire/errors";
import { toHex } from "$wire/hex";
import {
  associatedBytes,
  decodeSignalBody,
  sealSignal,
  SignalBody,
  SignalContent,
  signalSignedBytes,
  unsealSignal,
} from "$wire/signals";
import { mustFit } from "$wire/statements";
import { verify } from "../verify";
import { decodeAs } from "$wire/codec";
import { expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

interface Vectors {
  contents: { kind: string; encoded: string }[];
  made_at_ms: number;
  text: string;
  sealed: string;
  log: string;
  index: number;
  associated: string;
  signed_bytes: string;
  device_signing_key: string;
  encoded: string;
}
const VECTOR = vectors<Vectors>("signals");

test.each(VECTOR.contents)("$kind $encoded", ({ kind, encoded }) => {
  const content = decodeAs(SignalContent, unhex(encoded), "content");
  expect(content.type).toBe(kind === "TypingNotice" ? "typing_notice" : "away_reason");
  expect(toHex(encode(SignalContent, content))).toBe(encoded);
});

test("a signal from its plaintext to its signature", () => {
  const plaintext = {
    madeAtMs: VECTOR.made_at_ms,
    content: { type: "away_reason", text: VECTOR.text },
  } as const;
  expect(toHex(sealSignal(plaintext))).toBe(VECTOR.sealed);
  expect(unsealSignal(unhex(VECTOR.sealed))).toEqual(plaintext);
  const body = decodeSignalBody(unhex(VECTOR.encoded));
  expect(body.index).toBe(VECTOR.index);
  expect(toHex(encode(SignalBody, body))).toBe(VECTOR.encoded);
  expect(toHex(associatedBytes(unhex(VECTOR.log), body))).toBe(VECTOR.associated);
  const signed = signalSignedBytes(unhex(VECTOR.log), body);
  expect(toHex(signed)).toBe(VECTOR.signed_bytes);
  mustFit(verify, unhex(VECTOR.device_signing_key), body.signature, signed);
});

test.each([
  ["another size", (sealed: Uint8Array) => sealed.slice(1)],
  ["padding that is not zero", (sealed: Uint8Array) => sealed.with(-1, 1)],
  ["a length behind the end", (sealed: Uint8Array) => sealed.with(0, 0xff)],
  ["an unknown kind", (sealed: Uint8Array) => sealed.with(13, 99)],
])("refused: %s", (_, change) => {
  expect(() => unsealSignal(change(unhex(VECTOR.sealed)))).toThrow(RemoteError);
});
