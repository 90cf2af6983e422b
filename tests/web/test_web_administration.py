"""The web client and who runs the hub: an admin in a browser, the pace, quiet hours; at a real hub."""

from datetime import datetime, timedelta

import pytest

from lanmsg.client.model import PersonStatus

from .site import Site, eventually, heard, on_site
from .web_client import WebError


@pytest.mark.timeout(120)
def test_an_admin_in_a_browser_runs_the_hub(tmp_path):
    async def main(site: Site) -> None:
        bob = await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        assert (await ann.call("admin.status"))["admins"] == ["ann"]
        await ann.call("admin.setRates", {"messagesPerSecond": 5, "messagesBurst": 7})
        await ann.call("admin.setRetention", {"keepDays": 30, "keepBytes": 20_000_000})
        await ann.call("admin.setNotice", " soup at noon ")
        await ann.call("admin.setInviteOnly", True)
        status = await ann.call("admin.status")
        assert (status["messagesPerSecond"], status["messagesBurst"]) == (5, 7)
        assert (status["keepDays"], status["keepBytes"], status["isInviteOnly"]) == (30, 20_000_000, True)
        assert (await ann.event("hub_notice"))["text"] == "soup at noon"
        await eventually(lambda: bob.hub_notice == "soup at noon")
        assert [each["handle"] for each in await ann.call("admin.users")] == ["bob", "ann"]
        assert len(await ann.call("admin.devices", "@Bob")) == 1
        assert (await ann.call("admin.diskUse"))["databaseBytes"] > 0
        assert await ann.call("admin.rooms") == []
        await ann.call("admin.grant", "bob")
        assert (await ann.call("admin.status"))["admins"] == ["ann", "bob"]
        await ann.call("admin.ungrant", "bob")
        assert await ann.call("admin.kick", "bob") == 1
        await eventually(lambda: bob.is_online)
        await ann.call("admin.ban", "bob")
        assert (await ann.call("admin.users"))[0]["isBanned"]
        await ann.call("admin.unban", "bob")
        assert not (await ann.call("admin.users"))[0]["isBanned"]

    on_site(tmp_path, main, "--admin", "ann")


@pytest.mark.timeout(120)
def test_who_is_no_admin_is_told_who_may(tmp_path):
    async def main(site: Site) -> None:
        ben = await site.web("ben")
        with pytest.raises(WebError) as refused:
            await ben.call("admin.status")
        assert refused.value.name == "Refusal"
        assert "ann" in str(refused.value)

    on_site(tmp_path, main, "--admin", "ann")


@pytest.mark.timeout(120)
def test_a_browser_keeps_to_the_pace_that_the_hub_changes(tmp_path):
    async def main(site: Site) -> None:
        bob = await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        everyone = await ann.call("conversation", "#")
        await bob.admin.set_rates(messages_per_second=0.001, messages_burst=1)
        await bob.admin.set_notice("slowly")
        await ann.event("hub_notice")  # it comes behind the rates
        for text in ("first", "second"):
            await ann.call("send", everyone, text)
        assert await heard(bob, "first") == "ann"
        assert await ann.call("waiting") == 1
        await bob.admin.set_rates(messages_per_second=0, messages_burst=0)
        assert await heard(bob, "second") == "ann"

    on_site(tmp_path, main, "--admin", "bob")


@pytest.mark.timeout(120)
def test_others_see_the_quiet_hours_of_a_browser(tmp_path):
    async def main(site: Site) -> None:
        bob = await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        now = datetime.now().astimezone()
        start, end = ((now + timedelta(hours=hours)) for hours in (-1, 1))
        hours = {"start": start.hour * 60, "end": end.hour * 60 + 59}
        await ann.call("setQuietHours", hours)
        await eventually(lambda: bob.person("ann").status is PersonStatus.DO_NOT_DISTURB)
        await ann.call("setQuietHours", None)
        await eventually(lambda: bob.person("ann").status is PersonStatus.ONLINE)

    on_site(tmp_path, main)


@pytest.mark.timeout(120)
def test_all_drafts_are_listed(tmp_path):
    async def main(site: Site) -> None:
        await site.native("bob")
        ann = await site.web("ann")
        await ann.call("synced")
        for target in ("@bob", "#"):
            await ann.call("setDraft", await ann.call("conversation", target), f"to {target}")
        assert sorted((await ann.call("drafts")).values()) == ["to #", "to @bob"]
        await ann.call("setDraft", await ann.call("conversation", "#"), "")
        assert list((await ann.call("drafts")).values()) == ["to @bob"]

    on_site(tmp_path, main)
