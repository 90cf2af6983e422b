import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { FromChecker, ToChecker } from "$client/crypto/checker";
import { checkerThread, type Thread } from "$client/crypto/checker-thread";
import { WORTH_HANDING_OVER } from "$client/signatures-ahead";
import { decodeMessageBody, type Entry, MessageBody } from "$wire/entries";
import { encode } from "$wire/codec";
import { fromHex } from "$wire/hex";
import { Lab, LOG, type LabDevice } from "./lab";
import { compiledOlm } from "../olm";

describe("a page whose signatures are checked ahead", () => {
  let lab: Lab;
  let ann: LabDevice;
  let bob: LabDevice;
  let page: Entry[];

  beforeEach(async () => {
    lab = await Lab.open();
    ann = lab.device();
    bob = lab.device();
    ann.meet(bob);
    const written = Array.from({ length: WORTH_HANDING_OVER }, (_, place) => ann.write(`text ${place}`));
    bob.takeShare(written[0]!);
    page = written.map((each) => each.entry);
  });

  afterEach(() => {
    expect(lab.close()).toBe(0);
  });

  const reasons = async (): Promise<string[]> => (await bob.readPage(page)).map((each) => each.reason);

  test("reads as any other", async () => {
    expect(await reasons()).toEqual(page.map(() => ""));
    expect(bob.checkedAhead.length).toBe(page.length);
  });

  test("attack: a signature that does not fit is found, wherever it is checked", async () => {
    const body = decodeMessageBody(page[3]!.body);
    const signature = body.signature.map((byte, place) => (place === 5 ? byte ^ 1 : byte));
    page[3] = { ...page[3]!, body: encode(MessageBody, { ...body, signature }) };
    const expected = page.map((_, place) => (place === 3 ? "bad_signature" : ""));
    expect(await reasons()).toEqual(expected);
  });

  test("is read all the same where nothing can be checked ahead", async () => {
    bob.canCheckAhead = false;
    page[1] = { ...page[1]!, messageId: page[0]!.messageId }; // signed for another place
    expect(await reasons()).toEqual(page.map((_, place) => (place === 1 ? "bad_signature" : "")));
  });

  test("a check with another key than the author's counts for nothing", async () => {
    const stranger = lab.device();
    const forged = page.map((entry) => ({ ...entry }));
    bob.ahead.begin(frameOf(forged), bob.state);
    expect(await bob.ahead.check(forged[0]!, ann.state.account.signingKey)).toBe(true);
    expect(await bob.ahead.check(forged[0]!, stranger.state.account.signingKey)).toBeNull();
  });

  test("few entries are not handed over, nor are those of strangers and what is no message", async () => {
    page = page.slice(1);
    await bob.readPage(page);
    expect(bob.checkedAhead).toEqual([]);
    const odd = Array.from({ length: WORTH_HANDING_OVER }, () => ({ ...page[0]!, body: new Uint8Array(3) }));
    bob.ahead.begin(frameOf(odd), bob.state);
    const strange = odd.map((entry) => ({ ...entry, sender: new Uint8Array(16) }));
    bob.ahead.begin(frameOf(strange), bob.state);
    expect(bob.checkedAhead).toEqual([]);
  });
});

describe("the thread that checks", () => {
  /** A thread that notes what it is told, and answers when the test says so. */
  class RecordingThread implements Thread {
    readonly told: ToChecker[] = [];
    isEnded = false;
    onmessage: Thread["onmessage"] = null;
    onerror: Thread["onerror"] = null;
    onmessageerror: Thread["onmessageerror"] = null;
    postMessage(message: ToChecker): void {
      this.told.push(message);
    }
    terminate(): void {
      this.isEnded = true;
    }
    answer(checked: FromChecker): void {
      this.onmessage?.({ data: checked } as MessageEvent);
    }
    fail(): void {
      this.onerror?.({} as ErrorEvent);
    }
  }

  const compiled = compiledOlm();
  const signed = { key: new Uint8Array(32), signature: new Uint8Array(64), message: new Uint8Array(1) };

  test("starts when there is something to check, and answers in the order of the questions", async () => {
    const thread = new RecordingThread();
    let threads = 0;
    const check = checkerThread(compiled, () => {
      threads += 1;
      return thread;
    });
    expect(threads).toBe(0);
    const [one, other] = [check([signed]), check([signed, signed])];
    expect([threads, thread.told]).toEqual([
      1,
      [{ compiled }, { signed: [signed] }, { signed: [signed, signed] }],
    ]);
    thread.answer([true]);
    thread.answer([false, true]);
    expect([await one, await other]).toEqual([[true], [false, true]]);
  });

  test("that fails lets nobody wait, and is asked no more", async () => {
    const thread = new RecordingThread();
    const check = checkerThread(compiled, () => thread);
    const waiting = [check([signed]), check([signed])];
    thread.fail();
    expect(await Promise.all(waiting)).toEqual([null, null]);
    expect(await check([signed])).toBeNull();
    expect([thread.isEnded, thread.told.length]).toEqual([true, 3]);
  });

  test("that can't be started checks nothing", async () => {
    const check = checkerThread(compiled, () => {
      throw new TypeError("no threads here");
    });
    expect(await check([signed])).toBeNull();
  });
});

function frameOf(items: readonly Entry[]) {
  const [log, previous] = [fromHex(LOG), new Uint8Array(32)];
  return { type: "entries", log, firstSeq: 1, previous, head: items.length, items } as const;
}
