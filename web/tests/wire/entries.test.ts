import { encode } from "$wire/codec";
import {
  chain,
  decodeEntry,
  decodeMessageBody,
  decodeOlmBody,
  Entry,
  entryHash,
  MessageBody,
  messageSignedBytes,
  OlmBody,
} from "$wire/entries";
import { RemoteError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { ZERO_HASH } from "$wire/ids";
import { ENTRY, labelledBytes, labelledHash, MESSAGE as MESSAGE_LABEL } from "$wire/labels";
import { mustFit } from "$wire/statements";
import { verify } from "../verify";
import { expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

interface Run {
  log: string;
  run: { seq: number; encoded: string; previous: string; hash: string; at_ms: number; kind: number }[];
}
const RUN = vectors<Run>("entries");
const LOG = unhex(RUN.log);
const ENTRIES = RUN.run.map(({ encoded }) => decodeEntry(unhex(encoded)));

test.each(RUN.run)("entry $seq decodes, encodes and is chained", (vector) => {
  const entry = decodeEntry(unhex(vector.encoded));
  expect([entry.kind, entry.atMs]).toEqual([vector.kind, vector.at_ms]);
  expect(toHex(encode(Entry, entry))).toBe(vector.encoded);
  expect(toHex(entryHash(LOG, vector.seq, unhex(vector.previous), entry))).toBe(vector.hash);
});

test("the chain of a run ends in the hash of its last entry, wherever it is cut", () => {
  const whole = chain(LOG, 1, ZERO_HASH, ENTRIES);
  const rest = chain(LOG, 2, whole[0]!.hash, ENTRIES.slice(1));
  expect(rest).toEqual(whole.slice(1));
  expect(toHex(whole.at(-1)!.hash)).toBe(RUN.run.at(-1)!.hash);
});

test("the hash of an entry is the labelled hash of its fields", () => {
  const entry = ENTRIES[0]!;
  const { kind, sender, messageId, atMs, body } = entry;
  const fields = [LOG, 2 ** 52, ZERO_HASH, kind, sender, messageId, atMs, body];
  expect(entryHash(LOG, 2 ** 52, ZERO_HASH, entry)).toEqual(labelledHash(ENTRY, ...fields));
});

interface Message {
  [name: string]: unknown;
  log: string;
  message_id: string;
  encoded: string;
  signed_bytes: string;
  device_signing_key: string;
  olm_body: { message_type: number; ciphertext: string; encoded: string };
}
const MESSAGE = vectors<Message>("messages");

test("a message body and what its device signs", () => {
  const body = decodeMessageBody(unhex(MESSAGE.encoded));
  expect([body.view.membershipSeq, body.view.directorySeq]).toEqual(MESSAGE["view"]);
  expect(toHex(encode(MessageBody, body))).toBe(MESSAGE.encoded);
  const signed = messageSignedBytes(unhex(MESSAGE.log), unhex(MESSAGE.message_id), body);
  expect(toHex(signed)).toBe(MESSAGE.signed_bytes);
  const { view, counter, session, ciphertext } = body;
  const seqs = [view.membershipSeq, view.directorySeq, counter];
  const fields = [unhex(MESSAGE.log), unhex(MESSAGE.message_id), ...seqs, session, ciphertext];
  expect(labelledBytes(MESSAGE_LABEL, ...fields)).toEqual(signed);
  mustFit(verify, unhex(MESSAGE.device_signing_key), body.signature, signed);
});

test("a signature fits no message in which one bit of its body differs", () => {
  const body = decodeMessageBody(unhex(MESSAGE.encoded));
  const ciphertext = body.ciphertext.with(3, (body.ciphertext[3] ?? 0) ^ 1);
  const signed = messageSignedBytes(unhex(MESSAGE.log), unhex(MESSAGE.message_id), { ...body, ciphertext });
  expect(() => {
    mustFit(verify, unhex(MESSAGE.device_signing_key), body.signature, signed);
  }).toThrow(RemoteError);
});

test("an Olm body", () => {
  const { message_type, ciphertext, encoded } = MESSAGE.olm_body;
  const body = decodeOlmBody(unhex(encoded));
  expect(body).toEqual({ messageType: message_type, ciphertext: unhex(ciphertext) });
  expect(toHex(encode(OlmBody, body))).toBe(encoded);
});
