import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { MAX_CACHED_SESSIONS } from "$client/message-keys";
import { encodeAppend, carriedBy, SHARES_PER_FRAME_BYTES } from "$client/sealed";
import { MAX_OLM_SESSIONS } from "$client/store/interface";
import { FrameSplitter } from "$wire/codec";
import { ContentKind, decodeContent } from "$wire/content";
import { decodeMessageBody, EntryKind, MessageBody, messageSignedBytes, type Entry } from "$wire/entries";
import { encode } from "$wire/codec";
import { fromHex, toHex } from "$wire/hex";
import { MAX_FRAME_BYTES, SESSION_MAX_AGE_MS, SESSION_MAX_MESSAGES } from "$wire/limits";
import { DIRECTORY, Lab, LOG, placed, START_MS, type LabDevice } from "./lab";

let lab: Lab;
let ann: LabDevice;
let bob: LabDevice;

beforeEach(async () => {
  lab = await Lab.open();
  ann = lab.device();
  bob = lab.device();
  ann.meet(bob);
});

afterEach(() => {
  expect(lab.close()).toBe(0); // who owns what: every test frees all
});

const textOf = (content: Uint8Array): string => {
  const decoded = decodeContent(content);
  return decoded.type === "text" ? decoded.text : "";
};

/** The same message with another body, signed anew by its sender. */
function resigned(from: LabDevice, entry: Entry, changed: Partial<MessageBody>): Entry {
  const body = { ...decodeMessageBody(entry.body), ...changed };
  const signed = messageSignedBytes(fromHex(LOG), entry.messageId, body);
  return { ...entry, body: encode(MessageBody, { ...body, signature: from.state.account.sign(signed) }) };
}

describe("sealing", () => {
  test("exactly the readers can read", async () => {
    const [chris, eve] = [lab.device(), lab.device()];
    ann.meet(chris);
    const written = ann.write("hello");
    expect(written.shares.map(({ device }) => toHex(device)).sort()).toEqual(
      [bob.state.device, chris.state.device].sort(),
    );
    for (const reader of [bob, chris, ann]) {
      const message = await reader.take(written, 1);
      expect([textOf(message.content), message.reason]).toEqual(["hello", ""]);
    }
    expect((await eve.take(written, 1)).reason).toBe("missing_key");
  });

  test("a share is made once, sent again until the hub has it, and not while it is on its way", async () => {
    const first = ann.write("one");
    const second = ann.write("two", [first.carried]);
    expect(second.shares).toEqual([]);
    const again = ann.write("three");
    expect(again.shares).toEqual(first.shares);
    ann.delivered(first);
    expect(ann.write("four").shares).toEqual([]);
    expect(textOf((await bob.take(first, 1)).content)).toBe("one");
    expect(textOf((await bob.take(second, 2)).content)).toBe("two");
  });

  test("who has left cannot follow: a new session begins", async () => {
    const chris = lab.device();
    ann.meet(chris);
    const before = ann.write("for all");
    ann.delivered(before);
    await chris.take(before, 1);
    ann.state.readersNow.delete(chris.state.device);
    const after = ann.write("not for chris");
    expect(after.carried.session).not.toBe(before.carried.session);
    expect((await chris.take(after, 2)).reason).toBe("missing_key");
    expect(textOf((await bob.take(after, 2)).content)).toBe("not for chris");
  });

  test("a session is worn out by messages, by age, and by a clock that goes back", () => {
    const first = ann.write("1").carried.session;
    for (let count = 2; count <= SESSION_MAX_MESSAGES; count++) {
      expect(ann.write("on").carried.session).toBe(first);
    }
    const second = ann.write("101").carried.session;
    expect(second).not.toBe(first);
    ann.nowMs = START_MS + SESSION_MAX_AGE_MS;
    const third = ann.write("a day later").carried.session;
    expect(third).not.toBe(second);
    ann.nowMs = START_MS;
    expect(ann.write("yesterday").carried.session).not.toBe(third);
  });

  test("a device without a session gets no share, and one later", () => {
    const chris = lab.device();
    ann.state.readersNow.set(chris.state.device, chris.state.statement);
    expect(ann.write("one").carried.devices).toEqual([bob.state.device]);
    ann.meet(chris);
    expect(ann.write("two").carried.devices).toEqual([bob.state.device, chris.state.device]);
  });

  test("what must not be lost is saved before it is sent", async () => {
    const written = ann.write("hello");
    expect(ann.changes.waiting.map((change) => change.type)).toEqual([
      "olm_session", // started
      "inbound_session", // so that we can read ourselves
      "olm_session", // moved on
      "outbound_session",
    ]);
    await ann.changes.commit();
    const [stored] = (await ann.store.load()).outbound;
    expect([stored?.messages, stored?.pending.map(({ device }) => device)]).toEqual([
      1,
      written.carried.devices,
    ]);
  });
});

describe("reading", () => {
  test("what is read is stored with all that others may ask for", async () => {
    const written = ann.write("hello");
    const message = await bob.take(written, 1);
    expect(message).toMatchObject({
      log: LOG,
      seq: 1,
      messageId: toHex(written.append.messageId),
      sender: ann.state.device,
      counter: 1,
      session: written.carried.session,
      index: 0,
      kind: ContentKind.TEXT,
      target: "",
    });
  });

  test("a message that was made for other members than we know of is not shown, and told of", async () => {
    ann.state.members = bob.state.members = new Uint8Array(32).fill(1);
    const first = ann.write("to those in the room");
    expect((await bob.take(first, 1)).reason).toBe("");
    ann.delivered(first);
    ann.state.members = new Uint8Array(32).fill(2);
    expect((await bob.take(ann.write("to others, too"), 2)).reason).toBe("misplaced");
    expect(bob.forks).toHaveLength(1);
    ann.state.members = new Uint8Array(); // by a client that does not say
    expect((await bob.take(ann.write("to whom?"), 3)).reason).toBe("");
  });

  test("an entry that was altered is not signed", async () => {
    const { entry } = ann.write("hello");
    const changed = { ...entry, messageId: new Uint8Array(16) };
    const message = await bob.read(changed, 1);
    expect([message.reason, message.counter, message.raw]).toEqual(["bad_signature", 0, entry.body]);
  });

  test("an entry of a device nobody vouches for, or that was cut off before, is nobody's", async () => {
    const { entry } = ann.write("hello");
    expect((await bob.read({ ...entry, sender: new Uint8Array(16) }, 1)).reason).toBe("unknown_sender");
    bob.state.revoked.set(ann.state.device, 0);
    expect((await bob.read(entry, 1)).reason).toBe("bad_signature");
  });

  test("a stranger's words in our conversation are not shown", async () => {
    bob.state.strangers.add(ann.state.user);
    expect((await bob.take(ann.write("hello"), 1)).reason).toBe("misplaced");
  });

  test("what is repeated or comes out of its author's order is not shown", async () => {
    const [one, two] = [ann.write("one"), ann.write("two")];
    bob.takeShare(one);
    expect((await bob.read(two.entry, 1)).reason).toBe("");
    expect((await bob.read(two.entry, 2)).reason).toBe("misplaced");
    expect((await bob.read(one.entry, 3)).reason).toBe("misplaced");
  });

  test("the counter of a store that was closed goes on", async () => {
    const [one, two] = [ann.write("one"), ann.write("two")];
    bob.takeShare(one);
    bob.changes.save(bob.log.stored, await bob.read(two.entry, 1));
    await bob.changes.commit();
    bob.log.counters = null;
    expect((await bob.read(one.entry, 2)).reason).toBe("misplaced");
  });

  test("ciphertext of another place is not shown, whoever signs for it", async () => {
    const [one, two] = [ann.write("one"), ann.write("two")];
    bob.takeShare(one);
    const { ciphertext } = decodeMessageBody(one.entry.body);
    const swapped = resigned(ann, two.entry, { ciphertext });
    expect((await bob.read(swapped, 1)).reason).toBe("misplaced");
  });

  test("damaged ciphertext is told from a missing key", async () => {
    const one = ann.write("one");
    const broken = resigned(ann, one.entry, { ciphertext: new Uint8Array(50) });
    expect((await bob.read(broken, 1)).reason).toBe("missing_key");
    bob.takeShare(one);
    bob.log.counters = null;
    expect((await bob.read(broken, 1)).reason).toBe("bad_ciphertext");
  });

  test("a key that comes late opens what waited, and only that", async () => {
    const one = ann.write("one");
    const waiting = await bob.read(one.entry, 1);
    expect(waiting.reason).toBe("missing_key");
    expect(await bob.reader.readAgain(bob.log, waiting)).toBeNull();
    bob.takeShare(one);
    const read = await bob.reader.readAgain(bob.log, waiting);
    expect([textOf(read?.content ?? new Uint8Array()), read?.raw.length]).toEqual(["one", 0]);
  });

  test("what was written before this device existed is said to be so", async () => {
    bob.state.profile = { ...bob.state.profile, deviceSeq: 5 };
    expect((await bob.read(ann.write("early").entry, 1)).reason).toBe("before_you_joined");
  });

  test("a key that was shared late opens nothing before it", async () => {
    const early = ann.write("early");
    const chris = lab.device();
    ann.meet(chris);
    const late = ann.write("late");
    chris.takeShare(late);
    expect((await chris.read(early.entry, 1)).reason).toBe("missing_key");
    expect(textOf((await chris.read(late.entry, 2)).content)).toBe("late");
  });

  test("what is no message, or of a newer version, is kept for a newer program", async () => {
    const { entry } = ann.write("one");
    const kind = EntryKind.MEMBERS;
    expect((await bob.read({ ...entry, kind }, 1)).reason).toBe("unknown_content");
    const nonsense = { ...entry, body: new Uint8Array([1, 2, 3]) };
    expect((await bob.read(nonsense, 2)).raw).toEqual(nonsense.body);
  });

  test("amendments and replies name what they are about", async () => {
    const target = new Uint8Array(16).fill(9);
    const reaction = ann.writeContent({ type: "reaction", target, emoji: "👍", isRemoved: false });
    const message = await bob.take(reaction, 1);
    expect([message.kind, message.target]).toEqual([ContentKind.REACTION, toHex(target)]);
  });
});

describe("comparing what the hub told", () => {
  test("another hash at a place that both have seen is told", async () => {
    const first = ann.write("one");
    await bob.take(first, 1);
    ann.log.passed(1, new Uint8Array(32).fill(7)); // the hub showed ann something else
    const second = ann.write("two");
    expect((await bob.read(second.entry, 2)).reason).toBe("");
    expect(bob.forks).toEqual([{ log: LOG, seq: 1 }]);
  });

  test("the same hash is not", async () => {
    const first = ann.write("one");
    await bob.take(first, 1);
    ann.log.passed(1, placed(first.entry, 1).hash);
    await bob.read(ann.write("two").entry, 2);
    expect(bob.forks).toEqual([]);
  });

  test("a hash that is in the store only counts too", async () => {
    bob.changes.save(bob.log.stored, { ...(await bob.take(ann.write("one"), 1)), hash: new Uint8Array(32) });
    await bob.changes.commit();
    for (let seq = 2; seq < 2100; seq++) bob.reader.directoryAdvanced(bob.log, seq, new Uint8Array(32));
    ann.log.passed(1, new Uint8Array(32).fill(7));
    await bob.read(ann.write("two").entry, 3000);
    expect(bob.forks).toEqual([{ log: LOG, seq: 1 }]);
  });

  test("who has seen what comes later was shown more than we were", async () => {
    ann.log.passed(9, new Uint8Array(32));
    expect((await bob.take(ann.write("from the future"), 2)).reason).toBe("misplaced");
    expect(bob.forks).toEqual([{ log: LOG, seq: 9 }]);
  });

  test("what others have seen of the directory is compared when we get there", async () => {
    const directory = bob.state.logs.get(DIRECTORY);
    ann.state.logs.get(DIRECTORY)?.passed(3, new Uint8Array(32).fill(1));
    await bob.take(ann.write("one"), 1);
    expect(bob.forks).toEqual([]);
    if (directory) bob.reader.directoryAdvanced(directory, 3, new Uint8Array(32).fill(2));
    expect(bob.forks).toEqual([{ log: DIRECTORY, seq: 3 }]);
  });
});

describe("sessions with devices", () => {
  test("both start at once, and soon use the same", () => {
    bob.meet(ann);
    const one = ann.write("one");
    const two = bob.write("two");
    expect([bob.takeShare(one), ann.takeShare(two)]).toEqual([true, true]);
    const exchange = (from: LabDevice, to: LabDevice): string =>
      new TextDecoder().decode(
        to.sessions.decrypt(
          from.state.statement,
          from.sessions.encrypt(to.state.device, new TextEncoder().encode("x")),
        ),
      );
    for (let round = 0; round < 4; round++)
      expect([exchange(ann, bob), exchange(bob, ann)]).toEqual(["x", "x"]);
    const messageType = ann.sessions.encrypt(bob.state.device, new Uint8Array()).messageType;
    expect(messageType).toBe(1);
  });

  test("retired ones decrypt and never encrypt again", () => {
    bob.takeShare(ann.write("one"));
    const body = bob.sessions.encrypt(ann.state.device, new Uint8Array([1]));
    ann.state.directory.people.push({ devices: ann.state.readersNow });
    ann.sessions.retire();
    expect(ann.sessions.has(bob.state.device)).toBe(false);
    expect(ann.sessions.decrypt(bob.state.statement, body)).toEqual(new Uint8Array([1]));
    expect(ann.sessions.has(bob.state.device)).toBe(false);
  });

  test("sessions come back from the store, the newest first", async () => {
    bob.takeShare(ann.write("one"));
    await Promise.all([ann.changes.commit(), bob.changes.commit()]);
    const body = ann.sessions.encrypt(bob.state.device, new Uint8Array([1]));
    bob.sessions.free();
    expect(bob.sessions.has(ann.state.device)).toBe(true);
    expect(bob.sessions.decrypt(ann.state.statement, body)).toEqual(new Uint8Array([1]));
  });

  test("of many only some are kept", () => {
    const objects = lab.olm.liveObjects;
    for (let count = 0; count < MAX_OLM_SESSIONS + 4; count++) {
      const [key] = bob.state.account.unpublishedKeys(1);
      if (key) ann.sessions.start(bob.state.statement, key);
    }
    expect(lab.olm.liveObjects - objects).toBeLessThanOrEqual(MAX_OLM_SESSIONS + 1); // and a bag of keys of bob's
  });
});

describe("receiving sessions", () => {
  test("the better one is kept, of one log, and for the word of one device only", () => {
    const { session } = ann.keys.newSending(LOG, ann.state.device, START_MS);
    const early = session.key();
    session.encrypt(new Uint8Array());
    const late = session.key();
    const add = (key: Uint8Array, log: string, from: LabDevice): boolean =>
      bob.keys.addReceiving(lab.crypto.receivingSessionFromKey(key), log, from.state.device);
    expect([add(late, LOG, ann), add(late, LOG, ann)]).toEqual([true, false]);
    expect([add(early, DIRECTORY, ann), add(early, LOG, ann), add(late, LOG, ann)]).toEqual([
      false,
      true,
      false,
    ]);
    expect(bob.keys.receiving(toHex(session.id), ann.state.device)?.session.firstIndex).toBe(0);
    expect(bob.keys.receiving(toHex(session.id), bob.state.device)).toBeNull();
  });

  test("those that were not used for long are freed, and come back from the store", async () => {
    const objects = lab.olm.liveObjects;
    const first = ann.keys.newSending(LOG, ann.state.device, START_MS);
    const id = toHex(first.session.id);
    for (let count = 0; count < MAX_CACHED_SESSIONS; count++) {
      ann.keys.newSending(LOG, ann.state.device, START_MS);
    }
    await ann.changes.commit();
    expect(lab.olm.liveObjects - objects).toBe(MAX_CACHED_SESSIONS + 1);
    expect(ann.keys.receiving(id, ann.state.device)?.session.firstIndex).toBe(0);
    expect(lab.olm.liveObjects - objects).toBe(MAX_CACHED_SESSIONS + 1);
  });

  test("a dropped sending session is forgotten on the disk too", async () => {
    ann.write("one");
    ann.keys.dropSending(LOG);
    ann.keys.dropSending(LOG);
    expect(ann.keys.sending(LOG)).toBeNull();
    await ann.changes.commit();
    expect((await ann.store.load()).outbound).toEqual([]);
  });
});

test("shares that do not fit one frame go before it, and all are found in the stored bytes", () => {
  const body = new Uint8Array(2000);
  const shares = Array.from({ length: 200 }, (_, place) => ({
    device: new Uint8Array(16).fill(place),
    body,
  }));
  const { append } = ann.write("to many");
  const frames = encodeAppend(append, shares);
  const sizes = new FrameSplitter(MAX_FRAME_BYTES).feed(frames).map((payload) => payload.length);
  expect(sizes.length).toBe(Math.ceil((200 * 2000) / SHARES_PER_FRAME_BYTES));
  expect(carriedBy(frames).devices).toEqual(shares.map(({ device }) => toHex(device)));
  expect(carriedBy(frames).session).toBe(toHex(decodeMessageBody(append.body).session));
});

test("what a row carries is read back from its bytes", () => {
  const written = ann.write("hello");
  expect(written.carriedByFrames).toEqual(written.carried);
});
