/** The engine's state, put together from its records. */

import type { StoredState } from "$client/store/interface";
import type { StateRow, StoredRecord } from "$client/store/record-shapes";

type Kind = StoredRecord["type"];
type Of<K extends Kind> = Extract<StoredRecord, { type: K }>;

/** Return the state that these rows are, each kind in its order (`Store.load`). */
export function stateFrom(rows: Iterable<StateRow>): StoredState {
  const byKind = new Map<Kind, StateRow[]>();
  for (const row of rows) {
    const others = byKind.get(row.record.type);
    if (others) others.push(row);
    else byKind.set(row.record.type, [row]);
  }
  const of = <K extends Kind>(kind: K, key: (record: Of<K>, order: number) => string | number): Of<K>[] =>
    (byKind.get(kind) ?? [])
      .map(({ record, order }) => ({ record: record as Of<K>, key: key(record as Of<K>, order) }))
      .sort((one, other) => compare(one.key, other.key))
      .map((each) => each.record);
  return {
    profile: of("profile", () => 0)[0] ?? null,
    logs: of("stored_log", (_, order) => order),
    statements: of("stored_statement", (each) => each.seq),
    people: of("stored_person", (each) => each.handle),
    outbox: of("outbox_row", (each) => `${padded(each.position)} ${each.messageId}`),
    outbound: of("outbound_session", (each) => each.log),
    receipts: of("stored_receipt", (each) => `${each.log} ${each.device}`),
    values: of("stored_value", (_, order) => order),
    unread: of("stored_unread", (each) => each.log),
    members: of("stored_members", (each) => `${each.log} ${padded(each.seq)}`),
    gaps: of("stored_gap", (each) => `${each.log} ${padded(each.afterSeq)}`),
    topics: of("stored_topic", (each) => each.log),
    pairings: of("stored_pairing", (each) => each.token),
  };
}

/** A number with so many digits that texts of them sort as they do. */
function padded(value: number): string {
  return String(value).padStart(16, "0");
}

function compare(one: string | number, other: string | number): number {
  return one < other ? -1 : Number(one > other);
}
