/**
 * From an entry to something a person can read, or to the one named reason why not. Mirrors `client/reader.py`.
 *
 * Nothing the hub says of a message is believed: its author is the device that signed it, its place is what
 * stands inside the ciphertext, its order is the author's own counter.
 */

import { CannotDecrypt, type Crypto, type Decrypted } from "$client/crypto/interface";
import type { MessageKeys, Receiving } from "$client/message-keys";
import type { DeviceId, UnreadableReason, UserId } from "$client/model";
import type { ReadingAhead } from "$client/reading-ahead";
import { SeenHashes } from "$client/seen-hashes";
import type { LogId, Profile, Store, StoredLog, StoredMessage } from "$client/store/interface";
import { ACCOUNT_KIND, decodeAccount } from "$wire/account";
import { EMPTY_BYTES, equalBytes } from "$wire/bytes";
import { ContentKind, decodeContent, kindOf, targetOf, unseal, type Plaintext } from "$wire/content";
import {
  decodeMessageBody,
  EntryKind,
  LogKind,
  messageSignedBytes,
  type ChainedEntry,
  type Entry,
  type MessageBody,
} from "$wire/entries";
import { LanmsgError, RemoteError } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";
import type { DeviceStatement } from "$wire/statements";

/** A log, as far as reading needs it; `counters` are filled in here. */
export interface ReadingLog {
  readonly stored: StoredLog;
  counters: Map<DeviceId, number> | null;
}

/** What reading needs of the client's state. */
export interface ReadingState {
  readonly profile: Profile;
  readonly database: string;
  readonly user: UserId;
  readonly directoryLog: LogId;
  readonly logs: ReadonlyMap<LogId, ReadingLog>;
  readonly directory: {
    everDevice(device: DeviceId): DeviceStatement | null;
    revokedSeq(device: DeviceId): number | null;
  };
  couldRead(log: ReadingLog, user: UserId, seq: number): boolean;
  membershipSeqAt(log: ReadingLog, seq: number): number;
  membershipHashAt(log: ReadingLog, seq: number): Uint8Array;
}

/** What a reader works with. */
export interface ReaderParts {
  readonly state: ReadingState;
  readonly store: Pick<Store, "counters" | "entryHash">;
  readonly keys: MessageKeys;
  readonly crypto: Crypto;
  /** What was checked and opened before; null: nothing is. */
  readonly ahead: ReadingAhead | null;
  /** Called when the author has seen another story than we have. */
  forked(log: ReadingLog, seq: number, device: DeviceId): void;
}

/** An entry can't be read (now), for this reason. */
class Unreadable extends LanmsgError {
  readonly reason: UnreadableReason;

  constructor(reason: UnreadableReason) {
    super(reason);
    this.reason = reason;
  }
}

/** Reasons for which a counter is only the hub's word: it must not outrank an honest one. */
export const NOT_SIGNED: ReadonlySet<string> = new Set(["bad_signature", "unknown_sender"]);

/** An entry on its way to be read: where it stands, who is said to have sent it, and what is in it. */
interface Reading {
  readonly log: ReadingLog;
  readonly seq: number;
  readonly hash: Uint8Array;
  readonly entry: Entry;
  readonly sender: DeviceId;
  readonly body: MessageBody;
}

/** Reads MESSAGE entries. */
export class Reader {
  readonly #parts: ReaderParts;
  readonly #state: ReadingState;
  readonly #seen: SeenHashes;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.#state = parts.state;
    this.#seen = new SeenHashes(parts);
  }

  /** Read a new entry; what can't be read is returned with its reason and its raw body. */
  async read(log: ReadingLog, chained: ChainedEntry): Promise<StoredMessage> {
    this.#seen.remember(log.stored.log, chained.seq, chained.hash);
    let body: MessageBody | null = null;
    try {
      body = messageBody(chained.entry);
      const reading = { log, ...chained, sender: toHex(chained.entry.sender), body };
      await this.#checkAuthor(reading);
      this.#checkOrder(reading);
      return await this.#decrypt(reading);
    } catch (error) {
      if (error instanceof Unreadable) return unread(log, chained, body, error.reason);
      throw error;
    }
  }

  /** Try an unreadable message once more; null if it still can't be read. */
  async readAgain(log: ReadingLog, message: StoredMessage): Promise<StoredMessage | null> {
    const { seq, hash, sender, atMs } = message;
    const messageId = fromHex(message.messageId);
    const entry = { kind: EntryKind.MESSAGE, sender: fromHex(sender), messageId, atMs, body: message.raw };
    try {
      const reading = { log, seq, hash, entry, sender, body: messageBody(entry) };
      await this.#checkAuthor(reading);
      return await this.#decrypt(reading);
    } catch (error) {
      if (error instanceof Unreadable) return null;
      throw error;
    }
  }

  /** Compare a new directory entry with what somebody has already seen there. */
  directoryAdvanced(directory: ReadingLog, seq: number, hash: Uint8Array): void {
    this.#seen.directoryAdvanced(directory, seq, hash);
  }

  // --- the steps ----------------------------------------------------------------------------------

  async #checkAuthor(reading: Reading): Promise<void> {
    const { log, seq, sender, body } = reading;
    const device = this.#state.directory.everDevice(sender);
    if (!device) throw new Unreadable("unknown_sender");
    if (!(await this.#isSigned(reading, device.signingKey))) throw new Unreadable("bad_signature");
    const revokedSeq = this.#state.directory.revokedSeq(sender);
    if (revokedSeq !== null && body.view.directorySeq >= revokedSeq) {
      throw new Unreadable("bad_signature"); // written after the device was cut off
    }
    if (!this.#state.couldRead(log, toHex(device.user), seq)) {
      throw new Unreadable("misplaced"); // a stranger in a direct chat, or taken out of a room
    }
    if (body.view.membershipSeq !== this.#state.membershipSeqAt(log, seq)) {
      this.#parts.forked(log, body.view.membershipSeq, sender);
      throw new Unreadable("misplaced"); // made for other members than those of this place
    }
  }

  async #isSigned({ log, entry, body }: Reading, key: Uint8Array): Promise<boolean> {
    const checked = (await this.#parts.ahead?.check(entry, key)) ?? null;
    if (checked !== null) return checked;
    const signed = messageSignedBytes(fromHex(log.stored.log), entry.messageId, body);
    return this.#parts.crypto.verify(key, body.signature, signed);
  }

  /** A device's counter only goes up; a message that is replayed or moved back does not fit. */
  #checkOrder({ log, sender, body }: Reading): void {
    log.counters ??= this.#parts.store.counters(log.stored.log);
    if (body.counter <= (log.counters.get(sender) ?? 0)) throw new Unreadable("misplaced");
    log.counters.set(sender, body.counter);
  }

  #whyNoKey({ log, seq, body }: Reading): UnreadableReason {
    const ownSeq = this.#state.profile.deviceSeq;
    if (ownSeq && body.view.directorySeq < ownSeq) return "before_you_joined";
    return this.#state.couldRead(log, this.#state.user, seq) ? "missing_key" : "before_you_joined";
  }

  #receiving(reading: Reading): Receiving {
    const { log, sender, body } = reading;
    const receiving = this.#parts.keys.receiving(toHex(body.session), sender);
    if (!receiving) throw new Unreadable(this.#whyNoKey(reading));
    if (receiving.log !== log.stored.log) throw new Unreadable("misplaced");
    return receiving;
  }

  async #open(reading: Reading): Promise<Decrypted> {
    const { session } = this.#receiving(reading);
    const { entry, body, sender } = reading;
    const opened = await this.#parts.ahead?.opened(entry, toHex(body.session) + sender);
    if (opened) return opened;
    try {
      return session.decrypt(reading.body.ciphertext);
    } catch (error) {
      if (!(error instanceof CannotDecrypt)) throw error;
      // A share starts at the index its sender was at, so older entries are not for us.
      const reason = this.#whyNoKey(reading);
      throw new Unreadable(
        reason === "before_you_joined" || session.firstIndex > 0 ? reason : "bad_ciphertext",
      );
    }
  }

  async #decrypt(reading: Reading): Promise<StoredMessage> {
    const decrypted = await this.#open(reading);
    const plaintext = unsealed(decrypted.plaintext);
    if (!this.#isInPlace(reading, plaintext)) throw new Unreadable("misplaced");
    if (!(await this.#seen.check(reading, plaintext))) throw new Unreadable("misplaced");
    this.#checkMembersSeen(reading, plaintext);
    const { kind, target } = kindAndTarget(reading.log, plaintext.content);
    return {
      ...recordOf(reading, reading.body.counter),
      index: decrypted.index,
      content: plaintext.content,
      reason: kind === ContentKind.UNREADABLE ? "unknown_content" : "",
      raw: EMPTY_BYTES,
      kind,
      target,
    };
  }

  /**
   * The author knew who is in the room by the same entries as we do, not only by as many.
   *
   * It is the one check on changes of members from before messages that are gone (`RoomMembers`).
   */
  #checkMembersSeen({ log, seq, sender, body }: Reading, { membersSeen }: Plaintext): void {
    if (!membersSeen.length || equalBytes(membersSeen, this.#state.membershipHashAt(log, seq))) return;
    this.#parts.forked(log, body.view.membershipSeq, sender);
    throw new Unreadable("misplaced");
  }

  /** Tell whether what stands inside was made for this place. */
  #isInPlace({ log, entry, body }: Reading, plaintext: Plaintext): boolean {
    return (
      toHex(plaintext.database) === this.#state.database &&
      toHex(plaintext.log) === log.stored.log &&
      equalBytes(plaintext.messageId, entry.messageId) &&
      plaintext.counter === body.counter
    );
  }
}

/** Decode a message's body. Throws `Unreadable`. */
function messageBody(entry: Entry): MessageBody {
  if (entry.kind !== EntryKind.MESSAGE) throw new Unreadable("unknown_content");
  try {
    return decodeMessageBody(entry.body);
  } catch (error) {
    if (error instanceof RemoteError) throw new Unreadable("unknown_content");
    throw error;
  }
}

function unsealed(padded: Uint8Array): Plaintext {
  try {
    return unseal(padded);
  } catch (error) {
    if (error instanceof RemoteError) throw new Unreadable("unknown_content");
    throw error;
  }
}

/** Return of which kind a content is, and which message it changes or answers (hex), if any. */
function kindAndTarget(
  log: ReadingLog,
  data: Uint8Array,
): { readonly kind: number; readonly target: string } {
  try {
    if (log.stored.kind === LogKind.ACCOUNT) {
      decodeAccount(data);
      return { kind: ACCOUNT_KIND, target: "" };
    }
    const content = decodeContent(data);
    return { kind: kindOf(content), target: toHex(targetOf(content) ?? EMPTY_BYTES) };
  } catch (error) {
    if (!(error instanceof RemoteError)) throw error;
    return { kind: ContentKind.UNREADABLE, target: "" }; // of a newer version: kept, so that ours may show it
  }
}

/** Return what is stored of any message. */
function recordOf(
  { log, seq, hash, entry, body }: Omit<Reading, "sender" | "body"> & { readonly body: MessageBody | null },
  counter: number,
): Omit<StoredMessage, "index" | "content" | "reason" | "raw" | "kind" | "target"> {
  return {
    type: "stored_message",
    log: log.stored.log,
    seq,
    hash,
    messageId: toHex(entry.messageId),
    sender: toHex(entry.sender),
    counter,
    atMs: entry.atMs,
    directorySeq: body?.view.directorySeq ?? 0,
    session: toHex(body?.session ?? EMPTY_BYTES),
  };
}

function unread(
  log: ReadingLog,
  chained: ChainedEntry,
  body: MessageBody | null,
  reason: UnreadableReason,
): StoredMessage {
  const counter = !body || NOT_SIGNED.has(reason) ? 0 : body.counter;
  return {
    ...recordOf({ log, ...chained, body }, counter),
    index: -1,
    content: EMPTY_BYTES,
    reason,
    raw: chained.entry.body,
    kind: ContentKind.UNREADABLE,
    target: "",
  };
}
