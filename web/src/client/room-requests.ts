/**
 * Changing a room: one decision, made anew each time that somebody else was quicker. Mirrors
 * `client/room_requests.py`.
 *
 * Every change is decided from the room as we see it, and says what that was. If the hub has seen more by then, it
 * stores nothing; we catch up and decide again. So of two who do the same at once both succeed, and of two who do
 * the opposite the later one in the log wins, on all devices.
 *
 * Nothing here runs inside of a step: each deed is a step of its own, and in between the answers come.
 */

import { type Clock, sleep } from "$client/clock";
import { StaleView } from "$client/errors";
import type { HubRequests } from "$client/hub-requests";
import type { Later } from "$client/later";
import type { UserId } from "$client/model";
import type { RoomState } from "$client/room-state";
import type { ClientState } from "$client/state";
import type { Steps } from "$client/steps";
import { encode } from "$wire/codec";
import { EntryKind } from "$wire/entries";
import { LinkLost, Refusal } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";
import { MAX_MEMBER_CHANGES } from "$wire/limits";
import { checkChanges } from "$wire/rooms";
import {
  type MemberChange,
  membersSignedBytes,
  MembersStatement,
  roomSignedBytes,
  RoomStatement,
} from "$wire/statements";

/** How long one answer of the hub may take. */
export const ANSWER_TIMEOUT_S = 30;
/** Decisions made in a row that came too late each time. */
export const MAX_TRIES = 20;

/** What room requests work with. */
export interface RoomRequestsParts {
  readonly state: ClientState;
  readonly requests: HubRequests;
  readonly later: Later;
  readonly steps: Steps;
  readonly clock: Clock;
}

/** Appends ROOM and MEMBERS entries. */
export class RoomRequests {
  readonly #parts: RoomRequestsParts;
  readonly #state: ClientState;

  constructor(parts: RoomRequestsParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** Wait until something is so. Rejects with LinkLost when the hub is gone, or silent for too long. */
  async until(condition: () => boolean): Promise<void> {
    const endS = this.#parts.clock.timeS() + ANSWER_TIMEOUT_S;
    while (!condition()) {
      this.checkConnected();
      const leftS = endS - this.#parts.clock.timeS();
      if (leftS <= 0) throw noAnswer();
      await Promise.race([this.#parts.later.nextStep(), sleep(this.#parts.clock, leftS)]);
    }
  }

  /** Throw LinkLost without a hub: rooms are changed there, or not at all. */
  checkConnected(): void {
    if (!this.#state.isOnline) {
      throw new LinkLost("not connected to the hub: rooms can be changed only with it");
    }
  }

  // --- the record ---

  /**
   * Put a version of a room's record into the directory, and wait until we see it there. `decide` returns it
   * unsigned, or null if there is nothing (more) to do.
   *
   * Rejects with Refusal (the hub does not take it, or we know that it would not; the text says who may) and
   * LinkLost (there is no hub).
   */
  async publish(decide: () => RoomStatement | null): Promise<void> {
    for (let tries = 0; tries < MAX_TRIES; tries += 1) {
      const statement = decide();
      if (!statement) return;
      const directorySeq = this.#state.directory.seq;
      try {
        const seq = await this.#appendRecord(statement);
        await this.until(() => this.#state.directory.seq >= seq);
        return;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        await this.#lookAgain(error, directorySeq);
      }
    }
    throw new Refusal("stale_view", "the room is being changed all the time: try again later");
  }

  #appendRecord(statement: RoomStatement): Promise<number> {
    return this.#append(() => {
      const signature = this.#state.account.sign(roomSignedBytes(statement));
      const signed = { ...statement, signature };
      this.#state.directory.check({ type: "room", statement: signed });
      const body = encode(RoomStatement, signed);
      const messageId = this.#parts.requests.newMessageId();
      return this.#parts.requests.append(this.#state.directoryLog, EntryKind.ROOM, body, messageId);
    });
  }

  /** Catch up with what made our decision a late one. Throws any other refusal. */
  async #lookAgain(refusal: Refusal, directorySeq: number): Promise<void> {
    if (refusal.code === "throttled") {
      await sleep(this.#parts.clock, refusal.retryAfterMs / 1000);
    } else if (refusal.code === "stale_view") {
      const least = refusal instanceof StaleView ? refusal.view.directorySeq : directorySeq + 1;
      await this.until(() => this.#state.directory.seq >= least);
    } else {
      throw refusal;
    }
  }

  // --- members ---

  /**
   * Change roles, and wait until we see it in the room. `decide` returns what is still to be done.
   *
   * Rejects with Refusal (it is not allowed; the text says who may) and LinkLost (there is no hub).
   */
  async change(room: RoomState, decide: () => readonly MemberChange[]): Promise<void> {
    const done = new Set<UserId>(); // each once: who undoes it meanwhile means it
    for (let tries = 0; ;) {
      const changes = decide().filter((each) => !done.has(toHex(each.user)));
      if (!changes.length) return;
      const some = changes.slice(0, MAX_MEMBER_CHANGES);
      try {
        const seq = await this.#appendMembers(room, some);
        for (const change of some) done.add(toHex(change.user));
        await this.until(() => room.membership.seq >= seq);
      } catch (error) {
        if (error instanceof StaleView) tries += 1;
        if (tries === MAX_TRIES) throw error;
        await this.#catchUp(room, error);
      }
    }
  }

  #appendMembers(room: RoomState, changes: readonly MemberChange[]): Promise<number> {
    return this.#append(() => {
      if (room.isReader(this.#state.user)) {
        checkChanges(room.room.statement, room.membership.roles, this.#state.user, changes);
      }
      const messageId = this.#parts.requests.newMessageId();
      const bare = room.nextStatement(changes, this.#state.directory.seq);
      const signed = membersSignedBytes(fromHex(room.log), fromHex(messageId), bare);
      const body = encode(MembersStatement, { ...bare, signature: this.#state.account.sign(signed) });
      return this.#parts.requests.append(room.log, EntryKind.MEMBERS, body, messageId);
    });
  }

  /** See what made our decision a late one, or wait as long as the hub says. Throws everything else. */
  async #catchUp(room: RoomState, error: unknown): Promise<void> {
    if (error instanceof StaleView) {
      const { view } = error;
      room.told(view.membershipSeq, error.membershipHash);
      await this.until(
        () =>
          this.#state.directory.seq >= view.directorySeq &&
          (room.membership.seq >= view.membershipSeq || !room.isReader(this.#state.user)),
      );
    } else if (error instanceof Refusal && error.code === "throttled") {
      await sleep(this.#parts.clock, error.retryAfterMs / 1000);
    } else {
      throw error;
    }
  }

  /** Append in a step, and wait for the hub's answer. */
  async #append(send: () => Promise<number>): Promise<number> {
    this.checkConnected();
    const { answer } = await this.#parts.steps.run(() => ({ answer: send() }));
    const timeout = sleep(this.#parts.clock, ANSWER_TIMEOUT_S).then((): never => {
      throw noAnswer();
    });
    timeout.catch(() => undefined);
    return Promise.race([answer, timeout]);
  }
}

function noAnswer(): LinkLost {
  return new LinkLost("the hub does not answer: look later whether it was done");
}
