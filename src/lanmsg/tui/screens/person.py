"""What is known of somebody, and what one can do about them."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from lanmsg.chat.people_lines import presence_words, trust_words
from lanmsg.client.model import PersonInfo, Trust
from lanmsg.tui.app_of import app_of
from lanmsg.tui.line_list import Row
from lanmsg.tui.screens.panel import Choice, Panel, choice
from lanmsg.wire.safe_text import isolated, safe_line

if TYPE_CHECKING:
    from lanmsg.client import Client


class PersonPanel(Panel):
    """Shows one person. `go` opens the conversation with them."""

    def __init__(self, client: "Client", handle: str, go: Callable[[str], None]) -> None:
        super().__init__(client)
        self._handle = handle
        self._go = go

    @property
    def _person(self) -> PersonInfo:
        return self.client.person(self._handle)

    def heading(self) -> str:
        """Return who it is."""
        return f"@{isolated(self._handle)}{' (you)' if self._person.is_me else ''}"

    def facts(self) -> Iterable[str]:
        """Return what is known of them."""
        person = self._person
        devices = "1 device" if person.devices == 1 else f"{person.devices} devices"
        yield f"{presence_words(person)} · {devices} · {trust_words(person)}"
        yield f"Fingerprint: {safe_line(person.fingerprint)}"
        if person.trust is Trust.CHANGED:
            yield (
                "The key of this name is not the one it had before. Ask them, not over this chat, before you "
                "accept it: nothing is sent to them until then."
            )

    def choices(self) -> Sequence[Row[Choice]]:
        """Return what can be done."""
        person = self._person
        rows = [choice("write", "Notes to yourself" if person.is_me else "Write to them", self._write)]
        if person.is_me:
            return rows
        if person.trust is Trust.CHANGED:
            rows.append(choice("trust", "Accept the key they have now", self._trust))
        note = "" if person.trust is not Trust.VERIFIED else "once more"
        rows.append(choice("verify", "Verify: compare seven emoji", self._verify, note=note))
        is_ignored = self._handle in self.client.preferences.ignored
        words = "Show what they write again" if is_ignored else "Do not show what they write"
        return [*rows, choice("ignore", words, lambda: self._ignore(is_on=not is_ignored))]

    def _write(self) -> None:
        self.close()
        self._go(self._handle)

    def _trust(self) -> None:
        who = isolated(self._handle)
        self.ask(
            f"Have you asked {who}, not over this chat, whether they have a new key? From now on it is taken "
            "for theirs.",
            lambda: self.client.trust(self._handle),
            done=f"The key that {who} has now is accepted.",
        )

    def _verify(self) -> None:
        from lanmsg.tui.screens.verifying import Verifying

        async def verify() -> None:
            await self.client.verify(self._handle)
            app_of(self).push_screen(Verifying(self.client))

        self.do(verify)

    def _ignore(self, *, is_on: bool) -> None:
        self.do(lambda: (self.client.ignore if is_on else self.client.unignore)(self._handle))
