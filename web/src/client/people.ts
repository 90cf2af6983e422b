/** People as this client sees them: the directory's statements, checked, and what we hold of their keys. */

import { deviceInfo } from "$client/devices";
import type { Effects } from "$client/effects";
import type { MessageKeys } from "$client/message-keys";
import type { UserId } from "$client/model";
import { endSessionsWith } from "$client/rotation";
import { keepNewest } from "$client/keep-newest";
import type { ClientState } from "$client/state";
import type { LogId, StoredPerson } from "$client/store/records";
import { equalBytes } from "$wire/bytes";
import { decodeStatement, type Statement } from "$wire/directory";
import type { Entry } from "$wire/entries";
import { Refusal, RemoteError } from "$wire/errors";
import type { PersonPresence, Presence } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { roomLog, userId } from "$wire/ids";
import { MAX_USERS } from "$wire/limits";
import { deviceOf, userOf, type UserStatement } from "$wire/statements";

/** What people tell other parts of. */
export interface PeopleListener {
  /** Somebody else is here and was, with another status. */
  statusChanged(presence: PersonPresence): void;
  /** The directory has a new version of a room's record. */
  roomChanged(log: LogId): void;
  /** Another device of ours was added; called before its run of entries ends. */
  ownDeviceAdded(): void;
  /** This device has verified somebody: our other devices are told. */
  hasVerified(user: Uint8Array, identityKey: Uint8Array): void;
  /** Return the key with which some device of ours has verified somebody; null for none. */
  verifiedKey(user: UserId): Uint8Array | null;
  /** A changed key was accepted: what waited because of it may go. */
  trustGained(): void;
}

/**
 * Takes directory entries and presence.
 *
 * The hub stores statements; whether they count is decided here, by every client for itself, with the hub's
 * own rules.
 */
export class People {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #keys: MessageKeys;
  readonly #listener: PeopleListener;
  /** Whether newcomers are news (and not the backlog of our own first minute). */
  isLive = false;
  /** Presence of those whom the directory does not name yet: a login's comes before the directory. */
  readonly #early = new Map<UserId, PersonPresence>();

  constructor(state: ClientState, effects: Effects, keys: MessageKeys, listener: PeopleListener) {
    this.#state = state;
    this.#effects = effects;
    this.#keys = keys;
    this.#listener = listener;
  }

  /** A new connection: the hub says anew who is there. */
  loggedIn(): void {
    this.isLive = false;
    this.#state.presence.clear();
    this.#early.clear();
  }

  /** Check a directory entry and record it, counting or not. */
  takeEntry(seq: number, hash: Uint8Array, entry: Entry): void {
    const statement = this.#checked(seq, entry);
    this.#effects.save({
      type: "stored_statement",
      seq,
      hash,
      kind: entry.kind,
      body: entry.body,
      isValid: statement !== null,
      atMs: entry.atMs,
    });
    if (!statement) {
      this.#state.directory.skip(seq);
      return;
    }
    this.#state.directory.apply(seq, statement);
    this.#state.noteOwnDevice(statement, entry.atMs);
    this.#note(seq, statement);
  }

  #checked(seq: number, entry: Entry): Statement | null {
    try {
      const statement = decodeStatement(entry.kind, entry.body);
      this.#state.directory.check(statement);
      return statement;
    } catch (error) {
      if (!(error instanceof RemoteError || error instanceof Refusal)) throw error;
      this.#alarmFalseStatement(seq, error);
      return null;
    }
  }

  #alarmFalseStatement(seq: number, error: Error): void {
    const text =
      `The hub's list of people has a false entry (number ${seq}: ${error.message}). It was ignored. The hub ` +
      "accepted what it must refuse: tell the person who runs it.";
    this.#effects.emit({ type: "alarm", kind: "false_statement", text, conversation: null });
  }

  #note(seq: number, { type, statement }: Statement): void {
    const state = this.#state;
    switch (type) {
      case "user":
        this.#pin(statement);
        this.#takeEarly(toHex(userOf(statement)));
        break;
      case "device": {
        const device = toHex(deviceOf(statement));
        if (device === state.device) {
          state.profile = { ...state.profile, deviceSeq: seq };
          this.#effects.save(state.profile);
        } else if (toHex(statement.user) === state.user) {
          this.#listener.ownDeviceAdded();
          this.#tellOwnDevice(seq, device, true);
        }
        break;
      }
      case "revoke":
        endSessionsWith(state, this.#keys, toHex(statement.user));
        if (toHex(statement.user) === state.user) this.#tellOwnDevice(seq, toHex(statement.device), false);
        break;
      case "room":
        state.takeRooms();
        this.#listener.roomChanged(toHex(roomLog(fromHex(state.database), statement.room)));
        break;
    }
  }

  /** Tell of another device of ours; of what was there before this one, nothing. */
  #tellOwnDevice(seq: number, device: string, isNew: boolean): void {
    const ownSeq = this.#state.profile.deviceSeq;
    if (!(ownSeq > 0 && ownSeq < seq) || device === this.#state.device) return;
    const info = deviceInfo(this.#state, device);
    this.#effects.emit({ type: isNew ? "device_added" : "device_revoked", device: info });
  }

  #pin(statement: UserStatement): void {
    const { handle, identityKey } = statement;
    const pin = this.#state.pins.get(handle);
    if (!pin) {
      const verifiedKey = this.#listener.verifiedKey(toHex(userOf(statement)));
      const isVerified = verifiedKey !== null && equalBytes(verifiedKey, identityKey);
      const trust = isVerified ? "verified" : "first_seen";
      this.#savePin({ type: "stored_person", handle, identityKey, trust });
      if (this.isLive) this.#effects.emit({ type: "person_joined", handle });
    } else if (!equalBytes(pin.identityKey, identityKey)) {
      this.#savePin({ ...pin, trust: "changed" });
      this.#alarmChanged(pin);
    }
  }

  #alarmChanged({ handle, trust }: StoredPerson): void {
    const known = trust === "verified" ? "the one you verified" : "before";
    const text =
      `${handle} has another identity key than ${known}. It may be another person, or the same one with a new ` +
      `device after a loss. Nothing is sent to ${handle} until you have compared emoji with them (/verify ` +
      `${handle}), or have asked them in person and typed /trust ${handle}`;
    this.#effects.emit({ type: "alarm", kind: "identity_changed", text, conversation: null });
  }

  #savePin(pin: StoredPerson): void {
    const { pins, changed } = this.#state;
    pins.set(pin.handle, pin);
    this.#effects.save(pin);
    if (pin.trust === "changed") changed.add(pin.handle);
    else if (changed.delete(pin.handle)) this.#listener.trustGained();
  }

  /** Accept the identity key this name has now; one that was verified stays so. */
  trust(handle: string): void {
    const person = this.#state.directory.named(handle);
    if (!person || this.#state.trustOf(person) === "verified") return;
    this.#savePin({ type: "stored_person", handle, identityKey: person.identityKey, trust: "first_seen" });
  }

  /** Record that this name's key was compared with the person, here. */
  verified(handle: string, identityKey: Uint8Array): void {
    this.#savePin({ type: "stored_person", handle, identityKey, trust: "verified" });
    this.#listener.hasVerified(userId(identityKey), identityKey);
  }

  /**
   * Another device of ours says that this key was compared with the person.
   *
   * Where we hold another key for the name, one of the two devices was told a false one: that is an alarm. Whom we do
   * not know yet is looked up when they appear.
   */
  verifiedElsewhere(user: UserId, identityKey: Uint8Array): void {
    const person = this.#state.person(user);
    const pin = person ? this.#state.pins.get(person.handle) : undefined;
    if (!person || !pin) return;
    const isKnown = equalBytes(pin.identityKey, identityKey);
    if (isKnown && pin.trust === "verified") return;
    if (isKnown && equalBytes(person.identityKey, identityKey)) {
      this.#savePin({ ...pin, trust: "verified" });
      this.#effects.emit({ type: "verification_done", handle: person.handle });
      return;
    }
    this.#savePin({ ...pin, trust: "changed" });
    const text =
      `Another device of yours has verified ${person.handle} with another identity key than this device knows. ` +
      `Nothing is sent from here to ${person.handle} until you have compared emoji with them on this device: ` +
      `/verify ${person.handle}`;
    this.#effects.emit({ type: "alarm", kind: "identity_changed", text, conversation: null });
  }

  /**
   * Record who is there, and tell what changed.
   *
   * Nothing is told of people whom the directory does not name; of the newest `MAX_USERS` of them it is remembered
   * until it does.
   */
  takePresence(frame: Presence): void {
    for (const presence of frame.people) {
      const user = toHex(presence.user);
      if (this.#state.person(user)) this.#takeOne(user, presence);
      else keepNewest(this.#early, user, presence, MAX_USERS);
    }
  }

  #takeEarly(user: UserId): void {
    const early = this.#early.get(user);
    if (early && this.#early.delete(user)) this.#takeOne(user, early);
  }

  #takeOne(user: UserId, presence: PersonPresence): void {
    const before = this.#state.presence.get(user);
    this.#state.presence.set(user, presence);
    if (user !== this.#state.user && this.isLive) this.#tell(before, presence);
  }

  #tell(before: PersonPresence | undefined, presence: PersonPresence): void {
    if (presence.online !== (before?.online ?? false)) {
      this.#effects.emit({
        type: "presence_changed",
        handle: this.#state.handleOf(toHex(presence.user)),
        isOnline: presence.online,
        lastSeenMs: presence.lastSeenMs,
      });
    } else if (before && (before.status !== presence.status || !equalBytes(before.note, presence.note))) {
      this.#listener.statusChanged(presence);
    }
  }
}
