/** The client library's face: one object, verbs and events (`docs/client-library.md`, `$client/api`). */

import type { Client, OpenSettings } from "$client/api";
import { Committer } from "$client/committer";
import { Connection } from "$client/connection";
import { Engine } from "$client/engine";
import type { ClientEvent } from "$client/events";
import type { Meeting } from "$client/meeting";
import type { Opened } from "$client/opening";
import { ClientState } from "$client/state";
import type { ClientSurroundings } from "$client/surroundings";
import { verbsOf, type VerbParts } from "$client/verbs/all";
import type { Verify } from "$wire/statements";

/** What makes a client of what was opened. */
export interface ClientParts {
  readonly surroundings: ClientSurroundings;
  readonly opened: Opened;
  readonly settings: OpenSettings;
  /** Of an invite link; empty without one. */
  readonly inviteSecret: Uint8Array;
  /** Called once the store is closed. */
  readonly released: () => void;
}

/** A client that runs. `giveUp`: another tab takes over; the face is told, then it is closed. */
export interface StartedClient {
  readonly client: Client;
  readonly giveUp: () => Promise<void>;
}

/** Told of every event. */
type Listener = (event: ClientEvent) => void;

/**
 * Start a client: log in over the meeting, if there is one, and stay connected until `close`.
 *
 * Rejects as `logIn`; then nothing is left running, and the store is closed.
 */
export async function startClient(parts: ClientParts): Promise<StartedClient> {
  const running = new Running(parts);
  try {
    return { client: await running.start(), giveUp: () => running.giveUp() };
  } catch (error) {
    await running.close();
    throw error;
  }
}

/** A client's parts while it runs. */
class Running {
  readonly #parts: ClientParts;
  readonly #engine: Engine;
  readonly #connection: Connection;
  readonly #committer: Committer;
  readonly #listeners = new Set<Listener>();
  /** What was told while the client was opened, for its first listener; null: that one has come. */
  #early: ClientEvent[] | null = [];
  readonly #isNewHub: boolean;
  #run: Promise<void> = Promise.resolve();
  #hasFailed = false;
  #isClosed = false;
  #hasStopped = false;

  constructor(parts: ClientParts) {
    const { surroundings, opened } = parts;
    const { store, stored, profile } = opened;
    this.#parts = parts;
    this.#isNewHub = !profile.handle;
    const failed = (error: unknown): void => {
      this.#failed(error);
    };
    this.#committer = new Committer((changes) => store.commit(changes), this.#emit, failed);
    const { crypto } = surroundings;
    const verify: Verify = (key, signature, message) => crypto.verify(key, signature, message);
    const state = new ClientState(profile, crypto.account(profile.account), verify);
    state.load(stored);
    this.#engine = new Engine({ state, store, stored, surroundings, committer: this.#committer, failed });
    const pickleOf = (session: string): string | null => {
      // A store that has failed has none; whoever reads next is told.
      return this.#hasFailed || this.#isClosed ? null : (store.inboundSession(session)?.pickle ?? null);
    };
    this.#connection = new Connection({ engine: this.#engine, surroundings, emit: this.#emit, pickleOf });
  }

  async start(): Promise<Client> {
    const { opened, surroundings } = this.#parts;
    await this.#engine.load(opened.stored);
    if (opened.meeting) await this.#logIn(opened.meeting);
    await this.#eraseExpired(); // after the login: only then is the hub's clock known
    this.#run = this.#connection.run().catch((error: unknown) => {
      this.#failed(error);
    });
    const verbParts: VerbParts = {
      engine: this.#engine,
      connection: this.#connection,
      surroundings,
      isNewHub: this.#isNewHub,
      listen: this.#listen,
      close: () => this.close(),
    };
    return verbsOf(verbParts);
  }

  /** Take away what was over while the client was closed, before anything can be shown. */
  async #eraseExpired(): Promise<void> {
    const { expiry } = this.#engine;
    while (await this.#engine.perform(() => expiry.eraseSome()));
    this.#engine.begin(() => expiry.schedule());
  }

  async #logIn(meeting: Meeting): Promise<void> {
    const { opened, settings, inviteSecret } = this.#parts;
    const { voucher, wantedHandle } = opened.profile;
    const ofOtherDevice = voucher.length ? wantedHandle : "";
    const introduction = {
      name: ofOtherDevice || settings.name || null,
      loginName: wantedHandle || "guest",
      invite: inviteSecret,
    };
    await this.#connection.logIn(meeting, introduction, this.#isNewHub);
  }

  readonly #listen = (listener: Listener): (() => void) => {
    this.#listeners.add(listener);
    const early = this.#early ?? [];
    this.#early = null;
    for (const event of early) listener(event);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  readonly #emit = (event: ClientEvent): void => {
    if (this.#hasStopped) return;
    this.#hasStopped = event.type === "stopped";
    this.#early?.push(event);
    for (const listener of [...this.#listeners]) listener(event);
  };

  /** Stop: whoever waits for something to be stored is told, and nothing more is sent. */
  #failed(error: unknown): void {
    if (this.#hasFailed || this.#isClosed) return;
    this.#hasFailed = true;
    this.#engine.performer.storeFailed(error);
    this.#connection.close();
    this.#emit({
      type: "stopped",
      code: stopCode(error),
      text: error instanceof Error ? error.message : String(error),
    });
  }

  /** Let another tab have the store: tell the face, and close. */
  async giveUp(): Promise<void> {
    this.#emit({ type: "stopped", code: "taken_over", text: "this client is open in another tab now" });
    await this.close();
  }

  /** Leave the hub, finish what is being stored, close the store. May be called twice. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (!this.#hasFailed) {
      const say = this.#engine.perform(() => {
        this.#engine.personal.account.say(); // what was gathered to be said to our other devices
      });
      await say.catch(() => undefined);
    }
    this.#isClosed = true;
    this.#connection.close();
    await this.#run;
    this.#engine.close();
    await this.#committer.drain();
    this.#parts.opened.store.close();
    this.#parts.released();
  }
}

function stopCode(error: unknown): string {
  const names: Readonly<Record<string, string>> = { StoreTaken: "taken_over", StoreFailed: "store_failed" };
  return (error instanceof Error ? names[error.name] : undefined) ?? "internal";
}
