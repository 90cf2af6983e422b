/**
 * What the devices of one person tell each other: how far they have read, what they prefer, their drafts.
 *
 * Only account logs hold these contents, and they hold no others. They are encrypted like messages, for the
 * person's own devices. One message carries many changes, so that a busy minute costs one entry.
 */
import { utf8 } from "./bytes";
import { decodeAs, encode } from "./codec";
import { LocalError, RemoteError } from "./errors";
import { AccountChanges, Change, Item } from "./generated/account";
import {
  MAX_ACCOUNT_BYTES,
  MAX_ACCOUNT_CHANGES,
  MAX_PREFERENCE_NAME_BYTES,
  MAX_PREFERENCE_VALUE_BYTES,
  MAX_TEXT_BYTES,
} from "./limits";

export * from "./generated/account";

/** More than what stands around an item, and around the list of them. */
const OVERHEAD_BYTES = 16;

/**
 * Encodes items as the content of one message; what `takeBatch` returns always fits.
 *
 * Throws LocalError if one is larger than its limit, there are none or too many, or they do not fit.
 */
export function encodeAccount(items: readonly Item[]): Uint8Array<ArrayBuffer> {
  if (!items.length || items.length > MAX_ACCOUNT_CHANGES) {
    throw new LocalError(`${items.length} changes; one message carries 1 to ${MAX_ACCOUNT_CHANGES}`);
  }
  for (const item of items) checkChange(item.change);
  const bytes = encode(AccountChanges, {
    type: "account_changes",
    items: items.map((item) => encode(Item, item)),
  });
  if (bytes.length > MAX_ACCOUNT_BYTES) {
    throw new LocalError(`the changes have ${bytes.length} bytes; at most ${MAX_ACCOUNT_BYTES} fit`);
  }
  return bytes;
}

/** Returns as many of the first items as one message carries; at least one. */
export function takeBatch(items: readonly Item[]): readonly Item[] {
  let size = OVERHEAD_BYTES;
  for (const [count, item] of items.slice(0, MAX_ACCOUNT_CHANGES).entries()) {
    size += encode(Item, item).length + OVERHEAD_BYTES;
    if (size > MAX_ACCOUNT_BYTES && count) return items.slice(0, count);
  }
  return items.slice(0, MAX_ACCOUNT_CHANGES);
}

/** Holds a change to its limits. Throws LocalError if something in it is larger than allowed, or no valid text. */
export function checkChange(change: Change): void {
  try {
    decodeAs(Item, encode(Item, { change, since: 0 }), "a change"); // lengths are checked on decoding only
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    throw new LocalError(`this can't be kept for other devices: ${error.message}`);
  }
  for (const { text, limit } of textsOf(change)) {
    const size = utf8(text).length;
    if (size > limit) {
      throw new LocalError(`this has ${size} bytes; at most ${limit} are kept for other devices`);
    }
  }
}

/**
 * Decodes the content of a message of an account log; items of a kind we do not know are left out.
 *
 * Throws RemoteError (MALFORMED or TOO_LARGE) if it is no such content.
 */
export function decodeAccount(bytes: Uint8Array): readonly Item[] {
  if (bytes.length > MAX_ACCOUNT_BYTES) {
    throw new RemoteError("too_large", "an account message is larger than allowed");
  }
  return decodeAs(AccountChanges, bytes, "an account message").items.flatMap(itemIn);
}

/** Encodes one change, for a store. Throws LocalError for text that is not valid. */
export function encodeChange(change: Change): Uint8Array<ArrayBuffer> {
  return encode(Change, change);
}

/** Decodes one change, as a store keeps it. Throws RemoteError (MALFORMED). */
export function decodeChange(bytes: Uint8Array): Change {
  return decodeAs(Change, bytes, "a change");
}

function itemIn(bytes: Uint8Array): readonly Item[] {
  try {
    return [decodeAs(Item, bytes, "a change")];
  } catch (error) {
    if (error instanceof RemoteError) return [];
    throw error;
  }
}

interface LimitedText {
  readonly text: string;
  readonly limit: number;
}

function textsOf(change: Change): readonly LimitedText[] {
  switch (change.type) {
    case "preference":
      return [
        { text: change.name, limit: MAX_PREFERENCE_NAME_BYTES },
        { text: change.value, limit: MAX_PREFERENCE_VALUE_BYTES },
      ];
    case "draft":
      return [{ text: change.text, limit: MAX_TEXT_BYTES }];
    default:
      return [];
  }
}
