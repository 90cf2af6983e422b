/** Devices with real sessions and real stores, and no hub between them: what one seals, others are handed. */

import { loadOlm, type OlmModule } from "$client/crypto/olm-module";
import { OlmCrypto } from "$client/crypto/olm";
import type { Account } from "$client/crypto/interface";
import { MessageKeys } from "$client/message-keys";
import type { Conversation, DeviceId } from "$client/model";
import { PeerSessions } from "$client/peer-sessions";
import { Reader, type ReadingLog } from "$client/reader";
import { Sealer } from "$client/sealer";
import { carriedBy, type Carried } from "$client/sealed";
import { PROFILE } from "$client/store/conformance-records";
import type { Change, LogId, OutboxRow, Saver, StoredMessage } from "$client/store/interface";
import { MemoryStore } from "$client/store/memory";
import { decodeClientFrame, FrameSplitter } from "$wire/codec";
import { encodeContent, type Content } from "$wire/content";
import { decodeDevicePlaintext } from "$wire/device-messages";
import { chain, decodeOlmBody, EntryKind, LogKind, type ChainedEntry, type Entry } from "$wire/entries";
import type { Append, Share } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { deviceId, ZERO_HASH } from "$wire/ids";
import type { DeviceStatement } from "$wire/statements";
import { randomBytes } from "./random";
import { compiledOlm } from "../olm";
import { doWork } from "$client/crypto/work";
import { ReadingAhead } from "$client/reading-ahead";
import type { Decrypted, Signed } from "$client/crypto/interface";

export const CONVERSATION: Conversation = { kind: "everyone", key: "" };
export const LOG: LogId = "e".repeat(32);
export const DIRECTORY: LogId = "d".repeat(32);
export const START_MS = 1_800_000_000_000;

/** Changes of a step, and the store they go to. */
class Changes implements Saver {
  readonly #store: MemoryStore;
  waiting: Change[] = [];

  constructor(store: MemoryStore) {
    this.#store = store;
  }

  save(...changes: readonly Change[]): void {
    this.waiting.push(...changes);
  }

  async commit(): Promise<void> {
    const changes = this.waiting;
    this.waiting = [];
    await this.#store.commit(changes);
  }
}

/** A log of the lab; what stands in it is the test's word. */
export class LabLog implements ReadingLog {
  stored;
  counters: Map<DeviceId, number> | null = null;

  constructor(log: LogId, kind: number) {
    const seq = 0;
    this.stored = {
      type: "stored_log" as const,
      log,
      kind,
      base: 0,
      seq,
      hash: ZERO_HASH,
      counter: 0,
      users: [],
      room: "",
    };
  }

  /** Our cursor moves on. */
  passed(seq: number, hash: Uint8Array): void {
    this.stored = { ...this.stored, seq, hash };
  }
}

/** The state of a device, as far as messages need it. */
class LabState {
  profile = PROFILE;
  readonly account: Account;
  readonly device: DeviceId;
  readonly database = PROFILE.database;
  readonly user: string;
  readonly directoryLog = DIRECTORY;
  readonly logs = new Map([
    [LOG, new LabLog(LOG, LogKind.EVERYONE)],
    [DIRECTORY, new LabLog(DIRECTORY, LogKind.DIRECTORY)],
  ]);
  readonly #devices: Map<DeviceId, DeviceStatement>;
  readonly statement: DeviceStatement;
  /** Who reads the conversation, this device apart. */
  readersNow = new Map<DeviceId, DeviceStatement>();
  readonly revoked = new Map<DeviceId, number>();
  strangers = new Set<string>();
  /** The hash of the newest change of members, in a room. */
  members: Uint8Array = new Uint8Array();

  constructor(account: Account, user: string, devices: Map<DeviceId, DeviceStatement>) {
    this.account = account;
    this.user = user;
    this.device = toHex(deviceId(account.signingKey, account.agreementKey));
    this.#devices = devices;
    this.statement = {
      user: fromHex(user),
      signingKey: account.signingKey,
      agreementKey: account.agreementKey,
      deviceName: "",
      signature: new Uint8Array(64),
      voucher: null,
    };
    devices.set(this.device, this.statement);
  }

  readonly directory = {
    people: [] as { readonly devices: ReadonlyMap<DeviceId, DeviceStatement> }[],
    everDevice: (device: DeviceId) => this.#devices.get(device) ?? null,
    revokedSeq: (device: DeviceId) => this.revoked.get(device) ?? null,
  };

  conversationOf(): Conversation {
    return CONVERSATION;
  }

  readers(): ReadonlyMap<DeviceId, unknown> {
    return this.readersNow;
  }

  membershipSeq(): number {
    return 0;
  }

  membershipHashAt(): Uint8Array {
    return this.members;
  }

  membershipSeqAt(): number {
    return 0;
  }

  couldRead(_log: ReadingLog, user: string): boolean {
    return !this.strangers.has(user);
  }
}

/** One device: seals, and reads what it is handed. */
export class LabDevice {
  readonly store = new MemoryStore();
  readonly changes = new Changes(this.store);
  readonly state: LabState;
  readonly keys: MessageKeys;
  readonly sessions: PeerSessions;
  readonly sealer: Sealer;
  readonly reader: Reader;
  /** As on another thread, but here; `canCheckAhead`: whether it answers. */
  readonly ahead: ReadingAhead;
  readonly checkedAhead: Signed[] = [];
  readonly openedAhead: Decrypted[] = [];
  canCheckAhead = true;
  readonly forks: { readonly log: LogId; readonly seq: number }[] = [];
  readonly #crypto: OlmCrypto;
  nowMs = START_MS;
  #sent = 0;

  constructor(crypto: OlmCrypto, user: string, devices: Map<DeviceId, DeviceStatement>) {
    this.#crypto = crypto;
    this.state = new LabState(crypto.newAccount(), user, devices);
    const { state, store, changes: effects } = this;
    this.keys = new MessageKeys({ effects, store, crypto, outbound: [] });
    this.sessions = new PeerSessions({ state, effects, store, crypto });
    this.sealer = new Sealer({ state, keys: this.keys, sessions: this.sessions, nowMs: () => this.nowMs });
    const forked = ({ stored }: ReadingLog, seq: number): void => {
      this.forks.push({ log: stored.log, seq });
    };
    this.ahead = new ReadingAhead((work) => {
      this.checkedAhead.push(...work.signed);
      const done = doWork(crypto, work);
      this.openedAhead.push(...done.opened.filter((each) => each !== null));
      return Promise.resolve(this.canCheckAhead ? done : null);
    });
    this.reader = new Reader({ state, store, keys: this.keys, crypto, ahead: this.ahead, forked });
  }

  get log(): LabLog {
    const log = this.state.logs.get(LOG);
    if (!log) throw new Error("the lab has a log");
    return log;
  }

  /** Start sessions with those we have none with. */
  meet(...others: readonly LabDevice[]): void {
    for (const { state } of others) {
      this.state.readersNow.set(state.device, state.statement);
      if (this.sessions.has(state.device)) continue;
      const [key] = state.account.unpublishedKeys(1);
      if (!key) throw new Error("the lab has keys");
      state.account.markPublished();
      this.sessions.start(state.statement, key);
    }
  }

  /** Seal a text; the next of ours. */
  write(text: string, onTheirWay: Iterable<Carried> = []): Written {
    return this.writeContent({ type: "text", text, isAction: false, replyTo: new Uint8Array() }, onTheirWay);
  }

  /** Seal any content. */
  writeContent(content: Content, onTheirWay: Iterable<Carried> = []): Written {
    this.#sent += 1;
    const row: OutboxRow = {
      type: "outbox_row",
      position: this.#sent,
      conversation: CONVERSATION,
      messageId: toHex(randomBytes(16)),
      content: encodeContent(content),
      queuedAtMs: this.nowMs,
      frames: new Uint8Array(),
      counter: 0,
      failed: "",
    };
    const sealed = this.sealer.seal(this.log, row, this.#sent, onTheirWay);
    return new Written(this, sealed.row.frames, sealed.carried);
  }

  /** The hub has a message: its shares are where they belong. */
  delivered({ carried }: Written): void {
    const sending = this.keys.sending(LOG);
    for (const device of carried.devices) if (sending?.pending.delete(device)) sending.sharedWith.add(device);
  }

  /** Take the share for this device that a message carries, if there is one. */
  takeShare({ from, shares }: Written): boolean {
    const own = shares.find((share) => toHex(share.device) === this.state.device);
    if (!own) return false;
    const place = {
      database: fromHex(this.state.database),
      sender: fromHex(from.state.device),
      recipient: fromHex(this.state.device),
    };
    const data = this.sessions.decrypt(from.state.statement, decodeOlmBody(own.body));
    const content = decodeDevicePlaintext(data, place);
    if (content.type !== "session_share") throw new Error("a share was expected");
    const session = this.#crypto.receivingSessionFromKey(content.key);
    return this.keys.addReceiving(session, toHex(content.log), from.state.device);
  }

  /** Take share and entry, as the hub would hand them over. */
  async take(written: Written, seq: number): Promise<StoredMessage> {
    this.takeShare(written);
    return this.read(written.entry, seq);
  }

  /** Read an entry at a place. */
  async read(entry: Entry, seq: number): Promise<StoredMessage> {
    return this.reader.read(this.log, placed(entry, seq));
  }

  /** Read a page of entries, as they come from the hub. */
  async readPage(entries: readonly Entry[]): Promise<StoredMessage[]> {
    const log = fromHex(LOG);
    const page = { firstSeq: 1, previous: ZERO_HASH, head: entries.length, items: entries } as const;
    this.ahead.begin({ type: "entries", log, ...page }, this);
    const read: StoredMessage[] = [];
    for (const chained of chain(log, 1, ZERO_HASH, entries))
      read.push(await this.reader.read(this.log, chained));
    return read;
  }

  /** What is stored of a receiving session. */
  readonly pickleOf = (session: string): string | null => this.store.inboundSession(session)?.pickle ?? null;

  /** Close: everything it owns is freed. */
  close(): void {
    this.keys.free();
    this.sessions.free();
    this.state.account.free();
  }
}

/** Return an entry at a place of the lab's log. */
export function placed(entry: Entry, seq: number): ChainedEntry {
  const [chained] = chain(fromHex(LOG), seq, ZERO_HASH, [entry]);
  if (!chained) throw new Error("one entry, one place");
  return chained;
}

/** What a device has sealed, taken apart as the hub does. */
export class Written {
  readonly from: LabDevice;
  readonly frames: Uint8Array;
  readonly carried: Carried;
  readonly append: Append;
  readonly shares: readonly Share[];

  constructor(from: LabDevice, frames: Uint8Array, carried: Carried) {
    this.from = from;
    this.frames = frames;
    this.carried = carried;
    const payloads = new FrameSplitter(2 ** 20).feed(frames);
    const decoded = payloads.map(decodeClientFrame).filter((frame) => frame !== null);
    const append = decoded.find((frame) => frame.type === "append");
    if (!append) throw new Error("a message is an append");
    this.append = append;
    this.shares = decoded.flatMap((frame) =>
      frame.type === "append" || frame.type === "shares" ? frame.shares : [],
    );
  }

  get entry(): Entry {
    const { messageId, body } = this.append;
    const sender = fromHex(this.from.state.device);
    return { kind: EntryKind.MESSAGE, sender, messageId, atMs: START_MS, body };
  }

  /** What the stored bytes say that they carry. */
  get carriedByFrames(): Carried {
    return carriedBy(this.frames);
  }
}

/** Some devices that know of each other, each of another person. */
export class Lab {
  readonly olm: OlmModule;
  readonly crypto: OlmCrypto;
  readonly #devices = new Map<DeviceId, DeviceStatement>();
  readonly #made: LabDevice[] = [];

  private constructor(olm: OlmModule) {
    this.olm = olm;
    this.crypto = new OlmCrypto(olm);
  }

  static async open(): Promise<Lab> {
    return new Lab(await loadOlm(randomBytes, compiledOlm()));
  }

  /** Add a device. */
  device(): LabDevice {
    const user = (this.#made.length + 1).toString(16).padStart(32, "0");
    const device = new LabDevice(this.crypto, user, this.#devices);
    this.#made.push(device);
    return device;
  }

  /** Close all; returns how many objects of libolm are left, its own one apart. */
  close(): number {
    for (const device of this.#made) device.close();
    return this.olm.liveObjects - 1;
  }
}
