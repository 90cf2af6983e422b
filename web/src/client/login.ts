/** From a hub that was met to `welcome`: take a name if we have none, prove who we are. */

import { refusalOf } from "$client/answers";
import type { Effects } from "$client/effects";
import type { HubLink } from "$client/hub-link";
import type { KeySupply } from "$client/key-supply";
import type { ClientState } from "$client/state";
import { decodeAs } from "$wire/codec";
import { Refusal, RemoteError } from "$wire/errors";
import type { Challenge, Hello, Login, Welcome } from "$wire/frames";
import { fromHex } from "$wire/hex";
import { hubId } from "$wire/ids";
import { LOGIN_TIMEOUT_S, MAX_FRAME_BYTES, PROTOCOL_VERSION } from "$wire/limits";
import { IllegalName, canonicalHandle, handleFromLogin, numbered } from "$wire/names";
import { loginBytes } from "$wire/statements";
import { Voucher } from "$wire/vouchers";

/** Numbers tried behind a login name that is taken. */
const MAX_NAME_TRIES = 200;
const TAKEN = ["name_taken", "name_looks_like"];
/** What this program calls itself to the hub. */
export const SOFTWARE = "lanmsg-web";

/** What a client brings to its first login: a wished name, or a name to start from. */
export interface Introduction {
  readonly name: string | null;
  readonly loginName: string;
  /** The secret of an invite link; empty without one. */
  readonly invite: Uint8Array;
}

/** One login over one link. */
export interface LoginParts {
  readonly hubLink: HubLink;
  readonly challenge: Challenge;
  readonly state: ClientState;
  readonly effects: Effects;
  readonly supply: KeySupply;
  /** Fresh random bytes of a nonce (32). */
  readonly nonce: Uint8Array;
  /** Run this as a step; fulfilled when everything saved so far is on disk. */
  readonly perform: <T>(step: () => T) => Promise<T>;
}

/** Return the first frame of ours on a link. */
export function helloTo(challenge: Challenge, nonce: Uint8Array): Hello {
  return { type: "hello", version: versionOf(challenge), nonce, software: SOFTWARE };
}

function versionOf(challenge: Challenge): number {
  return Math.min(challenge.version, PROTOCOL_VERSION);
}

/**
 * Log in, enrolling first if this device has no name yet.
 *
 * Rejects with Refusal (the hub refuses the name, the invite or the device), RemoteError (it breaks the protocol),
 * LinkLost (it goes away), IllegalName.
 */
export async function logIn(parts: LoginParts, introduction: Introduction): Promise<Welcome> {
  const { hubLink, challenge, nonce, state } = parts;
  hubLink.send(helloTo(challenge, nonce));
  if (!state.profile.handle) await enrol(parts, introduction);
  // `heads` may follow `welcome` in the same read, so the larger frames are let in before it.
  hubLink.link.setMaxFrameBytes(MAX_FRAME_BYTES);
  hubLink.send(loginFrame(parts));
  const answer = await hubLink.next(["welcome", "refused"], LOGIN_TIMEOUT_S);
  if (answer.type === "refused") throw refusalOf(answer);
  return answer;
}

function loginFrame({ state, challenge, nonce }: LoginParts): Login {
  const device = fromHex(state.device);
  const signed = loginBytes({
    hub: hubId(challenge.identityKey),
    certificateHash: challenge.certificateHash,
    hubNonce: challenge.nonce,
    clientNonce: nonce,
    device,
    version: versionOf(challenge),
  });
  return { type: "login", device, signature: state.account.sign(signed) };
}

async function enrol(parts: LoginParts, introduction: Introduction): Promise<void> {
  for (const name of namesToTry(introduction)) {
    try {
      await tryName(parts, name, introduction.invite);
      return;
    } catch (error) {
      const isTaken = error instanceof Refusal && TAKEN.includes(error.code);
      if (introduction.name !== null || !isTaken) throw error;
    }
  }
  throw new Refusal("name_taken", `${introduction.loginName} and many like it are taken: choose a name`);
}

async function tryName(parts: LoginParts, name: string, invite: Uint8Array): Promise<void> {
  const { hubLink, state, effects, supply, perform } = parts;
  const { fallback, keys } = await perform(() => supply.firstKeys());
  const { account, identity } = state;
  const user = identity.claim(name);
  const device = identity.bind(account, state.profile.deviceName, voucherOf(state));
  hubLink.send({ type: "enrol", user, device, fallbackKey: fallback, oneTimeKeys: keys, invite });
  const answer = await hubLink.next(["enrolled", "refused"], LOGIN_TIMEOUT_S);
  if (answer.type === "refused") throw refusalOf(answer);
  const handle = legal(answer.handle);
  await perform(() => {
    supply.enrolled();
    state.profile = { ...state.profile, handle };
    effects.save(state.profile);
  });
}

/** Return the name that the hub knows us by: not always the wished one, but one that somebody may have. Throws RemoteError. */
function legal(handle: string): string {
  if (!isLegal(handle)) throw new RemoteError("protocol", "the hub calls us by a name that nobody can have");
  return handle;
}

function isLegal(handle: string): boolean {
  try {
    return canonicalHandle(handle) === handle;
  } catch (error) {
    if (error instanceof IllegalName) return false;
    throw error;
  }
}

function voucherOf({ profile }: ClientState): Voucher | null {
  return profile.voucher.length ? decodeAs(Voucher, profile.voucher, "a voucher") : null;
}

/** The names to try: the wished one as handles are written, or the login's with numbers. Throws IllegalName. */
function* namesToTry({ name, loginName }: Introduction): Generator<string> {
  if (name !== null) {
    yield canonicalHandle(name);
    return;
  }
  const base = handleFromLogin(loginName);
  yield base;
  for (let number = 2; number < MAX_NAME_TRIES; number += 1) yield numbered(base, number);
}
