/** Messages of a panel, read anew when something of them changes. */

import type { ClientEvent } from "$client/events";
import type { Message } from "$client/model";
import type { Desk } from "$view/state/desk.svelte";

/** How often they are read at most, while messages pour in. */
const AT_MOST_EVERY_MS = 250;

export class PanelMessages {
  all = $state.raw<readonly Message[] | null>(null);
  readonly #read: () => Promise<readonly Message[]>;
  readonly #desk: Desk;
  #isDue = false;
  #isOver = false;

  constructor(desk: Desk, read: () => Promise<readonly Message[]>) {
    this.#desk = desk;
    this.#read = read;
  }

  /** Read now, and at each event that is about messages; returns what ends it. */
  follow(): () => void {
    void this.#readNow();
    const end = this.#desk.client.listen((event) => {
      if (isAboutMessages(event)) this.#readSoon();
    });
    return () => {
      this.#isOver = true;
      end();
    };
  }

  #readSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    this.#desk.page.later(() => {
      this.#isDue = false;
      if (!this.#isOver) void this.#readNow(); // what to read belongs to the panel, and went with it
    }, AT_MOST_EVERY_MS);
  }

  async #readNow(): Promise<void> {
    await this.#desk.try(async () => {
      this.all = await this.#read();
    });
  }
}

function isAboutMessages(event: ClientEvent): boolean {
  return (
    event.type === "message_added" ||
    event.type === "message_changed" ||
    event.type === "message_withdrawn" ||
    event.type === "message_expired"
  );
}
