/**
 * A room's past for its newcomers: whoever was there hands over the keys of the old sessions. Mirrors
 * `client/history_keys.py`.
 *
 * Only of rooms that keep their history. A newcomer has every old entry and can't read it; it names the sessions it
 * lacks, those of the newest messages first, to one helper at a time, and the helper answers with all keys it has, many
 * in one message. Each step starts from what is unreadable still, so it goes on by itself after a crash, a lost link,
 * or with another helper when one goes away.
 */

import type { Timer } from "$client/clock";
import type { Crypto } from "$client/crypto/interface";
import type { Inbox } from "$client/inbox";
import { opens, sessionOf } from "$client/key-requests";
import type { Later } from "$client/later";
import type { MessageKeys } from "$client/message-keys";
import type { DeviceId, UserId } from "$client/model";
import type { ClientState, Log } from "$client/state";
import type { Store } from "$client/store/interface";
import type { LogId, SessionKey } from "$client/store/records";
import type { DeviceContent, HistoryAnswer, HistoryKey, HistoryRequest } from "$wire/device-messages";
import { LogKind } from "$wire/entries";
import { fromHex, toHex } from "$wire/hex";
import { KEY_BYTES } from "$wire/ids";
import { MAX_HISTORY_KEYS } from "$wire/limits";
import { TokenBucket } from "$wire/token-bucket";

/** How long a helper has to answer before the next one is asked. */
const HELPER_TIMEOUT_S = 10;
/** Devices asked for one room and connection: who has nothing is not asked again. */
const MAX_HELPERS = 8;
/** Keys used in one step: each opens up to 100 messages, and a person may be typing. */
const KEYS_PER_STEP = 8;
/** What one device gets from us: an answer costs some 10 ms. A thousand sessions are 5 answers. */
const ANSWERS = { perSecond: 2, burst: 16 };
const SESSION_DIGITS = 2 * KEY_BYTES;

/** What is going on for one room. */
interface Asking {
  readonly helper: DeviceId;
  timer: Timer;
  wanted: ReadonlySet<SessionKey>;
  /** What the present helper does not have. */
  readonly lacking: Set<SessionKey>;
  /** Those that came and are not used yet. */
  keys: HistoryKey[];
}

/** What history keys work with. */
export interface HistoryKeysParts {
  readonly state: ClientState;
  readonly store: Store;
  readonly keys: MessageKeys;
  readonly crypto: Crypto;
  readonly later: Later;
  /** Delivers to one device, on this connection. */
  readonly send: (device: DeviceId, content: DeviceContent) => void;
  /** Called with the id (hex) of a session that can be read now. */
  readonly gotKey: (session: string) => Promise<void>;
}

/** Asks for old keys and hands them over. */
export class HistoryKeys {
  readonly #parts: HistoryKeysParts;
  readonly #state: ClientState;
  readonly #asking = new Map<LogId, Asking>();
  readonly #useless = new Map<LogId, Set<DeviceId>>();
  readonly #buckets = new Map<DeviceId, TokenBucket>();

  constructor(parts: HistoryKeysParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** Take requests and answers from here. */
  listenTo(inbox: Inbox): void {
    inbox.on("history_request", (device, request) => {
      this.#takeRequest(device, request);
    });
    inbox.on("history_answer", (device, answer) => this.#takeAnswer(device, answer));
  }

  /** A new connection: whoever was asked may have gone; start again from what is missing. */
  reset(): void {
    for (const asking of this.#asking.values()) asking.timer.cancel();
    this.#asking.clear();
    this.#useless.clear();
  }

  // --- asking ---

  /** Ask for what is missing in any room; called when the backlog is in, and when somebody comes. */
  async askAll(): Promise<void> {
    for (const log of [...this.#state.logs.values()]) await this.ask(log);
  }

  /** Ask for what is missing in a room, if it keeps its history and nobody is being asked. */
  async ask(log: Log): Promise<void> {
    if (this.#asking.has(log.id) || !this.#mayAsk(log)) return;
    const wanted = await this.#missing(log.id, new Set());
    const helper = wanted.length ? this.#nextHelper(log) : null;
    if (helper === null) return;
    const timer = this.#timeOf(log, helper);
    this.#asking.set(log.id, { helper, timer, wanted: new Set(), lacking: new Set(), keys: [] });
    await this.#askMore(log);
  }

  #mayAsk(log: Log): boolean {
    if (log.stored.kind !== LogKind.ROOM || log.isBehind || !this.#state.isOnline) return false;
    return (
      this.#state.keepsHistory(log) && (this.#state.rooms.get(log.id)?.isReader(this.#state.user) ?? false)
    );
  }

  async #missing(log: LogId, lacking: ReadonlySet<SessionKey>): Promise<SessionKey[]> {
    const limit = MAX_HISTORY_KEYS + lacking.size;
    const found = await this.#parts.store.missingSessions(log, "before_you_joined", limit);
    return found.filter((each) => !lacking.has(each)).slice(0, MAX_HISTORY_KEYS);
  }

  #timeOf(log: Log, helper: DeviceId): Timer {
    return this.#parts.later.callLater(HELPER_TIMEOUT_S, () => this.#gaveUp(log, helper));
  }

  /** Ask the present helper for the next sessions; end with it if it has no more. */
  async #askMore(log: Log): Promise<void> {
    const asking = this.#asking.get(log.id);
    if (!asking || asking.keys.length) return;
    const wanted = await this.#missing(log.id, asking.lacking);
    if (!wanted.length) {
      await this.#end(log, asking);
      return;
    }
    asking.wanted = new Set(wanted);
    asking.timer.cancel();
    asking.timer = this.#timeOf(log, asking.helper);
    const sessions = wanted.map(fromHex);
    this.#parts.send(asking.helper, { type: "history_request", log: fromHex(log.id), sessions });
  }

  /** The helper did not answer in time: it may have gone away. */
  async #gaveUp(log: Log, helper: DeviceId): Promise<void> {
    const asking = this.#asking.get(log.id);
    if (asking?.helper !== helper || asking.keys.length) return;
    this.#uselessIn(log.id).add(helper);
    await this.#end(log, asking);
  }

  /** Leave this helper; another one may have what it lacks. */
  async #end(log: Log, asking: Asking): Promise<void> {
    asking.timer.cancel();
    this.#asking.delete(log.id);
    if (asking.lacking.size) this.#uselessIn(log.id).add(asking.helper);
    await this.ask(log);
  }

  #uselessIn(log: LogId): Set<DeviceId> {
    const useless = this.#useless.get(log) ?? new Set();
    this.#useless.set(log, useless);
    return useless;
  }

  #nextHelper(log: Log): DeviceId | null {
    const useless = this.#uselessIn(log.id);
    if (useless.size >= MAX_HELPERS) return null;
    return this.#helpers(log).find((device) => !useless.has(device)) ?? null;
  }

  /** Return devices of people who are here: the inviter's first, then by role, then the oldest. */
  #helpers(log: Log): DeviceId[] {
    const { user: me, presence } = this.#state;
    const users = this.#state.rooms.get(log.id)?.helpers(me) ?? [];
    const here = users.filter((user) => user === me || presence.get(user)?.online === true);
    return here.flatMap((user) => this.#devicesOf(user));
  }

  #devicesOf(user: UserId): DeviceId[] {
    const devices = [...(this.#state.person(user)?.devices.keys() ?? [])];
    const seqOf = (device: DeviceId): number => this.#state.directory.deviceSeq(device);
    return devices
      .filter((device) => device !== this.#state.device)
      .sort((one, other) => seqOf(one) - seqOf(other));
  }

  // --- taking answers ---

  /** Use the keys that were asked for, some at a time; what is left out, the helper does not have. */
  async #takeAnswer(device: DeviceId, answer: HistoryAnswer): Promise<void> {
    const id = toHex(answer.log);
    const [asking, log] = [this.#asking.get(id), this.#state.logs.get(id)];
    if (!asking || !log || device !== asking.helper || asking.keys.length || !asking.wanted.size) return;
    asking.timer.cancel();
    asking.keys = [...answer.keys];
    // those that come are no longer missing, once they are proved
    for (const session of asking.wanted) asking.lacking.add(session);
    await this.#useSome(log);
  }

  async #useSome(log: Log): Promise<void> {
    const asking = this.#asking.get(log.id);
    if (!asking) return;
    for (const key of asking.keys.splice(0, KEYS_PER_STEP)) await this.#use(log, asking, key);
    if (asking.keys.length) {
      this.#parts.later.callLater(0, () => this.#useSome(log));
      return;
    }
    asking.wanted = new Set();
    this.#parts.later.whenStored(() => this.#askMore(log));
  }

  /** Keep a key that opens a message of this room: an exported key is not signed, so it must. */
  async #use(log: Log, asking: Asking, key: HistoryKey): Promise<void> {
    const session = sessionOf(this.#parts.crypto, key.key);
    if (!session) return;
    const [id, device] = [toHex(session.id), toHex(key.device)];
    const waiting = asking.wanted.has(id + device)
      ? await this.#parts.store.unreadable({ session: id, reason: "before_you_joined" })
      : [];
    const ours = waiting.filter((each) => each.log === log.id && each.sender === device);
    if (![...ours.slice(0, 1), ...ours.slice(-1)].some((message) => opens(session, message))) {
      session.free();
      return;
    }
    this.#parts.keys.addReceiving(session, log.id, device);
    await this.#parts.gotKey(id);
  }

  // --- helping ---

  /**
   * Hand over what we have, to a present member of a room that keeps its history.
   *
   * Policy is decided here, from the directory and our own copy of the room, whatever the asker says.
   */
  #takeRequest(device: DeviceId, request: HistoryRequest): void {
    const log = this.#state.logs.get(toHex(request.log));
    if (log?.stored.kind !== LogKind.ROOM || !this.#state.keepsHistory(log)) return;
    const isMember = this.#state.readers(this.#state.conversationOf(log)).has(device);
    if (!isMember || !this.#hasTurn(device)) return;
    const keys = request.sessions.map((each) => this.#exported(log, toHex(each)));
    const found = keys.filter((key) => key !== null);
    this.#parts.send(device, { type: "history_answer", log: request.log, keys: found });
  }

  #exported(log: Log, sessionKey: SessionKey): HistoryKey | null {
    const [session, device] = [sessionKey.slice(0, SESSION_DIGITS), sessionKey.slice(SESSION_DIGITS)];
    const receiving = this.#parts.keys.receiving(session, device);
    if (receiving?.log !== log.id) return null;
    const key = receiving.session.export(receiving.session.firstIndex);
    return key ? { device: fromHex(device), key } : null;
  }

  #hasTurn(device: DeviceId): boolean {
    const nowS = this.#parts.later.timeS();
    const bucket = this.#buckets.get(device) ?? new TokenBucket(ANSWERS, nowS);
    this.#buckets.set(device, bucket);
    return bucket.waitS(nowS) === 0;
  }
}
