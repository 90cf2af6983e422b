/** Every verb of a client in one object. */

import type { Client, ClientFacts } from "$client/api";
import type { VerbParts } from "$client/verbs/base";
import { adminVerbs } from "$client/verbs/admin";
import { conversationVerbs } from "$client/verbs/conversations";
import { deviceVerbs } from "$client/verbs/devices";
import { joiningVerbs } from "$client/verbs/joining";
import { amendmentVerbs, messageVerbs } from "$client/verbs/messages";
import { nowVerbs } from "$client/verbs/now";
import { peopleVerbs } from "$client/verbs/people";
import { personalVerbs } from "$client/verbs/personal";
import { roomVerbs } from "$client/verbs/rooms";
import { searchVerbs } from "$client/verbs/search";
import { verificationVerbs } from "$client/verbs/verification";
import { once } from "$client/once";
import { checkWords } from "$wire/check-words";

export type { VerbParts } from "$client/verbs/base";

/** Make a client's face of its parts. */
export function verbsOf(parts: VerbParts): Client {
  const face = {};
  const groups = [
    facts(parts),
    conversationVerbs(parts),
    messageVerbs(parts),
    amendmentVerbs(parts),
    searchVerbs(parts),
    peopleVerbs(parts),
    roomVerbs(parts),
    personalVerbs(parts),
    nowVerbs(parts),
    joiningVerbs(parts),
    verificationVerbs(parts),
    deviceVerbs(parts),
    adminVerbs(parts),
    { close: parts.close },
  ];
  // not spread: some have values that change, behind getters
  for (const group of groups) Object.defineProperties(face, Object.getOwnPropertyDescriptors(group));
  return face as Client;
}

function facts({ engine, connection, surroundings, isNewHub, listen }: VerbParts): ClientFacts {
  const { state } = engine;
  return {
    get handle() {
      return state.profile.handle;
    },
    get hubTitle() {
      return connection.title;
    },
    hubAddress: surroundings.hubAddress,
    hubIdentityKey: state.profile.hubIdentityKey,
    checkWords: once(() => checkWords(state.profile.hubIdentityKey)),
    isNewHub,
    get isOnline() {
      return engine.isConnected;
    },
    get waiting() {
      return engine.outbox.waiting;
    },
    get isPastComing() {
      return engine.betweenDevices.isPastComing;
    },
    get hubNotice() {
      return engine.administration.notice;
    },
    listen,
    synced: () => engine.catchingUp.synced(),
  };
}
