"""What the built client is made of: nothing that a browser would fetch from elsewhere, and not too much."""

import re

import pytest

from lanmsg.hub.web_client_files import load_web_client

MAX_FIRST_LOAD_BYTES = 160_000
"""All that is loaded until one can type a name and press Enter, WebAssembly and check words too, as gzip."""
MAX_JOINED_BYTES = 290_000
"""That, and all that is loaded behind it until one can write."""
NAMES_ONLY = (
    "http://www.w3.org/",  # namespaces of SVG, MathML, XLink
    "https://svelte.dev/e/",  # stands in Svelte's own error messages
)
_ADDRESS = re.compile(r"(?:https?|wss?|ftp)://[A-Za-z0-9\[][^\s\"'`<>\\)]*")
_TEXT = (".js", ".css", ".html", ".svg", ".json", ".webmanifest")


@pytest.fixture(scope="module")
def client(built_client):
    client = load_web_client(built_client)
    assert client is not None
    return client


def test_no_address_of_the_internet_is_in_it(client):
    found = {
        address
        for path, file in client.files.items()
        if path.endswith(_TEXT) or path == "/"
        for address in _ADDRESS.findall(file.contents["identity"].decode())
        if not address.startswith(NAMES_ONLY)
    }
    assert found == set()


def test_the_page_has_nothing_inline(client):
    page = client.files["/"].contents["identity"].decode()
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|=.javascript:", page, re.IGNORECASE)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


def test_the_first_load_is_small(client):
    sizes = {
        path: len(smallest(file)) for path, file in client.files.items() if is_of_first_load(client, path)
    }
    behind = {path: len(smallest(file)) for path, file in client.files.items() if is_behind_the_door(path)}
    assert sizes["/"] < 2048
    assert sum(sizes.values()) <= MAX_FIRST_LOAD_BYTES, sizes
    assert len(behind) >= 2
    assert sum(sizes.values()) + sum(behind.values()) <= MAX_JOINED_BYTES, behind


def is_behind_the_door(path):
    return re.search(r"/(?:way-in|Running|commands)-", path) is not None


def is_of_first_load(client, path):
    page = client.files["/"].contents["identity"].decode()
    return path == "/" or path in page or path.endswith(".wasm") or "check-word-list" in path


def smallest(file):
    return file.contents.get("gzip", file.contents["identity"])
