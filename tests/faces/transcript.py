"""Reads what the line client prints: its lines of messages, back into what they show."""

import re
from collections.abc import Iterable

from .face import Shown

_INDENT = "      "
_MESSAGE = re.compile(r"\d\d:\d\d (?P<sender>\S+) → \S+?(?: ↩ \S+ “(?P<answers>[^”]*)”)?:(?: (?P<text>.*))?")
_ACTION = re.compile(r"\d\d:\d\d \* (?P<sender>\S+) (?P<text>.*) \(→ \S+?(?: ↩ \S+ “(?P<answers>[^”]*)”)?\)")
_STATES = {"… waiting": "waiting", "✓✓ delivered": "delivered", "✓✓ read": "read", "✓ sent": "sent"}
_STATE = rf"{'|'.join(_STATES)}|✗ not sent: .*"
_MARK = rf"(?:{_STATE}|\(edited\)|\(pinned\)|\S+ \d+)"
_MARKS = re.compile(rf"(?P<text>.*?)   (?P<marks>{_MARK}(?: {_MARK})*)")
_REACTION = re.compile(r"(?<!\S)([^\s()\w]\S*) (\d+)")


def read_transcript(lines: Iterable[str], me: str) -> list[Shown]:
    """Return the messages of a transcript; what stands between them is left out."""
    blocks: list[list[str]] = []
    for line in lines:
        if _MESSAGE.match(line) or _ACTION.match(line):
            blocks.append([line])
        elif line.startswith(_INDENT) and blocks:
            blocks[-1].append(line.removeprefix(_INDENT))
    return [_message(block, me) for block in blocks]


def _message(block: list[str], me: str) -> Shown:
    with_marks = _MARKS.fullmatch(block[-1])
    marks = ""
    if with_marks is not None:
        block, marks = [*block[:-1], with_marks["text"]], with_marks["marks"]
    action = _ACTION.fullmatch(block[0])
    head = action or _MESSAGE.fullmatch(block[0])
    assert head is not None, block
    text = "\n".join([head["text"] or "", *block[1:]])
    return Shown(
        sender=me if head["sender"] == "you" else head["sender"],
        text="" if text.startswith("[deleted") else text,
        state=next((state for words, state in _STATES.items() if words in marks), ""),
        is_action=action is not None,
        is_edited="(edited)" in marks,
        is_deleted=text.startswith("[deleted"),
        is_pinned="(pinned)" in marks,
        answers=head["answers"] or "",
        reactions={emoji: int(count) for emoji, count in _REACTION.findall(marks)},
    )
