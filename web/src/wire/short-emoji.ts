/** Short words for emoji: what keyboards without emoji type to react with. */
import { foldCase } from "./fold-case";
import { SHORT_EMOJI } from "./generated/short-emoji";

/** Returns the emoji that a word stands for, in any case, with colons around it or without; else the word. */
export function emojiFor(word: string): string {
  const folded = foldCase(word.trim());
  return SHORT_EMOJI.get(folded) ?? SHORT_EMOJI.get(folded.replace(/^:+|:+$/g, "")) ?? word.trim();
}
