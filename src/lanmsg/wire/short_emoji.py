"""Short words for emoji: what keyboards without emoji type to react with.

Words without a meaning stay what they are.
"""

from typing import Final

SHORT_EMOJI: Final = {
    "+1": "👍",
    "-1": "👎",
    "<3": "❤️",
    ":)": "🙂",
    ":d": "😄",
    ":(": "🙁",
    "heart": "❤️",
    "laugh": "😄",
    "ok": "👌",
    "party": "🎉",
    "eyes": "👀",
    "done": "✅",
    "thanks": "🙏",
}
"""By the word in lower case."""


def emoji_for(word: str) -> str:
    """Return the emoji of a word, in any case, with colons around it or without; else the word."""
    folded = word.strip().casefold()
    return SHORT_EMOJI.get(folded, SHORT_EMOJI.get(folded.strip(":"), word.strip()))
