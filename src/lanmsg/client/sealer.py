"""Sealing: a waiting message becomes bytes that exactly the present readers can open."""

import dataclasses
from collections.abc import Callable, Iterable

from lanmsg.client.device_messages import DevicePlaintext, SessionShare, encode_device_plaintext
from lanmsg.client.message_keys import MessageKeys, Sending
from lanmsg.client.peer_sessions import PeerSessions
from lanmsg.client.sealed import Carried, encode_append
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import OutboxRow
from lanmsg.wire.codec import encode
from lanmsg.wire.content import CONTENT_VERSION, Plaintext, Seen, seal
from lanmsg.wire.entries import EntryKind, MessageBody, View, message_signed_bytes
from lanmsg.wire.frames import Append, Share
from lanmsg.wire.ids import DeviceId


@dataclasses.dataclass(frozen=True, slots=True)
class Sealed:
    """A row with its bytes, and the shares they carry."""

    row: OutboxRow
    carried: Carried


class Sealer:
    """Encrypts a message under our sending session, and that session's key for who lacks it."""

    def __init__(
        self,
        state: ClientState,
        keys: MessageKeys,
        sessions: PeerSessions,
        *,
        now_ms: Callable[[], int],
    ) -> None:
        self._state = state
        self._keys = keys
        self._sessions = sessions
        self._now_ms = now_ms

    def seal(self, log: Log, row: OutboxRow, *, counter: int, on_their_way: Iterable[Carried]) -> Sealed:
        """Seal a message as number `counter` of ours in this log.

        What is `on_their_way` travels with messages in flight, and the hub takes this one only after
        those. The caller has made sure that there is a session with every reader that can have one.
        """
        readers = self._state.readers(self._state.conversation_of(log))
        sending = self._sending_for(log, set(readers))
        self._make_shares(sending, readers)
        served = {
            d for carried in on_their_way if carried.session == sending.session.id for d in carried.devices
        }
        shares = [Share(device, body) for device, body in sending.pending.items() if device not in served]
        append = self._append(log, row, sending, counter)
        sending.messages += 1
        self._keys.save_sending(sending)
        sealed = dataclasses.replace(row, frames=encode_append(append, shares), counter=counter)
        return Sealed(sealed, Carried(sending.session.id, tuple(share.device for share in shares)))

    def _sending_for(self, log: Log, readers: set[DeviceId]) -> Sending:
        """Return a session that nobody but the readers can follow."""
        log_id = log.stored.log
        sending = self._keys.sending(log_id)
        if sending is not None and self._may_go_on(sending, readers):
            return sending
        own_device = self._state.device
        return self._keys.new_sending(log_id, own_device=own_device, now_ms=self._now_ms())

    def _may_go_on(self, sending: Sending, readers: set[DeviceId]) -> bool:
        """Nobody has left who could follow it, and it has not served its time."""
        followers = sending.shared_with | sending.pending.keys()
        return followers <= readers and not sending.is_worn_out(self._now_ms())

    def _make_shares(self, sending: Sending, readers: Iterable[DeviceId]) -> None:
        key: bytes | None = None
        for device in readers:
            if device in sending.shared_with or device in sending.pending or not self._sessions.has(device):
                continue
            key = key or sending.session.key()
            share = SessionShare(sending.log, key)
            plaintext = DevicePlaintext(self._state.database, self._state.device, device, share)
            sending.pending[device] = encode(
                self._sessions.encrypt(device, encode_device_plaintext(plaintext))
            )

    def _append(self, log: Log, row: OutboxRow, sending: Sending, counter: int) -> Append:
        state = self._state
        directory = state.logs[state.directory_log].stored
        plaintext = Plaintext(
            CONTENT_VERSION,
            state.database,
            log.stored.log,
            row.message_id,
            counter,
            row.queued_at_ms,
            Seen(log.stored.seq, log.stored.hash),
            Seen(directory.seq, directory.hash),
            row.content,
            members_seen=state.membership_hash_at(log, log.stored.seq + 1),
        )
        ciphertext = sending.session.encrypt(seal(plaintext))
        view = View(state.membership_seq(log.stored.log), directory.seq)
        unsigned = MessageBody(view, counter, sending.session.id, ciphertext, b"")
        signature = state.account.sign(message_signed_bytes(log.stored.log, row.message_id, unsigned))
        body = MessageBody(unsigned.view, counter, unsigned.session, ciphertext, signature)
        return Append(row.message_id, log.stored.log, EntryKind.MESSAGE, encode(body))
