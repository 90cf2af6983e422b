/** Single things that somebody asks of the hub and waits for: an invite, a statement, new members. */

import { Answers } from "$client/answers";
import type { Effects } from "$client/effects";
import type { ClientState } from "$client/state";
import type { DeviceId, MessageId } from "$client/model";
import type { LogId } from "$client/store/records";
import type { RandomBytes } from "$client/surroundings";
import { RevokeStatement } from "$wire/statements";
import { AdminCommand, AdminResult } from "$wire/admin";
import { decodeAs, encode } from "$wire/codec";
import { EntryKind } from "$wire/entries";
import type { AdminAnswer, Appended, InviteCreated, PairingStored, Refused } from "$wire/frames";
import { fromHex, toHex } from "$wire/hex";
import { ID_BYTES } from "$wire/ids";

/**
 * Sends them, and hands their answers to who waits. Each promise rejects with Refusal (StaleView among them) or
 * LinkLost. After LinkLost nobody knows whether it was done: who asks again asks for what is still missing.
 */
export class HubRequests {
  readonly #state: ClientState;
  readonly #effects: Effects;
  readonly #randomBytes: RandomBytes;
  /** The seqs of entries; 0 where there is none. */
  readonly #answers = new Answers<number>();
  readonly #adminAnswers = new Answers<AdminResult>();
  #nextRequest = 0;

  constructor(state: ClientState, effects: Effects, randomBytes: RandomBytes) {
    this.#state = state;
    this.#effects = effects;
    this.#randomBytes = randomBytes;
  }

  /** Return a number that names a request on this connection. */
  readonly newRequest = (): number => {
    this.#nextRequest += 1;
    return this.#nextRequest;
  };

  /** Return an id for an entry of ours. */
  readonly newMessageId = (): MessageId => toHex(this.#randomBytes(ID_BYTES));

  // --- asking ---

  /** Ask the hub to take an invite. */
  createInvite(secretHash: Uint8Array, expiresAtMs: number): Promise<number> {
    const request = this.newRequest();
    this.#effects.send({ type: "create_invite", request, secretHash, expiresAtMs });
    return this.#answers.expect(request);
  }

  /** Leave a parcel for another device of ours. */
  storePairing(name: Uint8Array, sealed: Uint8Array): Promise<number> {
    const request = this.newRequest();
    this.#effects.send({ type: "store_pairing", request, name, sealed });
    return this.#answers.expect(request);
  }

  /** Cut a device of ours off. */
  revoke(device: DeviceId): Promise<number> {
    const { identity, account, device: by, directoryLog } = this.#state;
    const statement = identity.revoke(fromHex(device), fromHex(by), account);
    const body = encode(RevokeStatement, statement);
    return this.append(directoryLog, EntryKind.REVOKE, body, this.newMessageId());
  }

  /** Add an entry that is no message; the promise's value is its seq. */
  append(log: LogId, kind: number, body: Uint8Array, messageId: MessageId): Promise<number> {
    const names = { messageId: fromHex(messageId), log: fromHex(log) };
    this.#effects.send({ type: "append", ...names, kind, body, shares: [] });
    return this.#answers.expect(messageId);
  }

  /** Ask or change something of the hub itself. */
  admin(command: AdminCommand): Promise<AdminResult> {
    const request = this.newRequest();
    this.#effects.send({ type: "admin", request, command: encode(AdminCommand, command) });
    return this.#adminAnswers.expect(request);
  }

  // --- answers ---

  /** The hub has taken an invite. */
  inviteCreated(frame: InviteCreated): void {
    this.#answers.succeeded(frame.request, 0);
  }

  /** The hub has taken a parcel. */
  pairingStored(frame: PairingStored): void {
    this.#answers.succeeded(frame.request, 0);
  }

  /** The hub has done what an admin asked. Throws RemoteError for what is no answer. */
  adminAnswered({ request, answer }: AdminAnswer): void {
    this.#adminAnswers.succeeded(request, decodeAs(AdminResult, answer, "an answer to an admin"));
  }

  /** The hub has an entry of ours on disk, a message perhaps. */
  appended(frame: Appended): void {
    this.#answers.succeeded(toHex(frame.messageId), frame.seq);
  }

  /** The hub has refused something; false if nobody waits for that here. */
  refused(frame: Refused): boolean {
    return this.#answers.refused(frame) || this.#adminAnswers.refused(frame);
  }

  /** The link is gone. */
  lost(): void {
    this.#answers.lost();
    this.#adminAnswers.lost();
  }
}
