/** Conversations and what was said in them. */

import type { ConversationVerbs } from "$client/api";
import { UnknownMessage } from "$client/errors";
import type { Engine } from "$client/engine";
import { type Conversation, EVERYONE } from "$client/model";
import { personNamed, type VerbParts, withoutAt } from "$client/verbs/base";
import { groupNamed } from "$client/verbs/rooms";
import { toHex } from "$wire/hex";

const EVERYONE_TARGETS: readonly string[] = ["#", "everyone", "#everyone"];
const HISTORY_LIMIT = 50;
const PAGE_LIMIT = 200;

/** Find the conversation a target names; see `ConversationVerbs`. Throws UnknownPerson, LocalError. */
export function conversationNamed(engine: Engine, target: string): Conversation {
  const name = target.trim();
  if (EVERYONE_TARGETS.includes(name)) return EVERYONE;
  if (name.includes(",")) {
    return groupNamed(
      engine,
      name.split(",").map((each) => each.trim()),
    );
  }
  const room = engine.state.directory.roomNamed(withoutAt(name).toLowerCase());
  if (room) return { kind: "room", key: toHex(room.room) };
  return { kind: "direct", key: personNamed(engine, name).key };
}

/** Make the verbs that find conversations and read them. */
export function conversationVerbs({ engine }: VerbParts): ConversationVerbs {
  const { state, conversations, threads, gaps } = engine;
  return {
    conversation: (target) => conversationNamed(engine, target),
    conversationName: (conversation) => state.nameOf(conversation),
    conversations: () => conversations.conversations(),
    history: (conversation, { limit = HISTORY_LIMIT, before } = {}) =>
      conversations.history(conversation, limit, before ?? null),
    page: (conversation, { after = 0, limit = PAGE_LIMIT } = {}) =>
      conversations.page(conversation, after, limit),
    message: (id) => conversations.message(id),
    async thread(id) {
      const message = await conversations.message(id);
      if (!message) throw new UnknownMessage();
      return threads.thread(message);
    },
    pinned: (conversation) => threads.pinned(conversation),
    gaps: (conversation) => gaps.of(conversation),
  };
}
