/** How a new message calls for attention outside of the page: the title, the mark of its icon, a notice, a sound. */

import type { ClientEvent } from "$client/events";
import type { Message } from "$client/model";
import { safeLine } from "$wire/safe-text";
import { number, t } from "$view/i18n/texts.svelte";
import { ring } from "$view/state/bell";
import type { Choices } from "$view/state/choices.svelte";
import type { Desk } from "$view/state/desk.svelte";
import { showSystemNotice } from "$view/state/system-notices";

/** As much of a message as a notice of the browser shows. */
const SHOWN_CHARACTERS = 140;

export class Attend {
  readonly #desk: Desk;
  readonly #choices: Choices;

  constructor(desk: Desk, choices: Choices) {
    this.#desk = desk;
    this.#choices = choices;
  }

  /** How many conversations' messages call us: the number in the title. */
  get calling(): number {
    const list = this.#desk.list;
    const calling = [list.everyone, ...list.rooms, ...list.people].filter((item) => item.isCalling);
    return calling.reduce((sum, item) => sum + item.unread, 0);
  }

  /** The title of the page. */
  get title(): string {
    const name = safeLine(this.#desk.client.hubTitle) || t("app.name");
    return this.calling > 0 ? `(${number(this.calling)}) ${name}` : name;
  }

  /** Ring and show notices for new messages, unless the person looks at them. */
  fold(events: readonly ClientEvent[]): void {
    let isRinging = false;
    for (const event of events) {
      if (event.type !== "message_added" || this.#isSeen(event.message)) continue;
      isRinging ||= this.#desk.client.rings(event);
      if (this.#desk.client.attention(event) !== "none") this.#notify(event.message);
    }
    if (isRinging) ring();
  }

  #isSeen(message: Message): boolean {
    const open = this.#desk.place.conversation;
    return (
      this.#desk.page.isLookedAt() &&
      open?.kind === message.conversation.kind &&
      open.key === message.conversation.key
    );
  }

  #notify(message: Message): void {
    if (!this.#choices.notifies || !mayNotify()) return;
    const body = safeLine(message.text).slice(0, SHOWN_CHARACTERS);
    showSystemNotice({ title: safeLine(message.sender), body, id: message.id }, () => {
      void this.#desk.try(() => this.#desk.showMessage(message));
    });
  }
}

/** Whether this browser shows notices of this page: it wants a certificate it trusts, and the person's yes. */
export function mayNotify(): boolean {
  return typeof Notification !== "undefined" && Notification.permission === "granted";
}

/** Whether it is worth asking. */
export function canAskToNotify(): boolean {
  return typeof Notification !== "undefined" && isSecureContext && Notification.permission !== "denied";
}
