"""Modules that are imported while something else waits."""

import asyncio
import sys

import pytest

from lanmsg.cli.loading import APP_MODULES, import_meanwhile


@pytest.fixture
def modules(tmp_path, monkeypatch):
    names = ("first_piece", "second_piece", "third_piece")
    for name in names:
        (tmp_path / f"{name}.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    yield names
    for name in names:
        sys.modules.pop(name, None)


async def test_what_is_ready_runs_between_two_modules(modules):
    loop, seen = asyncio.get_running_loop(), []

    def look():
        seen.append(sum(name in sys.modules for name in modules))
        if len(seen) < len(modules):
            loop.call_soon(look)

    loop.call_soon(import_meanwhile, modules)
    loop.call_soon(look)
    for _ in modules:
        await asyncio.sleep(0)
    assert seen == [1, 2, 3]


async def test_the_pieces_of_the_app_are_there_when_it_is_imported():
    import_meanwhile(APP_MODULES)
    for _ in APP_MODULES:
        await asyncio.sleep(0)
    assert set(APP_MODULES) <= sys.modules.keys()
