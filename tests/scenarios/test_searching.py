"""What was said is found: by whom it may be read, as it is now, before and after it is indexed."""

import asyncio
import contextlib
import random
from datetime import UTC, datetime, timedelta

import pytest

from lanmsg.client import EVERYONE
from lanmsg.client.errors import UnknownPerson
from lanmsg.client.indexer import INDEX_AFTER_S
from lanmsg.client.searching import MAX_SCANNED
from lanmsg.wire.limits import MAX_SEARCH_HITS
from lanmsg.wire.search_query import QueryError

from .world import join, say, scenario, shows, texts, until


def found(client, query, **options):
    return [hit.message.text for hit in client.search(query, **options)]


def unindexed(client):
    return len(client._engine._store.unindexed(limit=10_000))


async def indexed(client):
    await until(lambda: unindexed(client) == 0, seconds=30)


@scenario
async def test_people_find_what_they_may_read_and_nothing_else(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await say(ann, "#", "the cake is in the kitchen")
    await say(ann, "@bob", "there is a second cake")
    for client, expected in [
        (ann, ["there is a second cake", "the cake is in the kitchen"]),
        (bob, ["there is a second cake", "the cake is in the kitchen"]),
        (cid, ["the cake is in the kitchen"]),
    ]:
        await until(lambda client=client, expected=expected: found(client, "cake") == expected)
        await indexed(client)
        assert found(client, "cake") == expected
        assert found(client, "second ki") == []


@scenario
async def test_a_message_is_found_at_once_and_after_it_is_indexed(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await say(ann, "@bob", "明天去東京", "กาแฟร้อน", "오늘 학교에서", "Crème brûlée")
    await shows(bob, "@ann", ["明天去東京", "กาแฟร้อน", "오늘 학교에서", "Crème brûlée"])
    assert unindexed(bob) >= 4
    for _ in range(2):
        assert found(bob, "東京") == ["明天去東京"]
        assert found(bob, "กาแฟ") == ["กาแฟร้อน"]
        assert found(bob, "학") == ["오늘 학교에서"]
        assert found(bob, "creme br") == ["Crème brûlée"]
        await asyncio.sleep(INDEX_AFTER_S + 1)
        assert unindexed(bob) == 0


@scenario
async def test_filters_narrow_what_is_found(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await say(ann, "#", "see https://example.org/plan", "run `make plan`")
    await say(bob, "#", "plan: ask @cid")
    await say(cid, "@ann", "my plan")
    await until(lambda: len(found(ann, "plan")) == 4)
    [mine] = [message for message in ann.history(EVERYONE) if "https" in message.text]
    await ann.send(EVERYONE, "a better plan", reply_to=mine.id)
    await until(lambda: len(found(ann, "plan")) == 5)
    for _ in range(2):
        assert found(ann, "plan from:bob") == found(ann, "has:mention") == ["plan: ask @cid"]
        assert found(ann, "plan in:@cid") == found(ann, "from:cid") == ["my plan"]
        assert found(ann, "plan has:link") == ["see https://example.org/plan"]
        assert found(ann, "plan has:code -has:link") == ["run `make plan`"]
        assert found(ann, "has:reply") == ["a better plan"]
        assert found(ann, "from:me from:cid in:everyone in:cid -has:link -has:code") == [
            "a better plan",
            "my plan",
        ]
        assert found(ann, "plan -from:me -in:#") == ["my plan"]
        assert found(ann, '"plan ask"') == ["plan: ask @cid"]
        assert len(found(ann, "-better")) == 4
        await indexed(ann)


@scenario
async def test_days_are_those_of_this_machine(world, clients):
    [ann] = await join(world, clients, "ann")
    await say(ann, "#", "today")
    await until(lambda: found(ann, "today") == ["today"])
    day = datetime.fromtimestamp(world.now_ms() / 1000, tz=UTC).astimezone().date()
    for _ in range(2):
        assert found(ann, f"after:{day}") == found(ann, f"today after:{day.year}") == ["today"]
        assert found(ann, f"before:{day + timedelta(1)} today") == ["today"]
        assert found(ann, f"today before:{day}") == found(ann, f"after:{day + timedelta(1)}") == []
        assert found(ann, "after:0001 before:9999") == ["today"]
        assert found(ann, "after:9999") == found(ann, "before:0001") == []
        await indexed(ann)


@scenario
async def test_hits_stand_between_their_neighbours_and_come_in_pages(world, clients):
    [ann] = await join(world, clients, "ann")
    await say(ann, "#", *(f"number {number}" for number in range(12)))
    await until(lambda: len(found(ann, "number")) == 12)
    for _ in range(2):
        page = ann.search("number", limit=5)
        [hit] = [hit for hit in page if hit.message.text == "number 10"]
        assert (hit.before.text, hit.after.text) == ("number 9", "number 11")
        assert [hit.message.text[slice(*mark)] for mark in hit.marks] == ["number"]
        assert page[0].after is None
        pages = [page]
        while pages[-1]:
            pages.append(ann.search("number", limit=5, before=pages[-1][-1].place))
        assert [hit.message.text for page in pages for hit in page] == [f"number {n}" for n in range(12)][
            ::-1
        ]
        await indexed(ann)


@scenario
async def test_after_a_restart_the_rest_is_indexed_and_nothing_is_lost(world, clients):
    machine = world.machine("ann")
    ann = await clients.open(machine)
    await say(ann, "#", "before the restart")
    await until(lambda: found(ann, "restart") == ["before the restart"])
    await clients.crash(machine, ann)
    ann = await clients.open(machine)
    assert unindexed(ann) == 1
    assert found(ann, "restart") == ["before the restart"]
    await indexed(ann)
    assert found(ann, "restart") == ["before the restart"]


@scenario
async def test_a_long_backlog_is_found_once_it_is_indexed(world, clients):
    machine = world.machine("bob")
    ann, bob = await clients.open(world.machine("ann")), await clients.open(machine)
    await until(lambda: len(ann.people()) == 2)
    await clients.close(bob)
    lines = [f"line {number}" for number in range(MAX_SCANNED + 50)]
    await say(ann, "#", *lines)
    await until(lambda: ann.waiting == 0)
    bob = await clients.open(machine)
    await bob.index_messages()
    assert found(bob, "line", limit=3) == lines[:-4:-1]
    assert found(bob, f'"line {MAX_SCANNED + 20}"') == [lines[MAX_SCANNED + 20]]


@scenario
async def test_what_cannot_be_searched_for_is_said(world, clients):
    [ann] = await join(world, clients, "ann")
    for query in ("", "from:", "has:file", "x" * 10_240, "?!"):
        with pytest.raises(QueryError):
            ann.search(query)
    for limit in (0, -1, MAX_SEARCH_HITS + 1):
        with pytest.raises(QueryError):
            ann.search("x", limit=limit)
    for query in ("x from:nobody", "in:@nobody", "-from:nobody"):
        with pytest.raises(UnknownPerson):
            ann.search(query)


HOSTILE = [
    *('" OR "', "x AND NOT y", "NEAR(a b)", "words:x", "a* OR b*", "^start", "{a b}:c", "((((", '"""'),
    *("\0", "a\0b", "'; DROP TABLE message; --", "\ue000u", "\ue000", "-" * 50, "\ud800 x"),
]


@pytest.mark.parametrize("query", HOSTILE)
@scenario
async def test_a_hostile_query_finds_nothing_and_breaks_nothing(world, clients, query):
    [ann] = await join(world, clients, "ann")
    await say(ann, "#", "hello")
    await until(lambda: found(ann, "hello") == ["hello"])
    for _ in range(2):
        with contextlib.suppress(QueryError):
            assert found(ann, query) == []
        await indexed(ann)
    assert found(ann, "hello") == ["hello"]


@scenario
async def test_a_text_that_claims_a_fact_does_not_have_it(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    user = bob.person("bob").user
    await say(ann, "#", f"\ue000u{user.hex()[:16]} \ue000hlink")
    await until(lambda: len(found(bob, "from:ann")) == 1)
    for _ in range(2):
        assert found(bob, "from:bob") == found(bob, "has:link") == []
        await indexed(bob)


# --- what changes ----------------------------------------------------------------------------


async def eventually(client, query, expected):
    await until(lambda: found(client, query) == expected, why=lambda: f"{query}: {found(client, query)}")


@pytest.mark.parametrize("is_indexed", [True, False])
@scenario
async def test_an_edited_message_is_found_by_its_new_text_only(world, clients, is_indexed):
    ann, bob = await join(world, clients, "ann", "bob")
    [message] = await say(ann, "#", "old wording")
    for client in (ann, bob):
        await eventually(client, "wording", ["old wording"])
        if is_indexed:
            await indexed(client)
    await ann.edit(message.id, "new wording")
    for client in (ann, bob):
        await eventually(client, "new", ["new wording"])
        assert found(client, "old") == []
        await indexed(client)
        assert (found(client, "old"), found(client, "wording")) == ([], ["new wording"])
    await ann.edit(message.id, "third wording")
    await eventually(bob, "wording -new", ["third wording"])


@pytest.mark.parametrize("is_indexed", [True, False])
@scenario
async def test_a_deleted_message_is_found_by_nothing(world, clients, is_indexed):
    ann, bob = await join(world, clients, "ann", "bob")
    [message, _] = await say(ann, "#", "secret plan", "other plan")
    await eventually(bob, "plan", ["other plan", "secret plan"])
    await ann.edit(message.id, "edited secret plan")
    await eventually(bob, "edited", ["edited secret plan"])
    if is_indexed:
        await indexed(bob)
    await ann.delete(message.id)
    for client in (ann, bob):
        await eventually(client, "plan", ["other plan"])
        await indexed(client)
        assert found(client, "secret") == found(client, "edited") == []
        assert [hit.before.is_deleted for hit in client.search("other")] == [True]


@scenario
async def test_an_edit_of_ours_is_found_while_it_waits_and_after(world, clients):
    [ann] = await join(world, clients, "ann")
    [message] = await say(ann, "#", "old wording")
    await eventually(ann, "wording", ["old wording"])
    await indexed(ann)
    world.crash_hub()
    await until(lambda: not ann.is_online)
    await ann.edit(message.id, "new wording")
    assert (found(ann, "new"), found(ann, "old")) == (["new wording"], [])
    world.start_hub()
    await until(lambda: ann.waiting == 0)
    await indexed(ann)
    assert (found(ann, "new"), found(ann, "old")) == (["new wording"], [])


@scenario
async def test_an_edit_that_is_taken_back_was_never_in_the_index(world, clients):
    [ann] = await join(world, clients, "ann")
    [message] = await say(ann, "#", "old wording")
    await eventually(ann, "wording", ["old wording"])
    world.crash_hub()
    await until(lambda: not ann.is_online)
    await ann.edit(message.id, "new wording")
    await indexed(ann)
    assert (found(ann, "new"), found(ann, "old")) == (["new wording"], [])
    [edit] = ann._engine.outbox.book.amendments_of(message.id)
    assert await ann.withdraw(edit.message_id)
    assert (found(ann, "new"), found(ann, "old")) == ([], ["old wording"])


@scenario
async def test_changes_do_not_stand_beside_a_hit(world, clients):
    [ann] = await join(world, clients, "ann")
    [first, _] = await say(ann, "#", "first", "second")
    await eventually(ann, "second", ["second"])
    await ann.react(first.id, "🎉")
    await ann.edit(first.id, "changed")
    await say(ann, "#", "third")
    await eventually(ann, "third", ["third"])
    [hit] = ann.search("second")
    assert (hit.before.text, hit.after.text) == ("changed", "third")


def words_by_place(store):
    """What each message is found by, in the whole index of a store in memory."""
    index = store._tables.index
    return {index.keys[place]: words for place, words in index.words.items()}


@pytest.mark.parametrize("seed", range(5))
@scenario
async def test_the_index_is_that_of_a_fresh_device_whatever_came_in_between(world, clients, seed):
    ann, bob = await join(world, clients, "ann", "bob")
    chance = random.Random(seed)
    written = []
    for step in range(60):
        client = chance.choice((ann, bob))
        mine = [each for each in written if each[0] is client]
        match chance.randrange(5) if mine else 0:
            case 0 | 1:
                written.append((client, (await say(client, "#", f"word{step} and more"))[0].id))
            case 2:
                await client.edit(chance.choice(mine)[1], f"edit{step}")
            case 3:
                _, message_id = chosen = chance.choice(mine)
                await client.delete(message_id)
                written.remove(chosen)
            case 4:
                await client.react(chance.choice(written)[1], "🎉")
        if chance.random() < 0.2:
            world.cut_links()
        await asyncio.sleep(chance.random() * 2)
    await until(lambda: ann.waiting == bob.waiting == 0)
    await shows(bob, "#", texts(ann, "#"))
    for client in (ann, bob):
        await indexed(client)
    grown = words_by_place(clients.machines["bob"].disk())
    fresh = clients.machines["bob"].disk()
    fresh._tables.index = type(fresh._tables.index)()
    await clients.close(bob)
    clients.machines["bob"].restore(fresh)
    again = await clients.open(clients.machines["bob"])
    await again.index_messages()
    assert words_by_place(clients.machines["bob"].disk()) == grown
    assert len(grown) >= len(written) > 5


# --- rooms -----------------------------------------------------------------------------------


@scenario
async def test_a_room_is_searched_by_those_who_read_it(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    room = await ann.create_room("kitchen", is_open=False)
    await ann.invite(room, ["bob"])
    group = ann.group(["bob", "cid"])
    await ann.send(room, "cake in the kitchen")
    await ann.send(group, "cake in the group")
    for client, expected in [
        (ann, ["cake in the group", "cake in the kitchen"]),
        (bob, ["cake in the group", "cake in the kitchen"]),
        (cid, ["cake in the group"]),
    ]:
        await eventually(client, "cake", expected)
        await indexed(client)
        assert found(client, "cake") == expected
    assert found(bob, "in:@kitchen") == found(bob, "cake -in:@ann,@cid") == ["cake in the kitchen"]
    assert found(bob, "in:@ann,@cid cake") == ["cake in the group"]


@scenario
async def test_what_ignored_people_wrote_is_not_found_until_they_are_back(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await say(bob, "#", "cake for all")
    await shows(ann, "#", ["cake for all"])
    await say(cid, "#", "no cake for me")
    await shows(ann, "#", ["cake for all", "no cake for me"])
    for is_indexed in (False, True):
        if is_indexed:
            await ann.index_messages()
        await ann.ignore("bob")
        (hit,) = ann.search("cake")
        assert (hit.message.sender, hit.before) == ("cid", None)
        assert ann.search("from:bob") == []
        await ann.unignore("bob")
        assert len(ann.search("cake")) == 2
