/** What the hub answers, and which part has asked. Mirrors `client/hub_answers.py`. */

import type { DeviceOutbox } from "$client/device-outbox";
import type { HubRequests } from "$client/hub-requests";
import type { KeyClaims } from "$client/key-claims";
import type { KeySupply } from "$client/key-supply";
import type { MessageId } from "$client/model";
import type { Outbox } from "$client/outbox";
import type { ClientState } from "$client/state";
import type { Sync } from "$client/sync";
import type { Appended, HubFrame, Refused } from "$wire/frames";
import { toHex } from "$wire/hex";

/** Who asks. */
export interface HubAnswersParts {
  readonly state: ClientState;
  readonly requests: HubRequests;
  readonly deviceOutbox: DeviceOutbox;
  readonly outbox: Outbox;
  readonly claims: KeyClaims;
  readonly sync: Sync;
  readonly supply: KeySupply;
}

/** Hands answers to who waits for them. */
export class HubAnswers {
  readonly #parts: HubAnswersParts;

  constructor(parts: HubAnswersParts) {
    this.#parts = parts;
  }

  /** Take an answer; a pong, or what belongs to a dialogue that is over, is for nobody. Throws RemoteError. */
  take(frame: HubFrame): void {
    const { requests, claims, supply } = this.#parts;
    switch (frame.type) {
      case "appended":
        this.#appended(frame);
        break;
      case "refused":
        this.#refused(frame);
        break;
      case "claimed_keys":
        claims.takeKeys(frame);
        break;
      case "invite_created":
        requests.inviteCreated(frame);
        break;
      case "admin_answer":
        requests.adminAnswered(frame);
        break;
      case "pairing_stored":
        requests.pairingStored(frame);
        break;
      case "stock":
        supply.takeFrame(frame);
        break;
      default:
    }
  }

  /** The hub has it on disk. The entry itself comes by the log; until then it counts as sent. */
  #appended(frame: Appended): void {
    const { state, requests, deviceOutbox, outbox, sync } = this.#parts;
    requests.appended(frame);
    const messageId = toHex(frame.messageId);
    deviceOutbox.appended(messageId);
    const [log, row] = [state.logs.get(toHex(frame.log)), outbox.book.row(messageId)];
    if (!log || !row) return;
    sync.setCounter(log, row.counter);
    outbox.acknowledged(row, log);
  }

  #refused(frame: Refused): void {
    const { requests, deviceOutbox, outbox, claims, sync } = this.#parts;
    if (requests.refused(frame) || deviceOutbox.refused(frame)) return;
    if (frame.messageId.length) {
      if (frame.code === "pruned") this.#notePruned(toHex(frame.messageId));
      outbox.refused(frame);
    } else if (!frame.request) sync.fetchRefused(frame);
    else if (!outbox.openingRefused(frame)) claims.refused(frame);
  }

  /** The hub had taken a message of ours, which is gone there: its counter is used. */
  #notePruned(messageId: MessageId): void {
    const { state, outbox, sync } = this.#parts;
    const row = outbox.book.row(messageId);
    const log = row && state.logFor(row.conversation);
    if (row && log) sync.setCounter(log, row.counter);
  }
}
