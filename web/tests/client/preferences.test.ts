import { expect, test } from "vitest";
import { attentionTo, hasKeyword, mayRing } from "$client/notify";
import { EVERYONE, type Message } from "$client/model";
import {
  bellPreference,
  ignorePreference,
  keywordPreference,
  levelPreference,
  mutePreference,
  parseQuietHours,
  preferencesOf,
  quietHoursPreference,
  readReceiptsPreference,
} from "$client/preference-values";
import { FOR_EVER } from "$client/preferences";
import type { Preference } from "$wire/account";
import { LocalError } from "$wire/errors";

const bob = { kind: "direct", key: "0b".repeat(16) } as const;
const noon = { now: new Date(2026, 0, 1, 12, 0), isDoNotDisturb: false };

function read(...values: readonly Preference[]): ReturnType<typeof preferencesOf> {
  return preferencesOf(values, (user) => `name of ${user.slice(0, 2)}`);
}

function message(details: Partial<Message>): Message {
  const nothing = {
    id: "1",
    seq: 1,
    sender: "bob",
    senderDevice: "",
    isOwn: false,
    text: "hello",
    sentAtMs: 0,
  };
  const state = {
    state: "received",
    isAction: false,
    replyTo: null,
    reason: "",
    deliveredTo: 0,
    readBy: [],
  } as const;
  const looks = { editedAtMs: 0, isDeleted: false, deletedBy: "", reactions: [], isPinned: false };
  const names = { conversation: bob, conversationName: "@bob", mentions: [], mentionsMe: false };
  return { ...nothing, ...state, ...looks, ...names, ...details };
}

test("what is written is read back", () => {
  const found = read(
    levelPreference(bob, "nothing"),
    mutePreference(EVERYONE, 5),
    keywordPreference("  Fire   Alarm ", true),
    ignorePreference("ca".repeat(16), true),
    quietHoursPreference({ start: 22 * 60, end: 7 * 60 + 30 }),
    readReceiptsPreference(false),
    bellPreference("all"),
  );
  expect([...found.levels]).toEqual([[`direct/${bob.key}`, "nothing"]]);
  expect([...found.mutedUntilMs]).toEqual([["everyone/", 5]]);
  expect([...found.keywords]).toEqual(["fire alarm"]);
  expect([...found.ignored]).toEqual(["name of ca"]);
  expect(found.quietHours).toEqual({ start: 1320, end: 450 });
  expect([found.sendsReadReceipts, found.bell]).toEqual([false, "all"]);
});

test("what is empty, unknown or damaged says nothing", () => {
  const odd = (name: string, value: string): Preference => ({ type: "preference", name, value });
  const values = [
    odd("level/direct/zz", "all"),
    odd(`level/direct/${bob.key}`, "loud"),
    odd("mute/everyone/", "-1"),
    odd("mute/everyone/", "9".repeat(60)),
    odd("quiet_hours", "25-26"),
    odd("bell", "organ"),
    odd("ignore/xyz", "yes"),
    odd("keyword/gone", ""),
  ];
  const found = read(...values);
  expect(found).toEqual({ ...read(), mutedUntilMs: new Map([["everyone/", FOR_EVER]]) });
});

test("hours that are no hours are refused", () => {
  for (const text of ["", "22", "22-22", "22:60-7", "a-b", "1-2-3"]) {
    expect(() => parseQuietHours(text)).toThrow(LocalError);
  }
  expect(parseQuietHours("22 - 7")).toEqual({ start: 1320, end: 420 });
});

test("only what is wanted calls for attention", () => {
  const loud = read();
  expect(attentionTo(message({}), loud, noon)).toBe("ring");
  expect(attentionTo(message({ isOwn: true }), loud, noon)).toBe("none");
  expect(attentionTo(message({ state: "unreadable" }), loud, noon)).toBe("none");
  expect(attentionTo(message({ conversation: EVERYONE }), loud, noon)).toBe("none");
  expect(attentionTo(message({ conversation: EVERYONE, mentionsMe: true }), loud, noon)).toBe("ring");
  const fire = read(keywordPreference("fire", true));
  expect(attentionTo(message({ conversation: EVERYONE, text: "FIRE!" }), fire, noon)).toBe("ring");
  expect(attentionTo(message({}), read(mutePreference(bob, FOR_EVER)), noon)).toBe("none");
  expect(attentionTo(message({}), read(quietHoursPreference({ start: 700, end: 740 })), noon)).toBe("quiet");
  const undisturbed = { ...noon, isDoNotDisturb: true };
  expect(attentionTo(message({}), loud, undisturbed)).toBe("quiet");
  expect(mayRing(message({}), read(bellPreference("all")), undisturbed)).toBe(false);
  expect(mayRing(message({}), read(bellPreference("off")), noon)).toBe(false);
  expect(mayRing(message({ conversation: EVERYONE }), read(bellPreference("all")), noon)).toBe(true);
});

test("a keyword is folded as Python folds it", () => {
  const words = read(keywordPreference("STRASSE", true), keywordPreference("Οδός", true)).keywords;
  expect([...words]).toEqual(["strasse", "οδόσ"]);
  expect(hasKeyword("in der Straße", words)).toBe(true);
  expect(hasKeyword("ΟΔΌΣ", words)).toBe(true);
});

test("a keyword is a word of its own, but in scripts without spaces", () => {
  const words = new Set(["fire", "火"]);
  expect(hasKeyword("Fire in the kitchen", words)).toBe(true);
  expect(hasKeyword("fireworks", words)).toBe(false);
  expect(hasKeyword("着火了", words)).toBe(true);
});
