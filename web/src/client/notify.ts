/** Whether a message calls for attention: one table of rules, the first that applies decides. */

import type { Attention } from "$client/api";
import { conversationKey, type Message } from "$client/model";
import { foldWords } from "$client/preference-values";
import { covers, isMuted, levelOf, type Preferences } from "$client/preferences";

/** What is so with the reader now. */
export interface ReaderNow {
  /** By the reader's clock. */
  readonly now: Date;
  /** What others are shown of the reader. */
  readonly isDoNotDisturb: boolean;
}

/** A message, what its reader prefers, and what is so with the reader. */
interface Moment extends ReaderNow {
  readonly message: Message;
  readonly preferences: Preferences;
}

/** What is done about a message, if this is so. */
interface Rule {
  readonly words: string;
  readonly applies: (moment: Moment) => boolean;
  readonly attention: Attention;
}

/** Every rule, in order. An edit, a reaction and the like are no messages: they are never asked about. */
export const RULES: readonly Rule[] = [
  { words: "it is our own", applies: (m) => m.message.isOwn, attention: "none" },
  { words: "it can't be read", applies: (m) => m.message.state === "unreadable", attention: "none" },
  { words: "it is deleted", applies: (m) => m.message.isDeleted, attention: "none" },
  {
    words: "its sender is ignored",
    applies: (m) => m.preferences.ignored.has(m.message.sender),
    attention: "none",
  },
  {
    words: "the conversation is muted",
    applies: (m) => isMuted(m.preferences, m.message.conversation, m.now.getTime()),
    attention: "none",
  },
  { words: "nothing of it is wanted", applies: (m) => level(m) === "nothing", attention: "none" },
  {
    words: "only what calls us is wanted, and it does not",
    applies: (m) => level(m) === "mentions" && !callsUs(m),
    attention: "none",
  },
  { words: "these are quiet hours", applies: isQuietTime, attention: "quiet" },
  { words: "we are not to be disturbed", applies: (m) => m.isDoNotDisturb, attention: "quiet" },
  { words: "it is wanted", applies: () => true, attention: "ring" },
];

function level({ preferences, message }: Moment): string {
  return levelOf(preferences, message.conversation);
}

function callsUs({ message, preferences }: Moment): boolean {
  return message.mentionsMe || hasKeyword(message.text, preferences.keywords);
}

function isQuietTime({ preferences, now }: Moment): boolean {
  if (!preferences.quietHours) return false;
  return covers(preferences.quietHours, now.getHours() * 60 + now.getMinutes());
}

/** Return what a new message (`message_added`, not of the backlog) calls for at this time. */
export function attentionTo(message: Message, preferences: Preferences, reader: ReaderNow): Attention {
  const moment = { message, preferences, ...reader };
  return RULES.find((rule) => rule.applies(moment))?.attention ?? "none";
}

/** Tell whether a new message may make a noise, by what the person has chosen for the bell. */
export function mayRing(message: Message, preferences: Preferences, reader: ReaderNow): boolean {
  if (preferences.bell === "off") return false;
  const { conversation } = message;
  if (preferences.bell === "all" && levelOf(preferences, conversation) !== "nothing") {
    const levels = new Map([[conversationKey(conversation), "all" as const]]);
    return attentionTo(message, { ...preferences, levels }, reader) === "ring";
  }
  return attentionTo(message, preferences, reader) === "ring";
}

/** Tell whether a text has one of these case folded words in it, as a word of its own. */
export function hasKeyword(text: string, keywords: ReadonlySet<string>): boolean {
  if (!keywords.size) return false;
  const folded = foldWords(text);
  return [...keywords].some((word) => hasWord(folded, word));
}

function hasWord(text: string, word: string): boolean {
  for (let start = text.indexOf(word); start >= 0; start = text.indexOf(word, start + 1)) {
    const before = lastCharacter(text.slice(0, start));
    const after = firstCharacter(text.slice(start + word.length));
    if (!goesOn(before, firstCharacter(word)) && !goesOn(after, lastCharacter(word))) return true;
  }
  return false;
}

function firstCharacter(text: string): string {
  return /^./su.exec(text)?.[0] ?? "";
}

function lastCharacter(text: string): string {
  return /.$/su.exec(text)?.[0] ?? "";
}

const LETTER = /[\p{L}\p{N}]/u;
const WITHOUT_SPACES = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/u;

/** Tell whether a word goes on beyond its edge. Scripts without spaces have no such edges. */
function goesOn(beside: string, edge: string): boolean {
  return LETTER.test(beside) && LETTER.test(edge) && !WITHOUT_SPACES.test(beside + edge);
}
