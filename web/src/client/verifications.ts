/** The verifications under way, and what crosses the inboxes for them. Mirrors `client/verifications.py`. */

import type { Timer } from "$client/clock";
import { SasSecret, type SasParty, SECRET_BYTES } from "$client/crypto/sas";
import type { DeviceOutbox } from "$client/device-outbox";
import type { Effects } from "$client/effects";
import type { Inbox } from "$client/inbox";
import type { CallLater } from "$client/later";
import type { CancelReason, DeviceId, UserId, VerificationInfo, VerificationStage } from "$client/model";
import type { People } from "$client/people";
import type { ClientState } from "$client/state";
import type { RandomBytes } from "$client/surroundings";
import { FalseStep, Verification } from "$client/verification";
import { cancelWords } from "$client/verification-words";
import { equalBytes } from "$wire/bytes";
import type {
  VerificationAccept,
  VerificationCancel,
  VerificationKey,
  VerificationMac,
  VerificationRequest,
} from "$wire/device-messages";
import type { Person } from "$wire/directory";
import { LocalError } from "$wire/errors";
import { fromHex, toHex } from "$wire/hex";
import { hubId, ID_BYTES, KEY_BYTES, type TransactionId } from "$wire/ids";
import { MAX_VERIFICATIONS, VERIFICATION_TIMEOUT_S } from "$wire/limits";

const NO_DEVICE = new Uint8Array(ID_BYTES);
const NO_KEY = new Uint8Array(KEY_BYTES);
const REASONS: ReadonlySet<string> = new Set<CancelReason>([
  "called_off",
  "different",
  "timeout",
  "answered_elsewhere",
  "busy",
  "started_anew",
  "unknown",
  "false_step",
]);
/** What speaks for one device only, and not for its person. */
const OF_ONE_DEVICE: readonly CancelReason[] = ["busy", "unknown"];

/** What verifications work with. */
export interface VerificationsParts {
  readonly state: ClientState;
  readonly effects: Effects;
  readonly people: People;
  readonly outbox: DeviceOutbox;
  readonly callLater: CallLater;
  /** The hub's clock. */
  readonly hubNowMs: () => number;
  readonly randomBytes: RandomBytes;
}

/** Starts, answers and ends them. */
export class Verifications {
  readonly #parts: VerificationsParts;
  readonly #state: ClientState;
  readonly #byUser = new Map<UserId, Verification>();
  readonly #timers = new Map<UserId, Timer>();

  constructor(parts: VerificationsParts) {
    this.#parts = parts;
    this.#state = parts.state;
  }

  /** Take the steps of others from here. */
  listenTo(inbox: Inbox): void {
    inbox.on("verification_request", (device, content, atMs) => {
      this.#takeRequest(device, content, atMs);
    });
    inbox.on("verification_accept", (device, content) => {
      this.#takeAccept(device, content);
    });
    inbox.on("verification_key", (device, content) => {
      this.#takeKey(device, content);
    });
    inbox.on("verification_mac", (device, content) => {
      this.#takeMac(device, content);
    });
    inbox.on("verification_cancel", (device, content) => {
      this.#takeCancel(device, content);
    });
  }

  // --- our person ---

  /** Ask a person, or accept if they have asked. Throws LocalError if one is under way. */
  start(person: Person): void {
    const current = this.#byUser.get(toHex(person.user));
    if (!current) this.#request(person);
    else if (current.stage === "asked") this.accept(person);
    else throw new LocalError(`a verification with ${person.handle} is under way already`);
  }

  #request(person: Person): void {
    const transaction = this.#parts.randomBytes(ID_BYTES);
    const verification = this.#add(transaction, this.#us(), party(person, NO_DEVICE), true);
    const request = verification.request();
    for (const device of person.devices.keys()) this.#parts.outbox.deliver(device, request);
  }

  /** Our person wants to, too. Throws LocalError if nobody has asked. */
  accept(person: Person): void {
    const verification = this.#byUser.get(toHex(person.user));
    if (verification?.stage !== "asked") throw new LocalError(`${person.handle} has not asked you to verify`);
    this.#parts.outbox.deliver(toHex(verification.them.device), verification.accept());
  }

  /** Our person says that all seven are the same. Throws LocalError if there is nothing to compare. */
  confirm(person: Person): void {
    const verification = this.#byUser.get(toHex(person.user));
    if (!verification || !hasEmoji(verification)) {
      throw new LocalError(`there is nothing to compare with ${person.handle} now`);
    }
    this.#parts.outbox.deliver(toHex(verification.them.device), verification.confirm());
    this.#finishIfDone(verification);
  }

  /** Our person does not want to, or saw other emoji. Throws LocalError if nothing is under way. */
  cancel(person: Person, reason: CancelReason): void {
    const verification = this.#byUser.get(toHex(person.user));
    if (!verification) throw new LocalError(`no verification with ${person.handle} is under way`);
    this.#cancel(verification, reason);
  }

  /** Return what is under way, oldest first. */
  all(): VerificationInfo[] {
    return [...this.#byUser.values()].map((verification) => this.#info(verification));
  }

  #info(verification: Verification): VerificationInfo {
    return {
      handle: this.#state.handleOf(toHex(verification.them.user)),
      stage: shownStage(verification),
      emoji: verification.emoji.map((each) => each.emoji),
      names: verification.emoji.map((each) => each.name),
    };
  }

  // --- their device ---

  #takeRequest(sender: DeviceId, request: VerificationRequest, atMs: number): void {
    const person = this.#state.owner(sender);
    const isLate = this.#parts.hubNowMs() - atMs > VERIFICATION_TIMEOUT_S * 1000;
    if (!person || !this.#maySpeak(sender, person) || isLate) return;
    const current = this.#byUser.get(toHex(person.user));
    if (!current) this.#asked(sender, person, request);
    else if (current.stage === "requested") this.#bothAsked(current, sender, person, request);
    else if (toHex(current.them.device) !== sender) this.#refuse(sender, request.transaction, "busy");
    else this.#askedAgain(current, sender, person, request);
  }

  /** Asked twice: the newer counts; if our person has not answered yet, they were told already. */
  #askedAgain(current: Verification, sender: DeviceId, person: Person, request: VerificationRequest): void {
    if (current.stage === "asked") {
      this.#end(current);
      this.#addAsked(sender, person, request);
      return;
    }
    this.#tellCancelled(current, "started_anew", false);
    this.#asked(sender, person, request);
  }

  #maySpeak(device: DeviceId, person: Person): boolean {
    return person.devices.has(device) && toHex(person.user) !== this.#state.user;
  }

  #asked(sender: DeviceId, person: Person, request: VerificationRequest): void {
    if (this.#byUser.size >= MAX_VERIFICATIONS) {
      this.#refuse(sender, request.transaction, "busy");
      return;
    }
    this.#addAsked(sender, person, request);
    this.#parts.effects.emit({ type: "verification_requested", handle: person.handle });
  }

  #addAsked(sender: DeviceId, person: Person, request: VerificationRequest): void {
    const them = party(person, fromHex(sender));
    this.#add(request.transaction, them, this.#us(), false).asked();
  }

  /** Both sides find the same one to go on with: one passes the other over, one drops its own. */
  #bothAsked(ours: Verification, sender: DeviceId, person: Person, request: VerificationRequest): void {
    if (this.#state.user < toHex(person.user)) return;
    this.#tellOthers(ours, sender);
    this.#end(ours);
    this.#addAsked(sender, person, request);
    this.accept(person);
  }

  #takeAccept(sender: DeviceId, content: VerificationAccept): void {
    const verification = this.#known(sender, content.transaction, true);
    if (!verification) return;
    this.#orCancel(verification, () => {
      this.#parts.outbox.deliver(sender, verification.accepted(fromHex(sender), content));
      this.#tellOthers(verification, sender);
    });
  }

  #takeKey(sender: DeviceId, content: VerificationKey): void {
    const verification = this.#known(sender, content.transaction, false);
    if (!verification) return;
    this.#orCancel(verification, () => {
      const key = verification.takeKey(content);
      if (key) this.#parts.outbox.deliver(sender, key);
      const { handle, emoji, names } = this.#info(verification);
      this.#parts.effects.emit({ type: "verification_emoji", handle, emoji, names });
    });
  }

  #takeMac(sender: DeviceId, content: VerificationMac): void {
    const verification = this.#known(sender, content.transaction, false);
    if (!verification) return;
    this.#orCancel(verification, () => {
      verification.takeMac(content);
      this.#finishIfDone(verification);
    });
  }

  #orCancel(verification: Verification, step: () => void): void {
    try {
      step();
    } catch (error) {
      if (!(error instanceof FalseStep)) throw error;
      this.#cancel(verification, "false_step");
    }
  }

  #takeCancel(sender: DeviceId, content: VerificationCancel): void {
    const owner = this.#state.ownerOf(sender);
    const verification = owner === null ? undefined : this.#byUser.get(owner);
    if (!verification || !equalBytes(verification.transaction, content.transaction)) return;
    const { device } = verification.them;
    if (toHex(device) !== sender && !equalBytes(device, NO_DEVICE)) return;
    const reason = REASONS.has(content.reason) ? (content.reason as CancelReason) : "called_off";
    if (verification.stage === "requested") {
      // another device of theirs may still accept
      if (OF_ONE_DEVICE.includes(reason) && this.#theirDevices(verification).length > 1) return;
      this.#tellOthers(verification, sender);
    }
    this.#tellCancelled(verification, reason, false);
  }

  /** Return the verification a step belongs to; null if it is to be passed over. */
  #known(sender: DeviceId, transaction: TransactionId, mayHaveNoDevice: boolean): Verification | null {
    const person = this.#state.owner(sender);
    if (!person || !this.#maySpeak(sender, person)) return null;
    const verification = this.#byUser.get(toHex(person.user));
    if (!verification || !equalBytes(verification.transaction, transaction)) {
      this.#refuse(sender, transaction, "unknown");
      return null;
    }
    const { device } = verification.them;
    const isTheirs = toHex(device) === sender || (mayHaveNoDevice && equalBytes(device, NO_DEVICE));
    return isTheirs ? verification : null;
  }

  // --- the end ---

  #finishIfDone(verification: Verification): void {
    if (verification.stage !== "done") return;
    this.#end(verification);
    const handle = this.#state.handleOf(toHex(verification.them.user));
    this.#parts.people.verified(handle, verification.them.identityKey);
    this.#parts.effects.emit({ type: "verification_done", handle });
  }

  /** End it from our side, and tell theirs. */
  #cancel(verification: Verification, reason: CancelReason): void {
    for (const device of this.#theirDevices(verification)) {
      this.#refuse(device, verification.transaction, reason);
    }
    this.#tellCancelled(verification, reason, true);
  }

  #theirDevices({ them }: Verification): DeviceId[] {
    if (!equalBytes(them.device, NO_DEVICE)) return [toHex(them.device)];
    return [...(this.#state.person(toHex(them.user))?.devices.keys() ?? [])];
  }

  /** Tell the devices that were asked, and did not answer, that another one did. */
  #tellOthers(verification: Verification, answered: DeviceId): void {
    const person = this.#state.person(toHex(verification.them.user));
    for (const device of person?.devices.keys() ?? []) {
      if (device === answered || device === toHex(verification.them.device)) continue;
      this.#refuse(device, verification.transaction, "answered_elsewhere");
    }
  }

  #refuse(device: DeviceId, transaction: TransactionId, reason: CancelReason): void {
    this.#parts.outbox.deliver(device, { type: "verification_cancel", transaction, reason });
  }

  #tellCancelled(verification: Verification, reason: CancelReason, byUs: boolean): void {
    this.#end(verification);
    const handle = this.#state.handleOf(toHex(verification.them.user));
    const text = cancelWords(reason, handle, byUs);
    this.#parts.effects.emit({ type: "verification_cancelled", handle, reason, byUs, text });
  }

  /** Forget it; what still comes of it is answered as unknown. */
  #end(verification: Verification): void {
    if (verification.isLive) verification.cancel();
    const user = toHex(verification.them.user);
    this.#byUser.delete(user);
    this.#timers.get(user)?.cancel();
    this.#timers.delete(user);
  }

  // --- making one ---

  #add(
    transaction: TransactionId,
    requester: SasParty,
    accepter: SasParty,
    isRequester: boolean,
  ): Verification {
    const { profile, database } = this.#state;
    const places = { hub: hubId(profile.hubIdentityKey), database: fromHex(database), transaction };
    const secret = new SasSecret(this.#parts.randomBytes(SECRET_BYTES));
    const verification = new Verification({ ...places, requester, accepter }, secret, isRequester);
    const user = toHex(verification.them.user);
    this.#byUser.set(user, verification);
    const timer = this.#parts.callLater(VERIFICATION_TIMEOUT_S, () => {
      this.#cancel(verification, "timeout");
    });
    this.#timers.set(user, timer);
    return verification;
  }

  #us(): SasParty {
    const { user, publicKey } = this.#state.identity;
    return { user, identityKey: publicKey, device: fromHex(this.#state.device), key: NO_KEY };
  }
}

function party(person: Person, device: Uint8Array): SasParty {
  return { user: person.user, identityKey: person.identityKey, device, key: NO_KEY };
}

function hasEmoji({ stage }: Verification): boolean {
  return stage === "comparing" || stage === "they_confirmed";
}

function shownStage(verification: Verification): VerificationStage {
  if (verification.stage === "asked") return "asked";
  return hasEmoji(verification) ? "comparing" : "waiting";
}
