"""Edits, deletions, reactions and pins: everybody sees the same, and nobody more than they may."""

import asyncio
import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lanmsg.client import (
    EVERYONE,
    ChangeFailed,
    ChangeKind,
    MessageAdded,
    MessageChanged,
    MessageState,
    MessageWithdrawn,
)
from lanmsg.client.errors import IdentityNotTrusted, NotAllowed, UnknownMessage
from lanmsg.client.model import Trust
from lanmsg.client.store.interface import StoredPerson
from lanmsg.wire.content import Delete, Edit, encode_content
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import Code, LocalError
from lanmsg.wire.frames import Appended, Entries, Refused
from lanmsg.wire.ids import ZERO_HASH
from lanmsg.wire.limits import MAX_EMOJI_PER_MESSAGE

from .world import history, join, say, scenario, shows, taken, texts, unreadable, until


async def said(client, target, text, *readers):
    """Say something and wait until it stands in the log, and everybody has it."""
    (message,) = await say(client, target, text)
    await until(lambda: client.message(message.id).seq > 0)
    for reader in readers:
        await until(lambda reader=reader: reader.message(message.id) is not None)
    return message.id


async def agree(message_id, *clients, **expected):
    """Wait until all of them show a message so."""

    def looks():
        shown = [client.message(message_id) for client in clients]
        return [{name: getattr(each, name) for name in expected} for each in shown if each is not None]

    await until(lambda: looks() == [expected] * len(clients), why=lambda: f"{looks()}, not {expected}")


def reactions(client, message_id):
    return [(each.emoji, each.people, each.has_ours) for each in client.message(message_id).reactions]


# --- edits -----------------------------------------------------------------------------------


@scenario
async def test_an_edit_changes_the_message_for_everybody_and_is_no_new_message(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "#", "helo", bob)
    events = bob.events()
    shown = await ann.edit(message, "hello")
    assert shown.text == "hello"
    assert shown.edited_at_ms
    await agree(message, ann, bob, text="hello")
    assert texts(bob, "#") == ["hello"]
    (change,) = taken(events, MessageChanged)
    assert (change.change, change.by, change.message.text) == (ChangeKind.EDITED, "ann", "hello")
    assert taken(events, MessageAdded) == []
    assert bob.message(message).edited_at_ms > bob.message(message).sent_at_ms


@scenario
async def test_of_two_edits_from_two_places_the_later_in_the_log_wins(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "#", "one", bob)
    for text in ("two", "three"):
        await ann.edit(message, text)
    await agree(message, ann, bob, text="three")


@scenario
async def test_only_the_author_edits_and_deletes_and_the_error_says_who(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "#", "mine", bob)
    for attempt in (bob.edit(message, "yours"), bob.delete(message)):
        with pytest.raises(NotAllowed, match="only ann may"):
            await attempt
    assert not bob.waiting


@scenario
async def test_forged_edits_and_deletions_change_nothing_for_anybody(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    message = await said(ann, "#", "mine", bob, cid)
    events = cid.events()
    for number, content in enumerate((Edit(message, "forged"), Delete(message))):
        bob._engine.outbox.add(EVERYONE, bytes([number]) * 16, encode_content(content))
    await bob._done()
    await say(bob, "#", "after")
    for client in (ann, bob, cid):
        await shows(client, "#", ["mine", "after"])
    assert taken(events, MessageChanged) == []


@scenario
async def test_what_cannot_be_changed_is_refused_with_a_reason(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "#", "x", bob)
    with pytest.raises(UnknownMessage):
        await ann.edit(b"?" * 16, "y")
    with pytest.raises(LocalError, match="empty"):
        await ann.edit(message, " ")
    with pytest.raises(LocalError, match="emoji"):
        await ann.react(message, "much too long to be a reaction to anything")
    for number in range(MAX_EMOJI_PER_MESSAGE):
        await ann.react(message, f"e{number}")
    with pytest.raises(LocalError, match="20 different emoji"):
        await ann.react(message, "👍")
    await ann.delete(message)
    for attempt in (ann.edit(message, "y"), ann.react(message, "👍"), ann.pin(message), ann.delete(message)):
        with pytest.raises(LocalError, match="deleted"):
            await attempt


@scenario
async def test_nothing_is_done_to_messages_of_somebody_whose_key_changed(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "@bob", "x", bob)
    pin = ann._engine.state.pins["bob"]
    ann._engine.people._save_pin(StoredPerson("bob", pin.identity_key, Trust.CHANGED))
    with pytest.raises(IdentityNotTrusted):
        await ann.react(message, "👍")


# --- deletions -------------------------------------------------------------------------------


def contents(machine, log):
    """Every content that a machine's disk holds of a log."""
    return [message.content for message in machine.disk().messages_after(log, after=0, limit=1000)]


@scenario
async def test_what_is_deleted_leaves_its_place_and_no_text_in_any_store(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "#", "my secret", bob)
    await ann.edit(message, "my other secret")
    await bob.react(message, "😮")
    await agree(message, bob, text="my other secret")
    events = bob.events()
    await ann.delete(message)
    await agree(message, ann, bob, text="", is_deleted=True, deleted_by="ann", reactions=(), edited_at_ms=0)
    await until(lambda: not ann.waiting)
    await say(bob, "#", "what was that?")
    await shows(ann, "#", ["", "what was that?"])
    assert history(ann, "#")[0].seq == history(bob, "#")[0].seq == 1
    for name in ("ann", "bob"):
        found = contents(clients.machines[name], ann._engine.state.everyone_log)
        assert len(found) == 5
        assert not any(b"secret" in content for content in found)
    assert next(each.change for each in taken(events, MessageChanged)) is ChangeKind.DELETED


@scenario
async def test_an_edit_that_comes_after_the_deletion_is_not_kept_either(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "#", "one", bob)
    await ann.delete(message)
    ann._engine.outbox.add(EVERYONE, b"e" * 16, encode_content(Edit(message, "my secret")))
    await say(ann, "#", "two")
    await shows(bob, "#", ["", "two"])
    found = contents(clients.machines["bob"], ann._engine.state.everyone_log)
    assert len(found) == 4
    assert not any(b"secret" in content for content in found)


@scenario
async def test_a_deletion_races_an_edit_and_a_reaction_and_wins_everywhere(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "#", "x", bob)
    await asyncio.gather(bob.react(message, "👍"), ann.delete(message))
    await agree(message, ann, bob, is_deleted=True, reactions=())


@scenario
async def test_in_a_room_its_owner_deletes_what_others_wrote_and_a_member_does_not(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    await ann.create_room("kitchen")
    for client in (bob, cid):
        await until(lambda client=client: [each.name for each in client.rooms()] == ["kitchen"])
        await client.join_room("kitchen")
    message = await said(bob, "@kitchen", "spam", ann, cid)
    with pytest.raises(NotAllowed, match="only bob, or a moderator or owner of this room, may delete"):
        await cid.delete(message)
    with pytest.raises(NotAllowed, match="moderators and owners pin"):
        await cid.pin(message)
    kitchen = cid.conversation("@kitchen")
    cid._engine.outbox.add(kitchen, b"f" * 16, encode_content(Delete(message)))
    await said(cid, "@kitchen", "harmless", ann, bob)
    assert [each.message(message).is_deleted for each in (ann, bob, cid)] == [False, False, False]
    await ann.delete(message)
    await agree(message, ann, bob, cid, is_deleted=True, deleted_by="ann", text="")


# --- reactions and pins ----------------------------------------------------------------------


@scenario
async def test_reactions_are_counted_by_person_and_taken_back(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "@bob", "lunch?", bob)
    await ann.react(message, "👍")
    await until(lambda: reactions(bob, message) == [("👍", ("ann",), False)])
    await bob.react(message, "👍")
    await bob.react(message, "👍")
    await until(lambda: reactions(ann, message) == [("👍", ("ann", "bob"), True)])
    events = bob.events()
    await ann.react(message, "👍", remove=True)
    await until(lambda: reactions(bob, message) == [("👍", ("bob",), True)])
    (change,) = taken(events, MessageChanged)
    assert (change.change, change.by, change.emoji, change.is_removed) == (
        ChangeKind.REACTION, "ann", "👍", True,
    )  # fmt: skip


@scenario
async def test_pinned_messages_are_found(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    first, second = [await said(ann, "#", text, bob) for text in ("one", "two")]
    for message in (second, first):
        await bob.pin(message)
    assert [each.text for each in bob.pinned(EVERYONE)] == ["one", "two"]
    await until(lambda: [each.text for each in ann.pinned(EVERYONE)] == ["one", "two"])
    await ann.pin(first, remove=True)
    await until(lambda: [each.text for each in bob.pinned(EVERYONE)] == ["two"])
    assert ann.pinned(ann.conversation("@bob")) == []


# --- threads ---------------------------------------------------------------------------------


@scenario
async def test_a_thread_is_a_message_and_everything_that_answers_it(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    root = await said(ann, "#", "root", bob)
    await said(ann, "#", "aside", bob)
    reply = (await bob.send(EVERYONE, "reply", reply_to=root)).id
    await until(lambda: ann.message(reply) is not None)
    nested = (await ann.send(EVERYONE, "nested", reply_to=reply)).id
    await until(lambda: bob.message(nested) is not None and bob.message(nested).seq)
    for client in (ann, bob):
        assert [each.text for each in client.thread(root)] == ["root", "reply", "nested"]
        assert [each.text for each in client.thread(reply)] == ["reply", "nested"]
    await bob.delete(reply)
    await agree(reply, ann, is_deleted=True)
    assert [each.text for each in ann.thread(root)] == ["root", "", "nested"]
    assert ann.message(reply).reply_to == root
    world.cut_links()
    await bob.send(EVERYONE, "waiting", reply_to=nested)
    assert [each.text for each in bob.thread(root)] == ["root", "", "nested", "waiting"]


# --- what waits ------------------------------------------------------------------------------


@scenario
async def test_a_waiting_message_is_edited_where_it_waits_and_nobody_sees_what_it_was(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    (message,) = await say(ann, "#", "tpyo")
    assert (await ann.edit(message.id, "typo")).text == "typo"
    assert (ann.waiting, texts(ann, "#")) == (1, ["typo"])
    world.start_hub()
    await shows(bob, "#", ["typo"])
    assert history(bob, "#")[0].edited_at_ms == 0
    assert len(contents(clients.machines["bob"], ann._engine.state.everyone_log)) == 1


@scenario
async def test_a_waiting_message_is_deleted_without_a_trace_with_all_that_waits_for_it(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    (message,) = await say(ann, "#", "nothing")
    await ann.react(message.id, "👍")
    events = ann.events()
    await ann.delete(message.id)
    assert [each.id for each in taken(events, MessageWithdrawn)] == [message.id]
    assert (ann.waiting, texts(ann, "#"), ann.message(message.id)) == (0, [], None)
    world.start_hub()
    await said(bob, "#", "hello?", ann)
    assert texts(ann, "#") == ["hello?"]


@scenario
async def test_changes_made_offline_show_at_once_and_survive_a_restart(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    mine, theirs = await said(ann, "#", "mine", bob), await said(bob, "#", "theirs", ann)
    machine = clients.machines["ann"]
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    await ann.edit(mine, "mine now")
    await ann.react(theirs, "👍")
    await ann.pin(theirs)
    await clients.close(ann)
    ann = await machine.client().__aenter__()
    clients._clients.append(ann)
    assert texts(ann, "#") == ["mine now", "theirs"]
    assert (reactions(ann, theirs), ann.message(theirs).is_pinned) == ([("👍", ("ann",), True)], True)
    assert reactions(bob, theirs) == []
    world.start_hub()
    await agree(theirs, bob, is_pinned=True)
    assert texts(bob, "#") == ["mine now", "theirs"]
    assert texts(ann, "#") == ["mine now", "theirs"]


@scenario
async def test_a_change_that_the_hub_refuses_is_taken_back_and_told(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "#", "old", bob)
    machine = clients.machines["ann"]
    world.cut_links()
    await until(lambda: not ann.is_online)
    events = ann.events()
    shown = await ann.edit(message, "new")
    assert shown.text == "new"
    (row,) = ann._engine.outbox.book.amendments_of(message)

    def refuse(frame):
        if isinstance(frame, Appended):
            return [Refused(Code.TOO_LARGE, "no", message_id=row.message_id)]
        return [] if isinstance(frame, Entries) else [frame]

    machine.attack = refuse
    await until(lambda: taken(events, ChangeFailed) != [])
    (failure,) = taken(events, ChangeFailed)
    assert failure.text == "no"
    assert (failure.message.text, failure.message.state is MessageState.FAILED) == ("old", False)
    assert ann.waiting == 0


@scenario
async def test_one_may_wait_until_the_hub_has_a_change(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    message = await said(ann, "#", "old", bob)
    await ann.edit(message, "new")
    assert (await ann.wait_changed(message, timeout_s=10)).text == "new"
    assert ann.waiting == 0
    assert (await ann.wait_changed(message)).text == "new"
    await world.stop_hub()
    await until(lambda: not ann.is_online)
    await ann.react(message, "👍")
    with pytest.raises(TimeoutError):
        await ann.wait_changed(message, timeout_s=5)
    (waiting,) = await say(ann, "#", "never mind")
    await ann.delete(waiting.id)
    assert await ann.wait_changed(waiting.id) is None


# --- newcomers and stragglers ----------------------------------------------------------------


@scenario
async def test_who_was_away_is_told_messages_as_they_are_now(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    early = await said(ann, "#", "early", bob)
    machine = clients.machines["bob"]
    await clients.close(bob)
    late = await said(ann, "#", "late")
    await ann.edit(late, "later")
    gone = await said(ann, "#", "gone")
    await ann.delete(gone)
    for text in ("earlier", "earliest"):
        await ann.edit(early, text)
    await until(lambda: not ann.waiting)
    bob = machine.client()
    events = bob.events()
    await bob.__aenter__()
    clients._clients.append(bob)
    await bob.synced()
    added = [(each.message.text, each.message.is_deleted) for each in taken(events, MessageAdded)]
    assert added == [("later", False), ("", True)]
    changes = [(each.message.text, each.is_backlog) for each in taken(events, MessageChanged)]
    assert changes == [("earliest", True)]


# --- mentions --------------------------------------------------------------------------------


@scenario
async def test_messages_that_name_me_or_all_of_us_mention_me(world, clients):
    ann, bob = await join(world, clients, "ann", "bob")
    said_by_ann = [await said(ann, "#", text, bob) for text in ("ask @bob, not @eve", "hello @here", "bob?")]
    shown = [bob.message(message) for message in said_by_ann]
    assert [each.mentions for each in shown] == [("bob",), ("here",), ()]
    assert [each.mentions_me for each in shown] == [True, True, False]
    assert not any(ann.message(message).mentions_me for message in said_by_ann)


@scenario
async def test_everybody_is_called_once_in_five_minutes_by_one_person(world, clients):
    ann, bob, cid = await join(world, clients, "ann", "bob", "cid")
    events = cid.events()
    await said(ann, "#", "@here one", cid)
    await asyncio.sleep(240)
    await said(ann, "#", "@all two", cid)
    await said(bob, "#", "@here three", cid)
    await asyncio.sleep(240)
    await said(ann, "#", "@here four", cid)
    await asyncio.sleep(301)
    await said(ann, "#", "@here five", cid)
    told = [event.message.mentions_me for event in taken(events, MessageAdded)]
    assert told == [message.mentions_me for message in history(cid, "#")] == [True, False, True, False, True]


# --- any history -----------------------------------------------------------------------------

NAMES = ("ann", "bob", "cid")
people = st.integers(0, len(NAMES) - 1)
picks = st.integers(0, 5)
steps = st.one_of(
    st.tuples(st.just("say"), people, st.just(0)),
    st.tuples(
        st.sampled_from(["reply", "edit", "delete", "react", "unreact", "pin", "unpin"]), people, picks
    ),
    st.tuples(st.sampled_from(["forge edit", "forge delete"]), people, picks),
    st.tuples(
        st.sampled_from(["wait", "cut", "cut one", "crash the hub", "reopen"]), people, st.integers(0, 3)
    ),
)


def look(client, target="#"):
    """All of a conversation that everybody must see alike."""
    return [
        dataclasses.replace(message, is_own=False, state=MessageState.SENT, delivered_to=0, mentions_me=False,
            reactions=tuple((each.emoji, each.people) for each in message.reactions))
        for message in history(client, target)
    ]  # fmt: skip


def stored(client, target="#"):
    """The same, in the store."""
    log = client._engine.state.log_of(client.conversation(target))
    rows = client._engine._store.messages_after(log, after=0, limit=1000)
    return [dataclasses.replace(row, session=b"", index=0) for row in rows]


class Run:
    """One history."""

    def target(self, client):
        """The conversation, as one of its people names it."""
        return "#"

    def __init__(self, world, clients):
        self.world = world
        self.clients = clients
        self.people = []
        self.said = 0

    async def step(self, action, who, pick):
        client = self.people[who]
        conversation = client.conversation(self.target(client))
        messages = client.history(conversation, limit=100_000)
        message = messages[-1 - pick % len(messages)] if messages else None
        try:
            if action in self.WORLD:
                await self.WORLD[action](self, who, pick)
            elif action == "say":
                self.said += 1
                await client.send(conversation, f"{client.handle} {self.said}")
            elif message is not None:
                await self.ON_MESSAGES[action](client, message, pick)
        except LocalError:
            pass  # not allowed, or deleted: everybody else would have ignored it

    async def wait(self, _who, pick):
        await asyncio.sleep(0.005 * pick)

    async def cut(self, _who, _pick):
        self.world.cut_links()

    async def cut_one(self, _who, pick):
        if self.world.links:
            self.world.links[pick % len(self.world.links)][0].cut("cable")

    async def crash_the_hub(self, _who, pick):
        self.world.crash_hub()
        await asyncio.sleep(0.01 * pick)
        self.world.start_hub()

    async def reopen(self, who, _pick):
        machine = self.clients.machines[NAMES[who]]
        await self.clients.crash(machine, self.people[who])
        self.people[who] = await machine.client().__aenter__()
        self.clients._clients.append(self.people[who])

    WORLD = {"wait": wait, "cut": cut, "cut one": cut_one, "crash the hub": crash_the_hub, "reopen": reopen}  # noqa: RUF012

    async def forge(client, conversation, content):  # noqa: N805
        client._engine.outbox.add(
            conversation, client._surroundings.random_bytes(16), encode_content(content)
        )
        await client._done()

    ON_MESSAGES = {  # noqa: RUF012
        "reply": lambda client, message, _: client.send(message.conversation, "yes", reply_to=message.id),
        "edit": lambda client, message, pick: client.edit(message.id, f"edited {pick}"),
        "delete": lambda client, message, _: client.delete(message.id),
        "react": lambda client, message, pick: client.react(message.id, "👍🎉"[pick % 2]),
        "unreact": lambda client, message, pick: client.react(message.id, "👍🎉"[pick % 2], remove=True),
        "pin": lambda client, message, _: client.pin(message.id),
        "unpin": lambda client, message, _: client.pin(message.id, remove=True),
        "forge edit": lambda client, message, _: Run.forge(
            client, message.conversation, Edit(message.id, "forged")
        ),
        "forge delete": lambda client, message, _: Run.forge(
            client, message.conversation, Delete(message.id)
        ),
    }

    async def settle(self):
        await until(
            lambda: all(each.is_online and not each.waiting for each in self.people),
            seconds=300,
            why=lambda: str([(each.handle, each.is_online, each.waiting) for each in self.people]),
        )
        await asyncio.sleep(2)


def without_messages(machine, *, lose_keys, kind=LogKind.EVERYONE):
    """A machine's disk as if nothing of the conversation had come yet; perhaps not even its keys."""
    store = machine.disk()
    tables = store._tables
    for log in list(tables.logs.values()):
        if log.kind is kind:
            tables.logs[log.log] = dataclasses.replace(log, seq=log.base, hash=ZERO_HASH)
            assert log.base == 0
    tables.messages.clear()
    tables.places.clear()
    tables.expiry.clear()
    if lose_keys:
        own = machine_device(tables)
        tables.inbound = {name: each for name, each in tables.inbound.items() if each.device == own}
    return store


def machine_device(tables):
    from lanmsg.client.crypto.olm import OlmCrypto
    from lanmsg.wire import ids

    account = OlmCrypto().account(tables.profile.account)
    return ids.device_id(account.signing_key, account.agreement_key)


@settings(max_examples=60)
@given(st.lists(steps, min_size=4, max_size=40), st.booleans())
def test_the_state_after_any_history_is_that_of_a_store_that_replays_the_logs(history_steps, lose_keys):
    @scenario
    async def property_(world, clients):
        run = Run(world, clients)
        run.people = await join(world, clients, *NAMES)
        for step in history_steps:
            await run.step(*step)
        await run.settle()
        before = look(run.people[0])
        rows = stored(run.people[0])
        for client in run.people[1:]:
            assert look(client) == before
            assert stored(client) == rows
        machine = clients.machines["ann"]
        await clients.close(run.people[0])
        machine.restore(without_messages(machine, lose_keys=lose_keys))
        run.people[0] = ann = await clients.open(machine)
        await until(lambda: unreadable(ann) == [], seconds=120, why=lambda: f"{unreadable(ann)}")
        await run.settle()
        assert look(ann) == before
        assert stored(ann) == rows

    property_()
