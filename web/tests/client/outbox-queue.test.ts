import { expect, test } from "vitest";
import { Queue } from "$client/outbox-queue";
import type { OutboxRow } from "$client/store/records";
import { EMPTY_BYTES } from "$wire/bytes";

function row(position: number, sealed = false): OutboxRow {
  return {
    type: "outbox_row",
    position,
    conversation: { kind: "everyone", key: "" },
    messageId: String(position),
    content: EMPTY_BYTES,
    queuedAtMs: 0,
    frames: sealed ? new Uint8Array(1) : EMPTY_BYTES,
    counter: 0,
    failed: "",
  };
}

test("the oldest unsealed message is next, whatever was sealed, refused or taken out meanwhile", () => {
  const queue = new Queue({ kind: "everyone", key: "" });
  for (const position of [1, 2, 3, 4]) queue.put(row(position));
  expect(queue.nextUnsealed()?.position).toBe(1);
  queue.put(row(1, true));
  queue.put(row(2, true));
  expect(queue.nextUnsealed()?.position).toBe(3);
  queue.put(row(2)); // refused: sealed anew before those behind it
  expect(queue.nextUnsealed()?.position).toBe(2);
  queue.put(row(2, true));
  queue.remove("3");
  expect(queue.nextUnsealed()?.position).toBe(4);
  queue.put(row(4, true));
  expect(queue.nextUnsealed()).toBeNull();
});
