/** Which part of the client each frame of the hub is for. */

import type { Administration } from "$client/administration";
import type { BetweenDevices } from "$client/between-devices";
import type { Deliveries } from "$client/deliveries";
import type { HubAnswers } from "$client/hub-answers";
import type { Intake } from "$client/intake";
import type { Now } from "$client/now";
import type { Outbox } from "$client/outbox";
import type { People } from "$client/people";
import type { Sync } from "$client/sync";
import type { HubFrame, Presence } from "$wire/frames";

/** The parts. */
export interface FramesParts {
  readonly intake: Intake;
  readonly sync: Sync;
  readonly outbox: Outbox;
  readonly people: People;
  readonly deliveries: Deliveries;
  readonly now: Now;
  readonly betweenDevices: BetweenDevices;
  readonly answers: HubAnswers;
  readonly administration: Administration;
}

/** Hands frames on. */
export class Frames {
  readonly #parts: FramesParts;

  constructor(parts: FramesParts) {
    this.#parts = parts;
  }

  /** Do what a frame asks. Rejects with RemoteError. */
  async take(frame: HubFrame): Promise<void> {
    const { intake, sync, outbox, deliveries, now, answers, administration } = this.#parts;
    switch (frame.type) {
      case "heads":
        intake.noteHeads(frame.heads);
        sync.takeHeads(frame);
        await sync.checkPruned();
        outbox.pump();
        break;
      case "entries":
        await sync.takeEntries(frame);
        break;
      case "presence":
        await this.#presence(frame);
        break;
      case "receipts":
        await deliveries.takeReceipts(frame);
        break;
      case "signal":
        now.typing.take(frame);
        break;
      case "members":
        sync.takeMembers(frame);
        break;
      case "notice":
        administration.noticed(frame.text);
        break;
      case "rates_changed":
        administration.ratesChanged(frame);
        break;
      default:
        answers.take(frame);
    }
  }

  async #presence(frame: Presence): Promise<void> {
    this.#parts.people.takePresence(frame);
    await this.#parts.betweenDevices.historyKeys.askAll(); // somebody who can help may have come
  }
}
