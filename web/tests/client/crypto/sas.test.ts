import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { CannotDecrypt } from "$client/crypto/interface";
import {
  commitment,
  emojiNumbers,
  identityMac,
  isSame,
  SasSecret,
  transcriptInfo,
  type SasParty,
  type SasTranscript,
} from "$client/crypto/sas";
import { fromHex, toHex } from "$wire/hex";
import { SAS_EMOJI } from "$wire/labels";

interface Side {
  readonly user: string;
  readonly identity_key: string;
  readonly device: string;
  readonly secret: string;
  readonly key: string;
  readonly mac: string;
}

interface Vector {
  readonly hub: string;
  readonly database: string;
  readonly transaction: string;
  readonly requester: Side;
  readonly accepter: Side;
  readonly commitment: string;
  readonly shared: string;
  readonly emoji_info: string;
  readonly emoji_numbers: number[];
}

const vector = JSON.parse(readFileSync("../docs/vectors/verification.json", "utf8")) as Vector;

const party = ({ user, identity_key, device, key }: Side): SasParty => ({
  user: fromHex(user),
  identityKey: fromHex(identity_key),
  device: fromHex(device),
  key: fromHex(key),
});

const transcript: SasTranscript = {
  hub: fromHex(vector.hub),
  database: fromHex(vector.database),
  transaction: fromHex(vector.transaction),
  requester: party(vector.requester),
  accepter: party(vector.accepter),
};

test("both sides derive what the Python client derives", () => {
  for (const [ours, theirs] of [
    [vector.requester, vector.accepter],
    [vector.accepter, vector.requester],
  ] as const) {
    const secret = new SasSecret(fromHex(ours.secret));
    const shared = secret.agree(fromHex(theirs.key));
    expect(toHex(secret.key)).toBe(ours.key);
    expect(toHex(shared)).toBe(vector.shared);
    expect(toHex(transcriptInfo(transcript, SAS_EMOJI))).toBe(vector.emoji_info);
    expect(emojiNumbers(shared, transcript)).toEqual(vector.emoji_numbers);
    expect(toHex(identityMac(shared, transcript, party(ours)))).toBe(ours.mac);
  }
  expect(toHex(commitment(transcript.transaction, transcript.accepter.key))).toBe(vector.commitment);
});

test("another key in between gives other emoji", () => {
  const between = new SasSecret(new Uint8Array(32).fill(9));
  const shared = between.agree(fromHex(vector.requester.key));
  const seen = { ...transcript, accepter: { ...transcript.accepter, key: between.key } };
  expect(emojiNumbers(shared, seen)).not.toEqual(vector.emoji_numbers);
});

test("a key that gives everybody the same secret is refused", () => {
  const secret = new SasSecret(fromHex(vector.requester.secret));
  const one = new Uint8Array(32);
  one[0] = 1;
  for (const key of [new Uint8Array(32), one, new Uint8Array(31)]) {
    expect(() => secret.agree(key)).toThrow(CannotDecrypt);
  }
});

test("MACs are the same only in full", () => {
  const mac = fromHex(vector.requester.mac);
  expect(isSame(mac, mac.slice())).toBe(true);
  expect(isSame(mac, mac.subarray(1))).toBe(false);
  for (let place = 0; place < mac.length; place++) {
    const other = mac.slice();
    other[place] = (other[place] ?? 0) ^ 128;
    expect(isSame(mac, other)).toBe(false);
  }
});
