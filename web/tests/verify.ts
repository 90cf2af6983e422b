/** The check of signatures that the client uses, for tests of what is signed. */

import { OlmCrypto } from "$client/crypto/olm";
import { loadOlm } from "$client/crypto/olm-module";
import type { Verify } from "$wire/statements";
import { compiledOlm } from "./olm";
import { randomBytes } from "./client/random";

const crypto = new OlmCrypto(await loadOlm(randomBytes, compiledOlm()));

export const verify: Verify = (key, signature, message) => crypto.verify(key, signature, message);
