/** What was said, for view tests and pictures. */

import type { Conversation, Message } from "$client/model";
import { direct, GROUP, idOf, NOW_MS, ROOMS } from "./people";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;

/** A message with everything that is not given as it usually is. */
export function messageOf(
  given: Partial<Message> & Pick<Message, "id" | "conversation" | "sender" | "text">,
): Message {
  const isOwn = given.sender === "mara";
  return {
    conversationName: "everyone",
    seq: 1,
    senderDevice: idOf(99),
    isOwn,
    sentAtMs: NOW_MS,
    state: isOwn ? "delivered" : "received",
    isAction: false,
    replyTo: null,
    reason: "",
    deliveredTo: isOwn ? 3 : 0,
    readBy: [],
    editedAtMs: 0,
    isDeleted: false,
    deletedBy: "",
    reactions: [],
    isPinned: false,
    mentions: [],
    mentionsMe: false,
    ...given,
  };
}

type Said = Partial<Message> & Pick<Message, "sender" | "text">;

const CODE =
  "It was the retry. This is the whole fix:\n```python\nasync def retry(link, *, attempts=5):\n    for attempt in range(attempts):\n        if await link.send():\n            return\n        await sleep(2 ** attempt)\n```\nTests are green on both machines.";

const EVERYONE: readonly Said[] = [
  {
    sender: "ben",
    text: "Good morning! The hub moved to the machine by the window.",
    sentAtMs: NOW_MS - DAY,
  },
  { sender: "lena", text: "I will be late, train.", sentAtMs: NOW_MS - DAY + 3 * MINUTE },
  {
    sender: "mara",
    text: "No hurry. We start at ten.",
    sentAtMs: NOW_MS - DAY + 5 * MINUTE,
    state: "read",
    readBy: ["ben", "lena"],
  },
  {
    sender: "ben",
    text: "**Lunch** is at half past twelve today. Who joins?",
    sentAtMs: NOW_MS - 95 * MINUTE,
    isPinned: true,
    reactions: [
      { emoji: "🍜", people: ["mara", "chidi", "سارة"], hasOurs: true },
      { emoji: "👍", people: ["小林"], hasOurs: false },
    ],
  },
  {
    sender: "chidi",
    text: "Me. The place by the river has a table for six:\n- noodles\n- dumplings\n- that _green_ soup",
    sentAtMs: NOW_MS - 92 * MINUTE,
  },
  { sender: "chidi", text: "Map: https://10.0.0.7/river.html", sentAtMs: NOW_MS - 91 * MINUTE },
  { sender: "سارة", text: "سآتي أيضًا، احجزوا لي مكانًا من فضلكم.", sentAtMs: NOW_MS - 80 * MINUTE },
  {
    sender: "小林",
    text: "我今天自己带了饭，明天一起吧。",
    sentAtMs: NOW_MS - 78 * MINUTE,
    editedAtMs: NOW_MS - 77 * MINUTE,
  },
  {
    sender: "mara",
    text: "Table for five then. I call them.",
    sentAtMs: NOW_MS - 76 * MINUTE,
    replyTo: "chidi",
    state: "read",
    readBy: ["ben", "chidi"],
  },
  { sender: "lena", text: "", isDeleted: true, deletedBy: "lena", sentAtMs: NOW_MS - 60 * MINUTE },
  { sender: "ben", text: CODE, sentAtMs: NOW_MS - 40 * MINUTE },
  {
    sender: "chidi",
    text: "@mara can you look at the printer? It says\n> PC LOAD LETTER\nagain.",
    mentions: ["mara"],
    mentionsMe: true,
    sentAtMs: NOW_MS - 12 * MINUTE,
  },
  { sender: "mara", text: "kicks the printer", isAction: true, sentAtMs: NOW_MS - 10 * MINUTE },
  { sender: "mara", text: "It prints. Nobody touch it.", sentAtMs: NOW_MS - 9 * MINUTE },
];

const BEN: readonly Said[] = [
  { sender: "ben", text: "Do you have the keys to the cellar?", sentAtMs: NOW_MS - 30 * MINUTE },
  {
    sender: "mara",
    text: "On my desk, under the plant.",
    sentAtMs: NOW_MS - 28 * MINUTE,
    state: "read",
    readBy: ["ben"],
    deliveredTo: 1,
  },
  {
    sender: "ben",
    text: "Found them, thank you 🙂",
    sentAtMs: NOW_MS - 27 * MINUTE,
    reactions: [{ emoji: "🌱", people: ["mara"], hasOurs: true }],
  },
];

/** Everything that was said, by conversation. */
export function everythingSaid(): readonly (readonly [Conversation, readonly Message[]])[] {
  return [
    [{ kind: "everyone", key: "" }, numbered({ kind: "everyone", key: "" }, "everyone", EVERYONE, 1000)],
    [direct("ben"), numbered(direct("ben"), "@ben", BEN, 2000)],
    [
      direct("viktor"),
      numbered(direct("viktor"), "@viktor", [{ sender: "viktor", text: "I have a new laptop." }], 3000),
    ],
    [direct("lena"), numbered(direct("lena"), "@lena", [{ sender: "lena", text: "See you at ten!" }], 4000)],
    [
      room("kitchen"),
      numbered(
        room("kitchen"),
        "@kitchen",
        [
          { sender: "chidi", text: "Soup is ready.", sentAtMs: NOW_MS - 50 * MINUTE },
          { sender: "ben", text: "Coming!", sentAtMs: NOW_MS - 49 * MINUTE },
        ],
        5000,
      ),
    ],
    [
      room("build"),
      numbered(
        room("build"),
        "@build",
        [{ sender: "小林", text: "main 已经冻结，请只提交修复。", sentAtMs: NOW_MS - 20 * MINUTE }],
        6000,
      ),
    ],
    [GROUP, numbered(GROUP, "@ben,@chidi", [{ sender: "ben", text: "Who brings the cake?" }], 7000)],
  ];
}

export function room(name: string): Conversation {
  const found = ROOMS.find((one) => one.name === name);
  if (found === undefined) throw new Error(`no room is called ${name}`);
  return found.conversation;
}

function numbered(
  conversation: Conversation,
  conversationName: string,
  said: readonly Said[],
  base: number,
): readonly Message[] {
  const ids = said.map((_, index) => idOf(base + index));
  return said.map((one, index) => {
    const answered =
      one.replyTo === undefined || one.replyTo === null
        ? -1
        : said.findIndex((other) => other.sender === one.replyTo);
    return messageOf({
      ...one,
      id: ids[index] as string,
      seq: index + 1,
      conversation,
      conversationName,
      replyTo: ids[answered] ?? null,
    });
  });
}
