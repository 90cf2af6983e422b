/** What an admin looks at and changes of the hub: asked when the dialog opens, and again after each change. */

import { Refusal } from "$wire/errors";
import type { DiskUse, HubStatus, RoomRow, UserRow } from "$wire/admin";
import type { Client } from "$client/api";
import { messageOf } from "$view/state/notices.svelte";

/** What is shown of a hub; `refusal`: we are no admin of it, and who is. */
export class HubDesk {
  status = $state.raw<HubStatus | null>(null);
  disk = $state.raw<DiskUse | null>(null);
  users = $state.raw<readonly UserRow[]>([]);
  rooms = $state.raw<readonly RoomRow[]>([]);
  /** Who may, in the hub's words; empty: we may, or do not know yet. */
  refusal = $state("");
  /** Why nothing can be shown, or the last change was not made. */
  problem = $state("");
  readonly #hub: Client["admin"];

  constructor(client: Client) {
    this.#hub = client.admin;
  }

  /** Ask for everything. */
  async look(): Promise<void> {
    await this.#saying(async () => {
      this.status = await this.#hub.status();
      [this.disk, this.users, this.rooms] = await Promise.all([
        this.#hub.diskUse(),
        this.#hub.users(),
        this.#hub.rooms(),
      ]);
    });
  }

  /** Ask again how the hub is; while it can't be asked, what was shown stays. */
  async lookAgain(): Promise<void> {
    if (this.status === null) return;
    this.status = await this.#hub.status().catch(() => this.status);
  }

  /** Change something, then look again. True: it is done. */
  async change(action: (hub: Client["admin"]) => Promise<unknown>): Promise<boolean> {
    const isDone = await this.#saying(() => action(this.#hub));
    if (isDone) await this.look();
    return isDone;
  }

  async #saying(action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      this.problem = "";
      return true;
    } catch (error) {
      if (error instanceof Refusal && error.code === "not_admin") this.refusal = messageOf(error);
      else this.problem = messageOf(error);
      return false;
    }
  }
}

/** Those whose name contains a text: who is here first, then by name. */
export function foundUsers(users: readonly UserRow[], wanted: string): readonly UserRow[] {
  return users
    .filter((user) => user.handle.toLowerCase().includes(wanted.trim().toLowerCase()))
    .toSorted((a, b) => Number(b.isOnline) - Number(a.isOnline) || a.handle.localeCompare(b.handle));
}
