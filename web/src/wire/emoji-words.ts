/** Sixty-four emoji with names, for two people to compare seven of them. */
import { EMOJI, type NamedEmoji } from "./generated/emoji-words";

export * from "./generated/emoji-words";

/** Returns the emoji with these numbers (0 to 63), in order. */
export function emojiOf(numbers: readonly number[]): readonly NamedEmoji[] {
  return numbers.map((number) => {
    const emoji = EMOJI[number];
    if (!emoji) throw new TypeError("no emoji has this number");
    return emoji;
  });
}
