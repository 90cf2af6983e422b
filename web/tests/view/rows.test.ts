import { describe, expect, test } from "vitest";
import { EVERYONE, type Message } from "$client/model";
import { RUN_MS, rowsOf, type Row } from "$view/state/rows";
import { messageOf } from "./recorded/said";
import { idOf, NOW_MS } from "./recorded/people";

const DAY_MS = 86_400_000;

function said(seq: number, sender: string, sentAtMs: number, given: Partial<Message> = {}): Message {
  return messageOf({ id: idOf(seq), seq, conversation: EVERYONE, sender, text: "hello", sentAtMs, ...given });
}

function shape(rows: readonly Row[]): readonly string[] {
  return rows.map((row) =>
    row.type === "message" ? `${row.message.seq}${row.isFirst ? " first" : ""}` : row.type,
  );
}

describe("rows of a conversation", () => {
  test("messages of one sender close together are a run", () => {
    const rows = rowsOf(
      [said(1, "ben", NOW_MS), said(2, "ben", NOW_MS + 1), said(3, "lena", NOW_MS + 2)],
      [],
      0,
    );
    expect(shape(rows)).toEqual(["day", "1 first", "2", "3 first"]);
  });

  test("a long silence, an answer and an action end a run", () => {
    const messages = [
      said(1, "ben", NOW_MS),
      said(2, "ben", NOW_MS + RUN_MS),
      said(3, "ben", NOW_MS + RUN_MS + 1, { replyTo: idOf(1) }),
      said(4, "ben", NOW_MS + RUN_MS + 2, { isAction: true }),
    ];
    expect(shape(rowsOf(messages, [], 0))).toEqual(["day", "1 first", "2 first", "3 first", "4 first"]);
  });

  test("each day begins with its line", () => {
    const rows = rowsOf([said(1, "ben", NOW_MS - DAY_MS), said(2, "ben", NOW_MS)], [], 0);
    expect(shape(rows)).toEqual(["day", "1 first", "day", "2 first"]);
  });

  test("the line of what is new stands before the first unread message", () => {
    const rows = rowsOf([said(1, "ben", NOW_MS), said(2, "ben", NOW_MS + 1)], [], 2);
    expect(shape(rows)).toEqual(["day", "1 first", "unread", "2 first"]);
  });

  test("a change of members stands behind the message it came after, and before those that wait", () => {
    const event = {
      type: "members_changed",
      conversation: EVERYONE,
      conversationName: "@kitchen",
      seq: 2,
      by: "ben",
      changes: [],
      isBacklog: false,
    } as const;
    const messages = [said(1, "ben", NOW_MS), said(3, "ben", NOW_MS + 1), said(0, "mara", NOW_MS + 2)];
    const rows = rowsOf(
      messages,
      [
        { id: 1, afterSeq: 1, event },
        { id: 2, afterSeq: 3, event },
      ],
      0,
    );
    expect(shape(rows)).toEqual(["day", "1 first", "note", "3 first", "note", "0 first"]);
  });

  test("every row has a key of its own", () => {
    const rows = rowsOf([said(1, "ben", NOW_MS - DAY_MS), said(2, "ben", NOW_MS)], [], 2);
    expect(new Set(rows.map((row) => row.key)).size).toBe(rows.length);
  });
});
