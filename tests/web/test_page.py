"""The page as the hub serves it, in a browser: before anything that the client itself does."""

import pytest

from lanmsg.wire.codec import decode_hub_frame, encode_frame
from lanmsg.wire.errors import Code
from lanmsg.wire.frames import Bye, Challenge, Hello, Login, Refused
from tests.web.visitors import PHONE
from tests.web.web_hub import WebHub


@pytest.fixture(scope="module")
def hub(tmp_path_factory, built_client):
    """One for all: nobody here changes anything at it."""
    hub = WebHub(tmp_path_factory.mktemp("hub"))
    try:
        yield hub.start()
    finally:
        hub.end()


EXCHANGE = """
async (frames) => {
  const socket = new WebSocket(`wss://${location.host}/ws`);
  socket.binaryType = "arraybuffer";
  const received = [];
  await new Promise((resolve, reject) => {
    socket.onerror = () => reject(new Error("the WebSocket broke"));
    socket.onmessage = (event) => {
      received.push(Array.from(new Uint8Array(event.data)));
      if (frames.length === 0) resolve();
      else socket.send(new Uint8Array(frames.shift()));
    };
  });
  socket.close();
  return received;
}
"""


def exchange(page, *frames):
    """Send each frame when an answer to the one before is there; return all that came."""
    sent = [list(b"".join(map(encode_frame, each))) for each in frames]
    received = b"".join(bytes(message) for message in page.evaluate(EXCHANGE, sent))
    answers = []
    while received:
        size = int.from_bytes(received[:4], "big")
        answers.append(decode_hub_frame(received[4 : 4 + size]))
        received = received[4 + size :]
    return answers


def test_a_page_of_the_hub_talks_to_it(visitor):
    page = visitor.open()
    stranger = Login(bytes(16), bytes(64))
    challenge, answer = exchange(page, [Hello(1, bytes(32), "test"), stranger])[:2]
    assert isinstance(challenge, Challenge)
    assert challenge.title == "Attic"
    assert (type(answer), answer.code) == (Refused, Code.UNKNOWN_DEVICE)
    assert visitor.watch.problems == []
    assert {url.removeprefix(visitor.watch.origin)[:8] for url in visitor.watch.requests} >= {"/", "/assets/"}


def test_a_page_that_breaks_the_protocol_is_told_so_and_put_out(visitor):
    page = visitor.open()
    _, answer = exchange(page, [Login(bytes(16), bytes(64))])
    assert (type(answer), answer.code) == (Bye, Code.PROTOCOL)


def test_attack_another_page_can_not_use_the_hub(visitors, hub):
    victim = visitors.new()
    victim.watch.expect("evil.example|WebSocket")
    victim.context.route("https://evil.example/", lambda route: route.fulfill(body="<p>win a prize"))
    victim.page.goto("https://evil.example/")
    outcome = victim.page.evaluate(
        """(address) => new Promise((resolve) => {
          const socket = new WebSocket(address);
          socket.onopen = () => resolve("open");
          socket.onerror = () => resolve("refused");
        })""",
        f"wss://{hub.address}/ws",
    )
    assert outcome == "refused"
    assert "Unexpected response code: 403" in " ".join(victim.watch.problems)


def test_how_to_join_with_a_terminal_is_shown_without_any_script(visitors):
    visitor = visitors.new(screen=PHONE)
    page = visitor.open("/join")
    assert "Join from a terminal" in page.inner_text("main")
    assert page.evaluate("document.scripts.length") == 0


# --- what the watch finds --------------------------------------------------------------------

INJECTIONS = {
    "script": "append('script', {textContent: 'window.x = 1'})",
    "html": "document.body.innerHTML = '<img src=x onerror=window.x=1>'",
    "eval": "eval('window.x = 1')",
    "function": "new Function('window.x = 1')()",
    "timer": "setTimeout('window.x = 1')",
    "handler": "document.body.setAttribute('onclick', 'window.x = 1'); document.body.click()",
    "style": "append('style', {textContent: 'p{}'})",
    "style attribute": "document.body.setAttribute('style', 'color: red')",
    "foreign image": "append('img', {src: 'https://192.0.2.1/x.png'})",
    "foreign script": "import('https://192.0.2.1/x.js')",
    "foreign request": "fetch('https://192.0.2.1/')",
    "foreign socket": "new WebSocket('wss://192.0.2.1/')",
    "base": "append('base', {href: 'https://192.0.2.1/'})",
    "frame": "append('iframe', {src: 'https://192.0.2.1/'})",
    "object": "append('object', {data: '/favicon.svg'})",
    "form": "append('form', {action: '/x'}).submit()",
    "own policy": "trustedTypes.createPolicy('mine', {})",
}


@pytest.mark.parametrize("name", INJECTIONS)
def test_attack_what_the_policy_forbids_does_not_happen_and_is_noticed(visitor, name):
    """Run by a timer, for what the debugger runs itself is not under the policy."""
    page = visitor.open()
    append = "(tag, fields) => document.body.appendChild(Object.assign(document.createElement(tag), fields))"
    page.evaluate(f"() => {{ const append = {append}; setTimeout(() => {{ {INJECTIONS[name]} }}) }}")
    while not visitor.watch.problems:  # a test that waits in vain ends by its timeout
        page.wait_for_timeout(20)
    assert page.evaluate("window.x === undefined")
    visitor.watch.expect(".")
