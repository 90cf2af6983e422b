// Made from src/lanmsg/wire/admin_frames.py by tools/make_typescript.py: change it there.

import type { Seq } from "../ids";
import * as shapes from "../shapes";

/**
 * Ask or change something of the hub itself: `command` is an encoded `AdminCommand`.
 *
 * For users whom the hub calls admins, from any device of theirs. Answered by `admin_answer` or `refused`.
 */
export interface Admin {
  readonly type: "admin";
  readonly request: Seq;
  readonly command: Uint8Array;
}
export const Admin: shapes.Tagged<Admin> = shapes.tagged<Admin>("admin", 22, {
  request: shapes.seq,
  command: shapes.bytes({ max: 4096 }),
});

/** The answer to `admin`: an encoded `AdminResult`. */
export interface AdminAnswer {
  readonly type: "admin_answer";
  readonly request: Seq;
  readonly answer: Uint8Array;
}
export const AdminAnswer: shapes.Tagged<AdminAnswer> = shapes.tagged<AdminAnswer>("admin_answer", 52, {
  request: shapes.seq,
  answer: shapes.bytes({ max: 65536 }),
});

/** Who runs the hub has something to say to everybody; empty: no more. `welcome` has what holds then. */
export interface Notice {
  readonly type: "notice";
  readonly text: string;
}
export const Notice: shapes.Tagged<Notice> = shapes.tagged<Notice>("notice", 70, {
  text: shapes.text({ max: 500 }),
});

/** The rates of `welcome` are these from now on. */
export interface RatesChanged {
  readonly type: "rates_changed";
  readonly messagesPerSecond: number;
  readonly messagesBurst: number;
}
export const RatesChanged: shapes.Tagged<RatesChanged> = shapes.tagged<RatesChanged>("rates_changed", 71, {
  messagesPerSecond: shapes.floatBetween(0, 100000),
  messagesBurst: shapes.floatBetween(0, 100000),
});
