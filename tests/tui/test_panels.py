"""Panels in front of the chat: what they show and do, with a second person at the hub."""

import pytest

from lanmsg.chat.programs import CheckReport, CheckResult
from lanmsg.client.model import MemberRole, Trust


async def test_the_menu_leads_everywhere_by_keys(talk):
    async with talk.app():
        await talk.press("f7")
        await talk.shows("What else there is", "Rooms", "F8")
        await talk.press("down", "enter")
        await talk.shows("Make an open room …")
        await talk.press("escape")
        await talk.hides("Make an open room …")


async def test_the_menu_opens_by_a_click_on_the_status(talk):
    async with talk.app(size=(100, 30)):
        await talk.pilot.click("#status")
        await talk.shows("What else there is")


@pytest.mark.parametrize("size", [(40, 12), (100, 30)])
async def test_a_room_is_made_and_left_in_its_panels(talk, size):
    async with talk.app(size=size):
        await talk.enter("/rooms")
        await talk.shows("Make an open room …")
        await talk.press("enter")
        await talk.shows("The name of the room")
        await talk.enter("ops")
        await talk.shows("→ @ops")
        await talk.press("f6")
        await talk.shows("owner")
        room = talk.me.room("ops").conversation
        await talk.press("enter")
        await talk.shows("What it is about")
        await talk.enter("repairs")
        await talk.until(lambda: talk.me.topic(room) == "repairs")
        await talk.shows("Topic: repairs")


async def test_a_member_becomes_a_moderator_by_keys(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.enter("/create ops")
        await talk.shows("→ @ops")
        await talk.press("f6")
        await talk.press("down", "enter")
        await talk.shows("with spaces between")
        await talk.enter("ann")
        await talk.shows("ann  here")
        room = talk.me.room("ops").conversation
        await talk.choose("ann  here")
        await talk.shows("an ordinary member")
        await talk.choose("Make them a moderator")
        await talk.until(lambda: role_of(talk, room, "ann") is MemberRole.MODERATOR)
        await talk.shows("Make them an ordinary member")


def role_of(talk, room, name):
    return next(each.role for each in talk.me.members(room) if each.handle == name)


async def test_what_one_may_not_do_is_refused_in_the_panel_with_who_may(talk):
    await talk.join("ann")
    room = await talk.people["ann"].create_room("ops")
    await talk.people["ann"].synced()
    async with talk.app():
        await talk.enter("/join ops")
        await talk.shows("→ @ops")
        await talk.press("f6")
        await talk.choose("Anybody may enter")
        await talk.shows("ann")
        await talk.until(lambda: "owner" in talk.said, "a refusal")
        assert talk.me.room("ops").is_open
        assert room == talk.me.room("ops").conversation


async def test_two_people_compare_emoji_in_the_panel(talk):
    await talk.join("ann")
    async with talk.app():
        await talk.enter("@ann")
        await talk.shows("→ @ann private")
        await talk.press("f6")
        await talk.shows("not verified", "Fingerprint")
        await talk.choose("Verify: compare seven emoji")
        await talk.shows("Waiting for ann")
        ann = talk.people["ann"]
        await talk.until(lambda: bool(ann.verifications()))
        await ann.accept_verification("kim")
        await talk.shows("They match", "They do not match")
        await talk.until(lambda: bool(ann.verifications()[0].emoji))
        for name in ann.verifications()[0].names:
            assert name in talk.screen
        await ann.confirm_emoji("kim")
        await talk.choose("They match")
        await talk.shows("ann is verified")
        assert talk.me.person("ann").trust is Trust.VERIFIED


async def test_emoji_that_differ_verify_nobody(talk):
    await talk.join("ann")
    async with talk.app(size=(40, 12)):
        await talk.until(lambda: talk.me.person("ann").is_online)
        await talk.people["ann"].verify("kim")
        await talk.until(lambda: bool(talk.me.verifications()))
        await talk.press("f7")
        await talk.choose("Verifications")
        await talk.choose("Begin")
        await talk.choose("They do not match")
        await talk.shows("ann is not verified")
        assert talk.me.person("ann").trust is Trust.FIRST_SEEN


async def test_a_device_is_named_and_another_one_let_in(talk):
    async with talk.app(size=(100, 50)):
        await talk.press("f7")
        await talk.choose("Your devices")
        await talk.shows("this one")
        await talk.press("enter")
        await talk.choose("Give it a name …")
        await talk.shows("Its name")
        await talk.enter("desk")
        await talk.until(lambda: talk.me.devices()[0].name == "desk")
        await talk.press("escape")
        await talk.choose("Let another device in …")
        await talk.shows("lanmsg link ", "█▄▄▄█")


async def test_a_conversation_is_exported_and_no_file_replaced(talk, monkeypatch):
    monkeypatch.chdir(talk.home)
    await talk.join("ann")
    async with talk.app():
        await talk.say("ann", "#", "the cake is in the kitchen")
        await talk.shows("kitchen")
        await talk.enter("/export")
        await talk.shows("everyone", "a page for a browser", "not encrypted")
        await talk.choose("How")
        await talk.choose("Write it")
        await talk.until(lambda: "has 1 message of everyone" in talk.said)
        [made] = talk.home.glob("everyone-*.txt")
        assert "the cake is in the kitchen" in made.read_text()
        made.write_text("mine")
        await talk.choose("File …")
        await talk.shows("The name of the file")
        await talk.press("ctrl+u")
        await talk.enter(made.name)
        await talk.choose("Write it")
        await talk.until(lambda: "is there already" in talk.said)
        assert made.read_text() == "mine"


async def test_the_doctor_says_what_it_found_in_words(talk):
    class Programs:
        """Finds two things at once: the real checks have their own tests, and take seconds."""

        async def doctor(self, tell):
            tell("Listening …")
            return [report("network", "ok", ""), report("hub", "fail", "Start one.")]

    async with talk.app(size=(60, 20)) as app:
        talk.chat.talk.programs = Programs()
        talk.chat.action_doctor()
        await talk.shows("ok      network: as it is", "fail    hub: as it is", "Start one.", "Look once more")
        assert app.screen.query_one("#panel-heading").content == "What may be wrong"


def report(check, result, advice):
    return CheckReport(
        id=check, result=CheckResult(result), text="as it is", tried="it was tried", advice=advice
    )


async def test_a_day_is_gone_to_by_a_command_and_by_a_few_letters(talk):
    await talk.join("ann")
    async with talk.app():
        for number in range(60):
            await talk.say("ann", "#", f"filler {number}")
        await talk.shows("filler 59")
        await talk.enter("/date today")
        await talk.shows("filler 0")
        await talk.press("ctrl+end")
        await talk.hides("filler 0 ")
        await talk.press("ctrl+k")
        await talk.type("today")
        await talk.shows("in this conversation")
        await talk.press("enter")
        await talk.shows("filler 1")
        await talk.enter("/date soup")
        await talk.shows("soup is no day")
