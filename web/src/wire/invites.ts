/**
 * The join link: where a hub is, which identity key it has, and a secret that lets one in.
 *
 *     lanmsg://HOST:PORT[,HOST:PORT…]/#BASE32        BASE32 = version | key | secret | checksum
 *     https://HOST:PORT/#BASE32                      the same, for browsers: what is behind # stays there
 *
 * Version 1 lets a person in (or has no secret), version 2 a second device of a person: its secret is the code of
 * a pairing (`wire/pairing`). The checksum finds typing errors, not attackers: what makes the link safe is
 * that the hub must own the key.
 */
import { formatAddress, parseAddress } from "./addresses";
import { fromBase32, toBase32 } from "./base32";
import { EMPTY_BYTES, equalBytes, joinBytes, utf8 } from "./bytes";
import { crc32 } from "./crc32";
import { LocalError } from "./errors";
import { KEY_BYTES } from "./ids";
import { INVITE_SECRET_BYTES, PAIRING_CODE_BYTES } from "./limits";
import { withoutSpaces } from "./spaces";

export const SCHEME = "lanmsg://";
export const WEB_SCHEME = "https://";
const VERSION = 1;
const PAIRING_VERSION = 2;
const SECRET_LENGTHS: ReadonlyMap<number, readonly number[]> = new Map([
  [VERSION, [0, INVITE_SECRET_BYTES]],
  [PAIRING_VERSION, [PAIRING_CODE_BYTES]],
]);
/** A hub has a few network cards; more would not fit in a QR code. */
export const MAX_ADDRESSES = 8;
const MAX_LINK_CHARACTERS = 4096;
const CHECKSUM_BYTES = 4;
const LENGTHS = [...SECRET_LENGTHS.values()].flat().map((secret) => 1 + KEY_BYTES + secret + CHECKSUM_BYTES);
const AROUND = /^[<>"'`()[\]{}.,;!?/]+|[<>"'`()[\]{}.,;!?/]+$/g;
const LINK = /^(?:lanmsg|https):\/\/([^/#]*)\/?#?([^/#]*)$/;
const AGAIN = "copy it again, or ask for a new one";

/** What a join link says. */
export interface Invite {
  /** 1 to `MAX_ADDRESSES` of `HOST:PORT`, best first; IPv6 in brackets, no scope ids. */
  readonly addresses: readonly string[];
  /** The hub's Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  /** 16 bytes, or empty if the hub lets in whoever knows the address; of a pairing its code. */
  readonly secret: Uint8Array;
  /** It is for another device of the person who made it, and for nobody else. */
  readonly isPairing: boolean;
}

/** Returns the link, in lower case. Throws LocalError if there are none or too many addresses, or one can't be in it. */
export function formatInvite(invite: Invite): string {
  const version = invite.isPairing ? PAIRING_VERSION : VERSION;
  const fits = invite.identityKey.length === KEY_BYTES && hasSecretLength(version, invite.secret);
  if (!fits) throw new TypeError("a key or a secret of a wrong length");
  const hosts = some(invite.addresses).map(linkAddress).join(",");
  const payload = joinBytes([Uint8Array.of(version), invite.identityKey, invite.secret]);
  return `${SCHEME}${hosts}/#${toBase32(joinBytes([payload, checksumOf(hosts, payload)]))}`;
}

/** Returns the link that opens in a browser: at the hub's best address alone, as it is one page. Throws as `formatInvite`. */
export function formatWebInvite(invite: Invite): string {
  const link = formatInvite({ ...invite, addresses: invite.addresses.slice(0, 1) });
  return WEB_SCHEME + link.slice(SCHEME.length);
}

/** Reads a join link as people paste it: in any case, wrapped, in brackets or quotes. Throws LocalError. */
export function parseInvite(text: string): Invite {
  const { hosts, code } = splitLink(text);
  const addresses = some(hosts.split(",")).map(linkAddress);
  const bytes = bytesOf(code);
  const payload = bytes.subarray(0, -CHECKSUM_BYTES);
  if (!equalBytes(bytes.subarray(-CHECKSUM_BYTES), checksumOf(addresses.join(","), payload))) {
    const damage = LENGTHS.includes(bytes.length)
      ? "a typing error in it"
      : "lost or doubled some characters";
    throw new LocalError(`this join link has ${damage}: ${AGAIN}`);
  }
  const version = payload[0] ?? 0;
  const secret = payload.slice(1 + KEY_BYTES);
  if (payload.length < 1 + KEY_BYTES || !hasSecretLength(version, secret)) {
    throw new LocalError("this join link is of a newer lanmsg: update yours, or join with HOST:PORT");
  }
  const identityKey = payload.slice(1, 1 + KEY_BYTES);
  return { addresses, identityKey, secret, isPairing: version === PAIRING_VERSION };
}

function hasSecretLength(version: number, secret: Uint8Array): boolean {
  return SECRET_LENGTHS.get(version)?.includes(secret.length) ?? false;
}

interface LinkParts {
  readonly hosts: string;
  readonly code: string;
}

function splitLink(text: string): LinkParts {
  if (text.length > MAX_LINK_CHARACTERS) throw new LocalError(`this is too long for a join link: ${AGAIN}`);
  const link = withoutSpaces(text).replace(AROUND, "").toLowerCase();
  if (!link.startsWith(SCHEME) && !link.startsWith(WEB_SCHEME)) {
    throw new LocalError(`this is no join link: one starts with ${SCHEME}`);
  }
  const [, hosts, code] = LINK.exec(link) ?? [];
  if (hosts === undefined || !code) {
    throw new LocalError(`this join link is cut off: something must follow the # in it; ${AGAIN}`);
  }
  return { hosts, code };
}

function some(addresses: readonly string[]): readonly string[] {
  if (addresses.length >= 1 && addresses.length <= MAX_ADDRESSES) return addresses;
  throw new LocalError(`a join link has 1 to ${MAX_ADDRESSES} addresses, not ${addresses.length}`);
}

function linkAddress(text: string): string {
  const address = parseAddress(text);
  if (!address.host.includes("%")) return formatAddress(address);
  throw new LocalError(
    `${formatAddress(address)} can't be in a join link: what is behind % differs on each machine`,
  );
}

function checksumOf(hosts: string, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(CHECKSUM_BYTES);
  new DataView(bytes.buffer).setUint32(0, crc32(joinBytes([utf8(`${hosts}/`), payload])));
  return bytes;
}

function bytesOf(code: string): Uint8Array {
  const wrong = /[^a-z2-7]/u.exec(code);
  if (wrong) {
    throw new LocalError(
      `this join link has a character that none has (${JSON.stringify(wrong[0])}): ${AGAIN}`,
    );
  }
  const bytes = fromBase32(code) ?? EMPTY_BYTES;
  if (!bytes.length) throw new LocalError(`this join link is cut off: ${AGAIN}`);
  if (toBase32(bytes) === code) return bytes;
  // the last character has bits to spare: only one spelling is right
  throw new LocalError(`this join link has a typing error at its end: ${AGAIN}`);
}
