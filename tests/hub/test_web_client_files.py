import hashlib
import json

import pytest

from lanmsg.hub.web_client_files import (
    BUNDLE_NAME,
    choose_coding,
    fingerprint,
    load_bundle,
    load_web_client,
    parse_bundle,
)

PAGE, SCRIPT = b"<!doctype html>", b"script " * 100


@pytest.fixture
def folder(tmp_path):
    """A built client with two files, one of them packed."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_bytes(PAGE)
    (tmp_path / "assets" / "index-abc.js").write_bytes(SCRIPT)
    (tmp_path / "assets" / "index-abc.js.br").write_bytes(b"packed")
    (tmp_path / "assets" / "index-abc.js.map").write_bytes(b"not listed")
    write_bundle(tmp_path)
    return tmp_path


def write_bundle(folder, **changed):
    files = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("index.html", "assets/index-abc.js")
    }
    bundle = {"bundle": fingerprint(files), "sources": "…", "files": files} | changed
    (folder / BUNDLE_NAME).write_text(json.dumps(bundle))


def test_every_listed_file_is_served_under_its_name_and_no_other(folder):
    client = load_web_client(folder)
    assert set(client.files) == {"/", "/assets/index-abc.js", "/bundle.json"}
    assert client.files["/"].contents == {"identity": PAGE}
    assert client.files["/"].content_type == "text/html; charset=utf-8"
    script = client.files["/assets/index-abc.js"]
    assert script.contents == {"identity": SCRIPT, "br": b"packed"}
    assert (script.content_type, script.is_kept_for_ever) == ("text/javascript; charset=utf-8", True)
    assert not client.files["/"].is_kept_for_ever


def test_no_client_was_built(tmp_path):
    assert load_web_client(tmp_path) is None
    assert load_bundle(tmp_path / "nowhere") is None


def test_a_changed_file_is_noticed(folder):
    (folder / "index.html").write_bytes(PAGE + b"<script>")
    with pytest.raises(ValueError, match="is damaged"):
        load_web_client(folder)


def test_a_missing_file_is_noticed(folder):
    (folder / "index.html").unlink()
    with pytest.raises(FileNotFoundError):
        load_web_client(folder)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b'{"bundle": 1, "files": {}}', b'{"bundle": "x", "files": {}}']
)
def test_what_is_no_list_of_files_is_refused(data):
    with pytest.raises(ValueError, match="files"):
        parse_bundle(data)


def test_the_fingerprint_covers_names_and_contents_in_any_order():
    files = {"b": "2", "a": "1"}
    assert fingerprint(files) == fingerprint({"a": "1", "b": "2"})
    assert (
        len({fingerprint(each) for each in (files, {"a": "1"}, {"a": "2", "b": "1"}, {"c": "1", "b": "2"})})
        == 4
    )


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br, zstd", "br"), ("BR", "br"), ("br;q=1.0, gzip;q=0.5", "br"), ("gzip", "identity"),
        ("br;q=0", "identity"), ("br; q=0.0, gzip", "identity"), ("", "identity"), ("*", "identity"),
        ("brx", "identity"),
    ],
)  # fmt: skip
def test_the_browser_gets_what_it_takes(folder, accepted, coding):
    assert choose_coding(load_web_client(folder).files["/assets/index-abc.js"], accepted) == coding
