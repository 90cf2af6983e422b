"""From an entry to something a person can read, or to the one named reason why not.

Nothing the hub says of a message is believed: its author is the device that signed it, its place is
what stands inside the ciphertext, its order is the author's own counter.
"""

from collections import OrderedDict
from collections.abc import Callable

from lanmsg.client.crypto.interface import CannotDecrypt, Crypto, Decrypted
from lanmsg.client.message_keys import MessageKeys, Receiving
from lanmsg.client.model import UnreadableReason
from lanmsg.client.state import ClientState, Log
from lanmsg.client.store.interface import Store, StoredMessage
from lanmsg.wire import ids
from lanmsg.wire.account import ACCOUNT_KIND, decode_account
from lanmsg.wire.codec import decode_message_body
from lanmsg.wire.content import (
    ContentKind,
    Plaintext,
    Seen,
    decode_content,
    kind_of,
    target_of,
    unseal,
)
from lanmsg.wire.entries import ChainedEntry, Entry, EntryKind, LogKind, MessageBody, message_signed_bytes
from lanmsg.wire.errors import LanmsgError, RemoteError
from lanmsg.wire.ids import DeviceId, LogId


class Unreadable(LanmsgError):
    """An entry can't be read (now), for this reason."""

    def __init__(self, reason: UnreadableReason) -> None:
        super().__init__(reason)
        self.reason = reason


class Reader:
    """Reads MESSAGE entries. `forked` is called when the author has seen another story than we have."""

    def __init__(
        self,
        state: ClientState,
        store: Store,
        keys: MessageKeys,
        crypto: Crypto,
        *,
        forked: Callable[[Log, int, DeviceId], None],
    ) -> None:
        self._state = state
        self._store = store
        self._keys = keys
        self._crypto = crypto
        self._forked = forked
        self._recent_hashes: OrderedDict[tuple[LogId, int], bytes] = OrderedDict()
        self._agreed_directory = Seen(0, ids.ZERO_HASH)
        self._ahead: dict[int, tuple[bytes, DeviceId]] = {}

    def read(self, log: Log, chained: ChainedEntry) -> StoredMessage:
        """Read a new entry; what can't be read is returned with its reason and its raw body."""
        self._remember(log.stored.log, chained.seq, chained.hash)
        body: MessageBody | None = None
        try:
            body = _message_body(chained.entry)
            self._check_author(log, chained.entry, body, chained.seq)
            self._check_order(log, chained.entry, body)
            return self._decrypt(log, chained, body)
        except Unreadable as error:
            return _unread(log, chained, body, error.reason)

    def read_again(self, log: Log, message: StoredMessage) -> StoredMessage | None:
        """Try an unreadable message once more; None if it still can't be read."""
        entry = Entry(EntryKind.MESSAGE, message.sender, message.message_id, message.at_ms, message.raw)
        try:
            body = _message_body(entry)
            self._check_author(log, entry, body, message.seq)
            return self._decrypt(log, ChainedEntry(message.seq, message.hash, entry), body)
        except Unreadable:
            return None

    # --- the steps ---------------------------------------------------------------------------

    def _check_author(self, log: Log, entry: Entry, body: MessageBody, seq: int) -> None:
        device = self._state.directory.ever_device(entry.sender)
        if device is None:
            raise Unreadable(UnreadableReason.UNKNOWN_SENDER)
        signed = message_signed_bytes(log.stored.log, entry.message_id, body)
        if not self._crypto.verify(device.signing_key, body.signature, signed):
            raise Unreadable(UnreadableReason.BAD_SIGNATURE)
        revoked_seq = self._state.directory.revoked_seq(entry.sender)
        if revoked_seq is not None and body.view.directory_seq >= revoked_seq:
            raise Unreadable(UnreadableReason.BAD_SIGNATURE)  # written after the device was cut off
        if not self._state.could_read(log, device.user, seq):
            raise Unreadable(
                UnreadableReason.MISPLACED
            )  # a stranger in a direct chat, or taken out of a room
        if body.view.membership_seq != self._state.membership_seq_at(log, seq):
            self._forked(log, body.view.membership_seq, entry.sender)
            raise Unreadable(UnreadableReason.MISPLACED)  # made for other members than those of this place

    def _check_order(self, log: Log, entry: Entry, body: MessageBody) -> None:
        """A device's counter only goes up; a message that is replayed or moved back does not fit."""
        if log.counters is None:
            log.counters = self._store.counters(log.stored.log)
        if body.counter <= log.counters.get(entry.sender, 0):
            raise Unreadable(UnreadableReason.MISPLACED)
        log.counters[entry.sender] = body.counter

    def _why_no_key(self, log: Log, body: MessageBody, seq: int) -> UnreadableReason:
        own_seq = self._state.profile.device_seq
        if own_seq and body.view.directory_seq < own_seq:
            return UnreadableReason.BEFORE_YOU_JOINED
        if not self._state.could_read(log, self._state.user, seq):
            return UnreadableReason.BEFORE_YOU_JOINED
        return UnreadableReason.MISSING_KEY

    def _receiving(self, log: Log, chained: ChainedEntry, body: MessageBody) -> Receiving:
        receiving = self._keys.receiving(body.session, chained.entry.sender)
        if receiving is None:
            raise Unreadable(self._why_no_key(log, body, chained.seq))
        if receiving.log != log.stored.log:
            raise Unreadable(UnreadableReason.MISPLACED)
        return receiving

    def _open(self, log: Log, chained: ChainedEntry, body: MessageBody) -> Decrypted:
        receiving = self._receiving(log, chained, body)
        try:
            return receiving.session.decrypt(body.ciphertext)
        except CannotDecrypt as error:
            # A share starts at the index its sender was at, so older entries are not for us.
            reason = self._why_no_key(log, body, chained.seq)
            if reason is UnreadableReason.BEFORE_YOU_JOINED or receiving.session.first_index > 0:
                raise Unreadable(reason) from error
            raise Unreadable(UnreadableReason.BAD_CIPHERTEXT) from error

    def _decrypt(self, log: Log, chained: ChainedEntry, body: MessageBody) -> StoredMessage:
        entry = chained.entry
        decrypted = self._open(log, chained, body)
        try:
            plaintext = unseal(decrypted.plaintext)
        except RemoteError as error:
            raise Unreadable(UnreadableReason.UNKNOWN_CONTENT) from error
        inside = (plaintext.database, plaintext.log, plaintext.message_id, plaintext.counter)
        if inside != (self._state.database, log.stored.log, entry.message_id, body.counter):
            raise Unreadable(UnreadableReason.MISPLACED)
        self._check_seen(log, chained, plaintext)
        self._check_members_seen(log, chained, plaintext, body)
        kind, target = _kind_and_target(log, plaintext.content)
        return StoredMessage(
            log=log.stored.log,
            seq=chained.seq,
            hash=chained.hash,
            message_id=entry.message_id,
            sender=entry.sender,
            counter=body.counter,
            at_ms=entry.at_ms,
            directory_seq=body.view.directory_seq,
            session=body.session,
            index=decrypted.index,
            content=plaintext.content,
            reason=UnreadableReason.UNKNOWN_CONTENT if kind == ContentKind.UNREADABLE else "",
            raw=b"",
            kind=kind,
            target=target,
        )

    # --- two people comparing what the hub told them -----------------------------------------

    def _remember(self, log: LogId, seq: int, entry_hash: bytes) -> None:
        self._recent_hashes[log, seq] = entry_hash
        if len(self._recent_hashes) > _REMEMBERED_HASHES:
            self._recent_hashes.popitem(last=False)  # a plain dict would look for its first item ever longer

    def _hash_at(self, log: LogId, seq: int) -> bytes | None:
        found = self._recent_hashes.get((log, seq))
        return found if found is not None else self._store.entry_hash(log, seq)

    def _check_seen(self, log: Log, chained: ChainedEntry, plaintext: Plaintext) -> None:
        seen, sender = plaintext.seen, chained.entry.sender
        if seen.seq >= chained.seq:  # nobody has seen what came later: we were not shown all
            self._forked(log, seen.seq, sender)
            raise Unreadable(UnreadableReason.MISPLACED)
        known = self._hash_at(log.stored.log, seen.seq)
        if known is not None and known != seen.hash:
            self._forked(log, seen.seq, sender)
        if plaintext.directory_seen != self._agreed_directory:  # else as the message before
            self._check_directory_seen(plaintext.directory_seen, sender)

    def _check_members_seen(
        self, log: Log, chained: ChainedEntry, plaintext: Plaintext, body: MessageBody
    ) -> None:
        """The author knew who is in the room by the same entries as we do, not only by as many.

        It is the one check on changes of members from before messages that are gone (`RoomMembers`).
        """
        known = self._state.membership_hash_at(log, chained.seq)
        if plaintext.members_seen and plaintext.members_seen != known:
            self._forked(log, body.view.membership_seq, chained.entry.sender)
            raise Unreadable(UnreadableReason.MISPLACED)

    def _check_directory_seen(self, seen: Seen, sender: DeviceId) -> None:
        directory = self._state.logs.get(self._state.directory_log)
        if directory is None:
            return
        if seen.seq > directory.stored.seq:
            self._ahead[seen.seq] = (seen.hash, sender)  # compared when we get there
            return
        known = self._hash_at(self._state.directory_log, seen.seq)
        if known == seen.hash:
            self._agreed_directory = seen
        elif known is not None:
            self._forked(directory, seen.seq, sender)

    def directory_advanced(self, directory: Log, seq: int, entry_hash: bytes) -> None:
        """Compare a new directory entry with what somebody has already seen there."""
        self._remember(directory.stored.log, seq, entry_hash)
        expected = self._ahead.pop(seq, None)
        if expected is not None and expected[0] != entry_hash:
            self._forked(directory, seq, expected[1])


NOT_SIGNED = frozenset({UnreadableReason.BAD_SIGNATURE, UnreadableReason.UNKNOWN_SENDER})
"""Reasons for which a counter is only the hub's word: it must not outrank an honest one."""

_REMEMBERED_HASHES = 2048
"""Hashes of entries that may not be committed yet; older ones are in the store."""


def _kind_and_target(log: Log, data: bytes) -> tuple[int, bytes]:
    """Return of which kind a content is, and which message it changes or answers, if any."""
    try:
        if log.stored.kind is LogKind.ACCOUNT:
            decode_account(data)
            return ACCOUNT_KIND, b""
        content = decode_content(data)
    except RemoteError:  # made by a newer version: kept, so that a newer one of ours can show it
        return ContentKind.UNREADABLE, b""
    return kind_of(content), target_of(content) or b""


def _message_body(entry: Entry) -> MessageBody:
    """Decode a message's body. Raises Unreadable."""
    if entry.kind != EntryKind.MESSAGE:
        raise Unreadable(UnreadableReason.UNKNOWN_CONTENT)
    try:
        return decode_message_body(entry.body)
    except RemoteError as error:
        raise Unreadable(UnreadableReason.UNKNOWN_CONTENT) from error


def _unread(
    log: Log, chained: ChainedEntry, body: MessageBody | None, reason: UnreadableReason
) -> StoredMessage:
    entry = chained.entry
    return StoredMessage(
        log=log.stored.log,
        seq=chained.seq,
        hash=chained.hash,
        message_id=entry.message_id,
        sender=entry.sender,
        counter=0 if body is None or reason in NOT_SIGNED else body.counter,
        at_ms=entry.at_ms,
        directory_seq=0 if body is None else body.view.directory_seq,
        session=b"" if body is None else body.session,
        index=-1,
        content=b"",
        reason=reason,
        raw=entry.body,
        kind=ContentKind.UNREADABLE,
        target=b"",
    )
