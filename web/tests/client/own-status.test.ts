import { beforeEach, expect, test } from "vitest";
import { Effects } from "$client/effects";
import { OwnStatus } from "$client/own-status";
import { decodeClientFrame, FrameSplitter } from "$wire/codec";
import { MAX_FRAME_BYTES } from "$wire/limits";
import { Status } from "$wire/status";

let effects: Effects;
let own: OwnStatus;

beforeEach(() => {
  effects = new Effects();
  const signals = { hubNowMs: () => 1234, hasReaders: () => false, seal: () => null };
  own = new OwnStatus({
    state: { everyoneLog: "" } as never,
    effects,
    signals: signals as never,
    idleAfterS: 0,
    nowS: () => 0,
    callLater: () => ({ cancel: () => undefined }),
  });
});

function told(): readonly number[] {
  const payloads = new FrameSplitter(MAX_FRAME_BYTES).feed(joined(effects.take().frames));
  return payloads
    .map(decodeClientFrame)
    .flatMap((frame) => (frame?.type === "set_status" ? [frame.status] : []));
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

test("in quiet hours others see that we are not to be disturbed", () => {
  own.setQuietTime(true);
  expect([own.status, own.sinceMs]).toEqual([Status.DO_NOT_DISTURB, 1234]);
  own.setQuietTime(false);
  expect(told()).toEqual([Status.DO_NOT_DISTURB, Status.ONLINE]);
});

test("who chose a status keeps it in quiet hours", () => {
  own.choose(Status.AWAY, "");
  own.setQuietTime(true);
  expect([own.status, told()]).toEqual([Status.AWAY, [Status.AWAY]]);
});

test("who is back in quiet hours is there until the next ones", () => {
  own.setQuietTime(true);
  own.choose(Status.ONLINE, "");
  expect(own.status).toBe(Status.ONLINE);
  own.setQuietTime(true);
  expect(own.status).toBe(Status.DO_NOT_DISTURB);
});

test("a new connection is told what holds", () => {
  own.setQuietTime(true);
  effects.take();
  own.loggedIn();
  expect(told()).toEqual([Status.DO_NOT_DISTURB]);
});
