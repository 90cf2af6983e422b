"""Writes docs/vectors/amendments.json: histories of one message, and how it looks after them.

The histories are random, from a fixed seed, and made so that every rule is kept and broken often.
"""

import json
import random
import sys
from pathlib import Path
from typing import Any, Final

from lanmsg.client.amendments import Amended, Amendment, Original, fold
from lanmsg.wire.content import Amending, Delete, Edit, Pin, Reaction
from lanmsg.wire.ids import MessageId, UserId

Json = dict[str, Any]

PATH: Final = Path(__file__).parents[1] / "docs" / "vectors" / "amendments.json"
_USERS: Final = [UserId(bytes([number]) * 16) for number in (1, 2, 3)]
_TARGET: Final = MessageId(b"t" * 16)
_EMOJI: Final = ["👍", "🎉", "ok"]
_CASES: Final = 80
_LONGEST: Final = 9


class _Leaders:
    """Some people may delete and pin; the others may not. Implements `amendments.Powers`."""

    def __init__(self, users: list[UserId]) -> None:
        self.users = users

    def may_delete(self, user: UserId, seq: int) -> bool:
        """Leaders delete what others wrote."""
        return user in self.users

    def may_pin(self, user: UserId, seq: int) -> bool:
        """Leaders pin."""
        return user in self.users


def render() -> str:
    """Return the text of the file."""
    return json.dumps(_all(), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file."""
    PATH.write_text(render(), "utf-8")
    return 0


def _all() -> Json:
    chance = random.Random(4)  # noqa: S311 - examples, no secrets
    return {
        "about": "How a message looks after what people did to it (docs/protocol.md §9.2). `leaders` may "
        "delete what others wrote and pin, at any seq; `is_first` and `is_first_of_author`: no earlier "
        "message of the log (of the same author) has its id.",
        "cases": [_case(chance) for _ in range(_CASES)],
    }


def _case(chance: random.Random) -> Json:
    is_first_of_author = chance.random() < 0.9
    original = Original(
        user=chance.choice(_USERS) if chance.random() < 0.9 else None,
        seq=5,
        text="as written" if chance.random() < 0.9 else None,
        is_first=is_first_of_author and chance.random() < 0.9,
        is_first_of_author=is_first_of_author,
    )
    leaders = _Leaders([user for user in _USERS if chance.random() < 0.4])
    seqs = sorted(chance.sample(range(3, 40), chance.randint(1, _LONGEST)))
    amendments = [Amendment(chance.choice(_USERS), seq, 1000 * seq, _content(chance)) for seq in seqs]
    return {
        "original": {
            "user": None if original.user is None else original.user.hex(),
            "seq": original.seq,
            "text": original.text,
            "is_first": original.is_first,
            "is_first_of_author": original.is_first_of_author,
        },
        "leaders": [user.hex() for user in leaders.users],
        "amendments": [_amendment(each) for each in amendments],
        "shown": _shown(fold(original, amendments, leaders)),
    }


def _content(chance: random.Random) -> Amending:
    is_removed = chance.random() < 0.35
    return chance.choices(
        [
            Edit(_TARGET, f"edit {chance.randint(1, 99)}"),
            Delete(_TARGET),
            Reaction(_TARGET, chance.choice(_EMOJI), is_removed),
            Pin(_TARGET, is_removed),
        ],
        weights=[4, 1, 6, 4],
    )[0]


def _amendment(each: Amendment) -> Json:
    found: Json = {"user": each.user.hex(), "seq": each.seq, "at_ms": each.at_ms}
    match each.content:
        case Edit(text=text):
            return found | {"does": "edit", "text": text}
        case Delete():
            return found | {"does": "delete"}
        case Reaction(emoji=emoji, is_removed=is_removed):
            return found | {"does": "reaction", "emoji": emoji, "is_removed": is_removed}
        case Pin(is_removed=is_removed):
            return found | {"does": "pin", "is_removed": is_removed}


def _shown(shown: Amended) -> Json:
    return {
        "text": shown.text,
        "edited_at_ms": shown.edited_at_ms,
        "is_deleted": shown.is_deleted,
        "deleted_by": None if shown.deleted_by is None else shown.deleted_by.hex(),
        "reactions": [
            {"emoji": each.emoji, "users": [user.hex() for user in each.users]} for each in shown.reactions
        ],
        "is_pinned": shown.is_pinned,
    }


if __name__ == "__main__":
    sys.exit(main())
