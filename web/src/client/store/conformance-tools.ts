/** What the checks of a store are written with. */

import type { Store } from "$client/store/interface";
import { equalBytes } from "$wire/bytes";

/** Checks by the promise that each is about; each gets a new store. */
export type Checks = Readonly<Record<string, (store: Store) => Promise<void>>>;

/** Throws `Error` if two values differ in any part. */
export function assertSame(found: unknown, expected: unknown): void {
  if (isSame(found, expected)) return;
  throw new Error(`found ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
}

/** Throws `Error` unless this rejects with an error of this name. */
export async function assertRejects(run: () => unknown, name: string): Promise<void> {
  try {
    await run();
  } catch (error) {
    if (error instanceof Error && error.name === name) return;
    throw error;
  }
  throw new Error(`this must be refused with ${name}`);
}

function isSame(one: unknown, other: unknown): boolean {
  if (one === other) return true;
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) return false;
  if (one instanceof Uint8Array || other instanceof Uint8Array) {
    return one instanceof Uint8Array && other instanceof Uint8Array && equalBytes(one, other);
  }
  const [left, right] = [one as Record<string, unknown>, other as Record<string, unknown>];
  const names = Object.keys(left);
  if (Array.isArray(one) !== Array.isArray(other) || names.length !== Object.keys(right).length) return false;
  return names.every((name) => name in right && isSame(left[name], right[name]));
}
