/** What a client takes from the world outside: hubs, links, disks, clocks, chance. */

import type { Breathe } from "$client/breath";
import type { Clock } from "$client/clock";
import type { Crypto } from "$client/crypto/interface";
import type { Link, LinkHandler } from "$client/link";
import type { ReadingAhead } from "$client/reading-ahead";

/** Returns so many secret random bytes. */
export type RandomBytes = (count: number) => Uint8Array;
/** Opens a link: the handler hears of it. Rejects with LinkLost if there is none. */
export type Dial = (handler: LinkHandler) => Promise<Link>;

/**
 * What the engine takes from outside, so that a test can give it another world. `idleAfterS`: after so long
 * without a key we are shown as idle (0: never).
 */
export interface EngineSurroundings {
  readonly clock: Clock;
  readonly randomBytes: RandomBytes;
  readonly crypto: Crypto;
  /** Checks and opens messages beside everything else. Without it: each when its turn has come. */
  readonly ahead?: ReadingAhead;
  /** Says where reading many messages has to pause. Without it: nowhere. */
  readonly breathe?: Breathe;
  readonly idleAfterS: number;
}

/** The world, as far as a client needs it. */
export interface ClientSurroundings extends EngineSurroundings {
  /** Where the hub is, as people write it (`HOST:PORT`). */
  readonly hubAddress: string;
  /** A share from 0 to 1, for waiting times. */
  random(): number;
  readonly dial: Dial;
  /** Calls back when it is worth while to try to connect now; returns what ends it. Without it: never. */
  readonly onWaking?: (run: () => void) => () => void;
}
