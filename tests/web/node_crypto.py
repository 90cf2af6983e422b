"""The encryption of the web client behind the interface of the Python client, to be used in its place."""

from lanmsg.client.crypto.interface import CannotDecrypt, Decrypted
from lanmsg.wire.entries import OlmBody
from tests.web.node import NodeError, NodePeer, Remote


class _Object:
    def __init__(self, peer: NodePeer, remote: Remote) -> None:
        self._peer = peer
        self._remote = remote

    def _call(self, name: str, *values: object):
        try:
            return self._peer.call(self._remote, name, *values)
        except NodeError as error:
            if error.kind == "cannot_decrypt":
                raise CannotDecrypt(str(error)) from error
            raise

    def pickle(self) -> str:
        return self._call("pickle")

    def free(self) -> None:
        self._call("free")


def _body(body: OlmBody) -> dict[str, object]:
    return {"messageType": body.message_type, "ciphertext": body.ciphertext}


class NodePeerSession(_Object):
    """`PeerSession`."""

    @property
    def id(self) -> str:
        return self._call("id")

    def encrypt(self, plaintext: bytes) -> OlmBody:
        body = self._call("encrypt", plaintext)
        return OlmBody(body["messageType"], body["ciphertext"])

    def decrypt(self, body: OlmBody) -> bytes:
        return self._call("decrypt", _body(body))

    def matches(self, body: OlmBody) -> bool:
        return self._call("matches", _body(body))


class NodeAccount(_Object):
    """`Account`."""

    @property
    def signing_key(self) -> bytes:
        return self._call("signingKey")

    @property
    def agreement_key(self) -> bytes:
        return self._call("agreementKey")

    def sign(self, message: bytes) -> bytes:
        return self._call("sign", message)

    def unpublished_keys(self, count: int) -> list[bytes]:
        return self._call("unpublishedKeys", count)

    def fallback_key(self) -> bytes:
        return self._call("fallbackKey")

    def mark_published(self) -> None:
        self._call("markPublished")

    def open_outbound(self, agreement_key: bytes, one_time_key: bytes) -> NodePeerSession:
        return NodePeerSession(self._peer, self._call("openOutbound", agreement_key, one_time_key))

    def open_inbound(self, agreement_key: bytes, body: OlmBody) -> tuple[NodePeerSession, bytes]:
        opened = self._call("openInbound", agreement_key, _body(body))
        return NodePeerSession(self._peer, opened["session"]), opened["plaintext"]


class NodeSendingSession(_Object):
    """`SendingSession`."""

    @property
    def id(self) -> bytes:
        return self._call("id")

    @property
    def index(self) -> int:
        return self._call("index")

    def key(self) -> bytes:
        return self._call("key")

    def encrypt(self, plaintext: bytes) -> bytes:
        return self._call("encrypt", plaintext)


class NodeReceivingSession(_Object):
    """`ReceivingSession`."""

    @property
    def id(self) -> bytes:
        return self._call("id")

    @property
    def first_index(self) -> int:
        return self._call("firstIndex")

    def decrypt(self, ciphertext: bytes) -> Decrypted:
        decrypted = self._call("decrypt", ciphertext)
        return Decrypted(decrypted["plaintext"], decrypted["index"])

    def export(self, index: int) -> bytes | None:
        return self._call("export", index)


class NodeCrypto(_Object):
    """`Crypto`."""

    def __init__(self, peer: NodePeer) -> None:
        super().__init__(peer, Remote(0))

    @property
    def live_objects(self) -> int:
        """How many objects were made there and not freed."""
        return self._call("live_objects")

    def verify(self, signing_key: bytes, signature: bytes, message: bytes) -> bool:
        return self._call("verify", signing_key, signature, message)

    def new_account(self) -> NodeAccount:
        return NodeAccount(self._peer, self._call("newAccount"))

    def account(self, pickle: str) -> NodeAccount:
        return NodeAccount(self._peer, self._call("account", pickle))

    def peer_session(self, pickle: str) -> NodePeerSession:
        return NodePeerSession(self._peer, self._call("peerSession", pickle))

    def new_sending_session(self) -> NodeSendingSession:
        return NodeSendingSession(self._peer, self._call("newSendingSession"))

    def sending_session(self, pickle: str) -> NodeSendingSession:
        return NodeSendingSession(self._peer, self._call("sendingSession", pickle))

    def receiving_session(self, pickle: str) -> NodeReceivingSession:
        return NodeReceivingSession(self._peer, self._call("receivingSession", pickle))

    def receiving_session_from_key(self, key: bytes) -> NodeReceivingSession:
        return NodeReceivingSession(self._peer, self._call("receivingSessionFromKey", key))

    def receiving_session_from_export(self, key: bytes) -> NodeReceivingSession:
        return NodeReceivingSession(self._peer, self._call("receivingSessionFromExport", key))
