"""The commands: one table that parsing, completion and help are made from."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from lanmsg.wire.errors import LocalError
from lanmsg.wire.safe_text import safe_line


class LineError(LocalError):
    """A typed line was refused and nothing was sent; the text says why and how to say it instead."""


@dataclass(frozen=True, slots=True)
class CommandSpec:
    """One command. `needs` is the least number of words behind it; `is_basic` puts it in short help."""

    name: str
    usage: str
    summary: str
    category: str
    aliases: tuple[str, ...] = ()
    needs: int = 0
    is_basic: bool = False


COMMANDS: Final[tuple[CommandSpec, ...]] = (
    CommandSpec(
        "msg",
        "/msg NAME [TEXT]",
        "write to NAME, as @NAME TEXT does",
        "Talk",
        aliases=("dm", "pm", "w", "m", "query"),
        needs=1,
    ),
    CommandSpec(
        "reply",
        "/reply [^MARK] TEXT",
        "answer the last private message you got, or the one marked",
        "Talk",
        aliases=("r",),
        needs=1,
        is_basic=True,
    ),
    CommandSpec("me", "/me ACTION", "say what you do: * bob waves", "Talk", needs=1),
    CommandSpec("edit", "/edit [^MARK] TEXT", "change your last message", "Messages", needs=1),
    CommandSpec("delete", "/delete [^MARK]", "take your last message away", "Messages", aliases=("redact",)),
    CommandSpec(
        "react",
        "/react EMOJI [^MARK]",
        "put emoji, or +1, to the last message; again: take it back",
        "Messages",
        needs=1,
    ),
    CommandSpec("pin", "/pin [^MARK]", "pin the last message; again: unpin it", "Messages"),
    CommandSpec("pins", "/pins", "show what is pinned here", "Messages", aliases=("pinned",)),
    CommandSpec(
        "disappear",
        "/disappear [TIME or off]",
        "let messages here disappear after 1h, 1d, 1w",
        "Messages",
        aliases=("vanish",),
    ),
    CommandSpec("thread", "/thread [^MARK]", "show what a message answers, and its answers", "Messages"),
    CommandSpec("show", "/show [^MARK]", "show a message with all of its lines", "Messages"),
    CommandSpec("draft", "/draft", "take up what is unfinished here, on any device of yours", "Talk"),
    CommandSpec("history", "/history [N]", "show the last N messages again", "Talk", is_basic=True),
    CommandSpec(
        "search",
        "/search QUERY",
        'find messages: words "a phrase" -not from:bob has:link',
        "Talk",
        aliases=("find",),
        needs=1,
    ),
    CommandSpec(
        "date",
        "/date DAY",
        "show what was said on a day: 2026-11-02, 2.11., yesterday",
        "Talk",
        aliases=("day", "goto"),
        needs=1,
    ),
    CommandSpec(
        "who",
        "/who [ROOM]",
        "list the people, or those of ROOM, and who is here now",
        "People",
        aliases=("names", "users"),
        is_basic=True,
    ),
    CommandSpec(
        "whois",
        "/whois NAME",
        "show what is known of NAME: devices, fingerprint",
        "People",
        aliases=("info", "fingerprint"),
        needs=1,
    ),
    CommandSpec(
        "verify",
        "/verify NAME",
        "compare seven emoji with NAME: is it really them?",
        "People",
        needs=1,
    ),
    CommandSpec(
        "same", "/same [NAME]", "say that NAME sees the same seven emoji", "People", aliases=("yes", "match")
    ),
    CommandSpec(
        "different",
        "/different [NAME]",
        "say that the emoji differ, or call a verification off",
        "People",
        aliases=("no", "mismatch"),
    ),
    CommandSpec(
        "away",
        "/away [WHY]",
        "tell that you are away, and why, until /back",
        "People",
        aliases=("afk",),
        is_basic=True,
    ),
    CommandSpec("back", "/back", "tell that you are there again", "People"),
    CommandSpec("dnd", "/dnd", "tell that you are not to be disturbed, until /back", "People"),
    CommandSpec("status", "/status", "show what others see of you", "People"),
    CommandSpec(
        "devices",
        "/devices [ACTION ID]",
        "list your devices; rename ID NAME; revoke ID: cut it off",
        "People",
    ),
    CommandSpec("link", "/link", "show a code that lets a second device of yours in", "People"),
    CommandSpec(
        "trust",
        "/trust NAME or ROOM",
        "accept the changed key of NAME, after you asked them",
        "People",
        needs=1,
    ),
    CommandSpec(
        "invite",
        "/invite [NAME…] [ROOM]",
        "take people into a room; alone: show a link to join here",
        "People",
        is_basic=True,
    ),
    CommandSpec(
        "rooms",
        "/rooms",
        "list your rooms, and those that are open",
        "Rooms",
        aliases=("list", "channels"),
    ),
    CommandSpec("join", "/join ROOM", "enter an open room", "Rooms", aliases=("j", "open"), needs=1),
    CommandSpec("leave", "/leave [ROOM]", "leave a room", "Rooms", aliases=("part", "close")),
    CommandSpec(
        "create",
        "/create ROOM [private] [history]",
        "make a room; history: newcomers read what was before them",
        "Rooms",
        needs=1,
    ),
    CommandSpec(
        "topic", "/topic [TEXT]", "show or set the topic of the room or group", "Rooms", aliases=("header",)
    ),
    CommandSpec(
        "kick", "/kick NAME [ROOM]", "take somebody out of a room", "Rooms", aliases=("remove",), needs=1
    ),
    CommandSpec("ban", "/ban NAME [ROOM]", "take somebody out and keep them out", "Rooms", needs=1),
    CommandSpec("unban", "/unban NAME [ROOM]", "let somebody come back", "Rooms", needs=1),
    CommandSpec("op", "/op NAME [ROOM]", "make somebody a moderator of a room", "Rooms", needs=1),
    CommandSpec("deop", "/deop NAME [ROOM]", "make a moderator an ordinary member", "Rooms", needs=1),
    CommandSpec("owner", "/owner NAME [ROOM]", "make somebody an owner of a room too", "Rooms", needs=1),
    CommandSpec(
        "set",
        "/set [WORD] [ROOM]",
        "open, private, history, no-history or active: what a room is",
        "Rooms",
    ),
    CommandSpec("rename", "/rename NEW-NAME [ROOM]", "give a room another name", "Rooms", needs=1),
    CommandSpec(
        "archive", "/archive [ROOM]", "end a room: it stays readable, nobody writes or joins", "Rooms"
    ),
    CommandSpec("unread", "/unread", "list what you have not read", "Attention"),
    CommandSpec("read", "/read", "count all that was said here as read", "Attention"),
    CommandSpec(
        "notify",
        "/notify [all, mentions, nothing]",
        "choose what calls you in this conversation",
        "Attention",
    ),
    CommandSpec(
        "mute", "/mute [TIME]", "let nothing here call you: 30m, 2h, 1d, or until /unmute", "Attention"
    ),
    CommandSpec("unmute", "/unmute", "end /mute", "Attention"),
    CommandSpec(
        "keywords", "/keywords [WORD or -WORD]", "words that call you as your name does", "Attention"
    ),
    CommandSpec("quiet", "/quiet [22:00-07:30 or off]", "hours in which nothing rings", "Attention"),
    CommandSpec("bell", "/bell [on, off, all]", "when the terminal rings", "Attention"),
    CommandSpec(
        "ignore", "/ignore [NAME]", "do not show what NAME writes; alone: whom you ignore", "Attention"
    ),
    CommandSpec("unignore", "/unignore NAME", "show NAME again", "Attention", needs=1),
    CommandSpec(
        "export",
        "/export [FILE]",
        "write this conversation to a new file: .html, .jsonl, .txt",
        "Program",
    ),
    CommandSpec("doctor", "/doctor", "test the network, the hub and this home", "Program"),
    CommandSpec(
        "help",
        "/help [COMMAND or all]",
        "show this, one command, or all of them",
        "Program",
        aliases=("?", "commands"),
    ),
    CommandSpec(
        "quit",
        "/quit",
        "leave; what arrives meanwhile waits for you",
        "Program",
        aliases=("exit", "q"),
        is_basic=True,
    ),
)
"""Every command there is, in the order of help. A face has one handler per row, `msg` apart:
`parse_line` turns it into what the same line with `@` gives."""

_BY_NAME: Final = {word: spec for spec in COMMANDS for word in (spec.name, *spec.aliases)}
SHOWN_CHARACTERS: Final = 32
"""How much of a typed word an error message repeats."""


def find_command(word: str) -> CommandSpec | None:
    """Return the command with this name or alias, with or without its slash, in any case."""
    return _BY_NAME.get(word.removeprefix("/").casefold())


def format_help(topic: str | None = None) -> str:
    """Return help as plain text: ten lines without a topic, everything for `all`, else one command.

    Raises:
        LineError: if there is no command `topic`.
    """
    if not topic:
        return _short_help()
    if topic.casefold() == "all":
        return _full_help()
    spec = find_command(topic)
    if spec is None:
        raise unknown_command(topic.removeprefix("/"))
    return _command_help(spec)


def unknown_command(word: str) -> LineError:
    """Return the error that says there is no such command, and which come near."""
    near = near_commands(word)
    hint = f"Did you mean {' or '.join('/' + name for name in near)}? " if near else ""
    return LineError(
        f"not sent: there is no command /{shown(word)}. {hint}/help lists them; for a literal / write //"
    )


def near_commands(word: str) -> list[str]:
    """Return at most three commands that `word` may have meant, best first."""
    from difflib import get_close_matches

    word = word.casefold()[:SHOWN_CHARACTERS]
    starts = [spec.name for spec in COMMANDS if len(word) > 1 and spec.name.startswith(word)]
    close = [_BY_NAME[found].name for found in get_close_matches(word, _BY_NAME, cutoff=0.7)]
    return list(dict.fromkeys(starts + close))[:3]


# --- Help ------------------------------------------------------------------------------------

_WAYS_TO_TALK = (
    ("@NAME TEXT", "write to a person or room, @ANN,@BOB TEXT to a group; @NAME alone: stay"),
    ("#TEXT", "write to everyone; # alone: stay with everyone"),
    ("TEXT", "write to the conversation that the prompt shows"),
)
_LITERALS = (("//TEXT  ##TEXT  \\@TEXT", "write a text that starts with / or # or @"),)
_MARKS = (("^  ^3  ^WORD", "mark a message here: the newest, the third newest, the newest with WORD"),)
_MORE_HELP = (("/help all", "list everything"),)


def _short_help() -> str:
    basic = [(spec.usage, spec.summary) for spec in COMMANDS if spec.is_basic]
    return _table([*_WAYS_TO_TALK, *basic, *_MORE_HELP])


def _full_help() -> str:
    categories = dict.fromkeys(spec.category for spec in COMMANDS)
    sections = [_table([*_WAYS_TO_TALK, *_LITERALS])]
    for category in categories:
        rows = [(spec.usage, _summary_with_aliases(spec)) for spec in COMMANDS if spec.category == category]
        rows += _MARKS if category == "Messages" else ()
        sections.append(f"{category}\n{_table(rows)}")
    return "\n\n".join(sections)


def _command_help(spec: CommandSpec) -> str:
    return f"{spec.usage}\n  {_summary_with_aliases(spec)}"


def _summary_with_aliases(spec: CommandSpec) -> str:
    aliases = ", ".join(f"/{alias}" for alias in spec.aliases)
    return f"{spec.summary} (also {aliases})" if aliases else spec.summary


def _table(rows: Collection[tuple[str, str]]) -> str:
    column = max(len(left) for left, _ in rows) + 2
    return "\n".join(f"{left:<{column}}{right}" for left, right in rows)


def shown(word: str) -> str:
    """Return a typed word for an error message: short, and safe to print (pasted words hold anything)."""
    return safe_line(word if len(word) <= SHOWN_CHARACTERS else word[: SHOWN_CHARACTERS - 1] + "…")
