/**
 * The signatures of a backlog, checked on another thread while this one is at work with the page before.
 *
 * A check says one thing only: whether this key has signed these bytes. Whether it is the right key is for the
 * reader to say, when the entry's turn has come; a check with another key counts for nothing.
 */

import type { Checked, Signed } from "$client/crypto/interface";
import type { ReadingState } from "$client/reader";
import { equalBytes } from "$wire/bytes";
import { decodeMessageBody, type Entry, EntryKind, messageSignedBytes } from "$wire/entries";
import { RemoteError } from "$wire/errors";
import type { Entries } from "$wire/frames";
import { toHex } from "$wire/hex";

/** A run of fewer entries is checked faster than it is handed to another thread. */
export const WORTH_HANDING_OVER = 32;

/** Checks many signatures elsewhere; null: it can't, and who asked must check them. Never rejects. */
export type CheckMany = (signed: readonly Signed[]) => Promise<Checked | null>;

interface Ahead {
  readonly key: Uint8Array;
  readonly checked: Promise<Checked | null>;
  readonly place: number;
}

/** Begins checks, and knows their outcome when it is asked for. */
export class SignaturesAhead {
  readonly #checkMany: CheckMany;
  readonly #ahead = new WeakMap<Entry, Ahead>();

  constructor(checkMany: CheckMany) {
    this.#checkMany = checkMany;
  }

  /** Begin with a run that has just come, if it is long. What is malformed in it is left to the reader. */
  begin(frame: Entries, state: Pick<ReadingState, "directory">): void {
    if (frame.items.length < WORTH_HANDING_OVER) return;
    const known = frame.items.flatMap((entry) => {
      const signed = signedBy(frame.log, entry, state);
      return signed ? [{ entry, signed }] : [];
    });
    if (!known.length) return;
    const checked = this.#checkMany(known.map(({ signed }) => signed));
    for (const [place, { entry, signed }] of known.entries()) {
      this.#ahead.set(entry, { key: signed.key, checked, place });
    }
  }

  /** Return whether this key has signed an entry; null if that was not checked. */
  async check(entry: Entry, key: Uint8Array): Promise<boolean | null> {
    const ahead = this.#ahead.get(entry);
    if (!ahead || !equalBytes(ahead.key, key)) return null;
    return (await ahead.checked)?.[ahead.place] ?? null;
  }
}

function signedBy(
  log: Uint8Array,
  entry: Entry,
  { directory }: Pick<ReadingState, "directory">,
): Signed | null {
  const device = entry.kind === EntryKind.MESSAGE ? directory.everDevice(toHex(entry.sender)) : null;
  if (!device) return null;
  try {
    const body = decodeMessageBody(entry.body);
    const message = messageSignedBytes(log, entry.messageId, body);
    return { key: device.signingKey, signature: body.signature, message };
  } catch (error) {
    if (error instanceof RemoteError) return null;
    throw error;
  }
}
