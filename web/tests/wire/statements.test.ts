import { ed25519 } from "@noble/curves/ed25519.js";
import { decodeAs, encode } from "$wire/codec";
import { RemoteError } from "$wire/errors";
import { toHex } from "$wire/hex";
import * as statements from "$wire/statements";
import type { Shape } from "$wire/shapes";
import { describe, expect, test } from "vitest";
import { unhex, vectors } from "./vectors";
import { verify } from "../verify";

interface Vectors {
  certificate_sha256: string;
  room_log: string;
  message_id: string;
  statements: Vector[];
}
interface Vector {
  what: string;
  seed: string;
  public_key: string;
  signed_bytes: string;
  signature: string;
  encoded: string;
}
const VECTORS = vectors<Vectors>("statements");
const LOGIN = vectors<Record<string, string>>("login");

/** Decodes a statement, encodes it again, and returns what is signed of it. */
function taken<T>(shape: Shape<T>, vector: Vector, signedBytes: (statement: T) => Uint8Array): string {
  const statement = decodeAs(shape, unhex(vector.encoded), vector.what);
  expect(toHex(encode(shape, statement))).toBe(vector.encoded);
  return toHex(signedBytes(statement));
}

const signedBytesOf: Record<string, (vector: Vector) => string> = {
  UserStatement: (vector) => taken(statements.UserStatement, vector, statements.userSignedBytes),
  DeviceStatement: (vector) => taken(statements.DeviceStatement, vector, statements.deviceSignedBytes),
  "DeviceStatement (second device)": (vector) =>
    taken(statements.DeviceStatement, vector, statements.deviceSignedBytes),
  grant: () => {
    const { user, voucher } = statementOf(statements.DeviceStatement, "DeviceStatement (second device)");
    return toHex(statements.grantBytes(user, voucher!.key));
  },
  voucher: () =>
    toHex(
      statements.vouchedBytes(statementOf(statements.DeviceStatement, "DeviceStatement (second device)")),
    ),
  "RevokeStatement by": () =>
    toHex(statements.revokeSignedBytes(statementOf(statements.RevokeStatement, "RevokeStatement"))),
  RevokeStatement: (vector) => taken(statements.RevokeStatement, vector, statements.revokeSignedBytes),
  RoomStatement: (vector) => taken(statements.RoomStatement, vector, statements.roomSignedBytes),
  MembersStatement: (vector) =>
    taken(statements.MembersStatement, vector, (statement) =>
      statements.membersSignedBytes(unhex(VECTORS.room_log), unhex(VECTORS.message_id), statement),
    ),
  "PublishedKey (one-time)": (vector) => publishedKey("lanmsg/1 one-time key", vector),
  "PublishedKey (fallback)": (vector) => publishedKey("lanmsg/1 fallback key", vector),
  "hub certificate": () => toHex(statements.hubCertificateBytes(unhex(VECTORS.certificate_sha256))),
};

function statementOf<T>(shape: Shape<T>, what: string): T {
  const vector = VECTORS.statements.find((each) => each.what === what);
  return decodeAs(shape, unhex(vector!.encoded), what);
}

function publishedKey(label: string, vector: Vector): string {
  const device = unhex(LOGIN["device"]!);
  return taken(statements.PublishedKey, vector, ({ key }) =>
    statements.publishedKeyBytes(label, device, key),
  );
}

describe.each(VECTORS.statements)("$what", (vector) => {
  const signed = unhex(vector.signed_bytes);

  test("says what is signed", () => {
    expect(signedBytesOf[vector.what]!(vector)).toBe(vector.signed_bytes);
  });

  test("is signed by its key alone", () => {
    expect(toHex(ed25519.sign(signed, unhex(vector.seed)))).toBe(vector.signature);
    statements.mustFit(verify, unhex(vector.public_key), unhex(vector.signature), signed);
    const other = ed25519.getPublicKey(new Uint8Array(32).fill(7));
    expect(() => {
      statements.mustFit(verify, other, unhex(vector.signature), signed);
    }).toThrow(RemoteError);
  });
});

test("the signatures of who lets a device in or cuts it off stand in the statement", () => {
  const signatures = new Map(VECTORS.statements.map(({ what, signature }) => [what, signature]));
  const { voucher } = statementOf(statements.DeviceStatement, "DeviceStatement (second device)");
  const revoke = statementOf(statements.RevokeStatement, "RevokeStatement");
  expect(toHex(voucher!.grant)).toBe(signatures.get("grant"));
  expect(toHex(voucher!.signature)).toBe(signatures.get("voucher"));
  expect(toHex(revoke.bySignature)).toBe(signatures.get("RevokeStatement by"));
});

test("what a device signs to log in", () => {
  const place = {
    hub: unhex(LOGIN["hub"]!),
    certificateHash: unhex(LOGIN["certificate_sha256"]!),
    hubNonce: unhex(LOGIN["hub_nonce"]!),
    clientNonce: unhex(LOGIN["client_nonce"]!),
    device: unhex(LOGIN["device"]!),
    version: Number(LOGIN["version"]),
  };
  expect(toHex(statements.loginBytes(place))).toBe(LOGIN["signed_bytes"]);
});

describe("a signature is refused", () => {
  const [vector] = VECTORS.statements;
  const key = unhex(vector!.public_key);
  const signature = unhex(vector!.signature);
  const signed = unhex(vector!.signed_bytes);

  test.each([
    ["of another text", key, signature, signed.with(0, 1)],
    ["with another bit", key, signature.with(63, (signature[63] ?? 0) ^ 0x80), signed],
    ["that is too short", key, signature.slice(0, 63), signed],
    ["that is too long", key, new Uint8Array([...signature, 0]), signed],
    ["that is empty", key, new Uint8Array(0), signed],
    ["by a key that is too short", key.slice(0, 31), signature, signed],
    ["by a key that is no point", new Uint8Array(32).fill(2), signature, signed],
  ])("%s", (_, ofKey, ofSignature, ofText) => {
    expect(() => {
      statements.mustFit(verify, ofKey, ofSignature, ofText);
    }).toThrow(RemoteError);
  });
});
