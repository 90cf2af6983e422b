"""Writes docs/attacks.md: every scripted attack of a hub and of a member, and what people see of it.

    python tools/make_attacks.py

It is made of the tables that the tests play (`tests/encryption/tables.py`); a test tells when it is old.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "src")]

from tests.encryption.attack import Ends, HubAttack  # noqa: E402 - only with the path above
from tests.encryption.member import MemberAttack  # noqa: E402
from tests.encryption.tables import HUB_ATTACKS, MEMBER_ATTACKS  # noqa: E402

PAGE = ROOT / "docs" / "attacks.md"
ABOUT = """# Attacks that are played

A hub that lies and members whose programs lie, each lie by its name. In every one real clients with real
encryption talk over a real hub (`tests/encryption`), something between them lies, and then is honest again.
Nobody may be shown what was not said so, whatever the lie; what people do see of it, and what is left of the
conversation, stands beside it. `make test` plays 60 and 80 of them, `make deep-encryption` each in a
direct chat, a group and a room.

Made by tools/make_attacks.py.
"""
HUB_TABLE = """## A hub that lies

| attack | what is shown | when the hub is honest again |
|---|---|---|"""
MEMBER_TABLE = """## A member who lies

All others see the same, nothing of theirs is changed, and they go on.

| what is sent | what the others are shown |
|---|---|"""
NOTHING = "nothing: it has no effect"


def page() -> str:
    """Return the page."""
    hub = "\n".join(_hub_row(each) for each in HUB_ATTACKS)
    member = "\n".join(_member_row(each) for each in MEMBER_ATTACKS)
    return f"{ABOUT}\n{HUB_TABLE}\n{hub}\n\n{MEMBER_TABLE}\n{member}\n"


def _hub_row(attack: HubAttack) -> str:
    ends = attack.ends.value
    if attack.ends in {Ends.CLOSED, Ends.ALONE}:
        ends = f"for {' and '.join(attack.closed_for)}: {ends}"
    return f"| {attack.name} | {_shown(attack.shown)} | {ends} |"


def _member_row(attack: MemberAttack) -> str:
    return f"| {attack.name} | {_shown(attack.shown)} |"


def _shown(shown: frozenset[str]) -> str:
    return ", ".join(f"`{word}`" if "_" in word else word for word in sorted(shown)) or NOTHING


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
