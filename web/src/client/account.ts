/**
 * What is the same on all our devices: read marks, preferences, drafts, verified people. Mirrors
 * `client/account.py`.
 *
 * Each thing has a key and one value. A change of ours holds at once on this device, waits on our disk, and is said
 * to our other devices in the account log as soon as there are any; somebody with one device says nothing. Of two
 * values of one key the one that entered the log later counts, and read marks only grow: so every device that has
 * read the log holds the same. A new device can't read what was said before it came; the others say what holds
 * again, and with each value when it was first said, so that it outranks nothing newer.
 */

import type { Timer } from "$client/clock";
import type { Effects } from "$client/effects";
import type { CallLater } from "$client/later";
import type { MessageId } from "$client/model";
import type { Outbox } from "$client/outbox";
import { ACCOUNT, type ClientState } from "$client/state";
import type { OutboxRow, StoredMessage, StoredValue } from "$client/store/records";
import {
  type Change,
  type ConversationSettings,
  checkChange,
  decodeAccount,
  decodeChange,
  encodeAccount,
  encodeChange,
  type Item,
  type ReadMark,
  takeBatch,
} from "$wire/account";
import { RemoteError } from "$wire/errors";
import { toHex } from "$wire/hex";
import { MAX_ACCOUNT_ITEMS } from "$wire/limits";

/** What changes often (marks, drafts) is gathered for so long before it is said. */
export const SAY_AFTER_S = 3;
/** And so long before it is stored: a page can be gone at any moment, and nobody asks it first. */
export const STORE_AFTER_S = 0.5;

/**
 * A value. `since` is the seq at which it entered the log, 0: it is ours and has not come back yet. `isWaiting`: it
 * must still be put into a message.
 */
interface Held {
  readonly change: Change;
  readonly since: number;
  readonly isWaiting: boolean;
}

/** What an account works with. */
export interface AccountParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly outbox: Outbox;
  readonly newMessageId: () => MessageId;
  readonly callLater: CallLater;
  /** Called with each value that is new here. */
  readonly changed: (change: Change) => void;
  /** Called when values are saved, for whoever keeps something beside them. */
  readonly saving: () => void;
}

/** Holds the values of this person. */
export class Account {
  readonly #parts: AccountParts;
  readonly #held = new Map<string, Held>();
  readonly #unsaved = new Set<string>();
  #timer: Timer | null = null;
  #storing: Timer | null = null;
  #hasNewsForDevice = false;

  constructor(parts: AccountParts) {
    this.#parts = parts;
  }

  /** Take over what the store holds. */
  load(items: readonly StoredValue[]): void {
    for (const item of items) {
      const change = decoded(item.change);
      if (change) this.#held.set(item.key, { change, since: item.since, isWaiting: item.isWaiting });
    }
  }

  /** All values, in the order their keys were first used. */
  get changes(): Change[] {
    return [...this.#held.values()].map((held) => held.change);
  }

  /** Return the value with the same key as this one. */
  value(like: Change): Change | null {
    return this.#held.get(keyOf(like))?.change ?? null;
  }

  // --- our own changes ---

  /** Change a value on this device at once, and on the others soon. Throws LocalError if it is too large. */
  put(change: Change): void {
    if (this.#holdOurs(change)) this.say();
  }

  /**
   * As `put`, but stored with what follows it within `STORE_AFTER_S` (a crash in that time forgets it), and said with
   * what follows it within `SAY_AFTER_S`. Nothing happens for a value that holds already, or a mark that would go
   * back. Throws LocalError.
   */
  putSoon(change: Change): void {
    if (!this.#holdOurs(change)) return;
    this.#storing ??= this.#parts.callLater(STORE_AFTER_S, () => {
      this.save();
    });
    this.#timer ??= this.#parts.callLater(SAY_AFTER_S, () => {
      this.#timer = null;
      this.say();
    });
  }

  #holdOurs(change: Change): boolean {
    checkChange(change);
    const key = keyOf(change);
    const held = this.#held.get(key);
    if (held && !isNews(change, held.change)) return false;
    this.#hold(key, { change, since: 0, isWaiting: true });
    this.#parts.changed(change);
    return true;
  }

  /** Store what is new, and tell our other devices what they have not heard, one message at a time. */
  say(): void {
    if (this.#maySpeak()) {
      const waiting = [...this.#held.values()].filter((held) => held.isWaiting);
      const batch = takeBatch(waiting.map(({ change, since }) => ({ change, since })));
      if (batch.length) this.#queue(batch);
    }
    this.save();
  }

  /** Tell whether somebody listens, and all that was said before has its place. */
  #maySpeak(): boolean {
    const { state, outbox } = this.#parts;
    return (
      state.isOnline &&
      state.logs.has(state.accountLog) &&
      state.readers(ACCOUNT).size > 0 &&
      !outbox.book.rowsOf(ACCOUNT).length
    );
  }

  #queue(batch: readonly Item[]): void {
    for (const item of batch) this.#setWaiting(keyOf(item.change), false);
    this.save();
    this.#parts.outbox.add(ACCOUNT, this.#parts.newMessageId(), encodeAccount(batch));
  }

  #setWaiting(key: string, isWaiting: boolean): void {
    const held = this.#held.get(key);
    if (held) this.#hold(key, { ...held, isWaiting });
  }

  /** The hub refused a message for good: what it said waits for the next connection. */
  failed(row: OutboxRow): void {
    for (const item of decodeAccount(row.content)) this.#setWaiting(keyOf(item.change), true);
    this.save();
    this.#parts.outbox.withdraw(row.messageId);
  }

  /** Another device of ours is new: it must hear everything that holds, see `directoryTaken`. */
  deviceAdded(): void {
    this.#hasNewsForDevice = true;
    for (const key of [...this.#held.keys()]) this.#setWaiting(key, true);
    this.save();
  }

  /** A run of the directory has been taken to its end: only now may anything be sealed. */
  directoryTaken(): void {
    if (!this.#hasNewsForDevice) return;
    this.#hasNewsForDevice = false;
    this.say();
  }

  // --- what our devices said ---

  /** Take an entry of the account log, ours or another device's; one that can't be read says nothing. */
  take(message: StoredMessage): void {
    if (message.reason) return;
    const isOwn = message.sender === this.#parts.state.device;
    for (const item of decodeAccount(message.content)) {
      const since = item.since > 0 && item.since < message.seq ? item.since : message.seq;
      this.#takeChange(item.change, since, isOwn);
    }
    this.save();
    if (isOwn && !this.#timer) this.say(); // what did not fit in that message
  }

  #takeChange(change: Change, since: number, isOwn: boolean): void {
    const key = keyOf(change);
    const held = this.#held.get(key);
    if (!held) {
      if (this.#held.size >= MAX_ACCOUNT_ITEMS) return;
      this.#hold(key, { change, since, isWaiting: false });
      this.#parts.changed(change);
      return;
    }
    const merged = merge(held, since, change, isOwn);
    if (merged === held) return;
    this.#hold(key, merged);
    if (!isSame(merged.change, held.change)) this.#parts.changed(merged.change);
  }

  // --- keeping ---

  #hold(key: string, held: Held): void {
    this.#held.set(key, held);
    this.#unsaved.add(key);
  }

  /** Save what is not saved yet, and what is kept beside it. */
  save(): void {
    this.#storing?.cancel();
    this.#storing = null;
    for (const key of this.#unsaved) {
      const held = this.#held.get(key);
      if (!held) continue;
      const { since, isWaiting } = held;
      this.#parts.effects.save({
        type: "stored_value",
        key,
        change: encodeChange(held.change),
        since,
        isWaiting,
      });
    }
    this.#unsaved.clear();
    this.#parts.saving();
  }
}

/** Return what names a value (hex): two changes with the same key are about the same thing. */
export function keyOf(change: Change): string {
  switch (change.type) {
    case "read_mark":
      return toHex(encodeChange({ ...change, seq: 0 }));
    case "draft":
      return toHex(encodeChange({ ...change, text: "" }));
    case "conversation_settings":
      return toHex(encodeChange({ ...change, lifetimes: [], topicSeq: 0, topic: "" }));
    case "preference":
      return toHex(encodeChange({ ...change, value: "" }));
    case "verified":
      return toHex(encodeChange({ ...change, identityKey: NO_KEY }));
  }
}

/** Of two of these that are about the same, the one with the higher seq holds. */
type Growing = ReadMark | ConversationSettings;

function isGrowing(change: Change): change is Growing {
  return change.type === "read_mark" || change.type === "conversation_settings";
}

function seqOf(change: Growing): number {
  if (change.type === "read_mark") return change.seq;
  return Math.max(change.topicSeq, ...change.lifetimes.map((each) => each.seq));
}

const NO_KEY = new Uint8Array(32);

/** Return what still holds when the hub has a new database: all but what has seqs, which are void. */
export function forNewHub(items: readonly StoredValue[]): StoredValue[] {
  const kept = items.filter((item) => {
    const change = decoded(item.change);
    return !change || !isGrowing(change);
  });
  return kept.map((item) => ({ ...item, since: 0, isWaiting: true }));
}

function isNews(change: Change, held: Change): boolean {
  if (isGrowing(change) && isGrowing(held)) return seqOf(change) > seqOf(held);
  return !isSame(change, held);
}

function isSame(one: Change, other: Change): boolean {
  return toHex(encodeChange(one)) === toHex(encodeChange(other));
}

/** Return what holds after another value was said; the very same object if that changes nothing. */
function merge(held: Held, since: number, change: Change, isOwn: boolean): Held {
  if (isGrowing(change) && isGrowing(held.change)) return mergeMark(held, held.change, since, change);
  return mergeValue(held, since, change, isOwn);
}

/** The higher seq holds; one of ours that another device has said too need not be said again. */
function mergeMark(held: Held, before: Growing, since: number, change: Growing): Held {
  const [seq, heldSeq] = [seqOf(change), seqOf(before)];
  if (seq < heldSeq) return held;
  const isWaiting = held.isWaiting && held.since > 0;
  const from = seq > heldSeq ? since : held.since || since;
  if (seq === heldSeq && isSame(change, before) && from === held.since && isWaiting === held.isWaiting)
    return held;
  return { change, since: from, isWaiting };
}

/** The later value holds; ours that is not in the log yet will be the later one. */
function mergeValue(held: Held, since: number, change: Change, isOwn: boolean): Held {
  if (held.since === 0) return isOwn && isSame(change, held.change) ? { ...held, since } : held;
  return since > held.since ? { ...held, change, since } : held;
}

function decoded(data: Uint8Array): Change | null {
  try {
    return decodeChange(data);
  } catch (error) {
    if (error instanceof RemoteError) return null; // stored by a newer version of this program
    throw error;
  }
}
