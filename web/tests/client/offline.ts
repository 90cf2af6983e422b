/** A whole client with a real store in memory, and no hub: what it stores, and when, by a clock that is told. */

import { startClient, type StartedClient } from "$client/client";
import type { Clock } from "$client/clock";
import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";
import { openedOffline } from "$client/opening";
import { PROFILE } from "$client/store/conformance-records";
import type { Change } from "$client/store/interface";
import { MemoryStore } from "$client/store/memory";
import { LinkLost } from "$wire/errors";
import { compiledOlm } from "../olm";
import { randomBytes } from "./random";
import { START_MS } from "./lab";

/** A clock that stands until it is told. */
export class TestClock implements Clock {
  #waits: { readonly atS: number; readonly ring: () => void }[] = [];
  #nowS = 0;

  nowMs = (): number => START_MS + this.#nowS * 1000;
  timeS = (): number => this.#nowS;

  callLater(delayS: number, ring: () => void) {
    const wait = { atS: this.#nowS + delayS, ring };
    this.#waits.push(wait);
    return {
      cancel: () => {
        this.#waits = this.#waits.filter((each) => each !== wait);
      },
    };
  }

  /** Let time go by, and everything that was to happen in it. */
  async pass(seconds: number): Promise<void> {
    await settled();
    this.#nowS += seconds;
    const due = this.#waits.filter((each) => each.atS <= this.#nowS);
    this.#waits = this.#waits.filter((each) => each.atS > this.#nowS);
    for (const { ring } of due) ring();
    await settled();
  }
}

/** Let all steps that were begun come to their end. */
export async function settled(): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 0));
}

/** A store that remembers what was committed together. */
export class RecordingStore extends MemoryStore {
  readonly commits: (readonly Change[])[] = [];

  override async commit(changes: readonly Change[]): Promise<void> {
    await super.commit(changes);
    this.commits.push(changes);
  }
}

/** A browser without its hub, which can be killed and opened again. */
export class OfflineLab {
  readonly clock = new TestClock();
  readonly store = new RecordingStore();
  readonly #crypto: OlmCrypto;

  private constructor(crypto: OlmCrypto) {
    this.#crypto = crypto;
  }

  static async make(): Promise<OfflineLab> {
    const lab = new OfflineLab(new OlmCrypto(await loadOlm(randomBytes, compiledOlm())));
    const account = lab.#crypto.newAccount().pickle();
    await lab.store.commit([{ ...PROFILE, account, handle: "ann" }]);
    return lab;
  }

  /** Open a client on what the store holds; one that was open before is dead from then on. */
  async open(): Promise<StartedClient["client"]> {
    const surroundings = {
      clock: this.clock,
      random: () => 0.5,
      randomBytes,
      crypto: this.#crypto,
      idleAfterS: 0,
      hubAddress: "127.0.0.1:7777",
      dial: () => Promise.reject(new LinkLost("there is no hub here")),
    };
    const opened = await openedOffline(this.store);
    const { client } = await startClient({
      surroundings,
      opened,
      settings: {},
      inviteSecret: new Uint8Array(),
      released: () => undefined,
    });
    return client;
  }
}
