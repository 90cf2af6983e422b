"""Sixty-four emoji with names, for two people to compare seven of them.

Each is one code point, two columns wide and drawn in colour by default, known to Unicode 9 and older,
and looks like no other in the list. The order is part of the protocol: it never changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BITS_PER_EMOJI: Final = 6
EMOJI_COUNT: Final = 7


@dataclass(frozen=True, slots=True)
class NamedEmoji:
    """An emoji and its English name, which is read aloud and shown where no emoji can be."""

    emoji: str
    name: str


_LIST = (
    "🐌 snail, 🐝 bee, 🐋 whale, 🐫 camel, 🦉 owl, 🦊 fox, 🐸 frog, 🐘 elephant, "
    "🐧 penguin, 🐢 turtle, 🐍 snake, 🦆 duck, 🐭 mouse, 🐙 octopus, 🦋 butterfly, 🦀 crab, "
    "🌵 cactus, 🌻 sunflower, 🌴 palm tree, 🍄 mushroom, 🍀 clover, 🍁 red leaf, 🌙 moon, 🌈 rainbow, "
    "⚡ lightning, 🔥 fire, 🌋 volcano, ⛄ snowman, 🍋 lemon, 🍒 cherries, 🍇 grapes, 🍌 banana, "
    "🥕 carrot, 🌽 corn, 🍞 bread, 🧀 cheese, 🥚 egg, 🍕 pizza, 🍦 ice cream, ☕ coffee, "
    "🚲 bicycle, 🚂 train, 🚀 rocket, ⛵ sailboat, 🚁 helicopter, 🚜 tractor, ⚓ anchor, ⛺ tent, "
    "🏰 castle, 🎈 balloon, 🎩 top hat, 👑 crown, 👓 glasses, 💍 ring, 🔑 key, 🔨 hammer, "
    "🔔 bell, 🎸 guitar, 🥁 drum, 🎲 dice, 📖 book, 📎 paper clip, 💡 light bulb, ⏰ alarm clock"
)
EMOJI: Final[tuple[NamedEmoji, ...]] = tuple(
    NamedEmoji(*pair.strip().split(" ", maxsplit=1)) for pair in _LIST.split(",")
)


def emoji_of(numbers: Sequence[int]) -> tuple[NamedEmoji, ...]:
    """Return the emoji with these numbers (0 to 63), in order."""
    return tuple(EMOJI[number] for number in numbers)
