"""The examples run against a real hub, as a reader of the documents would run them."""

import asyncio
import contextlib
import os
import sys
from pathlib import Path

import pytest

from lanmsg.client import EVERYONE, Client, ClientSettings

ROOT = Path(__file__).parents[1]
ECHO_BOT = ROOT / "examples" / "echo_bot.py"
TIMEOUT_S = 20.0


@contextlib.asynccontextmanager
async def program(*arguments, home, first_line):
    """Run a Python program until the block ends; yield the first line it prints."""
    environment = {**os.environ, "HOME": str(home), "PYTHONPATH": str(ROOT / "src")}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment,
    )
    try:
        async with asyncio.timeout(TIMEOUT_S):
            line = (await process.stdout.readline()).decode()
        assert line.startswith(first_line), line + (await process.stderr.read()).decode()
        yield line
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.communicate()


async def until_senders(client, conversation, senders):
    """Wait, by the events, until these have written, in this order."""
    events = client.events()
    async with asyncio.timeout(TIMEOUT_S):
        while [each.sender for each in client.history(conversation)] != senders:
            await anext(events)


@pytest.mark.skipif(os.name != "posix", reason="the home directory of the bot is set by HOME")
async def test_the_echo_bot_answers_privately_and_publicly(tmp_path):
    hub_options = ("--listen", "127.0.0.1:0", "--data", str(tmp_path / "hub"), "--no-advertise")
    async with program("-m", "lanmsg", "hub", *hub_options, home=tmp_path, first_line="ready ") as ready:
        address = ready.split()[1]
        bot = program(
            str(ROOT / "examples" / "echo_bot.py"), address, home=tmp_path, first_line="I am @echo "
        )
        settings = ClientSettings(home=tmp_path / "ann", hub=address, name="ann")
        async with bot, Client(settings) as ann:
            await ann.synced()
            for conversation in (ann.conversation("@echo"), EVERYONE):
                await ann.send(conversation, "hello")
                await until_senders(ann, conversation, ["ann", "echo"])
                assert {each.text for each in ann.history(conversation)} == {"hello"}
