/** How fast somebody may do something. The hub limits by these, clients keep to them. */
export interface Rate {
  /** In the long run; 0: no limit. */
  readonly perSecond: number;
  /** At once. */
  readonly burst: number;
}

/** Allows a rate. Time is given, in seconds, never read. */
export class TokenBucket {
  #perSecond: number;
  #burst: number;
  #tokens: number;
  #updatedS: number;

  constructor(rate: Rate, nowS: number) {
    this.#perSecond = rate.perSecond;
    this.#burst = Math.max(1, rate.burst);
    this.#tokens = this.#burst;
    this.#updatedS = nowS;
  }

  /** Takes a token and returns 0, or takes none and returns the seconds until there is one. */
  waitS(nowS: number): number {
    if (!this.#perSecond) return 0;
    this.#fill(nowS);
    if (this.#tokens < 1) return (1 - this.#tokens) / this.#perSecond;
    this.#tokens--;
    return 0;
  }

  /** Allows this rate from now on; who had tokens left keeps them, as far as they fit. */
  change(rate: Rate, nowS: number): void {
    if (this.#perSecond) this.#fill(nowS);
    this.#perSecond = rate.perSecond;
    this.#burst = Math.max(1, rate.burst);
    this.#tokens = Math.min(this.#tokens, this.#burst);
    this.#updatedS = nowS;
  }

  #fill(nowS: number): void {
    const gained = (nowS - this.#updatedS) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + gained);
    this.#updatedS = nowS;
  }

  /** Takes back a token for something that was not done after all. */
  giveBack(): void {
    this.#tokens = Math.min(this.#burst, this.#tokens + 1);
  }
}
