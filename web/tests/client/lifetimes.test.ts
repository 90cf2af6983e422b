import { beforeAll, beforeEach, expect, test } from "vitest";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";
import { lifetimeAt, Lifetimes } from "$client/lifetimes";
import { ClientState, type Log } from "$client/state";
import { PROFILE, storedMessage } from "$client/store/conformance-records";
import { MemoryStore } from "$client/store/memory";
import { ContentKind, encodeContent } from "$wire/content";
import { LogKind } from "$wire/entries";
import { compiledOlm } from "../olm";
import { randomBytes } from "./random";

let crypto: OlmCrypto;
let lifetimes: Lifetimes;
const LOG = { id: "d".repeat(32), stored: { kind: LogKind.DIRECT, base: 0 } } as unknown as Log;

beforeAll(async () => {
  crypto = new OlmCrypto(await loadOlm(randomBytes, compiledOlm()));
});

beforeEach(() => {
  const profile = { ...PROFILE, identitySecret: randomBytes(32) };
  lifetimes = new Lifetimes(new ClientState(profile, crypto.newAccount(), () => true), new MemoryStore());
});

function said(seq: number, seconds: number) {
  const content = encodeContent({ type: "lifetime", seconds, since: 0 });
  return { ...storedMessage(LOG.id, seq), content, kind: ContentKind.LIFETIME, reason: "" as const };
}

test("what a device of ours says was set holds until the next entry that sets it", async () => {
  lifetimes.handed = () => [
    { seq: 3, seconds: 60 },
    { seq: 7, seconds: 600 },
  ];
  const known = await lifetimes.of(LOG);
  expect(await lifetimes.note(LOG, [said(9, 0)])).toBe(9);
  expect([3, 4, 8, 10].map((seq) => lifetimeAt(known, seq))).toEqual([0, 60, 600, 0]);
});

test("an entry that is here, and what our device says of it, count once", async () => {
  const known = await lifetimes.of(LOG);
  await lifetimes.note(LOG, [said(3, 60)]);
  lifetimes.handed = () => [
    { seq: 3, seconds: 60 },
    { seq: 1, seconds: 5 },
  ];
  expect(await lifetimes.noteHanded(LOG)).toBe(1);
  expect(await lifetimes.noteHanded(LOG)).toBeNull();
  expect(await lifetimes.note(LOG, [said(1, 5)])).toBeNull();
  expect(known.map((each) => each.seq)).toEqual([1, 3]);
});
