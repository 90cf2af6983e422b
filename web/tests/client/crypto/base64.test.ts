import { expect, test } from "vitest";
import { fromBase64, toBase64 } from "$client/crypto/base64";

const text = (data: Uint8Array): string => new TextDecoder().decode(data);

test("bytes become the digits that everybody else writes, without padding, and come back", () => {
  for (let length = 0; length < 70; length++) {
    const data = Uint8Array.from({ length }, (_, place) => (place * 37 + length * 101) & 255);
    expect(text(toBase64(data))).toBe(Buffer.from(data).toString("base64").replace(/=+$/, ""));
    expect(fromBase64(toBase64(data))).toEqual(data);
  }
});

test("what is no digit is refused", () => {
  for (const bad of ["AAA=", "AA-_", "A A", "é"]) {
    expect(() => fromBase64(new TextEncoder().encode(bad))).toThrow(RangeError);
  }
});
