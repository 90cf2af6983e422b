import { formatAddress, parseAddress } from "$wire/addresses";
import { LocalError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { formatInvite, formatWebInvite, parseInvite } from "$wire/invites";
import { describe, expect, test } from "vitest";
import { unhex, vectors } from "./vectors";

interface Vectors {
  addresses: { parsed: { text: string; host: string; port: number; formatted: string }[]; refused: string[] };
  invites: { valid: Valid[]; refused: { why: string; link: string }[] };
}
interface Valid {
  addresses: string[];
  identity_key: string;
  secret: string;
  link: string;
  also: string[];
}
const VECTORS = vectors<Vectors>("invites");

test.each(VECTORS.addresses.parsed)("the address $text", ({ text, host, port, formatted }) => {
  expect(parseAddress(text)).toEqual({ host, port });
  expect(formatAddress({ host, port })).toBe(formatted);
  expect(parseAddress(formatted)).toEqual({ host, port });
});

test.each(VECTORS.addresses.refused)("no address: %j", (text) => {
  expect(() => parseAddress(text)).toThrow(LocalError);
});

test("an address without a port has the one that is given", () => {
  expect(parseAddress("hub", 443).port).toBe(443);
});

describe.each(VECTORS.invites.valid)("$link", (vector) => {
  const invite = {
    addresses: vector.addresses,
    identityKey: unhex(vector.identity_key),
    secret: unhex(vector.secret),
    isPairing: false,
  };

  test("is what it says", () => {
    expect(formatInvite(invite)).toBe(vector.link);
    expect([vector.link, ...vector.also].map(parseInvite)).toEqual([
      invite,
      ...vector.also.map(() => invite),
    ]);
  });

  test("is refused with any one letter exchanged", () => {
    const start = vector.link.indexOf("#") + 1;
    for (let at = start; at < vector.link.length; at++) {
      const other = vector.link[at] === "a" ? "b" : "a";
      expect(() => parseInvite(vector.link.slice(0, at) + other + vector.link.slice(at + 1))).toThrow(
        LocalError,
      );
    }
  });
});

test.each(VECTORS.invites.refused)("refused: $why", ({ link }) => {
  expect(() => parseInvite(link)).toThrow(LocalError);
});

test("the link of a pairing carries its code", () => {
  const pairing = vectors<Record<string, string>>("pairing");
  const invite = parseInvite(pairing["link"]!);
  expect(invite.isPairing).toBe(true);
  expect(toHex(invite.secret)).toBe(pairing["code"]);
  expect(formatInvite(invite)).toBe(pairing["link"]);
});

test("a link for browsers has one address, and says the rest of the same", () => {
  const invite = parseInvite(VECTORS.invites.valid[2]!.link);
  const link = formatWebInvite(invite);
  expect(link).toMatch(/^https:\/\/192\.168\.1\.5:7777\/#[a-z2-7]+$/);
  expect(parseInvite(link)).toEqual({ ...invite, addresses: invite.addresses.slice(0, 1) });
});

test.each([
  ["of no address", []],
  ["of nine addresses", Array.from({ length: 9 }, (_, at) => `hub${at}`)],
  ["of an address with a scope", ["[fe80::1%eth0]:7777"]],
])("no link is made %s", (_, addresses) => {
  const invite = { addresses, identityKey: new Uint8Array(32), secret: new Uint8Array(0), isPairing: false };
  expect(() => formatInvite(invite)).toThrow(LocalError);
});
