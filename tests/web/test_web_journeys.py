"""What people do with the web client, each time with native clients on the other side."""

import asyncio

import pytest

from lanmsg.client.events import Typing, VerificationEmoji
from lanmsg.hub.storage.sqlite.storage import SqliteStorage
from lanmsg.wire import ids

from .site import Site, eventually, heard, on_site
from .web_client import WAIT_S, WebClient

pytestmark = pytest.mark.timeout(180)


def test_a_group_and_what_is_done_to_messages(tmp_path):
    async def main(site: Site) -> None:
        bob, cat, ann = await site.native("bob"), await site.native("cat"), await site.web("ann")
        await ann.call("synced")
        group = await ann.call("conversation", "@bob,@cat")
        await ann.call("send", group, "we three")
        assert [await heard(each, "we three") for each in (bob, cat)] == ["ann", "ann"]
        await cat.send(cat.conversation("@ann,@bob"), "yes, three")
        assert (await ann.added("yes, three"))["conversation"] == group

        direct = await ann.call("conversation", "@bob")
        sent = await ann.call("send", direct, "helo")
        await heard(bob, "helo")
        assert (await ann.call("edit", sent["id"], "hello"))["text"] == "hello"
        chat = bob.conversation("@ann")
        await eventually(lambda: [each.text for each in bob.history(chat)] == ["hello"])
        (hello,) = bob.history(chat)
        await bob.react(hello.id, "👍")
        assert (await ann.changed("reaction"))["message"]["reactions"][0]["people"] == ["bob"]
        await bob.pin(hello.id)
        await ann.changed("pin")
        assert [each["text"] for each in await ann.call("pinned", direct)] == ["hello"]
        await bob.send(chat, "a reply", reply_to=hello.id)
        await ann.added("a reply")
        assert [each["text"] for each in await ann.call("thread", sent["id"])] == ["hello", "a reply"]
        await ann.call("delete", sent["id"])
        await eventually(lambda: bob.history(chat)[0].is_deleted)
        assert (await ann.call("message", sent["id"]))["isDeleted"]

    on_site(tmp_path, main)


def test_what_is_unread_and_read(tmp_path):
    async def main(site: Site) -> None:
        bob, ann = await site.native("bob"), await site.web("ann")
        await ann.call("synced")
        everyone, direct = await ann.call("conversation", "#"), await ann.call("conversation", "@bob")
        for text in ("one for @ann", "two"):
            await bob.send(bob.conversation("#"), text)
        await ann.added("two")
        assert await ann.call("unread", everyone) == {"count": 2, "mentions": 1, "firstUnreadSeq": 1}
        await ann.call("markRead", everyone)
        await ann.event("unread_changed", lambda each: each["unread"]["count"] == 0)
        message = await bob.send(bob.conversation("@ann"), "read me")
        await ann.added("read me")
        await ann.call("markRead", direct)
        await eventually(lambda: (found := bob.message(message.id)) is not None and found.read_by == ("ann",))
        sent = await ann.call("send", direct, "and this")
        await heard(bob, "and this")
        bob.mark_read(bob.conversation("@ann"))
        await ann.event(
            "message_changed",
            lambda each: each["message"]["id"] == sent["id"] and each["message"]["state"] == "read",
        )
        await ann.call("setDraft", everyone, "half a sen")
        await ann.call("close")
        await ann.open(site.address)
        assert await ann.call("draft", everyone) == "half a sen"
        assert await ann.call("allUnread") == {}

    on_site(tmp_path, main)


def test_who_is_there_and_typing(tmp_path):
    async def main(site: Site) -> None:
        bob, ann = await site.native("bob"), await site.web("ann")
        await ann.call("synced")
        for client_send in (ann.call("send", await ann.call("conversation", "#"), "hi"),):
            await client_send
        await heard(bob, "hi")
        await bob.send(bob.conversation("@ann"), "hello")
        await ann.call("send", await ann.call("conversation", "@bob"), "hello")
        await ann.added("hello")
        await heard(bob, "hello")
        stream, at_ann, at_bob = (
            bob.events(),
            bob.conversation("@ann"),
            await ann.call("conversation", "@bob"),
        )

        async def heard_typing() -> None:
            async for event in stream:
                if isinstance(event, Typing) and event.handle == "ann":
                    return

        async with asyncio.timeout(WAIT_S), asyncio.TaskGroup() as tasks:
            hearing = {
                tasks.create_task(heard_typing()),
                tasks.create_task(
                    ann.event("typing", lambda each: each["handle"] == "bob" and each["isTyping"])
                ),
            }
            while hearing:  # a notice may be dropped: it is said again while somebody types
                bob.typing(at_ann)
                await ann.call("typing", at_bob)
                _, hearing = await asyncio.wait(hearing, timeout=1)
        assert await ann.call("away", "at lunch")
        await eventually(lambda: bob.person("ann").away_reason == "at lunch")
        await bob.send(bob.conversation("#"), "hi too")
        await ann.added("hi too")
        bob.away("gone fishing")
        await ann.event("status_changed", lambda each: each["reason"] == "gone fishing")
        assert (await ann.call("person", "bob"))["status"] == "away"

    on_site(tmp_path, main)


def test_a_room_of_the_web_and_one_of_a_native_client(tmp_path):
    async def main(site: Site) -> None:
        bob, cat, ann = await site.native("bob"), await site.native("cat"), await site.web("ann")
        await ann.call("synced")
        kitchen = await ann.call("createRoom", "kitchen", {"keepsHistory": True})
        await ann.call("setTopic", kitchen, "food")
        await ann.call("send", kitchen, "before you came")
        await ann.added("before you came")
        await bob.join_room("kitchen")
        assert await heard(bob, "before you came") == "ann"  # its key was handed over
        await bob.send(bob.conversation("@kitchen"), "bob is in")
        assert (await ann.added("bob is in"))["sender"] == "bob"
        await ann.call("invite", kitchen, ["cat"])
        await eventually(lambda: cat.room("kitchen").is_mine)
        await ann.call("setRole", kitchen, "bob", "moderator")
        members = {each["handle"]: each["role"] for each in await ann.call("members", kitchen)}
        assert members == {"ann": "owner", "bob": "moderator", "cat": "member"}
        await ann.call("remove", kitchen, "cat")
        await eventually(lambda: not cat.room("kitchen").is_mine)
        await ann.call("renameRoom", kitchen, "pantry")
        room = await ann.call("room", "pantry")
        assert (room["members"], room["topic"]) == (2, "food")

        hall = await bob.create_room("hall", keeps_history=True)
        await bob.send(hall, "an old word")
        await eventually(lambda: [each.seq for each in bob.history(hall)] == [1])
        await eventually(lambda: any(each["type"] == "room_changed" for each in ann.events))
        await ann.call("send", await ann.call("joinRoom", "hall"), "hello hall")
        assert await heard(bob, "hello hall") == "ann"
        await ann.until(lambda each: each.get("message", {}).get("text") == "an old word")

    on_site(tmp_path, main)


def test_two_people_compare_emoji(tmp_path):
    async def main(site: Site) -> None:
        bob, ann = await site.native("bob"), await site.web("ann")
        await ann.call("synced")
        stream = bob.events()
        await eventually(lambda: bob.person("ann").is_online)
        await bob.verify("ann")
        await ann.event("verification_requested")
        await ann.call("acceptVerification", "bob")
        shown = await ann.event("verification_emoji")
        async with asyncio.timeout(WAIT_S):
            async for event in stream:
                if isinstance(event, VerificationEmoji):
                    assert (list(event.emoji), list(event.names)) == (shown["emoji"], shown["names"])
                    break
        await ann.call("confirmEmoji", "bob")
        await bob.confirm_emoji("ann")
        await ann.event("verification_done")
        assert (await ann.call("person", "bob"))["trust"] == "verified"
        await eventually(lambda: bob.person("ann").trust == "verified")

    on_site(tmp_path, main)


def test_a_second_device_gets_the_past_and_can_be_cut_off(tmp_path):
    async def main(site: Site) -> None:
        bob, ann = await site.native("bob"), await site.web("ann")
        await ann.call("synced")
        direct = await ann.call("conversation", "@bob")
        await bob.send(bob.conversation("@ann"), "from the past")
        await ann.added("from the past")
        for code, owner in ((await ann.call("linkDevice"), "ann"), (await bob.link_device(), "bob")):
            second = await WebClient.start()
            site.stack.push_async_callback(second.stop)
            shown = code["code"] if isinstance(code, dict) else code.link
            call = {"address": site.address, "pairingCode": shown}
            assert await second.call("open", call) == owner
            await second.until(lambda each: each.get("message", {}).get("text") == "from the past")
            if owner == "ann":
                await second.call("send", direct, "from the second")
                assert await heard(bob, "from the second") == "ann"
                assert (await ann.added("from the second"))["isOwn"]
                _, device = await ann.call("devices")
                await ann.call("revokeDevice", device["device"])
                assert (await second.event("stopped"))["code"] == "revoked_device"

    on_site(tmp_path, main)


def test_messages_are_found_and_disappear(tmp_path):
    async def main(site: Site) -> None:
        bob, ann = await site.native("bob"), await site.web("ann")
        await ann.call("synced")
        direct = await ann.call("conversation", "@bob")
        for text in ("the red house", "the blue house", "a boat"):
            await bob.send(bob.conversation("@ann"), text)
        await ann.added("a boat")
        hits = await ann.call("search", "house from:bob")
        assert [hit["message"]["text"] for hit in hits] == ["the blue house", "the red house"]
        assert hits[0]["after"]["text"] == "a boat"
        await ann.call("setLifetime", direct, 1)
        await ann.event("lifetime_changed")
        assert await ann.call("lifetime", direct) == 1
        await bob.send(bob.conversation("@ann"), "gone in a second")
        expired = await ann.event("message_expired")
        assert await ann.call("message", expired["id"]) is None
        assert "gone in a second" not in await ann.texts("@bob")
        assert await ann.call("search", "second") == []

    on_site(tmp_path, main)


def prune(directory, log, up_to):
    """Let a hub that does not run have removed messages, as it does by itself after days."""
    storage = SqliteStorage.open(directory)
    with storage.transaction():
        storage.prune(log, up_to)
    storage.close()


def test_who_was_away_while_the_hub_removed_messages_gets_what_is_left(tmp_path):
    async def main(site: Site) -> None:
        bob, ann = await site.native("bob"), await site.web("ann")
        await ann.call("synced")
        everyone = await ann.call("conversation", "#")
        await bob.send(bob.conversation("#"), "zero")
        await ann.added("zero")
        await ann.call("close")
        for text in ("one", "two", "three"):
            await bob.send(bob.conversation("#"), text)
        await eventually(lambda: not bob.waiting)
        site.stop_hub()
        prune(site.directory / "hub", ids.everyone_log(bob._engine.state.database), 3)
        site.start_hub()
        await ann.open(site.address)
        await ann.added("three")
        gap = {"afterSeq": 1, "upToSeq": 3, "count": 2}
        assert await ann.call("gaps", everyone) == [gap]
        assert [each["text"] for each in await ann.call("history", everyone)] == ["zero", "three"]
        await ann.call("send", everyone, "four")
        assert await heard(bob, "four") == "ann"

    on_site(tmp_path, main)
