/**
 * The dear part of reading a backlog, signatures and ciphertexts, done on another thread while this one is at work
 * with the page before.
 *
 * It says two things only: whether this key has signed these bytes, and what this session makes of a ciphertext.
 * Whether they are the right key and the right session is for the reader to say, when the entry's turn has come; what
 * was done with others counts for nothing, and what could not be opened is tried again then.
 */

import type { Decrypted, Signed, Work, WorkDone } from "$client/crypto/interface";
import type { ReadingState } from "$client/reader";
import type { SessionKey } from "$client/store/records";
import { equalBytes } from "$wire/bytes";
import { decodeMessageBody, type Entry, EntryKind, messageSignedBytes } from "$wire/entries";
import { RemoteError } from "$wire/errors";
import type { Entries } from "$wire/frames";
import { toHex } from "$wire/hex";

/** A run of fewer entries is read faster than it is handed to another thread. */
export const WORTH_HANDING_OVER = 32;

/** Does work elsewhere; null: it can't, and who asked must do it. Never rejects. */
export type DoElsewhere = (work: Work) => Promise<WorkDone | null>;

/** What reading ahead needs of the client; `pickleOf` a receiving session that is stored, null for any other. */
export interface AheadParts {
  readonly state: Pick<ReadingState, "directory">;
  readonly pickleOf: (session: SessionKey) => string | null;
}

interface Ahead {
  readonly key: Uint8Array;
  readonly session: SessionKey;
  readonly done: Promise<WorkDone | null>;
  readonly place: number;
}

interface Known {
  readonly entry: Entry;
  readonly signed: Signed;
  readonly session: SessionKey;
  readonly ciphertext: Uint8Array;
}

/** Begins the work, and knows its outcome when it is asked for. */
export class ReadingAhead {
  readonly #doElsewhere: DoElsewhere;
  readonly #ahead = new WeakMap<Entry, Ahead>();

  constructor(doElsewhere: DoElsewhere) {
    this.#doElsewhere = doElsewhere;
  }

  /** Begin with a run that has just come, if it is long. What is malformed in it is left to the reader. */
  begin(frame: Entries, { state, pickleOf }: AheadParts): void {
    if (frame.items.length < WORTH_HANDING_OVER) return;
    const known = frame.items.flatMap((entry) => knownOf(frame.log, entry, state) ?? []);
    if (!known.length) return;
    const done = this.#doElsewhere(workOf(known, pickleOf));
    for (const [place, { entry, signed, session }] of known.entries()) {
      this.#ahead.set(entry, { key: signed.key, session, done, place });
    }
  }

  /** Return whether this key has signed an entry; null if that was not checked. */
  async check(entry: Entry, key: Uint8Array): Promise<boolean | null> {
    const ahead = this.#ahead.get(entry);
    if (!ahead || !equalBytes(ahead.key, key)) return null;
    return (await ahead.done)?.fits[ahead.place] ?? null;
  }

  /** Return what this session has made of an entry; null if it was not tried, or could not be opened. */
  async opened(entry: Entry, session: SessionKey): Promise<Decrypted | null> {
    const ahead = this.#ahead.get(entry);
    if (ahead?.session !== session) return null;
    return (await ahead.done)?.opened[ahead.place] ?? null;
  }
}

function knownOf(
  log: Uint8Array,
  entry: Entry,
  { directory }: Pick<ReadingState, "directory">,
): Known | null {
  const sender = toHex(entry.sender);
  const device = entry.kind === EntryKind.MESSAGE ? directory.everDevice(sender) : null;
  if (!device) return null;
  try {
    const body = decodeMessageBody(entry.body);
    const message = messageSignedBytes(log, entry.messageId, body);
    const signed = { key: device.signingKey, signature: body.signature, message };
    return { entry, signed, session: toHex(body.session) + sender, ciphertext: body.ciphertext };
  } catch (error) {
    if (error instanceof RemoteError) return null;
    throw error;
  }
}

/** Return the work; each session is handed over once. */
function workOf(known: readonly Known[], pickleOf: AheadParts["pickleOf"]): Work {
  const places = new Map<SessionKey, number>();
  const sessions: string[] = [];
  for (const { session } of known) {
    if (places.has(session)) continue;
    const pickle = pickleOf(session);
    places.set(session, pickle === null ? -1 : sessions.length);
    if (pickle !== null) sessions.push(pickle);
  }
  return {
    signed: known.map((each) => each.signed),
    sessions,
    sealed: known.map(({ session, ciphertext }) => ({ session: places.get(session) ?? -1, ciphertext })),
  };
}
