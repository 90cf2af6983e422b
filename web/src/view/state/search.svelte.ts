/** A search as it is typed: each key gives new hits; what came late for an older text is dropped. */

import type { Client } from "$client/api";
import type { SearchHit } from "$client/model";
import { messageOf } from "$view/state/notices.svelte";

export const HITS = 30;

export class Search {
  query = $state("");
  hits = $state.raw<readonly SearchHit[]>([]);
  /** What is wrong with the query; a hint, for it may be unfinished. */
  problem = $state("");
  hasMore = $state(false);
  isDone = $state(false);
  readonly #client: Client;
  #asked = 0;

  constructor(client: Client, query: string) {
    this.#client = client;
    this.query = query;
  }

  /** Search for what is typed now. */
  async typed(query: string): Promise<void> {
    this.query = query;
    this.#asked += 1;
    const asked = this.#asked;
    if (query.trim() === "") {
      this.#show([], "");
      this.isDone = false;
      return;
    }
    try {
      const hits = await this.#client.search(query, { limit: HITS });
      if (asked === this.#asked) this.#show(hits, "");
    } catch (error) {
      if (asked === this.#asked) this.#show([], messageOf(error));
    }
  }

  /** Add the next page. */
  async more(): Promise<void> {
    const last = this.hits.at(-1);
    if (last === undefined || !this.hasMore) return;
    const asked = this.#asked;
    const hits = await this.#client.search(this.query, { limit: HITS, before: last.place });
    if (asked !== this.#asked || last !== this.hits.at(-1)) return;
    this.hits = [...this.hits, ...hits];
    this.hasMore = hits.length >= HITS;
  }

  #show(hits: readonly SearchHit[], problem: string): void {
    this.hits = hits;
    this.problem = problem;
    this.hasMore = hits.length >= HITS;
    this.isDone = true;
  }
}
