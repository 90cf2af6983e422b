/** The parts of the page that are loaded later: dialogs, and the panels beside a conversation. */

/** How they are loaded. Rejects if the hub can't be reached, or serves another version of the page by now. */
export type LoadLater<Parts> = () => Promise<Parts>;

/** Holds them. */
export class LaterParts<Parts> {
  /** Null until they are here. */
  parts = $state.raw<Parts | null>(null);
  readonly #load: LoadLater<Parts>;
  #loading: Promise<void> | null = null;

  constructor(load: LoadLater<Parts>) {
    this.#load = load;
  }

  /** Load them unless they are here or on their way; after a failure it is tried again. Rejects as `LoadLater`. */
  async ask(): Promise<void> {
    this.#loading ??= this.#take();
    try {
      await this.#loading;
    } finally {
      this.#loading = null;
    }
  }

  async #take(): Promise<void> {
    this.parts ??= await this.#load();
  }
}
