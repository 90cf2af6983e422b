/** What of a hub's store a browser still has, seen without opening it. */

import { generationOf } from "$client/store/database";
import { keyRecord } from "$client/store/key-database";

/** Where a browser keeps things for a page. */
export interface StorePlaces {
  readonly databases: IDBFactory;
  /** `localStorage`, or what behaves like it; null where the browser has it switched off. */
  readonly marks: Pick<globalThis.Storage, "getItem" | "setItem" | "removeItem"> | null;
}

/** What is left of a store: nothing that anybody knows of, all of it, or only signs that there was one. */
export type StoreLook = "none" | "whole" | "lost";

/**
 * Tell what is left of the store of a hub (hex); changes nothing. A browser may throw away the key, the messages and
 * the mark each by itself: without the key or the messages the store is lost. Rejects with `StoreFailed`.
 */
export async function lookForStore(places: StorePlaces, hub: string): Promise<StoreLook> {
  const record = await keyRecord(places.databases, hub);
  const generation = await generationOf(places.databases, databaseName(hub, record?.number ?? 1));
  if (record !== null && generation > 0) return "whole";
  return generation > 0 || generationMark(places, hub) > 0 ? "lost" : "none";
}

/** Return the name of the database of a hub with this number. */
export function databaseName(hub: string, number: number): string {
  return `lanmsg ${hub} ${number}`;
}

/** Return under which name it is marked how often the store of a hub was opened. */
export function markName(hub: string): string {
  return `lanmsg opened ${hub}`;
}

/** Return what is marked there; 0: nothing, or what is no mark. */
export function generationMark(places: StorePlaces, hub: string): number {
  const mark = Number(places.marks?.getItem(markName(hub)) ?? 0);
  return Number.isSafeInteger(mark) && mark > 0 ? mark : 0;
}
