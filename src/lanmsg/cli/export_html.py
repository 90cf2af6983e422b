"""An export as one page: no script, nothing loaded from anywhere, for screen (light and dark) and paper.

Every text of others passes `safe_text` and then `escape`; nothing else puts text into the page.
"""

import base64
import hashlib
from collections import OrderedDict
from datetime import date, datetime
from html import escape
from typing import Final

from lanmsg.chat.gap_lines import gap_words
from lanmsg.chat.message_lines import local_time, unreadable_words
from lanmsg.cli.export_source import ExportHead, NamedConversation
from lanmsg.cli.message_json import iso_time
from lanmsg.client.model import ConversationKind, Gap, Message, MessageState
from lanmsg.wire.ids import MessageId
from lanmsg.wire.safe_text import clip, safe_line, safe_text

MAX_QUOTABLE: Final = 10_000
"""Messages whose start is kept for replies to them: a reply to an older one is only linked."""
QUOTE_COLUMNS: Final = 80
_KINDS: Final = {
    ConversationKind.DIRECT: "private",
    ConversationKind.GROUP: "a group of people",
    ConversationKind.ROOM: "a room",
}
"""What stands below a conversation's name; of everyone it says enough."""
COLOURS: Final = 8
_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1b1b1f; --paper: #fff; --faint: #5d5d68; --line: #d9d9e0;
  --own: #f0f5ff; --bad: #a3262a }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ec; --paper: #16161a; --faint: #a5a5b2;
  --line: #3a3a44; --own: #1d2536; --bad: #ff9b9b } }
body { margin: 0 auto; max-width: 46rem; padding: 1.5rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem; margin: 0 } h2 { margin: 3rem 0 0; font-size: 1.3rem }
h3 { margin: 2rem 0 .75rem; font-size: .9rem; font-weight: 600; color: var(--faint); text-align: center }
h1, h2, h3, .who, .text { overflow-wrap: anywhere }
.about, .who + .about, nav { color: var(--faint); font-size: .9rem } nav a { color: inherit }
.run { margin: 0 0 .75rem; padding: .35rem .75rem; border-inline-start: 3px solid var(--line) }
.own { background: var(--own) } .who { margin: 0; font-weight: 600 }
.message { display: flex; gap: .75rem; align-items: baseline }
.message:target { outline: 2px solid var(--faint); outline-offset: 2px }
time { flex: none; color: var(--faint); font-size: .8rem; font-variant-numeric: tabular-nums }
.body { min-width: 0; flex: 1 } .text { white-space: pre-wrap; margin: 0 } .action { font-style: italic }
.quote { display: block; color: var(--faint); font-size: .85rem; text-decoration: none;
  border-inline-start: 2px solid var(--line); padding-inline-start: .5rem; overflow-wrap: anywhere }
.mark { color: var(--faint); font-size: .8rem }
.gap { color: var(--faint); font-size: .9rem; text-align: center }
.mark + .mark::before { content: "· " }
.reactions { display: flex; flex-wrap: wrap; gap: .35rem; list-style: none; margin: .15rem 0; padding: 0;
  font-size: .85rem } .reactions li { border: 1px solid var(--line); border-radius: 1rem; padding: 0 .5rem }
.bad { color: var(--bad) }
.c0 { color: #b3261e } .c1 { color: #8a5300 } .c2 { color: #5b6400 } .c3 { color: #1b6e3c }
.c4 { color: #00696f } .c5 { color: #1a5fb4 } .c6 { color: #6b3fa0 } .c7 { color: #a0307a }
@media (prefers-color-scheme: dark) { .c0 { color: #ff9c94 } .c1 { color: #f0b35c } .c2 { color: #cdd35a }
  .c3 { color: #7fd79b } .c4 { color: #6fd6dc } .c5 { color: #9cc4ff } .c6 { color: #cdaaff }
  .c7 { color: #ff9fd6 } }
@media print { :root { color-scheme: light; --ink: #000; --paper: #fff; --faint: #444; --line: #999;
  --own: #fff; --bad: #000 } body { max-width: none; padding: 0; font-size: 10pt } .who { color: #000 }
  h2, h3, .who { break-after: avoid } .message { break-inside: avoid } nav { display: none }
  section + section { break-before: page } }
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_POLICY: Final = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; base-uri 'none'; form-action 'none'"


class HtmlRendering:
    """Implements `Rendering`: a section for each conversation, in it days, in them runs of one sender."""

    def __init__(self) -> None:
        self._sections = 0
        self._day: date | None = None
        self._run: tuple[str, bool] | None = None
        self._quotable: OrderedDict[MessageId, str] = OrderedDict()

    def start(self, head: ExportHead) -> str:
        """See `Rendering.start`."""
        names = [each.name for each in head.conversations]
        title = names[0] if len(names) == 1 else "All conversations"
        about = f"Messages of {head.handle} at hub “{head.hub_title}”"
        links = "".join(
            f'<li><a href="#c{number}">{_line(name)}</a></li>' for number, name in enumerate(names, 1)
        )
        return (
            '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
            f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
            '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
            '<meta name="referrer" content="no-referrer">\n'
            f"<title>{_line(title)} · {_line(head.hub_title)}</title>\n<style>{_STYLE}</style>\n</head>\n"
            f'<body>\n<header>\n<h1>{_line(title)}</h1>\n<p class="about">{_line(about)}. '
            f"Exported {_line(_now_words())}</p>\n"
            + (f"<nav><ul>{links}</ul></nav>\n" if len(names) > 1 else "")
            + "</header>\n<main>\n"
        )

    def begin(self, conversation: NamedConversation) -> str:
        """See `Rendering.begin`."""
        self._sections += 1
        self._day, self._run = None, None
        self._quotable.clear()
        kind = _KINDS.get(conversation.conversation.kind, "")
        about = f'<p class="about">{kind}</p>\n' if kind else ""
        return f'<section id="c{self._sections}">\n<h2>{_line(conversation.name)}</h2>\n{about}'

    def message(self, message: Message) -> str:
        """See `Rendering.message`."""
        at = local_time(message.sent_at_ms)
        html = self._new_day(at) + self._new_run(message) + self._message(message, at)
        self._remember(message)
        return html

    def gap(self, gap: Gap) -> str:
        """See `Rendering.gap`."""
        return f'{self._end_run()}<p class="gap">{_line(gap_words(gap))}</p>\n'

    def finish(self) -> str:
        """See `Rendering.finish`."""
        return f"{self._end_run()}</section>\n"

    def end(self) -> str:
        """See `Rendering.end`."""
        return "</main>\n</body>\n</html>\n"

    # --- days and runs -----------------------------------------------------------------------

    def _new_day(self, at: datetime | None) -> str:
        if at is None or at.date() == self._day:
            return ""
        self._day = at.date()
        return f"{self._end_run()}<h3>{at:%A} {at.day} {at:%B %Y}</h3>\n"

    def _new_run(self, message: Message) -> str:
        key = (message.sender, message.is_own)
        if key == self._run:
            return ""
        html = self._end_run()
        self._run = key
        own = " own" if message.is_own else ""
        colour = sum(message.sender.encode("utf-8", "replace")) % COLOURS
        return (
            f'{html}<article class="run{own}">\n'
            f'<p class="who c{colour}"><bdi>{_line(message.sender)}</bdi></p>\n'
        )

    def _end_run(self) -> str:
        html = "" if self._run is None else "</article>\n"
        self._run = None
        return html

    # --- one message -------------------------------------------------------------------------

    def _message(self, message: Message, at: datetime | None) -> str:
        shown = f"{at:%H:%M}" if at else "--:--"
        return (
            f'<div class="message" id="m{message.id.hex()}">'
            f'<time datetime="{iso_time(message.sent_at_ms)}">{shown}</time>'
            f'<div class="body">{self._quote(message)}{_text(message)}{_reactions(message)}{_marks(message)}'
            "</div></div>\n"
        )

    def _quote(self, message: Message) -> str:
        if message.reply_to is None:
            return ""
        start = self._quotable.get(message.reply_to)
        words = "an earlier message" if start is None else start
        return f'<a class="quote" href="#m{message.reply_to.hex()}" dir="auto">↩ {escape(words)}</a>'

    def _remember(self, message: Message) -> None:
        first_line = deleted_words(message) or safe_text(message.text).partition("\n")[0]
        self._quotable[message.id] = clip(safe_line(f"{message.sender}: {first_line}"), QUOTE_COLUMNS)
        if len(self._quotable) > MAX_QUOTABLE:
            self._quotable.popitem(last=False)


def _text(message: Message) -> str:
    if message.state is MessageState.UNREADABLE:
        return f'<p class="text bad">[{_line(unreadable_words(message))}]</p>'
    if message.is_deleted:
        return f'<p class="text mark">[{_line(deleted_words(message))}]</p>'
    if message.is_action:
        actor = safe_line(message.sender)
        return f'<p class="text action" dir="auto">* {escape(actor)} {escape(safe_text(message.text))}</p>'
    return f'<p class="text" dir="auto">{escape(safe_text(message.text))}</p>'


def _reactions(message: Message) -> str:
    if not message.reactions:
        return ""
    each = (
        f"<li><bdi>{_line(reaction.emoji)}</bdi> {_line(', '.join(reaction.people))}</li>"
        for reaction in message.reactions
    )
    return f'<ul class="reactions">{"".join(each)}</ul>'


def _marks(message: Message) -> str:
    marks = [f'<span class="mark">{_line(words)}</span>' for words in _mark_words(message)]
    if message.state is MessageState.FAILED:
        marks.append(f'<span class="mark bad">not sent: {_line(message.reason)}</span>')
    return " ".join(marks)


def _mark_words(message: Message) -> list[str]:
    words: list[str] = []
    if message.is_pinned:
        words.append("pinned")
    if message.edited_at_ms and not message.is_deleted:
        at = local_time(message.edited_at_ms)
        words.append(f"edited {at:%H:%M}, {at.day} {at:%B %Y}" if at else "edited")
    if message.state is MessageState.WAITING:
        words.append("waiting, not sent yet")
    return words


def deleted_words(message: Message) -> str:
    """Say that a message was deleted, and by whom; empty if it was not. Not filtered."""
    if not message.is_deleted:
        return ""
    return f"deleted by {message.deleted_by}" if message.deleted_by else "deleted"


def _line(text: str) -> str:
    return escape(safe_line(text))


def _now_words() -> str:
    now = datetime.now().astimezone()
    return f"on {now:%A} {now.day} {now:%B %Y}, {now:%H:%M}; all times are of this time zone ({now:%Z})"
