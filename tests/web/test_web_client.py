"""The web client without a page: its own code in Node, a real hub in a process, real native clients."""

import pytest

from lanmsg.wire.invites import Invite, format_invite

from .site import Site, heard, on_site
from .web_client import WebClient, WebError


@pytest.mark.timeout(120)
def test_the_web_client_and_a_native_one_read_each_other(tmp_path):
    async def main(site: Site) -> None:
        bob = await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        await ann.call("send", await ann.call("conversation", "@bob"), "for you alone")
        await ann.call("send", await ann.call("conversation", "#"), "for all of you")
        assert await heard(bob, "for you alone") == "ann"
        assert await heard(bob, "for all of you") == "ann"
        await bob.send(bob.conversation("@ann"), "thank you")
        assert (await ann.added("thank you"))["sender"] == "bob"
        assert await ann.texts("@bob") == ["for you alone", "thank you"]

    on_site(tmp_path, main)


@pytest.mark.timeout(120)
def test_nothing_is_lost_or_doubled_when_the_hub_is_killed(tmp_path):
    async def main(site: Site) -> None:
        bob = await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        everyone = await ann.call("conversation", "#")
        texts = [f"number {number}" for number in range(40)]
        for number, text in enumerate(texts):
            await ann.call("send", everyone, text)
            if number in (10, 25):
                site.kill_hub()
            if number in (15, 30):
                site.start_hub()
        assert await heard(bob, texts[-1]) == "ann"
        await ann.added(texts[-1])
        assert [each.text for each in bob.history(bob.conversation("#"))] == texts
        assert await ann.texts("#") == texts
        assert await ann.call("waiting") == 0

    on_site(tmp_path, main)


@pytest.mark.timeout(120)
def test_a_closed_page_goes_on_where_it_was(tmp_path):
    async def main(site: Site) -> None:
        bob = await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        await ann.call("send", await ann.call("conversation", "@bob"), "before")
        await heard(bob, "before")
        await ann.call("close")
        await bob.send(bob.conversation("@ann"), "while you were away")
        assert await ann.open(site.address) == "ann"
        assert (await ann.added("while you were away"))["sender"] == "bob"
        assert await ann.texts("@bob") == ["before", "while you were away"]

    on_site(tmp_path, main)


@pytest.mark.timeout(120)
def test_what_was_written_without_the_hub_goes_out_later(tmp_path):
    async def main(site: Site) -> None:
        bob = await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        await ann.call("close")
        site.kill_hub()
        assert await ann.open(site.address) == "ann"
        sent = await ann.call("send", await ann.call("conversation", "@bob"), "it waits")
        assert sent["state"] == "waiting"
        assert await ann.call("waiting") == 1
        site.start_hub()
        assert await heard(bob, "it waits") == "ann"

    on_site(tmp_path, main)


@pytest.mark.timeout(120)
def test_attack_a_pasted_link_to_another_hub_gives_nothing_to_this_one(tmp_path):
    async def main(site: Site) -> None:
        ann = await WebClient.start()
        site.stack.push_async_callback(ann.stop)
        elsewhere = ("192.0.2.7:7777", "192.0.2.8:7777")
        for is_pairing, size in ((False, 16), (True, 10)):
            link = format_invite(Invite(elsewhere, bytes(range(32)), bytes(size), is_pairing=is_pairing))
            given = {"pairingCode": link} if is_pairing else {"name": "ann", "invite": link}
            with pytest.raises(WebError, match=r"another hub, at 192.0.2.7:7777 or 192.0.2.8:7777") as caught:
                await ann.call("open", {"address": site.address, **given})
            assert "https://192.0.2.7:7777/#" in str(caught.value)
        assert await ann.open(site.address, "ann") == "ann"

    on_site(tmp_path, main)


def test_a_hub_that_was_set_up_anew_gets_who_we_are_and_what_waits(tmp_path):
    async def main(site: Site) -> None:
        ann = await site.web("ann")
        await ann.call("synced")
        everyone = await ann.call("conversation", "#")
        await ann.call("send", everyone, "gone with the old hub")
        await ann.added("gone with the old hub")
        site.stop_hub()
        await ann.call("send", everyone, "waits")
        await ann.call("close")
        for path in (site.directory / "hub").glob("hub.sqlite3*"):
            path.unlink()
        site.start_hub()
        bob = await site.native("bob")
        assert await ann.open(site.address) == "ann"
        assert await heard(bob, "waits") == "ann"
        assert [each.text for each in bob.history(bob.conversation("#"))] == ["waits"]

    on_site(tmp_path, main)
