"""The web client's files over a real connection on loopback; its own tests are in `tests/web`."""

import pytest
from aiohttp.test_utils import TestClient, TestServer
from tests.hub.http_helpers import make_site

from lanmsg.hub.http import Deadlines, make_app
from lanmsg.hub.web_client_files import Bundle, WebClient, WebFile
from lanmsg.hub.web_pages import ASK_EACH_TIME, FOR_EVER


def file_of(content, *, kind="text/html", is_kept_for_ever=False, **packed):
    return WebFile(
        content_type=kind,
        tag="tag",
        is_kept_for_ever=is_kept_for_ever,
        contents={"identity": content, **packed},
    )


CLIENT = WebClient(
    bundle=Bundle(bundle="b", files={}),
    files={
        "/": file_of(b"page"),
        "/assets/x.wasm": file_of(
            b"wasm", kind="application/wasm", is_kept_for_ever=True, br=b"br", gzip=b"gz"
        ),
    },
)


@pytest.fixture
async def client():
    app = make_app(make_site(), Deadlines(), CLIENT)
    async with TestClient(TestServer(app), auto_decompress=False) as client:
        yield client


async def test_the_page_is_sent_under_the_strict_policy(client):
    async with client.get("/") as answer:
        assert (answer.status, await answer.read()) == (200, b"page")
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert {"default-src 'none'", "require-trusted-types-for 'script'", "frame-ancestors 'none'"} <= set(
            policy
        )
        assert not any(
            "unsafe-inline" in part or "'unsafe-eval'" in part or "http" in part for part in policy
        )
        assert answer.headers["Cache-Control"] == ASK_EACH_TIME
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_has_its_hash_in_its_name_is_kept_for_ever(client):
    async with client.get("/assets/x.wasm", headers={"Accept-Encoding": "identity"}) as answer:
        assert answer.headers["Cache-Control"] == FOR_EVER
        assert answer.headers["Content-Type"] == "application/wasm"  # or browsers compile it twice as slowly
        assert "Content-Encoding" not in answer.headers


@pytest.mark.parametrize(
    ("accepted", "coding", "content"), [("gzip, br", "br", b"br"), ("gzip", "gzip", b"gz")]
)
async def test_it_is_sent_packed(client, accepted, coding, content):
    async with client.get("/assets/x.wasm", headers={"Accept-Encoding": accepted}) as answer:
        assert (answer.headers["Content-Encoding"], await answer.read()) == (coding, content)
        assert answer.headers["Vary"] == "Accept-Encoding"


async def test_what_the_browser_has_is_not_sent_again(client):
    async with client.get("/") as answer:
        tag = answer.headers["ETag"]
    for header in (tag, f"W/{tag}", f'"other", {tag}'):
        async with client.get("/", headers={"If-None-Match": header}) as answer:
            assert (answer.status, await answer.read()) == (304, b"")
    async with client.get("/", headers={"If-None-Match": '"other"'}) as answer:
        assert answer.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/index.html",
        "/assets/",
        "/assets",
        "/../x",
        "/assets/x.wasm.br",
        "/assets/x.wasm/",
        "/%2e%2e/etc/passwd",
    ],
)
async def test_attack_there_is_no_other_file(client, path):
    async with client.get(path) as answer:
        assert answer.status == 404
        assert "at /join" in await answer.text()


async def test_nothing_can_be_written(client):
    for method in ("POST", "PUT", "DELETE"):
        async with client.request(method, "/", data=b"x") as answer:
            assert answer.status == 405


async def test_how_to_join_with_a_terminal_is_beside_it(client):
    async with client.get("/join") as answer:
        assert "lanmsg" in await answer.text()
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    async with client.head("/") as answer:
        assert (answer.status, answer.headers["Content-Length"]) == (200, "4")
