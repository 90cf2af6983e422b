/** Writing messages, and changing them. */

import type { AmendmentVerbs, MessageVerbs } from "$client/api";
import { changedTo } from "$client/changes";
import type { Message, MessageId } from "$client/model";
import { checkInRoom, checkTrust, type VerbParts } from "$client/verbs/base";
import { EMPTY_BYTES } from "$wire/bytes";
import { encodeContent } from "$wire/content";
import { fromHex } from "$wire/hex";

/** Make the verbs that send. */
export function messageVerbs({ engine }: VerbParts): MessageVerbs {
  const { outbox, conversations, effects, requests, personal } = engine;
  return {
    send: (conversation, text, { isAction = false, replyTo } = {}) =>
      engine.perform(() => {
        checkTrust(engine, conversation);
        checkInRoom(engine, conversation);
        const target = replyTo === undefined ? EMPTY_BYTES : fromHex(replyTo);
        const content = encodeContent({ type: "text", text, isAction, replyTo: target });
        const row = outbox.add(conversation, requests.newMessageId(), content);
        personal.account.save(); // the draft it was, emptied: with it or not at all
        const message = conversations.ofRow(row);
        effects.emit(changedTo(message));
        return message;
      }),
    withdraw: (id) =>
      engine.perform(() => {
        const isWithdrawn = outbox.withdraw(id);
        if (isWithdrawn) effects.emit({ type: "message_withdrawn", id });
        return isWithdrawn;
      }),
  };
}

/** Make the verbs that change messages. */
export function amendmentVerbs({ engine }: VerbParts): AmendmentVerbs {
  const { amender } = engine;
  const found = async (id: MessageId): Promise<Message> => {
    const message = await amender.find(id);
    checkTrust(engine, message.conversation);
    return message;
  };
  return {
    edit: (id, text) => engine.perform(async () => amender.edit(await found(id), text)),
    delete: (id) => engine.perform(async () => amender.delete(await found(id))),
    react: (id, emoji, { remove = false } = {}) =>
      engine.perform(async () => amender.react(await found(id), emoji, remove)),
    pin: (id, { remove = false } = {}) => engine.perform(async () => amender.pin(await found(id), remove)),
  };
}
