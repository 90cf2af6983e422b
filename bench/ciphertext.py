"""Messages as clients make them: sealed, padded, encrypted with Megolm, signed; made before the clock runs.

The hub checks view and counter of each, so they are made for one world and used once a round; the
rounds begin with the same world, so they are made once and kept in a file.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.people import Person, World, new_person
from lanmsg.client.crypto.olm import OlmCrypto
from lanmsg.wire import ids
from lanmsg.wire.codec import LENGTH_BYTES, decode_client_frame, encode, encode_frame
from lanmsg.wire.content import CONTENT_VERSION, Plaintext, Seen, Text, encode_content, seal
from lanmsg.wire.entries import Entry, EntryKind, MessageBody, View, message_signed_bytes
from lanmsg.wire.frames import Append
from lanmsg.wire.ids import LogId, MessageId
from lanmsg.wire.limits import SESSION_MAX_MESSAGES

SENT_AT_MS = 1_800_000_000_000
SENDER_NUMBER_BYTES = 4


def encrypt_messages(
    world: World, person: Person, log: LogId, *, count: int, text_bytes: int
) -> Iterator[bytes]:
    """Yield `append` frames with counters 1, 2, 3 …; each message id starts with its counter.

    The sending session is replaced as often as a client replaces it, but its key goes to nobody.
    """
    content = encode_content(Text("x" * text_bytes))
    seen = Seen(world.directory_seq, os.urandom(ids.HASH_BYTES))
    view = View(0, world.directory_seq)
    session = OlmCrypto().new_sending_session()
    for counter in range(1, count + 1):
        if session.index == SESSION_MAX_MESSAGES:
            session = OlmCrypto().new_sending_session()
        message_id = MessageId(counter.to_bytes(SENDER_NUMBER_BYTES, "big") + os.urandom(12))
        plaintext = seal(
            Plaintext(
                CONTENT_VERSION, world.database, log, message_id, counter, SENT_AT_MS, seen, seen, content
            )
        )
        unsigned = MessageBody(view, counter, session.id, session.encrypt(plaintext), b"")
        signature = person.keys.sign(message_signed_bytes(log, message_id, unsigned))
        body = MessageBody(view, counter, session.id, unsigned.ciphertext, signature)
        yield encode_frame(Append(message_id, log, EntryKind.MESSAGE, encode(body)))


@dataclass(frozen=True, slots=True)
class Sizes:
    """What one text becomes: the body its sender makes, and the entry that readers get."""

    body_bytes: int
    entry_bytes: int


def sizes_of(text_bytes: int) -> Sizes:
    """Return the sizes of a text's message in a conversation that has seen a few hundred."""
    person = new_person(0)
    world = World(ids.HubId(bytes(16)), ids.DatabaseId(bytes(16)), 1000, [person])
    frame = next(encrypt_messages(world, person, LogId(bytes(16)), count=1, text_bytes=text_bytes))
    append = decode_client_frame(frame[LENGTH_BYTES:])
    assert isinstance(append, Append)
    entry = Entry(append.kind, person.device, append.message_id, SENT_AT_MS, append.body)
    return Sizes(len(append.body), len(encode(entry)))


def write_frames(path: Path, frames: Iterator[bytes]) -> None:
    """Keep frames in a file, one after the other as on a connection."""
    unfinished = path.with_suffix(".part")
    with unfinished.open("wb") as file:
        for frame in frames:
            file.write(frame)
    unfinished.rename(path)


def read_frames(path: Path) -> list[bytes]:
    """Read them again."""
    data = path.read_bytes()
    frames: list[bytes] = []
    start = 0
    while start < len(data):
        end = start + LENGTH_BYTES + int.from_bytes(data[start : start + LENGTH_BYTES], "big")
        frames.append(data[start:end])
        start = end
    return frames


def shared_out(frames: Sequence[bytes], *, senders: int) -> list[Sequence[bytes]]:
    """Split frames that were written sender after sender, each as many."""
    each = len(frames) // senders
    return [frames[start : start + each] for start in range(0, each * senders, each)]
