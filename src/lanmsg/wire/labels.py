"""Domain labels, and the one hash everything uses.

Each thing that is hashed or signed starts with its own label, so that bytes made for one purpose
can never be taken for another. A golden test holds the list; `docs/protocol.md` §2 shows it.
"""

import hashlib
from typing import Final

ENTRY: Final = b"lanmsg/1 entry"
HUB_ID: Final = b"lanmsg/1 hub id"
USER_ID: Final = b"lanmsg/1 user id"
DEVICE_ID: Final = b"lanmsg/1 device id"
DIRECTORY_LOG: Final = b"lanmsg/1 directory log"
EVERYONE_LOG: Final = b"lanmsg/1 everyone log"
DIRECT_LOG: Final = b"lanmsg/1 direct log"
INBOX_LOG: Final = b"lanmsg/1 inbox log"
GROUP_LOG: Final = b"lanmsg/1 group log"
ROOM_LOG: Final = b"lanmsg/1 room log"
ACCOUNT_LOG: Final = b"lanmsg/1 account log"
USER_STATEMENT: Final = b"lanmsg/1 user statement"
DEVICE_STATEMENT: Final = b"lanmsg/1 device statement"
DEVICE_GRANT: Final = b"lanmsg/1 device grant"
DEVICE_VOUCHER: Final = b"lanmsg/1 device voucher"
REVOKE_STATEMENT: Final = b"lanmsg/1 revoke statement"
ROOM_STATEMENT: Final = b"lanmsg/1 room statement"
MEMBERS_STATEMENT: Final = b"lanmsg/1 members statement"
HUB_CERTIFICATE: Final = b"lanmsg/1 hub certificate"
LOGIN: Final = b"lanmsg/1 login"
ONE_TIME_KEY: Final = b"lanmsg/1 one-time key"
FALLBACK_KEY: Final = b"lanmsg/1 fallback key"
MESSAGE: Final = b"lanmsg/1 message"
CHECK_WORDS: Final = b"lanmsg/1 check words"
INVITE_SECRET: Final = b"lanmsg/1 invite secret"
SAS_COMMITMENT: Final = b"lanmsg/1 sas commitment"
SAS_EMOJI: Final = b"lanmsg/1 sas emoji"
SAS_MAC: Final = b"lanmsg/1 sas mac"
SIGNAL: Final = b"lanmsg/1 signal"
SIGNAL_KEY: Final = b"lanmsg/1 signal key"
PAIRING_CODE: Final = b"lanmsg/1 pairing code"
PAIRING_NAME: Final = b"lanmsg/1 pairing name"
PAIRING_KEY: Final = b"lanmsg/1 pairing key"


def labelled_bytes(label: bytes, *fields: bytes | int) -> bytes:
    """Join a label and its fields so that no two different lists give the same bytes.

    Each item is preceded by its length in 4 bytes, big-endian; an integer counts as its 8 bytes,
    big-endian, unsigned (`docs/protocol.md` §2.1).
    """
    parts = [len(label).to_bytes(4, "big"), label]
    for field in fields:
        data = field.to_bytes(8, "big") if isinstance(field, int) else field
        parts += [len(data).to_bytes(4, "big"), data]
    return b"".join(parts)


def labelled_hash(label: bytes, *fields: bytes | int) -> bytes:
    """Return the 32 bytes SHA-256 of `labelled_bytes`."""
    return hashlib.sha256(labelled_bytes(label, *fields)).digest()
