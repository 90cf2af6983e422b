/** What a browser remembers of the hub at this address beside its store: who we are there, and its key. */

import { fromHex, toHex } from "$wire/hex";

/** Where it is kept; null where the browser has it switched off. */
export type Memory = Pick<Storage, "getItem" | "setItem" | "removeItem"> | null;

/** The hub we have been at. */
export interface RememberedHub {
  readonly identityKey: Uint8Array;
  readonly title: string;
  /** Our name there. */
  readonly handle: string;
}

const NAME = "lanmsg hub";

/** Return the hub that was remembered; null if there is none, or what is there is damaged. */
export function rememberedHub(memory: Memory): RememberedHub | null {
  const found: unknown = parsed(memory?.getItem(NAME) ?? null);
  if (typeof found !== "object" || found === null) return null;
  const { identityKey, title, handle } = found as Record<string, unknown>;
  if (typeof identityKey !== "string" || typeof title !== "string" || typeof handle !== "string") return null;
  return /^[0-9a-f]{64}$/.test(identityKey) ? { identityKey: fromHex(identityKey), title, handle } : null;
}

function parsed(text: string | null): unknown {
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}

/** Remember a hub that we have logged in to. */
export function rememberHub(memory: Memory, { identityKey, title, handle }: RememberedHub): void {
  memory?.setItem(NAME, JSON.stringify({ identityKey: toHex(identityKey), title, handle }));
}

/** Forget it. */
export function forgetHub(memory: Memory): void {
  memory?.removeItem(NAME);
}
