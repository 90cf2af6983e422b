/**
 * One verification: two people make sure that each has the other's true identity key. Mirrors
 * `client/verification.py`.
 *
 *     requester                         accepter
 *     request  ---------------------->  asked
 *              <--- accept, commitment  accepted      (bound to a key that is not shown yet)
 *     key      ---------------------->  comparing
 *     comparing <----------------- key
 *     mac      <--------------------->  mac           each when its person says "the same"
 *
 * No I/O and no clock. What may happen when is one table; anything else ends it, on both sides.
 */

import { CannotDecrypt } from "$client/crypto/interface";
import {
  commitment,
  emojiNumbers,
  identityMac,
  isSame,
  type SasParty,
  type SasSecret,
  type SasTranscript,
} from "$client/crypto/sas";
import type {
  VerificationAccept,
  VerificationKey,
  VerificationMac,
  VerificationRequest,
} from "$wire/device-messages";
import { emojiOf, type NamedEmoji } from "$wire/emoji-words";
import { EMPTY_BYTES } from "$wire/bytes";
import { LanmsgError } from "$wire/errors";
import type { DeviceId, TransactionId } from "$wire/ids";

/**
 * How far it has come, on this side: `requested` (nobody has accepted yet), `asked` (our person has not answered
 * yet), `accepted` (we are bound to our key), `key_sent` (they have our key), `comparing` (both persons look at seven
 * emoji), `confirmed` (ours said that they are the same), `they_confirmed`.
 */
export type Stage =
  | "new"
  | "requested"
  | "asked"
  | "accepted"
  | "key_sent"
  | "comparing"
  | "confirmed"
  | "they_confirmed"
  | "done"
  | "cancelled";

type Step = "we_ask" | "they_ask" | "we_accept" | "they_accept" | "their_key" | "we_confirm" | "they_confirm";

/** What follows a stage; every pair that is not here is an error of whoever made the step. */
export const TRANSITIONS: Readonly<Record<Stage, Partial<Record<Step, Stage>>>> = {
  new: { we_ask: "requested", they_ask: "asked" },
  requested: { they_accept: "key_sent" },
  asked: { we_accept: "accepted" },
  accepted: { their_key: "comparing" },
  key_sent: { their_key: "comparing" },
  comparing: { we_confirm: "confirmed", they_confirm: "they_confirmed" },
  confirmed: { they_confirm: "done" },
  they_confirmed: { we_confirm: "done" },
  done: {},
  cancelled: {},
};

/** A step that may not come now, or whose content is false: altered, repeated, or made by a bug. */
export class FalseStep extends LanmsgError {
  override readonly name = "FalseStep";
}

/**
 * One, from request to end. `us` and `them` have no key yet; `them` has no device before `accepted`. A step that
 * throws FalseStep has changed nothing: the caller cancels.
 */
export class Verification {
  #transcript: SasTranscript;
  readonly #secret: SasSecret;
  readonly #isRequester: boolean;
  #commitment: Uint8Array = EMPTY_BYTES;
  #shared: Uint8Array = EMPTY_BYTES;
  stage: Stage = "new";
  /** Seven, from `comparing` on. */
  emoji: readonly NamedEmoji[] = [];

  constructor(transcript: SasTranscript, secret: SasSecret, isRequester: boolean) {
    this.#transcript = transcript;
    this.#secret = secret;
    this.#isRequester = isRequester;
  }

  /** What names it on both sides. */
  get transaction(): TransactionId {
    return this.#transcript.transaction;
  }

  /** The other side. */
  get them(): SasParty {
    return this.#isRequester ? this.#transcript.accepter : this.#transcript.requester;
  }

  /** Our side. */
  get us(): SasParty {
    return this.#isRequester ? this.#transcript.requester : this.#transcript.accepter;
  }

  /** Whether it goes on. */
  get isLive(): boolean {
    return this.stage !== "new" && this.stage !== "done" && this.stage !== "cancelled";
  }

  #next(step: Step): Stage {
    const stage = TRANSITIONS[this.stage][step];
    if (stage === undefined) throw new FalseStep(`${step} can't follow ${this.stage}`);
    return stage;
  }

  #setParties(them: SasParty): void {
    const us = { ...this.us, key: this.#secret.key };
    const [requester, accepter] = this.#isRequester ? [us, them] : [them, us];
    this.#transcript = { ...this.#transcript, requester, accepter };
  }

  // --- our steps ---

  /** Ask the other side. */
  request(): VerificationRequest {
    this.stage = this.#next("we_ask");
    return { type: "verification_request", transaction: this.transaction };
  }

  /** Our person wants to. */
  accept(): VerificationAccept {
    this.stage = this.#next("we_accept");
    const { transaction } = this;
    const bound = commitment(transaction, this.#secret.key);
    return { type: "verification_accept", transaction, commitment: bound };
  }

  /** Our person says that the emoji are the same. */
  confirm(): VerificationMac {
    this.stage = this.#next("we_confirm");
    const mac = identityMac(this.#shared, this.#transcript, this.us);
    return { type: "verification_mac", transaction: this.transaction, mac };
  }

  /** End it, whoever wants that. */
  cancel(): void {
    this.stage = "cancelled";
  }

  // --- their steps ---

  /** They want to. */
  asked(): void {
    this.stage = this.#next("they_ask");
  }

  /** A device of theirs takes it up; return our key. */
  accepted(device: DeviceId, content: VerificationAccept): VerificationKey {
    this.stage = this.#next("they_accept");
    this.#commitment = content.commitment;
    this.#setParties({ ...this.them, device });
    return this.#ourKey();
  }

  /** Their key has come: the emoji are known. Return our key if they do not have it yet. */
  takeKey(content: VerificationKey): VerificationKey | null {
    const stage = this.#next("their_key");
    if (this.#isRequester && !isSame(this.#commitment, commitment(this.transaction, content.key))) {
      throw new FalseStep("this is not the key they were bound to");
    }
    this.#shared = this.#agree(content.key);
    this.#setParties({ ...this.them, key: content.key });
    this.emoji = emojiOf(emojiNumbers(this.#shared, this.#transcript));
    this.stage = stage;
    return this.#isRequester ? null : this.#ourKey();
  }

  #agree(key: Uint8Array): Uint8Array {
    try {
      return this.#secret.agree(key);
    } catch (error) {
      if (error instanceof CannotDecrypt) throw new FalseStep(error.message);
      throw error;
    }
  }

  #ourKey(): VerificationKey {
    return { type: "verification_key", transaction: this.transaction, key: this.#secret.key };
  }

  /** Their person says that the emoji are the same. */
  takeMac(content: VerificationMac): void {
    const stage = this.#next("they_confirm");
    if (!isSame(content.mac, identityMac(this.#shared, this.#transcript, this.them))) {
      throw new FalseStep("the other side has another identity key than the one we know");
    }
    this.stage = stage;
  }
}
