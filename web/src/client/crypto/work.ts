/** Work that is handed to another thread as a whole: many signatures, many ciphertexts. */

import {
  CannotDecrypt,
  type Crypto,
  type Decrypted,
  type ReceivingSession,
  type Sealed,
  type Work,
  type WorkDone,
} from "$client/crypto/interface";

/** Do it. What can't be opened is null; every session is freed at the end. */
export function doWork(crypto: Crypto, { signed, sessions, sealed }: Work): WorkDone {
  const restored: ReceivingSession[] = [];
  try {
    for (const pickle of sessions) restored.push(crypto.receivingSession(pickle));
    return {
      fits: signed.map(({ key, signature, message }) => crypto.verify(key, signature, message)),
      opened: sealed.map((each) => opened(restored, each)),
    };
  } finally {
    for (const session of restored) session.free();
  }
}

function opened(sessions: readonly ReceivingSession[], { session, ciphertext }: Sealed): Decrypted | null {
  try {
    return sessions[session]?.decrypt(ciphertext) ?? null;
  } catch (error) {
    if (error instanceof CannotDecrypt) return null;
    throw error;
  }
}
