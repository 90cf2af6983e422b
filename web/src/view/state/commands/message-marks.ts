/** Which message a command means: the one it marks, the selected one, or the last that can be meant. */

import type { Message } from "$client/model";
import { foldCase } from "$wire/fold-case";
import { splitMark, type Mark } from "$wire/marks";
import { t } from "$view/i18n/texts.svelte";
import { here } from "$view/state/commands/subject";
import type { Desk } from "$view/state/desk.svelte";

/** So many pages of so many messages of a conversation are looked through. */
const PAGES = 20;
const PAGE = 50;

/** A message, and the words of the command without its mark. */
export interface MarkedMessage {
  readonly message: Message;
  readonly text: string;
}

type IsMeant = (message: Message) => boolean;

/** Return the message of ours that a text begins to mark, else the selected one, else our newest. */
export async function ourMessage(desk: Desk, text: string): Promise<MarkedMessage> {
  return markedMessage(desk, text, (one) => one.isOwn);
}

/** The same to delete; who moderates a room may mean anybody's message, but only by marking or selecting it. */
export async function deletableMessage(desk: Desk, text: string): Promise<MarkedMessage> {
  const { mark } = splitMark(text);
  const isPointed = mark !== null || desk.selected !== null;
  return isPointed && isModerator(desk) ? markedMessage(desk, text, () => true) : ourMessage(desk, text);
}

/** Return the message that a text begins to mark, else the selected one, else the newest of others, else ours. */
export async function anyMessage(desk: Desk, text: string): Promise<MarkedMessage> {
  const split = splitMark(text);
  return { message: await meantBy(desk, split.mark), text: split.text };
}

/** Return the message that a mark names; without one the selected one, else the newest of others, else ours. */
export async function meantBy(desk: Desk, mark: Mark | null): Promise<Message> {
  if (mark !== null) return found(await marked(desk, mark, () => true));
  const selected = selectedMessage(desk, () => true);
  const others = (await marked(desk, NEWEST, (one) => !one.isOwn)) ?? null;
  return found(selected ?? others ?? (await marked(desk, NEWEST, () => true)));
}

const NEWEST: Mark = { count: 1, word: "" };

async function markedMessage(desk: Desk, text: string, isMeant: IsMeant): Promise<MarkedMessage> {
  const { mark, text: rest } = splitMark(text);
  const selected = mark === null ? selectedMessage(desk, isMeant) : null;
  return { message: found(selected ?? (await marked(desk, mark ?? NEWEST, isMeant))), text: rest };
}

function selectedMessage(desk: Desk, isMeant: IsMeant): Message | null {
  const messages = desk.timeline?.messages ?? [];
  return messages.find((one) => one.id === desk.selected && isThere(one) && isMeant(one)) ?? null;
}

/** Return the message that a mark names, counting back among those that can be meant; null: there is none. */
async function marked(desk: Desk, mark: Mark, isMeant: IsMeant): Promise<Message | null> {
  const word = foldCase(mark.word);
  let count = 0;
  for await (const message of newestFirst(desk)) {
    if (!isThere(message) || !isMeant(message) || !foldCase(message.text).includes(word)) continue;
    count += 1;
    if (count === mark.count) return message;
  }
  return null;
}

async function* newestFirst(desk: Desk): AsyncGenerator<Message> {
  const conversation = here(desk);
  let before: number | undefined;
  for (let page = 0; page < PAGES; page += 1) {
    const options = before === undefined ? { limit: PAGE } : { limit: PAGE, before };
    const messages = await desk.client.history(conversation, options);
    yield* [...messages].reverse();
    before = messages.find((one) => one.seq > 0)?.seq ?? 0;
    if (before <= 1) return;
  }
}

/** Tell whether something can be done to a message: it was not deleted, and not refused. */
function isThere(message: Message): boolean {
  return !message.isDeleted && message.state !== "failed" && message.state !== "unreadable";
}

function isModerator(desk: Desk): boolean {
  const role = desk.facts.byRoom.get(here(desk).key)?.role;
  return role === "owner" || role === "moderator";
}

function found(message: Message | null): Message {
  if (message === null) throw new Error(t("command.noMessage"));
  return message;
}
