"""Comparing seven emoji with somebody: whoever is at it, and what is to be done next."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from lanmsg.chat.message_style import Piece, Style
from lanmsg.chat.verification_lines import compare_words, emoji_rows, question_words
from lanmsg.client.model import Trust, VerificationInfo, VerificationStage
from lanmsg.tui.line_list import Row
from lanmsg.tui.screens.panel import Choice, Panel, between, choice
from lanmsg.wire.safe_text import isolated, width

if TYPE_CHECKING:
    from lanmsg.client import Client

_MARGIN: Final = 4


class Verifying(Panel):
    """Shows every verification that is under way, one below the other."""

    def __init__(self, client: "Client") -> None:
        super().__init__(client)
        self._names = {each.handle for each in client.verifications()}

    def heading(self) -> str:
        """Return what this is."""
        return "Is it really them?"

    def facts(self) -> Iterable[str]:
        """Say what came of those that are over, or how one begins."""
        under_way = {each.handle for each in self.client.verifications()}
        for name in sorted(self._names - under_way):
            yield self._result(name)
        self._names |= under_way
        if not self._names:
            yield (
                "Nobody is being verified. F6 in a conversation with somebody begins, or /verify NAME: "
                "both of you compare seven emoji, in person or by phone."
            )

    def _result(self, name: str) -> str:
        if self.client.person(name).trust is Trust.VERIFIED:
            return f"{isolated(name)} is verified: the key you have for {isolated(name)} is theirs."
        return f"{isolated(name)} is not verified: it ended before. The chat says why."

    def choices(self) -> Sequence[Row[Choice]]:
        """Return the rows of each of them."""
        rows = [row for each in self.client.verifications() for row in self._rows_of(each)]
        return [*rows, *(between() if rows else ()), choice("close", "Close", self.close)]

    def _rows_of(self, info: VerificationInfo) -> list[Row[Choice]]:
        name = info.handle
        match info.stage:
            case VerificationStage.ASKED:
                return [
                    *self.text(f"{isolated(name)} wants to compare seven emoji with you now."),
                    choice(f"begin {name}", "Begin", lambda: self.do(lambda: self.client.verify(name))),
                    self._call_off(name, "Not now"),
                ]
            case VerificationStage.WAITING:
                return [*self.text(self._waiting_words(info)), self._call_off(name, "Call it off")]
            case VerificationStage.COMPARING:
                return self._comparing(info)

    def _waiting_words(self, info: VerificationInfo) -> str:
        name = isolated(info.handle)
        if info.emoji:
            return f"Waiting for {name} to say the same."
        return f"Waiting for {name}. Tell them: they answer with /verify and your name."

    def _comparing(self, info: VerificationInfo) -> list[Row[Choice]]:
        name = info.handle
        return [
            *self.text(compare_words(name)),
            *self._emoji(info),
            *self.text(question_words(name)),
            choice(
                f"look {name}", "Not compared yet", lambda: None
            ),  # where the cursor is: Enter is harmless
            choice(f"same {name}", "They match", lambda: self.do(lambda: self.client.confirm_emoji(name))),
            choice(f"different {name}", "They do not match", lambda: self._say_different(name)),
        ]

    def _say_different(self, name: str) -> None:
        self.do(lambda: self.client.cancel_verification(name, is_different=True))

    def _emoji(self, info: VerificationInfo) -> list[Row[Choice]]:
        """Return them in rows of four, or one below the other where that is too wide."""
        rows = emoji_rows(info.emoji, info.names)
        if max(map(width, rows)) + _MARGIN > self.columns:
            rows = [f"{emoji}  {name}" for emoji, name in zip(info.emoji, info.names, strict=True)]
        return [Row(None, (Piece(Style.BOLD, f"  {row}"),)) for row in rows]

    def _call_off(self, name: str, words: str) -> Row[Choice]:
        return choice(f"off {name}", words, lambda: self.do(lambda: self.client.cancel_verification(name)))
