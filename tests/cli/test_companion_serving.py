"""A second lanmsg at one home: what the first does for it is what it would have done itself."""

import asyncio
import json
import os
import tempfile
from pathlib import Path

import pytest
from tests.cli.fakes import FakeClient, hit, message, person, room

from lanmsg.cli.companion_serving import answer_line, serve_companions
from lanmsg.client.model import EVERYONE
from lanmsg.client.settings import ClientSettings


@pytest.fixture
def short_path():
    """A directory for sockets: the paths of `tmp_path` are too long for them."""
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        yield Path(directory)


async def answered(client, **request):
    return json.loads(await answer_line(client, json.dumps(request).encode()))


def sending(target="#", *, timeout_s: float | None = 5.0, is_queued=True):
    return {"type": "send", "target": target, "text": "hi", "timeout_s": timeout_s, "is_queued": is_queued}


async def test_a_message_the_hub_has_is_success():
    client = FakeClient()
    assert (await answered(client, **sending()))["code"] == 0
    assert (await answered(client, **sending("@bob", timeout_s=None)))["code"] == 0
    assert [each.text for each in client.sent] == ["hi", "hi"]


async def test_not_in_time_is_code_3_with_or_without_the_queue():
    client = FakeClient(is_slow=True)
    kept = await answered(client, **sending(timeout_s=0))
    gone = await answered(client, **sending(timeout_s=0, is_queued=False))
    assert (kept["code"], gone["code"]) == (3, 3)
    assert "outbox" in kept["error"]
    assert "taken back" in gone["error"]
    assert len(client.sent) == 1


async def test_an_unknown_name_is_code_2_and_names_those_like_it():
    answer = await answered(FakeClient(), **sending("@bop"))
    assert answer["code"] == 2
    assert "@bob" in answer["error"]


async def test_what_the_hub_refused_is_code_5():
    answer = await answered(FakeClient(refusal="too large"), **sending())
    assert (answer["code"], answer["error"]) == (5, "not sent: too large")


async def test_rooms_are_lines():
    client = FakeClient(all_rooms=[room("ops")])
    assert (await answered(client, type="rooms", is_json=False))["lines"] == ["@ops  2 people, open"]
    [line] = (await answered(client, type="rooms", is_json=True))["lines"]
    assert json.loads(line)["name"] == "ops"


async def test_history_and_people_are_lines():
    client = FakeClient(others=[person("bob")], logs={EVERYONE: [message("one"), message("two")]})
    history = await answered(client, type="history", target="#", limit=1, is_json=True)
    assert [json.loads(line)["text"] for line in history["lines"]] == ["two"]
    who = await answered(client, type="who", is_json=True)
    assert [json.loads(line)["name"] for line in who["lines"]] == ["me", "bob"]
    plain = await answered(client, type="history", target="#", limit=1, is_json=False)
    assert "bob → everyone: two" in plain["lines"][-1]


async def test_a_search_is_done_once_everything_is_indexed():
    client = FakeClient(hits=[hit("the cake", found=["cake"])])
    asked = {"type": "search", "query": "cake", "limit": 5, "has_context": False}
    answer = await answered(client, **asked, is_json=True, is_marked=True)
    assert client.is_indexed
    assert [json.loads(line)["marks"] for line in answer["lines"]] == [[[4, 8]]]
    marked = await answered(client, **asked, is_json=False, is_marked=True)
    assert marked["lines"][-1].endswith("the \x1b[1mcake\x1b[22m")
    plain = await answered(client, **asked, is_json=False, is_marked=False)
    assert plain["lines"][-1].endswith("bob → everyone: the cake")
    client.hits = []
    assert (await answered(client, **asked, is_json=False, is_marked=False))["note"] == "nothing was found"
    refused = await answered(client, **{**asked, "query": ""}, is_json=True, is_marked=False)
    assert (refused["code"], "what to look for" in refused["error"]) == (2, True)


async def test_offline_is_noted_for_who_asked_and_not_for_who_holds(capsys):
    answer = await answered(FakeClient(is_online=False), type="who", is_json=False)
    assert "can't be reached" in answer["note"]
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize("line", [b"", b"{}", b'{"type":"forget"}', b"\xff", b'{"type":"who","is_json":7}'])
async def test_nonsense_is_code_1_and_harms_nobody(line):
    assert json.loads(await answer_line(FakeClient(), line))["code"] == 1


async def test_too_much_is_said_so():
    log = {EVERYONE: [message("x" * 60_000)] * 300}
    answer = await answered(FakeClient(logs=log), type="history", target="#", limit=300, is_json=True)
    assert answer["code"] == 2
    assert "--limit" in answer["error"]


@pytest.mark.skipif(os.name != "posix", reason="Unix domain sockets")
async def test_it_is_served_beside_the_store(short_path):
    client = FakeClient()
    client.hub_id = b"h" * 16
    directory = short_path / "hubs" / client.hub_id.hex()
    directory.mkdir(parents=True)
    async with serve_companions(client, ClientSettings(home=short_path)):
        reader, writer = await asyncio.open_unix_connection(directory / "asked")
        await reader.readline()
        writer.write(b'{"type":"who","is_json":true}\n')
        assert json.loads(await reader.readline())["code"] == 0
        writer.close()
