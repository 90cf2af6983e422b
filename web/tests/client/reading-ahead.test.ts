import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { aheadThread, type Thread } from "$client/crypto/ahead-thread";
import type { FromThread, ToThread } from "$client/crypto/ahead-worker";
import { WORTH_HANDING_OVER } from "$client/reading-ahead";
import { decodeMessageBody, type Entry, MessageBody } from "$wire/entries";
import { encode } from "$wire/codec";
import { fromHex, toHex } from "$wire/hex";
import { Lab, LOG, type LabDevice } from "./lab";
import { compiledOlm } from "../olm";

describe("a page that is read ahead", () => {
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
    await bob.changes.commit();
    page = written.map((each) => each.entry);
  });

  afterEach(() => {
    expect(lab.close()).toBe(0);
  });

  const reasons = async (): Promise<string[]> => (await bob.readPage(page)).map((each) => each.reason);

  test("reads as any other", async () => {
    expect(await reasons()).toEqual(page.map(() => ""));
    expect([bob.checkedAhead.length, bob.openedAhead.length]).toEqual([page.length, page.length]);
  });

  test("is opened by the reader where the session was not stored yet, or is another's", async () => {
    const forged = page.map((entry) => ({ ...entry }));
    bob.ahead.begin(frameOf(forged), { state: bob.state, pickleOf: () => null });
    const [entry] = forged;
    const session = toHex(decodeMessageBody(entry!.body).session);
    expect(await bob.ahead.opened(entry!, session + toHex(entry!.sender))).toBeNull();
    bob.ahead.begin(frameOf(page), bob);
    expect(await bob.ahead.opened(page[0]!, session + toHex(page[0]!.sender))).not.toBeNull();
    expect(await bob.ahead.opened(page[0]!, session + "00".repeat(16))).toBeNull();
  });

  test("attack: a ciphertext that was altered is not opened, wherever it is tried", async () => {
    const body = decodeMessageBody(page[3]!.body);
    const ciphertext = body.ciphertext.map((byte, place) => (place === 20 ? byte ^ 1 : byte));
    page[3] = { ...page[3]!, body: encode(MessageBody, { ...body, ciphertext }) };
    bob.ahead.begin(frameOf(page), bob);
    const session = toHex(body.session) + toHex(page[3].sender);
    expect(await bob.ahead.opened(page[3], session)).toBeNull();
    expect((await reasons()).filter(Boolean)).toEqual(["bad_signature"]);
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
    bob.ahead.begin(frameOf(forged), bob);
    expect(await bob.ahead.check(forged[0]!, ann.state.account.signingKey)).toBe(true);
    expect(await bob.ahead.check(forged[0]!, stranger.state.account.signingKey)).toBeNull();
  });

  test("few entries are not handed over, nor are those of strangers and what is no message", async () => {
    page = page.slice(1);
    await bob.readPage(page);
    expect(bob.checkedAhead).toEqual([]);
    const odd = Array.from({ length: WORTH_HANDING_OVER }, () => ({ ...page[0]!, body: new Uint8Array(3) }));
    bob.ahead.begin(frameOf(odd), bob);
    const strange = odd.map((entry) => ({ ...entry, sender: new Uint8Array(16) }));
    bob.ahead.begin(frameOf(strange), bob);
    expect(bob.checkedAhead).toEqual([]);
  });
});

describe("the thread that reads ahead", () => {
  /** A thread that notes what it is told, and answers when the test says so. */
  class RecordingThread implements Thread {
    readonly told: ToThread[] = [];
    isEnded = false;
    onmessage: Thread["onmessage"] = null;
    onerror: Thread["onerror"] = null;
    onmessageerror: Thread["onmessageerror"] = null;
    postMessage(message: ToThread): void {
      this.told.push(message);
    }
    terminate(): void {
      this.isEnded = true;
    }
    answer(checked: FromThread): void {
      this.onmessage?.({ data: checked } as MessageEvent);
    }
    fail(): void {
      this.onerror?.({} as ErrorEvent);
    }
  }

  const compiled = compiledOlm();
  const signed = { key: new Uint8Array(32), signature: new Uint8Array(64), message: new Uint8Array(1) };
  const work = { signed: [signed], sessions: [], sealed: [] };
  const more = { ...work, signed: [signed, signed] };
  const done = { fits: [true], opened: [null] };

  test("starts when there is something to check, and answers in the order of the questions", async () => {
    const thread = new RecordingThread();
    let threads = 0;
    const check = aheadThread(compiled, () => {
      threads += 1;
      return thread;
    });
    expect(threads).toBe(0);
    const [one, other] = [check(work), check(more)];
    expect([threads, thread.told]).toEqual([1, [{ compiled }, { work }, { work: more }]]);
    thread.answer(done);
    thread.answer({ ...done, fits: [false] });
    expect([await one, await other]).toEqual([done, { ...done, fits: [false] }]);
  });

  test("that fails lets nobody wait, and is asked no more", async () => {
    const thread = new RecordingThread();
    const check = aheadThread(compiled, () => thread);
    const waiting = [check(work), check(work)];
    thread.fail();
    expect(await Promise.all(waiting)).toEqual([null, null]);
    expect(await check(work)).toBeNull();
    expect([thread.isEnded, thread.told.length]).toEqual([true, 3]);
  });

  test("that can't be started checks nothing", async () => {
    const check = aheadThread(compiled, () => {
      throw new TypeError("no threads here");
    });
    expect(await check(work)).toBeNull();
  });
});

function frameOf(items: readonly Entry[]) {
  const [log, previous] = [fromHex(LOG), new Uint8Array(32)];
  return { type: "entries", log, firstSeq: 1, previous, head: items.length, items } as const;
}
