/**
 * Pairing: the code with which one device lets a second one in, and what is derived from it.
 *
 *     K7QM-0XWD-9RTA-3FEH      16 characters of Crockford's base32: 80 random bits
 *
 * The hub keeps a sealed parcel under a name that follows from the code, for ten minutes, and hands it out once. It can
 * open it only by guessing the code: 2**79 runs of scrypt on average, at 32 MiB each.
 */
import { scryptAsync } from "@noble/hashes/scrypt.js";
import { utf8 } from "./bytes";
import { LocalError } from "./errors";
import * as labels from "./labels";
import { labelledHash } from "./labels";
import { PAIRING_CODE_BYTES } from "./limits";
import { strip } from "./spaces";

export { Parcel } from "./generated/client-pairing";

const SCRYPT = { N: 2 ** 15, r: 8, p: 1, dkLen: 32 };
/** Without I, L, O and U: nobody confuses what is left, and it spells nothing. */
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const READ_AS: Readonly<Record<string, string>> = { I: "1", L: "1", O: "0", "-": "", " ": "" };
const BITS = 5;
const CHARACTERS = (PAIRING_CODE_BYTES * 8) / BITS;
const GROUPS = /.{4}(?=.)/g;

/** What follows from a code: the parcel's name at the hub, and the key that opens it (32 bytes each). */
export interface PairingKeys {
  readonly name: Uint8Array;
  readonly key: Uint8Array;
}

/**
 * Stretches a code (10 bytes); takes half a second and 32 MiB, for both ends once, and lets the page live meanwhile.
 *
 * scrypt (RFC 7914) of the code with salt `PAIRING_CODE`, 32 bytes; name and key are labelled hashes of that under
 * `PAIRING_NAME` and `PAIRING_KEY`.
 */
export async function pairingKeys(code: Uint8Array): Promise<PairingKeys> {
  checkLength(code);
  const stretched = await scryptAsync(code, utf8(labels.PAIRING_CODE), SCRYPT);
  return {
    name: labelledHash(labels.PAIRING_NAME, stretched),
    key: labelledHash(labels.PAIRING_KEY, stretched),
  };
}

/** Returns a code as people read and type it. */
export function formatCode(code: Uint8Array): string {
  checkLength(code);
  const bits = code.reduce((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const digits = Array.from({ length: CHARACTERS }, (_, place) => {
    const below = BigInt(BITS * (CHARACTERS - 1 - place));
    return ALPHABET[Number((bits >> below) & 31n)] ?? "";
  });
  return digits.join("").replace(GROUPS, "$&-");
}

/** Reads a code as people type it: in any case, with or without its dashes, O for 0, I and L for 1. Throws LocalError. */
export function parseCode(text: string): Uint8Array<ArrayBuffer> {
  const plain = Array.from(strip(text).toUpperCase(), (each) => READ_AS[each] ?? each);
  const digits = plain.filter((each) => each !== "");
  const wrong = digits.find((each) => !ALPHABET.includes(each));
  if (wrong !== undefined) {
    throw new LocalError(`this is no code for a device: none has a ${JSON.stringify(wrong)} in it`);
  }
  if (digits.length !== CHARACTERS) {
    throw new LocalError(
      `a code for a device has ${CHARACTERS} letters and digits, not ${digits.length}: type all of it`,
    );
  }
  const bits = digits.reduce((value, digit) => (value << 5n) | BigInt(ALPHABET.indexOf(digit)), 0n);
  return Uint8Array.from({ length: PAIRING_CODE_BYTES }, (_, place) =>
    Number((bits >> BigInt(8 * (PAIRING_CODE_BYTES - 1 - place))) & 255n),
  );
}

function checkLength(code: Uint8Array): void {
  if (code.length !== PAIRING_CODE_BYTES) throw new TypeError("no code");
}
