"""What the commands about attention do: bell, levels, mutes, keywords, quiet hours, ignored people."""

from collections.abc import Awaitable, Callable
from typing import Final

from lanmsg.chat.attention import unread_lines
from lanmsg.chat.spans import span_s
from lanmsg.chat.talk import Talk
from lanmsg.client.preferences import Bell, Level, parse_quiet_hours
from lanmsg.wire.commands import LineError
from lanmsg.wire.safe_text import isolated, safe_line
from lanmsg.wire.typed_line import Command

_HOW_TO_MUTE: Final = "write a time as in /mute 30m, 2h or 1d; /mute alone is until /unmute"
_LEVEL_WORDS: Final = {
    Level.ALL: "every message",
    Level.MENTIONS: "messages that name you or have a keyword",
    Level.NOTHING: "nothing",
}
_BELL_WORDS: Final = {
    Bell.ON: "The bell rings for what calls for your attention.",
    Bell.ALL: "The bell rings for every message that is not muted.",
    Bell.OFF: "The bell is off.",
}


class PersonalCommands:
    """One handler a row of `wire.commands.COMMANDS` in the category Attention."""

    def __init__(self, session: Talk) -> None:
        self._session = session
        self._client = session.client
        self.commands: dict[str, Callable[[Command], Awaitable[None]]] = {
            "unread": self._unread,
            "read": self._read,
            "notify": self._notify,
            "mute": self._mute,
            "unmute": self._unmute,
            "keywords": self._keywords,
            "quiet": self._quiet,
            "bell": self._bell,
            "ignore": self._ignore,
            "unignore": self._unignore,
        }

    def _here(self) -> str:
        return isolated(self._client.conversation_name(self._session.current))

    async def _unread(self, _: Command) -> None:
        lines = unread_lines(self._client.all_unread(), self._client)
        self._session.show("\n".join(lines) if lines else "Nothing is unread.")

    async def _read(self, _: Command) -> None:
        self._session.now.read_all(self._session.current)
        self._session.show(f"All of {self._here()} is read.")

    async def _notify(self, command: Command) -> None:
        conversation = self._session.current
        word = _word(command)
        if word:
            choices = {level.value: level for level in Level} | {"default": None}
            if word not in choices:
                raise LineError("not done: write /notify all, mentions, nothing or default")
            await self._client.set_level(conversation, choices[word])
        level = self._client.preferences.level(conversation)
        self._session.show(f"In {self._here()}, {_LEVEL_WORDS[level]} will call for your attention.")

    async def _mute(self, command: Command) -> None:
        word = _word(command)
        for_s = span_s(word, how=_HOW_TO_MUTE) if word else None
        await self._client.mute(self._session.current, for_s=for_s)
        self._session.show(f"{self._here()} is muted {f'for {word}' if word else 'until /unmute'}.")

    async def _unmute(self, _: Command) -> None:
        await self._client.unmute(self._session.current)
        self._session.show(f"{self._here()} is not muted.")

    async def _keywords(self, command: Command) -> None:
        text = command.raw_arguments.strip()
        if text.startswith("-"):
            await self._client.remove_keyword(text[1:])
        elif text:
            await self._client.add_keyword(text)
        words = sorted(self._client.preferences.keywords)
        shown = ", ".join(isolated(word) for word in words)
        self._session.show(
            f"Keywords: {shown}." if words else "There are no keywords. /keywords WORD adds one."
        )

    async def _quiet(self, command: Command) -> None:
        word = command.raw_arguments.strip()
        if word:
            await self._client.set_quiet_hours(None if word == "off" else parse_quiet_hours(word))
        hours = self._client.preferences.quiet_hours
        between = str(hours).replace("-", " and ")
        self._session.show(f"Nothing rings between {between}." if hours else "There are no quiet hours.")

    async def _bell(self, command: Command) -> None:
        word = _word(command)
        if word:
            if word not in set(Bell):
                raise LineError("not done: write /bell on, off or all")
            await self._client.set_bell(Bell(word))
        self._session.show(_BELL_WORDS[self._client.preferences.bell])

    async def _ignore(self, command: Command) -> None:
        if command.arguments:
            await self._client.ignore(_word(command))
        names = sorted(self._client.preferences.ignored)
        shown = ", ".join(isolated(name) for name in names)
        self._session.show(
            f"You ignore {shown}." if names else "You ignore nobody. /ignore NAME ignores NAME."
        )

    async def _unignore(self, command: Command) -> None:
        await self._client.unignore(_word(command))
        name = safe_line(_word(command).removeprefix("@"))
        self._session.show(f"{name} is shown again; /history has what was said meanwhile.")


def _word(command: Command) -> str:
    """Return the one word behind a command, or nothing. Raises LineError if there are more."""
    if len(command.arguments) > 1:
        raise LineError(f"not done: /{command.name} takes one word")
    return command.arguments[0].casefold() if command.arguments else ""
