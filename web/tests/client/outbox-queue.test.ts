import { expect, test } from "vitest";
import { Effects } from "$client/effects";
import { OutboxBook } from "$client/outbox-book";
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

test("what was in flight is sent again in the order of its counters, but nothing that was answered meanwhile", () => {
  const queue = new Queue({ kind: "everyone", key: "" });
  for (const counter of [3, 1, 2]) queue.put({ ...row(counter, true), counter });
  queue.put(row(9));
  queue.sendAgain();
  expect(queue.unsent.map((each) => each.counter)).toEqual([1, 2, 3]);
  queue.inFlight.delete("1"); // refused
  queue.remove("2"); // stands in the log
  expect(queue.nextUnsent()?.counter).toBe(3);
  queue.isLost();
  expect(queue.nextUnsent()).toBeNull();
  queue.sendAgain();
  queue.sendAgain();
  expect(queue.unsent.map((each) => each.counter)).toEqual([1, 3]);
});

test("a message whose entry has come is shown from the outbox until the entry is stored", () => {
  const effects = new Effects();
  const book = new OutboxBook(effects);
  const waiting = row(1, true);
  book.note(waiting);
  book.returned(waiting);
  expect([book.row("1"), book.rowsOf(waiting.conversation)]).toEqual([null, []]);
  expect([book.shownRow("1"), ...book.shownRowsOf(waiting.conversation)]).toEqual([waiting, waiting]);
  for (const stored of effects.take().callbacks) stored();
  expect([book.shownRow("1"), ...book.shownRowsOf(waiting.conversation)]).toEqual([null]);
});
