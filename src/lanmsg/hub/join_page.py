"""The page that a browser gets from the hub: what this is, and how to join.

No script, no form and nothing from anywhere else, so that it can be shown under the strictest policy.
The hub's title is the only text on it that somebody chose, and it is escaped.
"""

import base64
import hashlib
from dataclasses import dataclass
from html import escape
from typing import Final

from lanmsg.wire.safe_text import safe_line

JOIN_COMMAND: Final = "lanmsg join"
"""What stands before a join link on a command line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinFacts:
    """What somebody needs to join this hub.

    Attributes:
        title: the hub's name, as its operator typed it.
        addresses: `HOST:PORT` each, best first; at least one.
        link: the join link with these addresses and the hub's key, without a secret.
        check_words: the four words of the hub's key.
        invite_only: whether that is not enough.
        is_advertised: whether clients on this network find the hub without an address.
        has_web_client: whether the hub serves a client to browsers.
        authority_fingerprint: of the hub's own authority (`3F:9A:…`); empty if it has none.
    """

    title: str
    addresses: tuple[str, ...]
    link: str
    check_words: tuple[str, ...]
    invite_only: bool = False
    is_advertised: bool = True
    has_web_client: bool = True
    authority_fingerprint: str = ""


STYLE: Final = """
:root { color-scheme: light dark; --ink: #1d2129; --paper: #fbfaf8; --quiet: #5b6270; --box: #f0eee9; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6e4df; --paper: #16181d; --quiet: #a3a8b3; --box: #22252c; }
}
body { margin: 0; background: var(--paper); color: var(--ink); font: 1.0625rem/1.6 system-ui, sans-serif; }
main { max-width: 38rem; margin: 0 auto; padding: 3rem 1.25rem 4rem; }
h1 { font-size: 1.75rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.0625rem; margin: 2.25rem 0 .5rem; }
p { margin: .5rem 0; }
.quiet { color: var(--quiet); }
code { font: .9375rem/1.5 ui-monospace, monospace; }
pre { background: var(--box); border-radius: .5rem; padding: .75rem 1rem; margin: .5rem 0; }
pre code { white-space: pre-wrap; overflow-wrap: anywhere; }
h3 { font-size: 1rem; margin: 1.25rem 0 .25rem; }
.code { max-width: 14rem; }
.words { font-size: 1.375rem; font-weight: 600; letter-spacing: .02em; }
""".strip()

STYLE_SOURCE: Final = f"'sha256-{base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()}'"
"""What Content-Security-Policy must allow for this page to have its style (CSP 3 §2.3.1)."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · lanmsg</title>
<style>{style}</style>
</head>
<body>
<main>
<h1><bdi>{title}</bdi></h1>
<p>This is a hub for messages on this network. What people write here is encrypted on their own machines; the
hub passes it on and cannot read it. Nothing leaves this network.</p>
{browser}<h2>Join from a terminal</h2>
{commands}
<h2>Check that it is the right hub</h2>
<p class="words">{words}</p>
<p>Your terminal shows four words when you join. They must be the four that whoever runs this hub reads to
you. Your browser could not check who sent this page, so do not take them from here alone.</p>
<h2>No lanmsg on your machine yet?</h2>
<p class="quiet">Ask whoever runs this hub for it. It needs Python 3.11 or newer.</p>
</main>
</body>
</html>
"""

_BROWSER = """<h2>Join from this browser</h2>
<p><a href="/">Open the chat</a>: nothing to install. Your browser may warn; <a href="/trust">how that
ends</a>.</p>
"""

_FOUND = """<p>On a machine on this network that has <code>lanmsg</code>, this finds the hub by itself:</p>
<pre><code>lanmsg</code></pre>
<p>If it does not, use the link:</p>
<pre><code>{command}</code></pre>"""

_BY_LINK = """<p>On a machine on this network that has <code>lanmsg</code>:</p>
<pre><code>{command}</code></pre>"""

_INVITED_ONLY = """<p>This hub lets in invited people only. Ask somebody who is here already for an
invite: they make one with <code>lanmsg invite</code>, and you use it with</p>
<pre><code>{command}</code></pre>"""


def render_join_page(facts: JoinFacts) -> str:
    """Return the page as HTML."""
    link = "LINK" if facts.invite_only else f'"{facts.link}"'  # unquoted, a shell might drop what follows #
    command = escape(f"{JOIN_COMMAND} {link}", quote=False)
    return _PAGE.format(
        title=escape(safe_line(facts.title)),
        style=STYLE,
        words=escape(" ".join(facts.check_words)),
        browser=_BROWSER if facts.has_web_client else "",
        commands=_commands(facts).format(command=command),
    )


def _commands(facts: JoinFacts) -> str:
    if facts.invite_only:
        return _INVITED_ONLY
    return _FOUND if facts.is_advertised else _BY_LINK
