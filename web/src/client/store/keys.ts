/** By what a record of the engine's state is found: the name of its table, and its key in it. */

import type { Change } from "$client/store/interface";

/** What is read one by one: sessions, messages, and when these expire. */
export type OtherChange = Extract<
  Change,
  { type: "olm_session" | "inbound_session" | "stored_message" | "expiry_span" }
>;
/** Changes of the engine's state, which is read as a whole. */
export type StateChange = Exclude<Change, OtherChange>;
type Deletion = Extract<
  StateChange,
  { type: "delete_outbox_row" | "delete_outbound_session" | "delete_pairing" }
>;
type KeyOf = { readonly [T in StateChange["type"]]: (change: Extract<StateChange, { type: T }>) => string };

const KEYS: KeyOf = {
  profile: () => "profile",
  stored_log: ({ log }) => `stored_log ${log}`,
  stored_statement: ({ seq }) => statementKey(seq),
  stored_person: ({ handle }) => `stored_person ${handle}`,
  outbound_session: ({ log }) => `outbound_session ${log}`,
  outbox_row: ({ messageId }) => `outbox_row ${messageId}`,
  stored_receipt: ({ log, device }) => `stored_receipt ${log} ${device}`,
  stored_value: ({ key }) => `stored_value ${key}`,
  stored_unread: ({ log }) => `stored_unread ${log}`,
  stored_members: ({ log, seq }) => membersKey(log, seq),
  stored_topic: ({ log }) => `stored_topic ${log}`,
  stored_gap: ({ log, afterSeq }) => `stored_gap ${log} ${afterSeq}`,
  stored_pairing: ({ token }) => `stored_pairing ${token}`,
  delete_pairing: ({ token }) => `stored_pairing ${token}`,
  delete_outbox_row: ({ messageId }) => `outbox_row ${messageId}`,
  delete_outbound_session: ({ log }) => `outbound_session ${log}`,
};

const OTHERS: ReadonlySet<string> = new Set<OtherChange["type"]>([
  "olm_session",
  "inbound_session",
  "stored_message",
  "expiry_span",
]);

/** Tell a change of the engine's state from others. */
export function isState(change: Change): change is StateChange {
  return !OTHERS.has(change.type);
}

/** Return the key of a record, or of what a deletion deletes: the same text for both. */
export function stateKey(change: StateChange): string {
  return (KEYS[change.type] as (change: StateChange) => string)(change);
}

/** The key of the statement at a place of the directory. */
export function statementKey(seq: number): string {
  return `stored_statement ${seq}`;
}

/** The key of the MEMBERS entry at a place of a log. */
export function membersKey(log: string, seq: number): string {
  return `stored_members ${log} ${seq}`;
}

/** Tell a deletion from a record. */
export function isDeletion(change: StateChange): change is Deletion {
  return change.type.startsWith("delete_");
}
