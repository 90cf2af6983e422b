/**
 * The client's core: frames and verbs in, effects out. No screen, no socket. Mirrors `client/engine.py`.
 *
 * It owns the parts (sync, reader, outbox, people, keys) and connects them: each frame of the hub has one handler;
 * each step ends by handing its effects to the committer.
 */

import { Administration } from "$client/administration";
import { Amender } from "$client/amender";
import { BetweenDevices } from "$client/between-devices";
import { CatchingUp } from "$client/catching-up";
import { Changes, changedTo } from "$client/changes";
import type { Committer } from "$client/committer";
import { Conversations } from "$client/conversations";
import type { Owned } from "$client/crypto/interface";
import { Deliveries } from "$client/deliveries";
import { DeviceOutbox } from "$client/device-outbox";
import { Effects } from "$client/effects";
import { Expiry } from "$client/expiry";
import { Frames } from "$client/frames";
import { Gaps } from "$client/gaps";
import { HandedSettings } from "$client/handed-settings";
import { HubAnswers } from "$client/hub-answers";
import { HubRequests } from "$client/hub-requests";
import { Inbox } from "$client/inbox";
import { Intake } from "$client/intake";
import { KeyClaims } from "$client/key-claims";
import { KeySupply } from "$client/key-supply";
import { Later } from "$client/later";
import type { Link } from "$client/link";
import { makeSearching } from "$client/make-searching";
import { RoomMembers } from "$client/members";
import { MessageKeys } from "$client/message-keys";
import { Messages } from "$client/messages";
import { Newcomers } from "$client/newcomers";
import { Now } from "$client/now";
import { Outbox } from "$client/outbox";
import { isMessage } from "$client/outbox-rows";
import { PeerSessions } from "$client/peer-sessions";
import { People } from "$client/people";
import { Performer } from "$client/performer";
import { Personal } from "$client/personal";
import { Reader } from "$client/reader";
import { RoomRequests } from "$client/room-requests";
import { Rooms } from "$client/rooms";
import type { Searching } from "$client/searching";
import { Sealer } from "$client/sealer";
import type { ClientState, Log } from "$client/state";
import { Steps } from "$client/steps";
import type { Store, StoredState } from "$client/store/interface";
import type { OutboxRow } from "$client/store/records";
import type { EngineSurroundings } from "$client/surroundings";
import { Sync } from "$client/sync";
import { Threads } from "$client/threads";
import type { ChainedEntry } from "$wire/entries";
import type { HubFrame, Welcome } from "$wire/frames";

/** What an engine is made of. */
export interface EngineParts {
  readonly state: ClientState;
  readonly store: Store;
  readonly stored: StoredState;
  readonly surroundings: EngineSurroundings;
  /** Makes what carries effects out. */
  readonly committer: Committer;
  /** Told what can't be helped: the store has failed, or this program is wrong. */
  readonly failed: (error: unknown) => void;
}

/** Everything a logged-in client does. Driven by `connection` and `client`. */
export class Engine {
  readonly state: ClientState;
  readonly effects = new Effects();
  readonly failed: (error: unknown) => void;
  readonly steps: Steps;
  /** What a verb does; see `Performer.perform`. */
  readonly performer: Performer;
  readonly requests: HubRequests;
  readonly roomRequests: RoomRequests;
  readonly now: Now;
  readonly rooms: Rooms;
  readonly people: People;
  readonly supply: KeySupply;
  readonly outbox: Outbox;
  readonly conversations: Conversations;
  readonly threads: Threads;
  readonly gaps: Gaps;
  readonly administration: Administration;
  readonly amender: Amender;
  readonly personal: Personal;
  readonly expiry: Expiry;
  readonly searching: Searching;
  readonly catchingUp: CatchingUp;
  readonly deliveries: Deliveries;
  readonly deviceOutbox: DeviceOutbox;
  readonly betweenDevices: BetweenDevices;
  readonly #committer: Committer;
  readonly #later: Later;
  readonly #surroundings: EngineSurroundings;
  readonly #claims: KeyClaims;
  /** What has to be freed at the end. */
  readonly #owned: readonly Owned[];
  readonly #sync: Sync;
  readonly #frames: Frames;
  readonly #intake: Intake;
  #link: Link | null = null;
  /** End a step: hand over what it left to do. */
  readonly flush = (): void => {
    const effects = this.effects.take();
    this.searching.note(effects.changes);
    this.#committer.carryOut(effects, this.#link);
    this.#later.stepEnded();
  };

  constructor(parts: EngineParts) {
    const { state, store, stored, surroundings, committer } = parts;
    const { clock, crypto, randomBytes, idleAfterS, ahead = null, breathe = () => null } = surroundings;
    const { effects } = this;
    this.state = state;
    this.failed = parts.failed;
    this.#committer = committer;
    this.#surroundings = surroundings;
    this.steps = new Steps(this.flush);
    this.performer = new Performer(this.steps, effects);
    const later = (this.#later = new Later(clock, effects, this.steps, parts.failed));
    const [{ callLater }, { steps }] = [later, this];
    this.requests = new HubRequests(state, effects, randomBytes);
    this.roomRequests = new RoomRequests({ state, requests: this.requests, later, steps, clock });
    const { newMessageId, newRequest } = this.requests;

    // keys
    const keys = new MessageKeys({ effects, store, crypto, outbound: stored.outbound });
    const sessions = new PeerSessions({ state, effects, store, crypto });
    this.#owned = [keys, sessions, state.account];
    this.now = new Now({ state, effects, keys, crypto, clock, randomBytes, idleAfterS, callLater });
    this.rooms = new Rooms(state, effects);
    this.people = new People(state, effects, keys, {
      statusChanged: this.now.statusChanged,
      roomChanged: this.rooms.recordChanged,
      ownDeviceAdded: () => {
        this.personal.deviceAdded();
      },
      hasVerified: (user, identityKey) => {
        this.personal.account.put({ type: "verified", user, identityKey });
      },
      verifiedKey: (user) => this.personal.verifiedKey(user),
      trustGained: () => {
        this.outbox.pump();
      },
    });
    this.supply = new KeySupply({ state, effects, sessions, callLater, nowMs: () => clock.nowMs() });
    const retryLater = (delayS: number): void => {
      later.pumpLater(delayS, this.#sessionsStarted);
    };
    const arrived = this.#sessionsStarted;
    const claims = new KeyClaims({ state, effects, sessions, crypto, newRequest, arrived, retryLater });
    this.#claims = claims;
    this.deviceOutbox = new DeviceOutbox({ state, effects, sessions, claims, newMessageId, callLater });

    // sending
    const sealer = new Sealer({ state, keys, sessions, nowMs: () => clock.nowMs() });
    this.outbox = new Outbox({
      state,
      effects,
      keys,
      sealer,
      claims,
      clock,
      newRequest,
      changed: this.#rowChanged,
      pumpLater: retryLater,
    });
    const { outbox } = this;
    outbox.load(stored.outbox);
    const messages = new Messages(store, effects);
    this.conversations = new Conversations(state, store, messages, outbox);
    const { conversations, people } = this;
    this.threads = new Threads({ state, store, outbox, conversations });
    this.amender = new Amender({ state, effects, outbox, conversations, newMessageId });
    this.personal = new Personal({
      state,
      effects,
      store,
      outbox,
      conversations,
      people,
      later,
      clock,
      own: this.now.own,
      newMessageId,
    });
    this.deliveries = new Deliveries({
      state,
      effects,
      messages,
      outbox,
      conversations,
      clock,
      newMessageId,
      callLater,
      isWanted: () => this.personal.preferences.sendsReadReceipts,
    });

    // receiving
    const hubNowMs = (): number => clock.nowMs() + state.clockOffsetMs;
    const gotKey = (session: string): Promise<void> => this.#intake.gotKey(session);
    const inbox = new Inbox({ state, crypto, keys, sessions, gotKey });
    this.betweenDevices = new BetweenDevices({
      state,
      effects,
      store,
      keys,
      crypto,
      people: this.people,
      outbox: this.deviceOutbox,
      inbox,
      later,
      hubNowMs,
      randomBytes,
      gotKey,
    });
    const gaps = (this.gaps = new Gaps(state, effects, store, stored.gaps));
    const members = new RoomMembers(state, effects, keys, gaps, (room) => {
      this.rooms.membersChanged(room);
      newcomers.look(room);
    });
    const sync = (this.#sync = new Sync(state, effects, {
      members,
      gaps,
      takeRun: (log, run) => this.#takeRun(log, run),
      caughtUp: () => {
        this.catchingUp.caughtUp();
      },
      flush: this.flush,
      highestCounter: (log) => outbox.highestCounter(log),
      ownCounter: (log) => store.counters(log.id).get(state.device) ?? 0,
      rewind: (log) => {
        outbox.rewind(log);
        sessions.retire();
      },
    }));
    const { requests, deviceOutbox, supply } = this;
    const answers = new HubAnswers({ state, requests, deviceOutbox, outbox, claims, sync, supply });
    const forked = sync.forked.bind(sync);
    const { unread, account } = this.personal;
    this.expiry = new Expiry({
      state,
      effects,
      store,
      messages,
      outbox,
      unread,
      later,
      hubNowMs,
      isPastComing: () => this.betweenDevices.isPastComing,
    });
    const [{ lifetimes }, { rooms, expiry }] = [this.expiry, this];
    this.personal.handed = new HandedSettings({ state, account, expiry, rooms, later });
    const newcomers = new Newcomers({ state, store, outbox, lifetimes, later, randomBytes, newMessageId });
    this.searching = makeSearching({ state, store, messages, outbox, conversations });
    const intake = (this.#intake = new Intake({
      state,
      store,
      expiry,
      people: this.people,
      inbox,
      reader: new Reader({ state, store, keys, crypto, ahead, forked }),
      outbox,
      requests: this.betweenDevices.keyRequests,
      changes: new Changes({ state, effects, messages, outbox, conversations, unread, breathe }),
      account,
      rooms,
      members,
      deliveries: this.deliveries,
      breathe,
      setCounter: (log, counter) => {
        sync.setCounter(log, counter);
      },
    }));
    const { betweenDevices, deliveries, now } = this;
    const administration = (this.administration = new Administration(effects, outbox.setPace));
    const takers = { intake, sync, outbox, people, deliveries, now, betweenDevices, answers };
    this.#frames = new Frames({ ...takers, administration });
    this.catchingUp = new CatchingUp(state, effects, later, {
      online: [
        () => {
          outbox.resend();
          deviceOutbox.resend();
          account.say();
          this.now.own.caughtUp();
        },
      ],
      told: [
        () => {
          people.isLive = this.#intake.isLive = true;
        },
      ],
      stored: [
        () => this.deliveries.reads.caughtUp(),
        () => this.betweenDevices.caughtUp(),
        () => {
          newcomers.lookEverywhere();
        },
      ],
    });
  }

  /** Take over what the store holds and only it can count; before anything else. */
  async load(stored: StoredState): Promise<void> {
    await this.personal.load(stored);
    await this.expiry.lifetimes.load();
  }

  // --- driving ---

  get isConnected(): boolean {
    return this.#link !== null;
  }

  /** See `Performer.perform`. */
  readonly perform = <T>(step: () => T | Promise<T>): Promise<T> => this.performer.perform(step);

  /** Run a step that nobody waits for. */
  begin(step: () => void | Promise<void>): void {
    this.#later.run(step);
  }

  /** A connection has logged in; heads, entries and answers come next. */
  loggedIn(link: Link, welcome: Welcome): void {
    this.begin(() => {
      const { state, personal } = this;
      this.#link = link;
      state.clockOffsetMs = welcome.nowMs - this.#surroundings.clock.nowMs();
      this.#intake.loggedIn();
      this.people.loggedIn();
      this.catchingUp.loggedIn();
      this.#sync.start(welcome.logCount);
      this.#claims.reset();
      this.deviceOutbox.reset();
      this.outbox.loggedIn();
      this.betweenDevices.reset();
      this.supply.takeStock(welcome.stock, { hasFallbackKey: welcome.hasFallbackKey });
      this.now.own.loggedIn();
      this.administration.loggedIn(welcome);
      personal.account.save();
    });
  }

  /** The connection is gone. */
  linkLost(): void {
    this.begin(() => {
      this.#link = null;
      this.state.isOnline = false;
      this.requests.lost();
      this.outbox.linkLost();
      this.supply.linkLost();
      this.now.typing.linkLost();
    });
  }

  /** Do what the frames of the hub ask, in one step. Rejects with RemoteError. */
  takeFrames(frames: readonly HubFrame[]): Promise<void> {
    return this.steps.run(async () => {
      for (const frame of frames) await this.#frames.take(frame);
    });
  }

  /** Stop all timers. */
  close(): void {
    this.#later.close();
    for (const each of this.#owned) each.free();
  }

  // --- logs ---

  async #takeRun(log: Log, run: readonly ChainedEntry[]): Promise<void> {
    await this.#intake.takeRun(log, run);
    if (log.isConversation) this.now.typing.tookMessages(log, run);
    if (this.catchingUp.isSynced && this.state.keepsHistory(log)) {
      this.#later.whenStored(() => this.betweenDevices.historyKeys.ask(log));
    }
  }

  // --- keys ---

  readonly #sessionsStarted = (): void => {
    this.deviceOutbox.sessionsStarted();
    this.outbox.pump();
  };

  // --- the outbox ---

  readonly #rowChanged = (row: OutboxRow): void => {
    if (this.personal.took(row)) return;
    if (isMessage(row)) this.effects.emit(changedTo(this.conversations.ofRow(row)));
    else if (row.failed) this.begin(() => this.amender.failed(row));
  };
}
