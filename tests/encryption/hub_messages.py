"""A hub that alters what people write: for one of them, or for all."""

from collections.abc import Callable

from msgspec import Raw
from msgspec.structs import replace

from lanmsg.wire import ids
from lanmsg.wire.codec import decode_entry, decode_message_body, encode
from lanmsg.wire.entries import Entry, EntryKind, MessageBody, View
from lanmsg.wire.frames import Append, Entries

from .attack import Ends, HubAttack
from .stage import Stage

AlterBody = Callable[[Stage, MessageBody], MessageBody]
AlterEntry = Callable[[Stage, Entry], Entry]


def _from_ann(stage: Stage, entry: Entry) -> bool:
    return entry.kind == EntryKind.MESSAGE and entry.sender == stage.ann._engine.state.device


def with_entries(frame: Entries, entries: list[Entry], **changes) -> Entries:
    """Return a run with other entries in it."""
    return replace(frame, items=[Raw(encode(entry)) for entry in entries], **changes)


def entries_of(frame: Entries) -> list[Entry]:
    """Return what stands in a run."""
    return [decode_entry(item) for item in frame.items]


def to_bob(alter: AlterEntry) -> Callable[[Stage], None]:
    """Alter each message of ann's in the conversation, for bob alone."""

    def lie(stage: Stage) -> None:
        def answers(frame):
            if not isinstance(frame, Entries) or frame.log != stage.log:
                return [frame]
            entries = [alter(stage, each) if _from_ann(stage, each) else each for each in entries_of(frame)]
            return [with_entries(frame, entries)]

        stage.hub_of_bob.answers = answers

    return lie


def to_all(alter: AlterBody) -> Callable[[Stage], None]:
    """Alter each message of ann's in the conversation before it gets its place: all get the same."""

    def lie(stage: Stage) -> None:
        def requests(frame):
            if not isinstance(frame, Append) or frame.log != stage.log or frame.kind != EntryKind.MESSAGE:
                return [frame]
            return [replace(frame, body=encode(alter(stage, decode_message_body(frame.body))))]

        stage.hub_of_ann.requests = requests

    return lie


def _of_the_body(alter: AlterBody) -> AlterEntry:
    def alter_entry(stage: Stage, entry: Entry) -> Entry:
        return replace(entry, body=encode(alter(stage, decode_message_body(entry.body))))

    return alter_entry


def _another_text(stage: Stage, body: MessageBody) -> MessageBody:
    """Put the ciphertext of ann's first message in the place of this one's."""
    engine = stage.bob._engine
    first = next(row for row in stage.rows(stage.ann) if row.sender == stage.ann._engine.state.device)
    entry = stage.world.storage._tables.entries[first.log, first.seq].entry
    assert engine is not None
    return replace(body, ciphertext=decode_message_body(entry.body).ciphertext)


def _later_view(body: MessageBody, **more: int) -> MessageBody:
    view = body.view
    later = View(view.membership_seq + more.get("members", 0), view.directory_seq + more.get("people", 0))
    return replace(body, view=later)


BODIES: dict[str, AlterBody] = {
    "another ciphertext": lambda _, body: replace(body, ciphertext=body.ciphertext[::-1]),
    "a ciphertext cut off": lambda _, body: replace(body, ciphertext=body.ciphertext[:-9]),
    "no ciphertext": lambda _, body: replace(body, ciphertext=b""),
    "the ciphertext of an earlier message": _another_text,
    "another session": lambda _, body: replace(body, session=bytes(32)),
    "no signature": lambda _, body: replace(body, signature=bytes(64)),
    "a signature with one bit flipped": lambda _, body: replace(
        body, signature=bytes([body.signature[0] ^ 1]) + body.signature[1:]
    ),
}
ONLY_FOR_ONE: dict[str, AlterBody] = {
    "fewer known people": lambda _, body: _later_view(body, people=-1),
    "a later counter": lambda _, body: replace(body, counter=body.counter + 40),
    "an earlier counter": lambda _, body: replace(body, counter=1),
    "other known members": lambda _, body: _later_view(body, members=1),
}
"""The true hub itself refuses these from a sender, so they can't be played to all by its ears."""

ENTRIES: dict[str, AlterEntry] = {
    "bob as its author": lambda stage, entry: replace(entry, sender=stage.bob._engine.state.device),
    "nobody as its author": lambda _, entry: replace(entry, sender=ids.DeviceId(bytes(16))),
    "another message id": lambda _, entry: replace(entry, message_id=ids.MessageId(bytes(16))),
    "garbage for a body": lambda _, entry: replace(entry, body=b"garbage"),
    "no body": lambda _, entry: replace(entry, body=b""),
    "a kind from the future": lambda _, entry: replace(entry, kind=99),
    "the kind of a device message": lambda _, entry: replace(entry, kind=EntryKind.DEVICE_MESSAGE),
}
REASONS = {
    "nobody as its author": "unknown_sender",
    "garbage for a body": "unknown_content",
    "no body": "unknown_content",
    "a kind from the future": "unknown_content",
    "the kind of a device message": "unknown_content",
}

_SEEN_BY_ONE = frozenset({"forked_log"})

ATTACKS = (
    *(
        HubAttack(
            f"a message gets {name}, for one reader",
            to_bob(_of_the_body(alter)),
            frozenset({"bad_signature", "forked_log"}),
            Ends.CLOSED,
        )
        for name, alter in (BODIES | ONLY_FOR_ONE).items()
    ),
    *(
        HubAttack(
            f"a message gets {name}, for all readers",
            to_all(alter),
            frozenset({"bad_signature"}),
            Ends.SPOILT,
        )
        for name, alter in BODIES.items()
    ),
    *(
        HubAttack(
            f"a message gets {name}, for one reader",
            to_bob(alter),
            frozenset({REASONS.get(name, "bad_signature"), "forked_log"}),
            Ends.CLOSED,
        )
        for name, alter in ENTRIES.items()
    ),
    HubAttack(
        "a message gets a time in the past, for one reader",
        to_bob(lambda _, entry: replace(entry, at_ms=1)),
        frozenset({"forked_log"}),
        Ends.CLOSED,
    ),
    HubAttack(
        "a message gets a time at the end of days, for one reader",
        to_bob(lambda _, entry: replace(entry, at_ms=2**53 - 1)),
        frozenset({"forked_log"}),
        Ends.CLOSED,
    ),
)
