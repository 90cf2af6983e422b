"""Exports: what is written of which messages, in each form, and where they come from."""

import html.parser
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.cli.fakes import NOON_MS, FakeClient, direct, message, room

from lanmsg.cli.companion_serving import answer_line
from lanmsg.cli.exit_codes import CommandFailed
from lanmsg.cli.export import write_export
from lanmsg.cli.export_formats import ExportFormat, rendering
from lanmsg.cli.export_source import (
    PAGE_CHARACTERS,
    PAGE_MESSAGES,
    ClientSource,
    CompanionSource,
    NamedConversation,
)
from lanmsg.client.model import (
    EVERYONE,
    Conversation,
    ConversationKind,
    Gap,
    MemberRole,
    MessageReaction,
    MessageState,
)
from lanmsg.client.store.interface import StoreLocked

DAY_MS = 24 * 3600 * 1000


def client_with(*messages, **more):
    """A client with these messages, numbered in their conversations."""
    logs = {}
    for each in messages:
        log = logs.setdefault(each.conversation, [])
        log.append(
            replace(
                each,
                seq=len(log) + 1,
                id=bytes([len(logs), *len(log).to_bytes(2, "little")]).ljust(16, b"\0"),
            )
        )
    return FakeClient(logs=logs, **more)


async def exported(client, form=ExportFormat.TEXT, target="", source=ClientSource):
    file = io.BytesIO()
    count = await write_export(source(client), target, rendering(form), file)
    assert count == sum(len(log) for log in client.logs.values()) or target
    return file.getvalue().decode()


async def html_of(*messages, **more):
    return await exported(client_with(*messages, **more), ExportFormat.HTML)


class Page(html.parser.HTMLParser):
    """A page's elements, and its text."""

    def __init__(self, text):
        super().__init__()
        self.elements, self.words, self.depth = [], [], 0
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self.depth += tag not in {"meta"}

    def handle_endtag(self, tag):
        self.depth -= 1

    def handle_data(self, data):
        self.words.append(data)


# --- all forms -------------------------------------------------------------------------------


async def test_without_a_target_all_conversations_come_everyone_first():
    client = client_with(message("private", to=direct("bob")), message("public"))
    text = await exported(client)
    assert text.index("public") < text.index("private")
    assert 'Messages of me at hub "kitchen"' in text


async def test_with_a_target_there_is_only_that_conversation():
    client = client_with(message("private", to=direct("bob")), message("public"))
    assert "public" not in await exported(client, target="@bob")
    assert "private" not in await exported(client, target="@bob,@ann"), "that is a group"


async def test_json_lines_are_those_of_history():
    client = client_with(message("one"), message("two\nlines"))
    lines = [json.loads(line) for line in (await exported(client, ExportFormat.JSONL)).splitlines()]
    assert [(each["text"], each["from"], each["conversation"]) for each in lines] == [
        ("one", "bob", "everyone"),
        ("two\nlines", "bob", "everyone"),
    ]


async def test_a_long_history_comes_in_order_and_what_waits_comes_last():
    client = client_with(*(message(f"number {n}") for n in range(2 * PAGE_MESSAGES + 7)))
    client.is_slow = True
    waiting = await client.send(EVERYONE, "not sent yet")
    client.logs[EVERYONE].append(replace(waiting, seq=0))  # so that the count is right
    client.logs[EVERYONE].pop()
    file = io.BytesIO()
    await write_export(ClientSource(client), "#", rendering(ExportFormat.JSONL), file)
    texts = [json.loads(line)["text"] for line in file.getvalue().splitlines()]
    assert texts == [*(f"number {n}" for n in range(2 * PAGE_MESSAGES + 7)), "not sent yet"]


def client_with_gaps():
    """Messages are missing before the first, between the two, and behind the last one of the log."""
    log = [replace(message("old", to=direct("bob")), seq=4), replace(message("new"), seq=10)]
    return FakeClient(logs={direct("bob"): log}, missing=[Gap(0, 3, 3), Gap(4, 9, 5), Gap(10, 11, 1)])


@pytest.mark.parametrize("form", ExportFormat)
async def test_where_messages_are_missing_each_form_says_so_in_its_place(form):
    written = await exported(client_with_gaps(), form)
    if form is ExportFormat.JSONL:
        lines = [json.loads(line) for line in written.splitlines()]
        assert [each.get("count", each.get("text")) for each in lines] == [3, "old", 5, "new", 1]
        assert {each["conversation"] for each in lines if "event" in each} == {"@bob"}
        return
    places = [written.index(words) for words in ("3 messages", "old", "5 messages", "new", "A message here")]
    assert places == sorted(places)


async def test_a_room_that_we_were_never_in_is_no_empty_export(monkeypatch):
    client = client_with(message("public"))
    client.all_rooms = [room("kitchen", role=MemberRole.OUTSIDER), room("hall")]
    for source in (ClientSource, through_companion(client, monkeypatch)):
        with pytest.raises(CommandFailed, match=r"never in .*kitchen.* lanmsg rooms"):
            await exported(client, target="@kitchen", source=source)
    assert "hall" in await exported(client, target="@hall"), "ours, though nothing was said yet"


async def test_a_room_that_we_have_left_is_exported_as_far_as_we_have_it():
    left = room("kitchen", role=MemberRole.OUTSIDER)
    client = client_with(message("when I was in", to=left.conversation))
    client.all_rooms = [left]
    assert "when I was in" in await exported(client, target="@kitchen")


# --- through the lanmsg that holds the store ---------------------------------------------------


def through_companion(client, monkeypatch):
    async def ask_local(path, request, *, timeout_s):
        return await answer_line(client, request)

    monkeypatch.setattr("lanmsg.cli.companion.ask_local", ask_local)
    return lambda _: CompanionSource(StoreLocked("in use", Path("/")))


@pytest.mark.parametrize("form", ExportFormat)
async def test_through_a_companion_every_form_is_the_same(form, monkeypatch):
    client = client_with(
        message("one", reply_to=b"\1\0".ljust(16, b"\0")),
        message("zwei ü \x1b \u202e", to=direct("bob")),
        message("", state=MessageState.UNREADABLE, reason="damaged"),
        message("wave", is_action=True),
    )
    monkeypatch.setattr("lanmsg.cli.export_html._now_words", lambda: "now")
    source = through_companion(client, monkeypatch)
    assert await exported(client, form, source=source) == await exported(client, form)


async def test_through_a_companion_large_messages_fit(monkeypatch):
    texts = [f"{n}" + "\x01" * 65_000 for n in range(6 * PAGE_CHARACTERS // 65_000)]
    client = client_with(*map(message, texts))
    written = await exported(client, ExportFormat.JSONL, source=through_companion(client, monkeypatch))
    assert [json.loads(line)["text"] for line in written.splitlines()] == texts


async def test_through_a_companion_an_unknown_name_is_said(monkeypatch):
    with pytest.raises(CommandFailed, match="Nobody here is called nobody"):
        await exported(client_with(), target="@nobody", source=through_companion(client_with(), monkeypatch))


# --- the page --------------------------------------------------------------------------------


async def test_the_page_names_days_and_each_sender_once_a_run():
    page = await html_of(
        message("a", sender="bob"),
        message("b", sender="bob"),
        message("c", sender="ann"),
        message("d", sender="ann", sent_at_ms=NOON_MS + DAY_MS),
    )
    days = re.findall(r"<h3>(\w+) (\d+) November 2026</h3>", page)
    assert [day for _, day in days] in (["4", "5"], ["5", "6"])
    assert [name for _, name in re.findall(r'class="who (c\d)"><bdi>(\w+)<', page)] == ["bob", "ann", "ann"]


async def test_the_page_loads_nothing_and_runs_nothing():
    page = Page(await html_of(message("https://example.org <script src='https://example.org'>")))
    assert {tag for tag, _ in page.elements}.isdisjoint({"script", "img", "link", "iframe", "object", "base"})
    targets = [attrs.get("href", "#") for _, attrs in page.elements]
    assert all(target.startswith("#") for target in targets)
    assert not any(name in {"src", "style"} or name.startswith("on") for _, a in page.elements for name in a)
    [policy] = [a["content"] for _, a in page.elements if a.get("http-equiv") == "Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")


async def test_a_page_allows_exactly_its_own_style():
    import base64
    import hashlib

    page = await html_of(message("hi"))
    style = page.partition("<style>")[2].partition("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"sha256-{digest}" in page
    assert "url(" not in style
    assert "@import" not in style


@given(st.text(), st.text(min_size=1), st.booleans())
def test_no_text_of_others_becomes_markup(text, name, is_action):
    head = rendering(ExportFormat.HTML)
    harmless = head.message(message("x", sender="bob", is_action=is_action))
    written = rendering(ExportFormat.HTML).message(message(text, sender=name, is_action=is_action))
    shape = [tag for tag, _ in Page(harmless).elements]
    assert [tag for tag, _ in Page(written).elements] == shape
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", written)


async def test_a_reply_quotes_what_it_answers_and_leads_there():
    page = await html_of(message("first <b>"), message("second", reply_to=b"\1\0".ljust(16, b"\0")))
    assert f'href="#m{"01".ljust(32, "0")}" dir="auto">↩ bob: first &lt;b&gt;</a>' in page
    assert f'id="m{"01".ljust(32, "0")}"' in page


async def test_a_reply_to_what_is_not_there_says_so():
    assert "↩ an earlier message" in await html_of(message("second", reply_to=b"\7" * 16))


async def test_what_can_not_be_read_and_what_was_not_sent_say_why():
    page = await html_of(
        message("", state=MessageState.UNREADABLE, reason="damaged"),
        message("w", sender="me", state=MessageState.WAITING),
        message("f", sender="me", state=MessageState.FAILED, reason="too large"),
    )
    assert "can&#x27;t be read: damaged" in page
    assert "waiting, not sent yet" in page
    assert "not sent: too large" in page


async def test_what_became_of_a_message_is_shown():
    hearts = MessageReaction("<3", ("ann", "<i>"), has_ours=False)
    page = await html_of(
        message("better", edited_at_ms=NOON_MS, reactions=(hearts,), is_pinned=True),
        message("", is_deleted=True, deleted_by="bob"),
        message("why?", reply_to=b"\1\1".ljust(16, b"\0")),
    )
    assert "<li><bdi>&lt;3</bdi> ann, &lt;i&gt;</li>" in page
    assert ">pinned</span>" in page
    assert re.search(r">edited \d\d:\d\d, [45] November 2026</span>", page)
    assert ">[deleted by bob]</p>" in page
    assert "↩ bob: deleted by bob</a>" in page


@pytest.mark.parametrize(
    ("kind", "words"), [("direct", "private"), ("group", "a group of people"), ("room", "a room")]
)
def test_a_conversation_says_what_it_is(kind, words):
    shown = Conversation(ConversationKind(kind), b"k" * 16)
    assert f">{words}</p>" in rendering(ExportFormat.HTML).begin(NamedConversation(shown, "@x"))


async def test_every_element_of_a_page_is_closed():
    page = Page(
        await html_of(
            message("a"), message("b", to=direct("bob")), message("c", to=direct("bob"), sender="me")
        )
    )
    assert page.depth == 0
    assert [tag for tag, _ in page.elements].count("section") == 2
    assert [a["href"] for tag, a in page.elements if tag == "a"] == ["#c1", "#c2"]
