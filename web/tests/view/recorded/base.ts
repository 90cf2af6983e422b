/** What a recorded client is made of: its facts, its log, who is there, and who listens. */

import type { ClientEvent } from "$client/events";
import type { Conversation, Message, PersonInfo, RoomInfo } from "$client/model";
import { RecordedLog } from "./log";
import { PEOPLE, ROOMS } from "./people";

export class RecordedBase {
  everybody: PersonInfo[] = [...PEOPLE];
  allRooms: RoomInfo[] = [...ROOMS];
  readonly handle = "mara";
  readonly hubTitle = "kitchen table";
  readonly hubAddress = "192.168.1.7:7777";
  readonly hubIdentityKey = new Uint8Array(32);
  checkWords = (): Promise<readonly string[]> => Promise.resolve(["otter", "violin", "maple", "tundra"]);
  readonly isNewHub = false;
  readonly isPastComing = false;
  hubNotice = "";
  isOnline = true;
  readonly log = new RecordedLog((event) => {
    this.emit(event);
  });
  /** What was called, in order, for what changes nothing here. */
  readonly calls: string[] = [];
  readonly #listeners = new Set<(event: ClientEvent) => void>();

  get waiting(): number {
    return [...this.log.logs.values()].flat().filter((one) => one.state === "waiting").length;
  }

  listen(listener: (event: ClientEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(event: ClientEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  // --- what tests do to it --------------------------------------------------------------------

  receive(conversation: Conversation, sender: string, text: string, given = { isBacklog: false }): Message {
    return this.log.add(conversation, { sender, text }, true, given);
  }

  disconnect(): void {
    this.isOnline = false;
    this.emit({ type: "disconnected", reason: "the hub is gone", retryInS: 4, waiting: this.waiting });
  }
}
