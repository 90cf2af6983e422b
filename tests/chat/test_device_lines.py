"""What a chat says about our own devices, and the commands about them."""

import pytest
from tests.cli.fakes import NOON_MS, FakeClient, FakeScreen, FakeTimers

from lanmsg.chat.device_lines import code_lines, device_lines, progress_words
from lanmsg.chat.line_runner import LineRunner
from lanmsg.chat.session import ChatSession
from lanmsg.client.events import DeviceAdded, DeviceRevoked, HistoryProgress
from lanmsg.client.model import DeviceCode, DeviceInfo
from lanmsg.wire.ids import DeviceId

THIS = DeviceInfo(device=DeviceId(b"a" * 16), name="", added_at_ms=NOON_MS, is_this=True)
OTHER = DeviceInfo(device=DeviceId(b"b" * 16), name="phone\x1b[2J", added_at_ms=0, is_this=False)


class DeviceClient(FakeClient):
    """A client with two devices, that records what is asked of it."""

    def __post_init__(self):
        super().__post_init__()
        self.asked = []

    def devices(self):
        return [THIS, OTHER]

    def device(self, text):
        return OTHER

    async def rename_device(self, device, name):
        self.asked.append(("rename", device, name))

    async def revoke_device(self, device):
        self.asked.append(("revoke", device))

    async def link_device(self):
        return DeviceCode(code="K7QM-0XWD-9RTA-3FEH", link="lanmsg://a:1/#x", ends_at_ms=0)


@pytest.fixture
def chat():
    screen = FakeScreen()
    session = ChatSession(DeviceClient(), screen, call_later=FakeTimers().call_later)
    session.runner = LineRunner(session)
    return session


async def run(chat, line):
    await chat.runner.run(line)
    return chat.screen.taken()


async def test_devices_are_listed_with_this_one_marked(chat):
    first, second = await run(chat, "/devices")
    assert first.startswith("61616161")
    assert first.endswith("(this one)")
    assert "phone" in second
    assert "\x1b" not in second


async def test_a_device_is_cut_off_only_after_a_second_word(chat):
    [said] = await run(chat, "/devices revoke 6262")
    assert "/devices revoke 62626262 yes" in said
    assert chat.client.asked == []
    await run(chat, "/devices revoke 6262 yes")
    assert chat.client.asked == [("revoke", OTHER.device)]


async def test_a_name_may_have_several_words(chat):
    await run(chat, "/devices rename 6262 Garden laptop")
    assert chat.client.asked == [("rename", OTHER.device, "Garden laptop")]


@pytest.mark.parametrize("words", ["rename", "rename 6262", "off", "revoke"])
async def test_what_is_half_typed_does_nothing_and_says_how(chat, words):
    [said] = await run(chat, f"/devices {words}")
    assert "/devices rename ID NAME" in said
    assert chat.client.asked == []


async def test_link_shows_the_code_the_link_and_a_qr_code(chat):
    lines = await run(chat, "/link")
    assert "lanmsg link K7QM-0XWD-9RTA-3FEH" in lines[0]
    assert chat.screen.qr_codes == ["lanmsg://a:1/#x"]


async def test_news_about_devices_are_shown(chat):
    chat._take(DeviceAdded(device=OTHER))
    chat._take(DeviceRevoked(device=OTHER))
    added, revoked = chat.screen.taken()
    assert "/devices revoke 62626262" in added
    assert "was cut off" in revoked
    chat._take(HistoryProgress(done=0, total=0))
    assert chat.screen.taken() == []
    chat._take(HistoryProgress(done=1, total=4))
    chat._take(HistoryProgress(done=4, total=4))
    assert "25 %" in chat.screen.taken()[0]


def test_words_for_every_part():
    assert progress_words(HistoryProgress(done=2, total=2)).endswith("/history shows it.")
    assert len(code_lines(DeviceCode(code="c", link="l", ends_at_ms=1))) == 3
    assert len(device_lines([THIS, OTHER])) == 2
