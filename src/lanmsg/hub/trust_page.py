"""The page that says how a device learns to trust this hub, so that its browser no longer warns.

Whoever sees this page has clicked a warning away to get here, so the page alone is no reason to install
anything: it says what to compare first, and with what.
"""

import io
from html import escape
from typing import Final

import segno

from lanmsg.hub.join_page import STYLE, JoinFacts
from lanmsg.wire.safe_text import safe_line

TRUST_PATH: Final = "/trust"
AUTHORITY_PATH: Final = "/lanmsg-authority.crt"
AUTHORITY_TYPE: Final = "application/x-x509-ca-cert"
"""What makes phones offer to install it."""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Trust · {title} · lanmsg</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>Trust <bdi>{title}</bdi> on this device</h1>
<p>Nobody has to. Without it the browser warns when you open the hub for the first time, and then all of the
chat works, but it can't start without the network, nor show notices on a phone. With it the browser knows
this hub for good.</p>
<p>You install the hub's own <em>authority</em>. It can speak for this hub's names and for addresses of
local networks, and for nothing on the internet: that is written into it, and systems hold it to that.</p>
<h2>1. Compare the fingerprint</h2>
<pre><code>{fingerprint}</code></pre>
<p>The screen of the hub shows it too, in the line that starts with <code>trust</code>. Ask whoever runs the
hub to read it to you. Your browser could not check who sent this page: <strong>if the two differ, do not go
on.</strong></p>
<h2>2. Get it</h2>
<p><a href="{authority}" download>lanmsg-authority.crt</a></p>
<p>Your system shows its fingerprint (SHA-256) again before you install it, or in its details.</p>
<p class="quiet">This page on another device:</p>
<div class="code">{code}</div>
<h2>3. Install it</h2>
{systems}
<h2>To take it back</h2>
<p class="quiet">Remove <code>lanmsg hub authority</code> in the same place.</p>
</main>
</body>
</html>
"""

_SYSTEMS: Final = """<h3>Android</h3>
<p>Settings, Security &amp; privacy, More security settings, Encryption &amp; credentials, Install a
certificate, CA certificate, Install anyway, then choose the file. (Names differ a little; search the
settings for “CA certificate”.) Chrome and most browsers then trust the hub. Firefox asks for it in its own
settings.</p>
<h3>iPhone, iPad</h3>
<p>Open this page in Safari and tap the file, Allow. Settings, Profile Downloaded, Install. Then Settings,
General, About, Certificate Trust Settings: switch it on.</p>
<h3>Windows</h3>
<p>Open the file, Install Certificate, Current User, “Place all certificates in the following store”,
Trusted Root Certification Authorities. Or in a terminal: <code>certutil -user -addstore Root
lanmsg-authority.crt</code></p>
<h3>macOS</h3>
<p>Open the file: it goes into Keychain Access. There double-click it, Trust, “Always Trust”. Or in a
terminal: <code>security add-trusted-cert -r trustRoot -k ~/Library/Keychains/login.keychain-db
lanmsg-authority.crt</code></p>
<h3>Linux, ChromeOS</h3>
<p>Chromium and Chrome: Settings, Privacy and security, Security, Manage certificates, Custom (or
Authorities), Import, “Trust for websites”. Or: <code>certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n
lanmsg-hub -i lanmsg-authority.crt</code></p>
<h3>Firefox, everywhere</h3>
<p>Settings, Privacy &amp; Security, Certificates, View Certificates, Authorities, Import, “Trust this CA to
identify websites”.</p>
"""

_FOREIGN = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Trust · lanmsg</title><style>{style}</style></head>
<body><main><h1>Nothing to install</h1>
<p>This hub has a certificate that its operator brought. If your browser warns, tell whoever runs the hub.</p>
</main></body></html>
"""


def render_trust_page(facts: JoinFacts) -> str:
    """Return the page as HTML."""
    if not facts.authority_fingerprint:
        return _FOREIGN.format(style=STYLE)
    return _PAGE.format(
        title=escape(safe_line(facts.title)),
        style=STYLE,
        fingerprint=escape(_in_lines(facts.authority_fingerprint)),
        authority=AUTHORITY_PATH,
        code=_code(f"https://{facts.addresses[0]}{TRUST_PATH}"),
        systems=_SYSTEMS,
    )


def _in_lines(fingerprint: str) -> str:
    """Break a fingerprint where people rest when they read it aloud: after eight bytes."""
    parts = fingerprint.split(":")
    return "\n".join(":".join(parts[start : start + 8]) for start in range(0, len(parts), 8))


def _code(address: str) -> str:
    """Draw a QR code as SVG, dark on light whatever the theme: cameras want that."""
    drawn = io.BytesIO()
    segno.make_qr(address, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=3, dark="#000", light="#fff"
    )
    return drawn.getvalue().decode()
