"""XMPP servers for W4: each client makes its account on the way in, so the memory holds that account, too."""

import base64

from bench.idle_greeting import Greeting, GreetingKnownPeer, Step
from bench.peers.ejabberd import Ejabberd
from bench.peers.prosody import Prosody
from bench.peers.xmpp import HOST

_PASSWORD = "bench"  # noqa: S105 - of people who live for one measurement
_STREAM = Step(
    f"<?xml version='1.0'?><stream:stream to='{HOST}' version='1.0' xmlns='jabber:client' "
    "xmlns:stream='http://etherx.jabber.org/streams'>".encode(),
    b"</stream:features>",
)
_PING = f"<iq type='get' id='p' to='{HOST}'><ping xmlns='urn:xmpp:ping'/></iq>".encode()
"""XEP-0199; a server that does not have it answers with an error, which is as good a sign of life."""


class _XmppPeer(GreetingKnownPeer):
    """The same for both."""

    def greeting(self, number: int) -> Greeting:
        """Register (XEP-0077), authenticate, bind, and become available (RFC 6120, 6121)."""
        user = f"u{number:05}"
        plain = base64.b64encode(f"\0{user}\0{_PASSWORD}".encode()).decode()
        register = (
            "<iq type='set' id='make'><query xmlns='jabber:iq:register'>"
            f"<username>{user}</username><password>{_PASSWORD}</password></query></iq>"
        )
        authenticate = f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{plain}</auth>"
        bind = (
            "<iq type='set' id='bind'><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'>"
            "<resource>r</resource></bind></iq>"
        )
        steps = [
            _STREAM,
            Step(register.encode(), b"result"),
            Step(authenticate.encode(), b"<success"),
            _STREAM,
            Step(bind.encode(), b"</iq>"),
            Step(b"<presence/>", b"<presence"),
        ]
        return Greeting(steps, _PING, b"<iq")


class IdleEjabberd(_XmppPeer):
    """Without an archive."""

    name, title, runtime = "ejabberd", "ejabberd, TLS", "Erlang"
    server = Ejabberd()


class IdleProsody(_XmppPeer):
    """Without an archive."""

    name, title, runtime = "prosody", "Prosody, TLS", "Lua"
    server = Prosody()
