"""E-01: native and web clients in one conversation, any history: who may read does, and nobody else can."""

import os
import random
import secrets
from collections import Counter

import pytest

from tests.records import keep

from .histories import History
from .site import Site, on_site

HISTORIES = int(os.environ.get("LANMSG_HISTORIES", "0"))
"""How many, of seeds that nobody has chosen (`make deep-histories`); 0: a short one, always the same."""
STEPS = int(os.environ.get("LANMSG_HISTORY_STEPS", "12" if HISTORIES else "3"))


@pytest.mark.timeout(180 + 180 * HISTORIES)
def test_after_any_history_all_who_may_read_do_and_nobody_else_can(tmp_path, capsys):
    first = int(os.environ.get("LANMSG_HISTORY_SEED", secrets.randbits(32) if HISTORIES else 3))
    did: Counter[str] = Counter()
    violations: list[str] = []
    for seed in range(first, first + max(HISTORIES, 1)):
        directory = tmp_path / str(seed)
        directory.mkdir()
        found = played(directory, seed, did)
        violations += [f"LANMSG_HISTORY_SEED={seed}: {each}" for each in found]
        with capsys.disabled():
            print(f"\n  seed {seed}: {len(found)} violations, {dict(did)}")  # noqa: T201 - to repeat it
    figures = {"histories": max(HISTORIES, 1), "steps each": STEPS, **did}
    line = keep("histories of Python and browser clients", figures, violations=len(violations), plan="E-01")
    with capsys.disabled():
        print(f"\n  {line}")  # noqa: T201 - the figures of a run belong to its result
    assert not violations, "\n".join(violations)


def played(directory, seed, did):
    """Play one history; return what was wrong."""
    violations: list[str] = []

    async def main(site: Site) -> None:
        history = History(site, random.Random(seed))
        try:
            await history.begin()
            for _ in range(STEPS):
                await history.step()
            violations.extend(await history.judge())
        except AssertionError as error:
            violations.append(str(error))
        did.update(history.did)

    on_site(directory, main)
    return violations
