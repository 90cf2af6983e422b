/** Sealing: a waiting message becomes bytes that exactly the present readers can open. Mirrors `client/sealer.py`. */

import type { Account } from "$client/crypto/interface";
import type { MessageKeys, Sending } from "$client/message-keys";
import type { Conversation, DeviceId } from "$client/model";
import type { PeerSessions } from "$client/peer-sessions";
import { encodeAppend, type Carried } from "$client/sealed";
import type { LogId, OutboxRow, StoredLog } from "$client/store/records";
import { EMPTY_BYTES } from "$wire/bytes";
import { encode } from "$wire/codec";
import { CONTENT_VERSION, seal, type Plaintext, type Seen } from "$wire/content";
import { encodeDevicePlaintext } from "$wire/device-messages";
import { EntryKind, MessageBody, messageSignedBytes, OlmBody } from "$wire/entries";
import type { Append, Share } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";

/** A log, as far as sealing needs it. */
export interface SealingLog {
  readonly stored: StoredLog;
}

/** What sealing needs of the client's state. */
export interface SealingState {
  readonly account: Account;
  readonly device: DeviceId;
  readonly database: string;
  readonly directoryLog: LogId;
  readonly logs: ReadonlyMap<LogId, SealingLog>;
  conversationOf(log: SealingLog): Conversation;
  readers(conversation: Conversation): ReadonlyMap<DeviceId, unknown>;
  membershipSeq(log: LogId): number;
  membershipHashAt(log: SealingLog, seq: number): Uint8Array;
}

/** What a sealer works with. */
export interface SealerParts {
  readonly state: SealingState;
  readonly keys: MessageKeys;
  readonly sessions: PeerSessions;
  readonly nowMs: () => number;
}

/** A row with its bytes, and the shares they carry. */
export interface Sealed {
  readonly row: OutboxRow;
  readonly carried: Carried;
}

/** Encrypts a message under our sending session, and that session's key for who lacks it. */
export class Sealer {
  readonly #parts: SealerParts;

  constructor(parts: SealerParts) {
    this.#parts = parts;
  }

  /**
   * Seal a message as number `counter` of ours in this log.
   *
   * What is `onTheirWay` travels with messages in flight, and the hub takes this one only after those. The
   * caller has made sure that there is a session with every reader that can have one.
   */
  seal(log: SealingLog, row: OutboxRow, counter: number, onTheirWay: Iterable<Carried>): Sealed {
    const { state, keys } = this.#parts;
    const readers = new Set(state.readers(state.conversationOf(log)).keys());
    const sending = this.#sendingFor(log.stored.log, readers);
    this.#makeShares(sending, readers);
    const session = toHex(sending.session.id);
    const shares = unserved(sending, session, onTheirWay);
    const append = this.#append(log, row, sending, counter);
    sending.messages += 1;
    keys.saveSending(sending);
    const frames = encodeAppend(append, shares);
    return {
      row: { ...row, frames, counter },
      carried: { session, devices: shares.map(({ device }) => toHex(device)) },
    };
  }

  /** Return a session that nobody but the readers can follow. */
  #sendingFor(log: LogId, readers: ReadonlySet<DeviceId>): Sending {
    const { keys, state, nowMs } = this.#parts;
    const sending = keys.sending(log);
    if (sending && mayGoOn(sending, readers, nowMs())) return sending;
    return keys.newSending(log, state.device, nowMs());
  }

  #makeShares(sending: Sending, readers: ReadonlySet<DeviceId>): void {
    const { sessions } = this.#parts;
    let key: Uint8Array | null = null;
    for (const device of readers) {
      if (sending.sharedWith.has(device) || sending.pending.has(device) || !sessions.has(device)) continue;
      key ??= sending.session.key();
      const body = sessions.encrypt(device, this.#sharePlaintext(sending.log, key, device));
      sending.pending.set(device, encode(OlmBody, body));
    }
  }

  #sharePlaintext(log: LogId, key: Uint8Array, device: DeviceId): Uint8Array {
    const { state } = this.#parts;
    return encodeDevicePlaintext({
      database: fromHex(state.database),
      sender: fromHex(state.device),
      recipient: fromHex(device),
      content: { type: "session_share", log: fromHex(log), key },
    });
  }

  #append(log: SealingLog, row: OutboxRow, sending: Sending, counter: number): Append {
    const { state } = this.#parts;
    const [logId, messageId] = [fromHex(log.stored.log), fromHex(row.messageId)];
    const directorySeen = seenOf(state.logs.get(state.directoryLog)?.stored);
    const plaintext: Plaintext = {
      version: CONTENT_VERSION,
      database: fromHex(state.database),
      log: logId,
      messageId,
      counter,
      sentAtMs: row.queuedAtMs,
      seen: seenOf(log.stored),
      directorySeen,
      content: row.content,
      membersSeen: state.membershipHashAt(log, log.stored.seq + 1),
    };
    const unsigned: MessageBody = {
      view: { membershipSeq: state.membershipSeq(log.stored.log), directorySeq: directorySeen.seq },
      counter,
      session: sending.session.id,
      ciphertext: sending.session.encrypt(seal(plaintext)),
      signature: EMPTY_BYTES,
    };
    const signature = state.account.sign(messageSignedBytes(logId, messageId, unsigned));
    const body = encode(MessageBody, { ...unsigned, signature });
    return { type: "append", messageId, log: logId, kind: EntryKind.MESSAGE, body, shares: [] };
  }
}

/** Nobody has left who could follow it, and it has not served its time. */
function mayGoOn(sending: Sending, readers: ReadonlySet<DeviceId>, nowMs: number): boolean {
  const followers = [...sending.sharedWith, ...sending.pending.keys()];
  return followers.every((device) => readers.has(device)) && !sending.isWornOut(nowMs);
}

/** Return the pending shares of a session that are not on their way already. */
function unserved(sending: Sending, session: string, onTheirWay: Iterable<Carried>): Share[] {
  const ofSession = [...onTheirWay].filter((carried) => carried.session === session);
  const served = new Set(ofSession.flatMap((carried) => carried.devices));
  const shares = [...sending.pending].filter(([device]) => !served.has(device));
  return shares.map(([device, body]) => ({ device: fromHex(device), body }));
}

/** Return how far a log has been seen. Throws `Error` without it: nothing is sealed before the directory is here. */
function seenOf(log: StoredLog | undefined): Seen {
  if (!log) throw new Error("there is no directory yet");
  return { seq: log.seq, hash: log.hash };
}
