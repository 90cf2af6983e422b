/**
 * Where the person is: the open conversation, the panel beside it, the dialog above it. Each step in goes
 * into the browser's history, so that the back button of a phone goes one step out.
 */

import type { Conversation, MessageId } from "$client/model";

/** What is shown beside a conversation. */
export type Panel =
  | { readonly type: "thread"; readonly id: MessageId }
  | { readonly type: "pinned" }
  | { readonly type: "info" }
  | { readonly type: "person"; readonly handle: string }
  | { readonly type: "search"; readonly query: string };

/** What is shown above everything. */
export type DialogPlace =
  | { readonly type: "jump" }
  | { readonly type: "browse" }
  | { readonly type: "new_room" }
  | { readonly type: "invite" }
  | { readonly type: "link_device" }
  | { readonly type: "verify"; readonly handle: string }
  | { readonly type: "settings"; readonly page: SettingsPage }
  | { readonly type: "keys" }
  | { readonly type: "help"; readonly topic: string }
  | { readonly type: "export" }
  | { readonly type: "hub" }
  | { readonly type: "who_read"; readonly id: MessageId };

export type SettingsPage = "general" | "attention" | "devices" | "security";

/** All of it at one time. */
interface PlaceState {
  readonly conversation: Conversation | null;
  readonly panel: Panel | null;
  readonly dialog: DialogPlace | null;
}

/** What keeps the steps; the browser's `history` is one. */
export interface Steps {
  pushState(state: unknown, unused: string): void;
  replaceState(state: unknown, unused: string, address: string): void;
}

const NOWHERE: PlaceState = { conversation: null, panel: null, dialog: null };

export class Place {
  #now = $state.raw<PlaceState>(NOWHERE);
  readonly #steps: Steps;

  constructor(steps: Steps) {
    this.#steps = steps;
    // What stood behind the # of a link may be a secret: it leaves the address and the history.
    steps.replaceState($state.snapshot(this.#now), "", "/");
  }

  get conversation(): Conversation | null {
    return this.#now.conversation;
  }

  get panel(): Panel | null {
    return this.#now.panel;
  }

  get dialog(): DialogPlace | null {
    return this.#now.dialog;
  }

  /** Open a conversation; null: the list (on a phone). */
  openConversation(conversation: Conversation | null): void {
    this.#go({ conversation, panel: null, dialog: null });
  }

  openPanel(panel: Panel | null): void {
    this.#go({ ...this.#now, panel, dialog: null });
  }

  openDialog(dialog: DialogPlace | null): void {
    this.#go({ ...this.#now, dialog });
  }

  /** Go one step out: close the dialog, else the panel, else (if `closesConversation`) the conversation. */
  stepOut(closesConversation: boolean): boolean {
    if (this.#now.dialog !== null) this.#go({ ...this.#now, dialog: null });
    else if (this.#now.panel !== null) this.#go({ ...this.#now, panel: null });
    else if (closesConversation && this.#now.conversation !== null) this.#go(NOWHERE);
    else return false;
    return true;
  }

  /** The browser went back or forward to this state. */
  restored(state: unknown): void {
    if (isPlaceState(state)) this.#now = state;
  }

  #go(next: PlaceState): void {
    this.#now = next;
    this.#steps.pushState($state.snapshot(next), "");
  }
}

function isPlaceState(state: unknown): state is PlaceState {
  return typeof state === "object" && state !== null && "conversation" in state && "dialog" in state;
}
