import { expect, test } from "vitest";
import { type Clock, systemClock } from "$client/clock";
import { retryDelayS } from "$client/connection";
import { HubLink } from "$client/hub-link";
import { type Link, openLink, type SocketLike } from "$client/link";
import { isFresh } from "$client/way-in";
import { encodeFrame } from "$wire/codec";
import { LinkLost, RemoteError } from "$wire/errors";
import type { HubFrame } from "$wire/frames";

const pong: HubFrame = { type: "pong", token: 1 };
const stock: HubFrame = { type: "stock", count: 3, isAnswer: false };
const clock: Clock = systemClock;

function payload(frame: HubFrame): Uint8Array {
  return encodeFrame(frame).subarray(4);
}

/** A socket whose other end is the test. */
class Socket implements SocketLike {
  binaryType = "blob";
  onopen: ((event: never) => unknown) | null = null;
  onmessage: ((event: never) => unknown) | null = null;
  onclose: ((event: never) => unknown) | null = null;
  onerror: ((event: never) => unknown) | null = null;
  sent: Uint8Array[] = [];
  isClosed = false;

  send(data: Uint8Array<ArrayBuffer>): void {
    this.sent.push(data);
  }

  close(): void {
    this.isClosed = true;
  }

  receive(data: unknown): void {
    this.onmessage?.({ data } as never);
  }
}

async function opened(): Promise<{
  readonly socket: Socket;
  readonly hubLink: HubLink;
  readonly link: Link;
}> {
  const [socket, hubLink] = [new Socket(), new HubLink(clock)];
  const link = openLink(socket, hubLink);
  socket.onopen?.({} as never);
  return { socket, hubLink, link: await link };
}

test("frames wait to be asked for, and go to the engine once it is there", async () => {
  const { socket, hubLink } = await opened();
  const bytes = encodeFrame(stock);
  socket.receive(bytes.slice(0, 3).buffer); // a frame may come in pieces
  socket.receive(bytes.slice(3).buffer);
  expect(await hubLink.next(["stock"], 1)).toEqual(stock);
  const taken: HubFrame[] = [];
  socket.receive(encodeFrame(pong).buffer);
  hubLink.attach((frames) => taken.push(...frames));
  socket.receive(encodeFrame(stock).buffer);
  expect(taken).toEqual([pong, stock]);
});

test("a hub that says something else, nothing, or no frame is left", async () => {
  const { hubLink, socket } = await opened();
  hubLink.framesReceived([payload(pong)]);
  await expect(hubLink.next(["stock"], 1)).rejects.toThrow(RemoteError);
  await expect(hubLink.next(["stock"], 0.01)).rejects.toThrow(LinkLost);
  socket.receive("text");
  await hubLink.lost;
  expect([socket.isClosed, hubLink.lostReason]).toEqual([true, "a WebSocket message with text (protocol)"]);
});

test("a frame that is too large before login ends the link", async () => {
  const { hubLink, socket } = await opened();
  socket.receive(new Uint8Array([0, 1, 0, 1]).buffer);
  await hubLink.lost;
  expect(socket.isClosed).toBe(true);
});

test("a hub that can't be reached is a lost link, told once", async () => {
  const [socket, hubLink] = [new Socket(), new HubLink(clock)];
  const link = openLink(socket, hubLink);
  socket.onerror?.({} as never);
  socket.onclose?.({} as never);
  await expect(link).rejects.toThrow(LinkLost);
  expect(hubLink.isLost).toBe(false); // it never was a link
});

test("waiting times double up to a bound, and chance spreads them", () => {
  expect([0, 1, 2, 20].map((attempt) => retryDelayS(attempt, 1))).toEqual([0.5, 1, 2, 30]);
  expect(retryDelayS(5, 0)).toBe(0);
});

test("a link is used by who comes through the door only while the hub still waits, and nobody has left it", async () => {
  const { hubLink, socket } = await opened();
  expect(isFresh(hubLink, hubLink.receivedAtS + 1)).toBe(true);
  expect(isFresh(hubLink, hubLink.receivedAtS + 3)).toBe(false);
  hubLink.leave();
  expect([isFresh(hubLink, hubLink.receivedAtS), hubLink.isLost]).toEqual([false, false]);
  const lost = await opened();
  lost.socket.onclose?.({} as never);
  expect([isFresh(lost.hubLink, lost.hubLink.receivedAtS), socket.isClosed]).toEqual([false, true]);
});
