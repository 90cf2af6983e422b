import { chacha20poly1305 } from "@noble/ciphers/chacha.js";
import { decodeAs, encode } from "$wire/codec";
import { EMOJI, emojiOf } from "$wire/emoji-words";
import { LocalError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { formatCode, pairingKeys, Parcel, parseCode } from "$wire/pairing";
import { rankOf, Status, statusOf } from "$wire/status";
import { TokenBucket } from "$wire/token-bucket";
import { expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

const PAIRING = vectors<Record<string, string>>("pairing");

test("a code is read as it is shown, and as people type it", () => {
  const code = unhex(PAIRING["code"]!);
  const shown = PAIRING["shown"]!;
  expect(formatCode(code)).toBe(shown);
  for (const typed of [
    shown,
    shown.toLowerCase(),
    shown.replaceAll("-", " "),
    ` ${shown.replaceAll("-", "")}\n`,
  ]) {
    expect(parseCode(typed)).toEqual(code);
  }
  expect(parseCode("IL10-oO00-0000-0000")).toEqual(parseCode("1110-0000-0000-0000"));
});

test.each(["", "B2ZM-TS8X-GBKJ-42N", "B2ZM-TS8X-GBKJ-42NHH", "B2ZM-TS8X-GBKJ-42NU", "B2ZM_TS8X", "ÄÄÄÄ"])(
  "no code: %j",
  (text) => {
    expect(() => parseCode(text)).toThrow(LocalError);
  },
);

test("what follows from a code opens the parcel", { timeout: 30_000 }, async () => {
  const { name, key } = await pairingKeys(unhex(PAIRING["code"]!));
  expect([toHex(name), toHex(key)]).toEqual([PAIRING["name"], PAIRING["key"]]);
  const opened = chacha20poly1305(key, new Uint8Array(12), name).decrypt(unhex(PAIRING["sealed"]!));
  expect(toHex(opened)).toBe(PAIRING["encoded"]);
  const parcel = decodeAs(Parcel, opened, "a parcel");
  expect(parcel.handle).toBe("ann");
  expect(toHex(encode(Parcel, parcel))).toBe(PAIRING["encoded"]);
});

test("sixty-four emoji, in the order of the protocol", () => {
  const { table, emoji_numbers, emoji } = vectors<{
    table: string[];
    emoji_numbers: number[];
    emoji: string[];
  }>("verification");
  const words = (of: readonly { emoji: string; name: string }[]) =>
    of.map((each) => `${each.emoji} ${each.name}`);
  expect(words(EMOJI).join()).toContain(words(emojiOf(emoji_numbers))[0]);
  expect(EMOJI.length).toBe(table.length);
  expect(
    emojiOf(emoji_numbers).map((each) => emoji.findIndex((text) => text.includes(each.emoji))),
  ).not.toContain(-1);
  expect(() => emojiOf([64])).toThrow(TypeError);
});

test("a person is shown with the status of the device that says most", () => {
  const sorted = [Status.AWAY, Status.IDLE, Status.ONLINE, Status.DO_NOT_DISTURB].sort(
    (one, other) => rankOf(one) - rankOf(other),
  );
  expect(sorted).toEqual([Status.DO_NOT_DISTURB, Status.ONLINE, Status.IDLE, Status.AWAY]);
  expect(statusOf(2)).toBe(Status.AWAY);
  expect(statusOf(77)).toBe(Status.ONLINE);
});

test("a bucket allows its burst at once and its rate in the long run", () => {
  const bucket = new TokenBucket({ perSecond: 2, burst: 3 }, 0);
  expect([0, 0, 0, 0].map((now) => bucket.waitS(now))).toEqual([0, 0, 0, 0.5]);
  expect([bucket.waitS(0.5), bucket.waitS(0.5)]).toEqual([0, 0.5]);
  bucket.giveBack();
  expect(bucket.waitS(0.5)).toBe(0);
  expect([100, 100, 100, 100].map((now) => bucket.waitS(now))).toEqual([0, 0, 0, 0.5]);
  bucket.change({ perSecond: 1, burst: 1 }, 101); // it has two tokens then, of which one fits
  expect([bucket.waitS(101), bucket.waitS(101)]).toEqual([0, 1]);
  const free = new TokenBucket({ perSecond: 0, burst: 0 }, 0);
  expect(Array.from({ length: 9 }, () => free.waitS(0))).toEqual(Array(9).fill(0));
});
