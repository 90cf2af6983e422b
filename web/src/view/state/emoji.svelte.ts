/** The emoji there are, from a data file of our own hub; read when they are first wanted. */

import url from "emoji-picker-element-data/en/emojibase/data.json?url";
import { language } from "$view/i18n/texts.svelte";
import type { EmojiWords } from "$view/state/completion";

/** An emoji with what it is found by. */
export interface Emoji extends EmojiWords {
  readonly name: string;
  readonly tags: readonly string[];
  readonly group: number;
}

/** What a row of the data file has (emojibase). */
interface EmojiRow {
  readonly emoji: string;
  readonly annotation: string;
  readonly shortcodes?: readonly string[];
  readonly tags?: readonly string[];
  readonly group: number;
}

/** Skin tones and hair are no emoji of their own. */
const COMPONENTS = 2;

class EmojiData {
  all = $state.raw<readonly Emoji[]>([]);
}

const data = new EmojiData();
let isAsked = false;

/** Return all emoji that are read by now, and begin to read them. */
export function allEmoji(): readonly Emoji[] {
  if (!isAsked) {
    isAsked = true;
    void readEmoji();
  }
  return data.all;
}

/** The same, for completion. */
export function emojiWords(): readonly EmojiWords[] {
  return allEmoji();
}

/** Return the emoji whose name, tags or shortcodes have all these words; no words: all. */
export function emojiWith(query: string, all: readonly Emoji[]): readonly Emoji[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return all;
  return all.filter((emoji) => {
    const text = [emoji.name, ...emoji.tags, ...emoji.shortcodes].join(" ").toLowerCase();
    return words.every((word) => text.includes(word));
  });
}

async function readEmoji(): Promise<void> {
  try {
    const rows = await rowsFrom(language.code === "zh" ? await chineseUrl() : url);
    data.all = rows.filter((row) => row.group !== COMPONENTS).map(emojiOf);
  } catch {
    isAsked = false; // Without the hub the next opening of the picker tries again.
  }
}

async function chineseUrl(): Promise<string> {
  return (await import("emoji-picker-element-data/zh/emojibase/data.json?url")).default;
}

async function rowsFrom(address: string): Promise<readonly EmojiRow[]> {
  const answer = await fetch(address);
  return (await answer.json()) as readonly EmojiRow[];
}

function emojiOf(row: EmojiRow): Emoji {
  return {
    emoji: row.emoji,
    name: row.annotation,
    shortcodes: row.shortcodes ?? [],
    tags: row.tags ?? [],
    group: row.group,
  };
}
