"""`lanmsg hub` as its operator and the machines around it see it: real processes on loopback."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import aiohttp
import pytest
from tests.cli.hub_runner import HubRun, connected, enrolment, running_hub

from lanmsg.cli.hub_command import HubOptions, data_directory, stop_command
from lanmsg.wire.check_words import check_words
from lanmsg.wire.frames import Bye, Enrolled, Refused
from lanmsg.wire.invites import parse_invite

STOPPED, USAGE, STORE = 0, 2, 7


async def test_ready_line_names_the_addresses_and_the_text_says_how_to_join(tmp_path):
    with running_hub(tmp_path / "hub", "--title", "kitchen") as hub:
        assert hub.stdout.splitlines()[0] == f"ready 127.0.0.1:{hub.port}"
        invite = parse_invite("lanmsg://" + hub.link)
        assert invite.addresses == tuple(hub.addresses)
        assert invite.secret == b""
        assert " ".join(check_words(invite.identity_key)) in hub.stdout
        assert 'Hub "kitchen" is up' in hub.stdout
        async with connected(hub.port) as peer:
            assert peer.challenge.identity_key == invite.identity_key
            assert peer.challenge.title == "kitchen"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP"])
def test_a_signal_stops_it_cleanly_within_two_seconds(tmp_path, name):
    with running_hub(tmp_path / "hub") as hub:
        started_s = time.monotonic()
        assert hub.stop(getattr(signal, name)) == STOPPED
        assert time.monotonic() - started_s < 2
        assert [event["event"] for event in hub.events] == ["started", "stopping", "stopped"]
        assert hub.events[1]["reason"] == name


async def test_clients_get_a_farewell(tmp_path):
    with running_hub(tmp_path / "hub") as hub:
        async with connected(hub.port) as peer:
            hub.process.send_signal(signal.SIGTERM)
            frame = await asyncio.wait_for(peer.receive(), 5)
            assert isinstance(frame, Bye)
            assert frame.code == "shutting_down"
            assert frame.retry_after_ms > 0
        assert hub.wait()[0] == STOPPED


async def test_what_was_enrolled_is_there_after_a_restart(tmp_path):
    enrol = enrolment("ana")
    for _ in range(2):  # repeating it for the same keys is answered the same way
        with running_hub(tmp_path / "hub") as hub:
            async with connected(hub.port) as peer:
                peer.send(enrol)
                assert await peer.receive() == Enrolled("ana")
            assert hub.stop() == STOPPED


def test_a_second_hub_on_the_same_directory_is_refused(tmp_path):
    with running_hub(tmp_path / "hub") as hub:
        code, sentence = HubRun("--data", tmp_path / "hub", "--listen", "127.0.0.1:0").wait()
        assert code == STORE
        assert f"a hub already runs on {tmp_path / 'hub'} (process {hub.process.pid})" in sentence
        assert "lanmsg stop --data" in sentence
        assert hub.process.poll() is None


def test_a_port_in_use_is_refused_with_a_free_one_to_take(tmp_path):
    with running_hub(tmp_path / "one") as hub:
        other = HubRun("--data", tmp_path / "two", "--listen", f"127.0.0.1:{hub.port}")
        code, sentence = other.wait()
        assert code == USAGE
        assert f"port {hub.port} at 127.0.0.1 is in use" in sentence
        assert other.stdout == ""


@pytest.mark.parametrize("listen", ["nonsense:port", "127.0.0.1:70000", "256.1.1.1:7777"])
def test_an_address_that_is_none_is_refused(tmp_path, listen):
    code, sentence = HubRun("--data", tmp_path / "hub", "--listen", listen).wait()
    assert code == USAGE
    assert sentence.startswith("lanmsg hub: ")
    assert "Traceback" not in sentence


def test_a_directory_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").touch()
    code, sentence = HubRun("--data", tmp_path / "file" / "hub").wait()
    assert code == STORE
    assert f"cannot create {tmp_path / 'file' / 'hub'}" in sentence


def test_a_title_that_is_too_long_is_refused(tmp_path):
    code, sentence = HubRun("--data", tmp_path / "hub", "--title", "x" * 65).wait()
    assert (code, "64 is the most" in sentence) == (USAGE, True)


async def test_strangers_bytes_do_not_hurt_it(tmp_path):
    with running_hub(tmp_path / "hub") as hub:
        for garbage in (os.urandom(4096), b"\x16\x03\x01" + os.urandom(500), b"SSH-2.0-x\r\n", b""):
            with socket.create_connection(("127.0.0.1", hub.port)) as stranger:
                stranger.sendall(garbage)
        async with connected(hub.port) as peer:
            peer.writer.write(b"\xff" * 100)
            assert isinstance(await peer.receive(), Bye)
        async with connected(hub.port) as peer:
            peer.send(enrolment("ana"))
            assert await peer.receive() == Enrolled("ana")
        assert hub.stop() == STOPPED
        assert not [event for event in hub.events if event["level"] == "error"]


async def test_strangers_that_left_make_room_for_others(tmp_path):
    with running_hub(tmp_path / "hub") as hub:
        for _ in range(20):  # more than may be unauthenticated at once from one address
            async with connected(hub.port):
                pass


def test_a_browser_that_speaks_http_is_sent_to_https(tmp_path):
    with running_hub(tmp_path / "hub") as hub:
        with socket.create_connection(("127.0.0.1", hub.port)) as browser:
            browser.sendall(b"GET / HTTP/1.1\r\nHost: 192.168.1.7:%d\r\n\r\n" % hub.port)
            answer = browser.recv(1000)
        assert answer.startswith(b"HTTP/1.1 307 ")
        assert b"Location: https://192.168.1.7:%d/" % hub.port in answer


async def test_a_browser_gets_the_page_the_health_and_the_figures(tmp_path):
    with running_hub(tmp_path / "hub", "--title", "<kitchen>") as hub:
        trusting = ssl.create_default_context()
        trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
        base = f"https://127.0.0.1:{hub.port}"
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting)) as session:
            async with session.get(f"{base}/join") as page:
                text = await page.text()
            async with session.get(f"{base}/healthz") as health:
                assert (health.status, await health.text()) == (200, "ok\n")
            async with session.get(f"{base}/metrics") as metrics:
                figures = await metrics.text()
        assert "&lt;kitchen&gt;" in text
        assert hub.link in text
        assert "lanmsg_connections 0.0" in figures
        assert hub.stop() == STOPPED


async def test_invite_only_prints_an_invite_that_lets_in_one_person(tmp_path):
    with running_hub(tmp_path / "hub", "--invite-only") as hub:
        assert "for one person" in hub.stdout
        assert "`lanmsg invite` makes more" in hub.stdout
        secret = parse_invite("lanmsg://" + hub.link).secret
        answers = []
        for handle, invite in [("ana", b""), ("ana", secret), ("ben", secret)]:
            async with connected(hub.port) as peer:
                peer.send(enrolment(handle, invite=invite))
                answers.append(await peer.receive())
        assert [type(answer) for answer in answers] == [Refused, Enrolled, Refused]
        assert secret.hex() not in hub.stderr


@pytest.mark.skipif(not hasattr(__import__("resource"), "prlimit"), reason="needs Linux's prlimit")
async def test_a_full_disk_stops_it_and_nothing_is_acknowledged(tmp_path):
    import resource

    with running_hub(tmp_path / "hub") as hub:
        async with connected(hub.port) as peer:
            resource.prlimit(hub.process.pid, resource.RLIMIT_FSIZE, (1024, 1024))
            peer.send(enrolment("ana"))
            answer = await asyncio.wait_for(peer.receive(), 5)
        assert isinstance(answer, Bye)  # and no `enrolled`
        code, sentence = hub.wait()
        assert code == STORE
        assert "acknowledged nothing more" in sentence
        assert "disk" in sentence
        assert "storage failed" in [event["event"] for event in hub.events]


def test_a_disk_that_is_full_at_the_start_is_named(tmp_path):
    run = HubRun("--data", tmp_path / "hub", preexec_fn=_allow_tiny_files_only)
    code, sentence = run.wait()
    assert code in (USAGE, STORE)
    assert str(tmp_path) in sentence
    assert "Traceback" not in sentence


def _allow_tiny_files_only():
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))


def test_the_reader_of_its_output_may_go_away(tmp_path):
    run = HubRun("--data", tmp_path / "hub", "--listen", "127.0.0.1:0")
    run.ready()
    reading, writing = os.pipe()
    os.close(reading)  # whatever the second hub prints now is refused (EPIPE)
    try:
        other = subprocess.Popen(
            [*run.process.args[:2], "--data", str(tmp_path / "two"), "--listen", "127.0.0.1:0"],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert any('"started"' in line for line in iter(other.stderr.readline, ""))
        other.send_signal(signal.SIGTERM)
        with other.stderr:
            assert other.wait(5) == STOPPED
    finally:
        os.close(writing)
        assert run.stop() == STOPPED


def test_the_data_directory_is_as_told_or_the_users_own(monkeypatch, tmp_path):
    monkeypatch.delenv("LANMSG_HUB_DATA", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "share"))
    own = data_directory(None)
    assert own.parts[-2:] == ("lanmsg", "hub")
    assert stop_command(own) == "lanmsg stop"
    monkeypatch.setenv("LANMSG_HUB_DATA", str(tmp_path / "variable"))
    assert data_directory(None) == tmp_path / "variable"
    assert data_directory(tmp_path / "told") == tmp_path / "told"
    assert data_directory(Path("here")).is_absolute()
    assert stop_command(tmp_path / "a b") == f"lanmsg stop --data '{tmp_path}/a b'"


def test_the_options_have_a_usual_value_each():
    assert HubOptions().listen == ()
