"""The comparison over a real connection, with a hub's own HTTP side at the other end."""

import hashlib
import json

import pytest
from tests.hub.test_web_links import with_door

from lanmsg.cli import doctor_web
from lanmsg.cli.doctor_web import WebTry, try_web_client
from lanmsg.hub import http
from lanmsg.hub.web_client_files import fingerprint, load_web_client

FILES = {"index.html": b"page", "assets/a.js": b"script", "assets/b.wasm": b"wasm" * 1000}


def build(folder, files=FILES):
    """Lay a built client down; return its fingerprint."""
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    hashes = {name: hashlib.sha256(content).hexdigest() for name, content in files.items()}
    (folder / "bundle.json").write_text(json.dumps({"bundle": fingerprint(hashes), "files": hashes}))
    return fingerprint(hashes)


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Set what the hub serves and what this lanmsg has; ask; return what was found."""

    def ask(client, *, own=None):
        monkeypatch.setattr(http, "load_web_client", lambda: client)
        monkeypatch.setattr(doctor_web, "load_bundle", lambda: own)
        found = []

        async def main(door):
            found.append(await try_web_client(door.address))

        with_door(tmp_path / "hub", main)
        return found[0]

    return ask


def test_the_same_client_is_found_to_be_the_same(served, tmp_path):
    print_ = build(tmp_path / "built")
    client = load_web_client(tmp_path / "built")
    assert served(client, own=client.bundle) == WebTry(served=print_, own=print_)


def test_another_client_has_another_fingerprint(served, tmp_path):
    build(tmp_path / "built", FILES | {"assets/a.js": b"evil"})
    build(tmp_path / "own")
    client, own = (load_web_client(tmp_path / name) for name in ("built", "own"))
    found = served(client, own=own.bundle)
    assert found.served != found.own
    assert found.false_files == ()


def test_attack_a_true_list_with_a_false_file_is_found_out(served, tmp_path):
    build(tmp_path / "built")
    client = load_web_client(tmp_path / "built")
    client.files["/assets/a.js"].contents["identity"] = b"evil"
    client.files["/"].contents["identity"] = b"evil"
    assert set(served(client, own=client.bundle).false_files) == {"assets/a.js", "index.html"}


def test_a_hub_without_a_client_serves_none(served):
    assert served(None) == WebTry()


def test_attack_a_list_that_is_none_is_told(served, tmp_path):
    build(tmp_path / "built")
    client = load_web_client(tmp_path / "built")
    for content in (b"[]", b'{"bundle": "x", "files": {"a": "b"}}', b"\xff"):
        client.files["/bundle.json"].contents["identity"] = content
        assert "list of files is none" in served(client).error


def test_attack_an_endless_list_is_not_followed(served, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_web, "MAX_FILES", 2)
    build(tmp_path / "built")
    assert "more than 2 files" in served(load_web_client(tmp_path / "built")).error


def test_attack_a_giant_is_not_read(served, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor_web, "MAX_FILE_BYTES", 1000)
    build(tmp_path / "built")
    client = load_web_client(tmp_path / "built")
    assert served(client, own=client.bundle).false_files == ("assets/b.wasm",)
