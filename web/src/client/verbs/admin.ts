/** Running the hub from a client: for its admins, whoever else asks is refused. Mirrors `client/verbs/admin.py`. */

import type { VerbParts } from "$client/verbs/base";
import { withoutAt } from "$client/verbs/base";
import type { AdminCommand, AdminResult, DeviceRow, DiskUse, HubStatus, RoomRow, UserRow } from "$wire/admin";
import { codePoints, EMPTY_BYTES } from "$wire/bytes";
import { LinkLost, LocalError, RemoteError } from "$wire/errors";
import { foldCase } from "$wire/fold-case";
import { MAX_MESSAGE_RATE, MAX_NOTICE_CHARACTERS, MAX_ROOMS, MAX_USERS } from "$wire/limits";

/** How fast each device may send: in the long run (0: no limit), and at once. */
export interface Rates {
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
}

/** What the hub keeps; 0: no limit. */
export interface Retention {
  readonly keepDays: number;
  readonly keepBytes: number;
}

/**
 * What an admin may ask and do. People are named by their handles.
 *
 * Every verb rejects with Refusal if we may not (the text says who may) or it can't be, and LinkLost without a
 * connection. What is changed holds, and is on the hub's disk, when the promise is fulfilled.
 */
export class HubAdmin {
  readonly #askHub: (command: AdminCommand) => Promise<AdminResult>;

  constructor(ask: (command: AdminCommand) => Promise<AdminResult>) {
    this.#askHub = ask;
  }

  async #ask<T extends AdminResult["type"]>(
    command: AdminCommand,
    type: T,
  ): Promise<Extract<AdminResult, { type: T }>> {
    const result = await this.#askHub(command);
    if (result.type === type) return result as Extract<AdminResult, { type: T }>;
    throw new RemoteError("protocol", "the hub answers something else than it was asked");
  }

  async #do(command: AdminCommand): Promise<number> {
    return (await this.#ask(command, "admin_done")).count;
  }

  // --- asking ---

  /** How the hub is. */
  status(): Promise<HubStatus> {
    return this.#ask({ type: "get_status" }, "hub_status");
  }

  /** Everybody enrolled, in that order. */
  async users(): Promise<readonly UserRow[]> {
    return paged((after) => this.#ask({ type: "get_users", after }, "user_page"), MAX_USERS);
  }

  /** The devices of somebody that are not cut off. */
  async devices(handle: string): Promise<readonly DeviceRow[]> {
    return (await this.#ask({ type: "get_devices", handle: nameIn(handle) }, "device_list")).rows;
  }

  /** All rooms, the oldest first. */
  async rooms(): Promise<readonly RoomRow[]> {
    return paged((after) => this.#ask({ type: "get_rooms", after }, "room_page"), MAX_ROOMS);
  }

  /** What takes how much room. */
  diskUse(): Promise<DiskUse> {
    return this.#ask({ type: "get_disk_use" }, "disk_use");
  }

  // --- changing ---

  /** Let newcomers in by invite only, or everybody. */
  async setInviteOnly(isOn: boolean): Promise<void> {
    await this.#do({ type: "set_invite_only", isOn });
  }

  /** Let somebody in no more; returns how many connections that closed. */
  ban(handle: string): Promise<number> {
    return this.#do({ type: "ban", handle: nameIn(handle) });
  }

  /** Let somebody in again. */
  async unban(handle: string): Promise<void> {
    await this.#do({ type: "unban", handle: nameIn(handle) });
  }

  /** Close the connections of somebody, or of one device (its id, or how it begins); returns how many. */
  kick(handle: string, device: Uint8Array = EMPTY_BYTES): Promise<number> {
    return this.#do({ type: "kick", handle: nameIn(handle), device });
  }

  /** Set how fast each device may send. Rejects with LocalError: negative, no number, or too high. */
  async setRates({ messagesPerSecond, messagesBurst }: Rates): Promise<void> {
    for (const rate of [messagesPerSecond, messagesBurst]) {
      if (!(rate >= 0 && rate <= MAX_MESSAGE_RATE)) {
        throw new LocalError(`a rate is a number from 0 to ${MAX_MESSAGE_RATE}`);
      }
    }
    await this.#do({ type: "set_rates", messagesPerSecond, messagesBurst });
  }

  /** Remove messages from the hub after so many days, and beyond so many bytes. Rejects with LocalError. */
  async setRetention({ keepDays, keepBytes }: Retention): Promise<void> {
    if (![keepDays, keepBytes].every((each) => Number.isSafeInteger(each) && each >= 0)) {
      throw new LocalError("messages are kept for 0 (for ever) or more days, in 0 (any) or more bytes");
    }
    await this.#do({ type: "set_retention", keepDays, keepBytes });
  }

  /** Show a text to everybody, now and at each login, until it is another; empty: none. Rejects with LocalError. */
  async setNotice(text: string): Promise<void> {
    const trimmed = text.trim();
    if (codePoints(trimmed) > MAX_NOTICE_CHARACTERS) {
      throw new LocalError(`a notice has at most ${MAX_NOTICE_CHARACTERS} characters`);
    }
    await this.#do({ type: "set_notice", text: trimmed });
  }

  /** Make somebody an admin. */
  async grant(handle: string): Promise<void> {
    await this.#do({ type: "grant", handle: nameIn(handle) });
  }

  /** Let somebody be an admin no more; the last one stays one. */
  async ungrant(handle: string): Promise<void> {
    await this.#do({ type: "ungrant", handle: nameIn(handle) });
  }
}

function nameIn(handle: string): string {
  return foldCase(withoutAt(handle.trim()));
}

interface Page<T> {
  readonly rows: readonly T[];
  readonly total: number;
}

async function paged<T>(
  pageAfter: (after: number) => Promise<Page<T>>,
  limit: number,
): Promise<readonly T[]> {
  const rows: T[] = [];
  for (;;) {
    const page = await pageAfter(rows.length);
    rows.push(...page.rows);
    if (!page.rows.length || rows.length >= Math.min(page.total, limit)) return rows;
  }
}

/** Make what leads to the verbs of admins. */
export function adminVerbs({ engine }: VerbParts): { readonly admin: HubAdmin } {
  const admin = new HubAdmin(async (command) => {
    if (!engine.isConnected) {
      throw new LinkLost("not connected to the hub: only there can it be told what to do");
    }
    const { answer } = await engine.perform(() => ({ answer: engine.requests.admin(command) }));
    return answer;
  });
  return { admin };
}
