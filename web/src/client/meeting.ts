/** Meeting a hub: dial it, and let it show who it is. Nothing is sent before that. */

import type { Clock } from "$client/clock";
import type { Crypto } from "$client/crypto/interface";
import { HubIdentityChanged } from "$client/errors";
import { HubLink } from "$client/hub-link";
import type { Dial } from "$client/surroundings";
import { equalBytes } from "$wire/bytes";
import { fingerprint } from "$wire/check-words";
import { LinkLost, RemoteError } from "$wire/errors";
import type { Challenge } from "$wire/frames";
import { LOGIN_TIMEOUT_S, OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from "$wire/limits";
import { hubCertificateBytes, mustFit } from "$wire/statements";

/** What meeting a hub takes of the world. */
export interface MeetingSurroundings {
  readonly clock: Clock;
  readonly dial: Dial;
  /** Where the hub is, as people write it (`HOST:PORT`). */
  readonly hubAddress: string;
  readonly crypto: Pick<Crypto, "verify">;
}

/** A link to a hub that has shown who it is, before anything was sent. */
export interface Meeting {
  readonly hubLink: HubLink;
  readonly challenge: Challenge;
}

/**
 * Dial the hub, and let it show who it is. One with another key than `expectedKey` is left without a word.
 *
 * Rejects with LinkLost (there is none), HubIdentityChanged, RemoteError (what answers is no hub of ours).
 */
export async function meet(
  surroundings: MeetingSurroundings,
  expectedKey: Uint8Array | null,
): Promise<Meeting> {
  const hubLink = new HubLink(surroundings.clock);
  try {
    await surroundings.dial(hubLink);
    const challenge = await greet(hubLink, surroundings.crypto);
    checkIdentity(challenge.identityKey, expectedKey, surroundings.hubAddress);
    return { hubLink, challenge };
  } catch (error) {
    hubLink.leave();
    throw error;
  }
}

/** Meet the hub; null if it can't be reached. Rejects with HubIdentityChanged, RemoteError. */
export async function meetIfThere(
  surroundings: MeetingSurroundings,
  expectedKey: Uint8Array | null,
): Promise<Meeting | null> {
  try {
    return await meet(surroundings, expectedKey);
  } catch (error) {
    if (error instanceof LinkLost) return null;
    throw error;
  }
}

/**
 * Take the hub's challenge and check that its identity key owns the certificate it names.
 *
 * A browser does not tell a page which certificate its connection has; see `docs/security.md`. Nothing has been
 * sent yet; the caller compares the key with the one it expects before it sends.
 *
 * Rejects with RemoteError (the hub is none, or speaks no version that we speak) and LinkLost (it went away, or said
 * nothing).
 */
async function greet(hubLink: HubLink, crypto: Pick<Crypto, "verify">): Promise<Challenge> {
  const challenge = await hubLink.next(["challenge"], LOGIN_TIMEOUT_S);
  mustFit(
    (key, signature, message) => crypto.verify(key, signature, message),
    challenge.identityKey,
    challenge.signature,
    hubCertificateBytes(challenge.certificateHash),
  );
  checkVersion(challenge);
  return challenge;
}

function checkVersion({ version, oldestVersion }: Challenge): void {
  if (version < OLDEST_PROTOCOL_VERSION) {
    throw new RemoteError(
      "protocol_too_old",
      `the hub speaks protocol version ${version}, this page needs ${OLDEST_PROTOCOL_VERSION} or newer: update ` +
        "the hub",
    );
  }
  if (oldestVersion > PROTOCOL_VERSION) {
    throw new RemoteError(
      "protocol_too_new",
      `the hub needs protocol version ${oldestVersion}, this page speaks ${PROTOCOL_VERSION}: load this page again`,
    );
  }
}

function checkIdentity(shown: Uint8Array, expected: Uint8Array | null, address: string): void {
  if (expected && !equalBytes(shown, expected)) {
    throw new HubIdentityChanged(address, fingerprint(expected), fingerprint(shown));
  }
}
