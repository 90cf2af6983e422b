"""Reads the screen of the terminal app: what stands where, and its messages back into what they show."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from .face import Shown

LIST_COLUMNS = 26
"""Of the conversations, on the left."""
NOTE = "· "
"""Lines of the app itself begin so, where names stand."""
_BODY = "  "
_TARGET_SIGNS = (" → ", " ↩ ", " ✎ ", " ☺ ", " r reply")
_FRAME = re.compile(r"│(.*)│")
_FRAME_SIGNS = re.compile("[╭╮╰╯│─]+")
_SCROLLBAR = re.compile(r"(?:^|\s)[▁▂▃▄▅▆▇█]$")
_HEAD = re.compile(r"(?P<sender>\S+)  (?:\d\d:\d\d|--:--)")
_ANSWERED = re.compile(r"↩ .*“(?P<text>.*)”")
_STATES = {"… waiting": "waiting", "✓✓ read": "read", "✓✓": "delivered", "✓": "sent"}
_MARKS = re.compile(
    rf"(?P<text>.*?)  (?P<marks>(?:\(edited\)|\(pinned\)|{'|'.join(_STATES)}|✗ not sent: .*)"
    rf"(?: (?:\(pinned\)|{'|'.join(_STATES)}|✗ not sent: .*))*)"
)
_REACTION = re.compile(r"([^\s\w]\S*) (\d+)")
_REACTIONS = re.compile(rf"{_REACTION.pattern}(?:   {_REACTION.pattern})*")
_UNREAD = re.compile(r" \S (?P<name>\S+) +@?(?P<count>\d+)")


@dataclass(frozen=True)
class AppScreen:
    """The screen in its parts, each as lines without the blanks behind them."""

    conversations: list[str]
    heading: str
    lines: list[str]
    """Messages, and lines of the app."""
    target: str
    composer: list[str]
    status: str
    front: list[str]
    """What opened in front of all that; empty if nothing did."""

    @property
    def is_covered(self) -> bool:
        """Whether something is in front of the chat."""
        return bool(self.front)

    @property
    def notes(self) -> list[str]:
        """What the app itself says between the messages."""
        return [line.removeprefix(NOTE) for line in self.lines if line.startswith(NOTE)]

    @property
    def unread(self) -> Mapping[str, int]:
        """The conversations with a number behind them."""
        found = filter(None, map(_UNREAD.fullmatch, self.conversations))
        return {each["name"]: int(each["count"]) for each in found}


def read_screen(text: str) -> AppScreen:
    """Take a screen apart that has the conversations at its left and no people at its right."""
    *rows, status = text.removesuffix("\n").split("\n")
    front = [found[1].rstrip() for row in rows if (found := _FRAME.search(row))]
    right = [_SCROLLBAR.sub("", row[LIST_COLUMNS:].rstrip()).rstrip() for row in rows]
    targets = [number for number, line in enumerate(right) if line.startswith(_TARGET_SIGNS)]
    target = targets[-1] if targets else len(right) - 1
    return AppScreen(
        conversations=[row[:LIST_COLUMNS].rstrip() for row in rows],
        heading=right[0].strip(),
        lines=[line[1:] for line in right[1:target]],
        target=right[target].strip(),
        composer=[line[1:] for line in right[target + 1 :]],
        status=status.strip(),
        front=front,
    )


def words_of(lines: list[str]) -> str:
    """Return the words of lines, without frames."""
    return " ".join(_FRAME_SIGNS.sub(" ", " ".join(lines)).split())


# --- messages --------------------------------------------------------------------------------


def read_messages(lines: list[str], me: str) -> list[Shown]:
    """Return the messages. Of others each line is taken for one: nothing on the screen divides them."""
    found: list[Shown] = []
    sender, answers, unfinished = "", "", []
    for line in lines:
        head = _HEAD.fullmatch(line)
        body = line.removeprefix(_BODY)
        answered = _ANSWERED.fullmatch(body)
        if head is not None:
            sender = me if head["sender"] == "you" else head["sender"]
        elif not line.startswith(_BODY) or not body.strip():
            continue  # an empty line, a day, a line of the app
        elif answered is not None:
            answers = answered["text"]
        elif _REACTIONS.fullmatch(body) and found:
            reactions = {emoji: int(count) for emoji, count in _REACTION.findall(body)}
            found[-1] = replace(found[-1], reactions=reactions)
        else:
            shown = _message("\n".join([*unfinished, body]), sender, answers)
            if sender == me and not shown.state and not shown.is_deleted:
                unfinished.append(body)  # what is ours says at its end how far it has come
                continue
            found.append(shown)
            answers, unfinished = "", []
    return found


def _message(text: str, sender: str, answers: str) -> Shown:
    last = text.rpartition("\n")[2]
    marked = _MARKS.fullmatch(last)
    marks = marked["marks"] if marked else ""
    if marked is not None:
        text = text.removesuffix(last) + marked["text"]
    is_deleted = text == "deleted" or text.startswith("deleted by ")
    is_action = text.startswith(f"* {sender} ")
    return Shown(
        sender=sender,
        text="" if is_deleted else text.removeprefix(f"* {sender} ") if is_action else text,
        state=next((state for words, state in _STATES.items() if words in marks), ""),
        is_action=is_action,
        is_edited="(edited)" in marks,
        is_deleted=is_deleted,
        is_pinned="(pinned)" in marks,
        answers=answers,
    )


def read_code(lines: list[str]) -> list[str]:
    """Return the newest block of code, as a list of one: it is indented by one more column."""
    blocks: list[list[str]] = [[]]
    for line in lines:
        if line.startswith(f"{_BODY} ") and not line.startswith(f"{_BODY}  ─"):
            blocks[-1].append(line.removeprefix(f"{_BODY} "))
        elif blocks[-1]:
            blocks.append([])
    return ["\n".join(block) for block in blocks if block][-1:]
