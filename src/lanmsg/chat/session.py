"""A chat without its screen: what lines do, what events show, what the status says.

Two screens draw it, one that edits the line it reads and a plain one. All they get is filtered.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from heapq import merge
from typing import TYPE_CHECKING, Final, Protocol

from lanmsg.chat.attention import ChatAttention, first_unread_line, hidden_lines, notice_style
from lanmsg.chat.change_lines import change_line, is_news
from lanmsg.chat.drafts import ChatDrafts
from lanmsg.chat.hub_words import new_hub_words
from lanmsg.chat.message_lines import Days, Style, message_lines, notice_lines, shortened
from lanmsg.chat.message_marks import quote
from lanmsg.chat.news import ChatNews
from lanmsg.chat.now import ChatNow
from lanmsg.chat.own_messages import OwnMessages
from lanmsg.chat.people_lines import status_word, trust_words
from lanmsg.chat.programs import Programs
from lanmsg.chat.prompt import Prompt, Prompter
from lanmsg.chat.spans import lifetime_words
from lanmsg.chat.talk import Answers
from lanmsg.client.conversations import reason_text
from lanmsg.client.errors import EventsLost, UnknownPerson
from lanmsg.client.events import (
    Alarm,
    ChangeFailed,
    ChangeKind,
    Connected,
    Disconnected,
    DraftChanged,
    Event,
    MessageAdded,
    MessageChanged,
    MessageWithdrawn,
    Stopped,
    Synced,
    Typing,
)
from lanmsg.client.model import (
    EVERYONE,
    Conversation,
    ConversationKind,
    Message,
    MessageState,
    UnreadableReason,
)
from lanmsg.wire.ids import MessageId
from lanmsg.wire.safe_text import isolated
from lanmsg.wire.typed_line import Command

if TYPE_CHECKING:
    from lanmsg.client import Client

BACKLOG_MESSAGES: Final = 20
"""How many messages of before are shown at the start."""


class Screen(Answers, Protocol):
    """Where a chat is shown: all of it, and not its answers alone."""

    def show_emoji(self, emoji: Sequence[str], names: Sequence[str]) -> None:
        """Print the seven emoji of a verification, with their names."""

    def alert(self, data: str) -> None:
        """Write a bell or a notice to the terminal, if it is one: control characters that move nothing."""

    def give_back(self, text: str) -> None:
        """Put a text where the person types, if nothing is there; else, or where that can't be, print it."""


class ChatSession:
    """One chat, from greeting to farewell.

    Attributes:
        current: The conversation that plain text goes to.
        last_private: The newest private message of somebody else: what /reply answers.
        last_of_others: The newest message of somebody else: what /react is for.
        stop_code: That of `events.Stopped` if the client has stopped by itself, else empty.
    """

    def __init__(
        self,
        client: "Client",
        screen: Screen,
        *,
        call_later: Callable[[float, Callable[[], None]], asyncio.TimerHandle] | None = None,
        programs: Programs | None = None,
    ) -> None:
        self.client = client
        self.programs = programs
        self.screen = screen
        self.current: Conversation = EVERYONE
        self.last_private: Message | None = None
        self.last_of_others: Message | None = None
        self.stop_code = ""
        self.own = OwnMessages(
            self._show_message,
            show_step=screen.show,
            call_later=call_later or asyncio.get_running_loop().call_later,
            is_away=self._is_away,
        )
        self.now = ChatNow(client)
        self.attention = ChatAttention(client, screen, notice=notice_style())
        self.meant_by: Callable[[Command], Message | None] = lambda _: None
        """Returns the message that a command would do something to; the one who runs lines sets it."""
        self._prompter = Prompter(client, meant_by=lambda command: self.meant_by(command))
        self._days = Days()
        self._shown_up_to: dict[Conversation, int] = {}
        self._shown_unreadable: set[MessageId] = set()
        self._is_lost = False
        self._changed = asyncio.Event()
        self._begun = asyncio.Event()
        self.drafts = ChatDrafts(
            client,
            give_back=screen.give_back,
            show=self.show,
            call_later=call_later or asyncio.get_running_loop().call_later,
        )
        self._news = ChatNews(
            client, show=self.show, show_emoji=screen.show_emoji, refresh=self._prompter.refresh
        )

    # --- what the screen asks ----------------------------------------------------------------

    @property
    def rooms(self) -> Collection[str]:
        """The names of the rooms we are in."""
        return self._prompter.rooms

    @property
    def last_own(self) -> Message | None:
        """Our newest message, in the state we heard of last: what /edit is for."""
        return self.own.last

    def queued(self, message: Message) -> None:
        """A message of ours was just written: show it when the hub has it."""
        self.own.queued(message, is_online=self.client.is_online)

    def take_up_draft(self) -> None:
        """Give back what is unfinished in the current conversation."""
        self.drafts.returned(self.current)

    def switch_to(self, conversation: Conversation) -> None:
        """Make it the one that plain text goes to."""
        self.current = conversation
        self._prompter.refresh()
        words = self.prompt().words.removeprefix("→ ")
        self.show(f"Enter sends to {words} now.")
        self.drafts.returned(conversation)

    def prompt(self, line: str = "") -> Prompt:
        """Return where Enter would send this line."""
        return self._prompter.prompt(line, self.current)

    def status(self) -> str:
        """Return the connection, what waits, and what is known of whom we talk to; one line."""
        client = self.client
        parts = [
            f"online at {isolated(client.hub_title)}" if client.is_online else "OFFLINE, trying again",
            *self.now.words(self.current),
            *self.attention.words(),
            *lifetime_words(client.lifetime(self.current)),
            f"{client.waiting} waiting",
        ]
        if self.own.last is not None:
            parts.append(f"last message {self.own.last.state.value}")
        if self.current.kind is ConversationKind.DIRECT:
            name = client.conversation_name(self.current)
            person = client.person(name)
            parts.append(f"{isolated(name)}: {status_word(person)}, {trust_words(person)}")
        return " · ".join(parts)

    def edited(self, line: str) -> None:
        """The person is typing this line."""
        self.attention.touched()
        typed = self._prompter.typed(line, self.current)
        self.now.edited([] if typed is None else [typed.conversation])
        self.drafts.edited(typed)

    def entered(self, line: str) -> None:
        """The person has entered this line."""
        self.now.entered()
        self.drafts.entered(self._prompter.typed(line, self.current))

    def close(self) -> None:
        """Keep what is unfinished; show nothing any more."""
        self.drafts.keep()
        self.own.close()

    def show(self, text: str, style: Style = Style.NOTICE) -> None:
        """Print a sentence of ours, which may quote others."""
        self.screen.show(notice_lines(text, style))

    # --- events ------------------------------------------------------------------------------

    def greet(self) -> None:
        """Say who we are, and where."""
        client = self.client
        if client.is_new_hub:
            self.show(new_hub_words(client))
        else:
            hub = f'"{isolated(client.hub_title)}" ({client.hub_address})'
            self.show(f"You are {isolated(client.handle)} at hub {hub}.")
        if not client.is_online:
            self._is_lost = True
            self.show(f"OFFLINE: the hub can't be reached now. {self._waiting_words()}", Style.ERROR)

    def explain(self) -> None:
        """Say what Enter does; true only once we know who is here."""
        self._prompter.refresh()
        words = self.prompt().words.removeprefix("→ ")
        self.show(f"Enter sends to {words}. @name text is private, #text goes to everyone. /help")
        if names := self.drafts.told():
            self.show(f"Unfinished: {', '.join(names)}.")
        self.drafts.returned(self.current)

    async def follow(self, events: AsyncIterator[Event]) -> None:
        """Show events until the client stops or closes; the backlog first, when it is complete."""
        if not self.client.is_online:
            self._show_first()
        while True:
            try:
                async for event in events:
                    if not self._begun.is_set() and isinstance(event, Synced | Disconnected):
                        self._show_first()
                    if self._begun.is_set() or isinstance(event, Alarm | Stopped):
                        self._take(event)
                    else:
                        self._news.note(event)
                    self._changed.set()
            except EventsLost:
                self._begun.set()
                self.show("Too much came at once; these are the newest messages:")
                self.show_backlog()
            else:
                return

    async def begun(self) -> None:
        """Wait until what was said before is shown: by then the hub has told all, or is known to be away."""
        await self._begun.wait()

    def _show_first(self) -> None:
        self._begun.set()
        self.show_backlog()
        self._news.show_missed()
        self.explain()

    def show_backlog(self) -> None:
        """Print the newest messages of all conversations, in the order of their times."""
        client = self.client
        conversations = client.conversations()
        histories = [client.history(each, limit=BACKLOG_MESSAGES) for each in conversations]
        for conversation, history in zip(conversations, histories, strict=True):
            self._shown_up_to[conversation] = max((message.seq for message in history), default=0)
        ordered = merge(*histories, key=lambda message: message.sent_at_ms)
        wanted = [message for message in ordered if not _is_before_us(message)]
        printed = wanted[-BACKLOG_MESSAGES:]
        self._tell_hidden(conversations, printed)
        first_unread = next(filter(self.attention.is_unread, printed), None)
        for message in printed:
            self.screen.show(first_unread_line() if message is first_unread else [])
            self._show_message(message)
            if message.is_own:
                self.own.already_shown(message)
        self._prompter.refresh()
        self.screen.refresh()

    def _tell_hidden(self, conversations: Iterable[Conversation], printed: Iterable[Message]) -> None:
        """Say where more is unread than what is printed now."""
        first_seqs: dict[Conversation, int] = {}
        for message in printed:
            first_seqs.setdefault(message.conversation, message.seq)
        hidden = {each: self.now.shown_from(each, first_seqs.get(each, 0)) for each in conversations}
        for line in hidden_lines({each: count for each, count in hidden.items() if count}, self.client):
            self.show(line)

    async def settled(self) -> None:
        """Wait until the hub has had its word about all that was written."""
        while not self.own.is_settled:
            self._changed.clear()
            await self._changed.wait()

    def _take(self, event: Event) -> None:
        match event:
            case MessageAdded() | MessageChanged() | MessageWithdrawn() | ChangeFailed():
                self._take_talk(event)
            case Connected():
                self._connected()
            case Disconnected(reason=reason):
                self._disconnected(reason)
            case Typing():
                self.now.take(event)
            case DraftChanged(conversation=conversation, text=text):
                self.drafts.changed(conversation, text, is_current=conversation == self.current)
            case Alarm(text=text):
                self.show(f"ALARM: {text}", Style.ERROR)
            case Stopped(code=code, text=text):
                self._stop(code, text)
            case _:
                self._news.take(event)
        self.screen.refresh()

    def _take_talk(self, event: MessageAdded | MessageChanged | MessageWithdrawn | ChangeFailed) -> None:
        match event:
            case MessageAdded(message=message):
                self._take_message(message)
                self.attention.added(event)
            case MessageChanged():
                self._take_change(event)
            case MessageWithdrawn(id=message_id):
                self.own.withdrawn(message_id)
            case ChangeFailed(message=message, text=text):
                self.show(f"The hub refused what you did to {quote(message)}: {text}", Style.ERROR)

    def _take_message(self, message: Message) -> None:
        if message.seq <= self._shown_up_to.get(message.conversation, 0):
            return
        if message.is_own and message.state is not MessageState.UNREADABLE:
            self.own.added(message)
        elif not _is_before_us(message):
            self._show_message(message)

    def _take_change(self, event: MessageChanged) -> None:
        message = event.message
        if event.change in {ChangeKind.STATE, ChangeKind.READABLE} and self._is_of_the_past(event):
            return
        if message.is_own and event.change is ChangeKind.STATE:
            self.own.changed(message)
        elif event.change is ChangeKind.READABLE:
            self._show_message(message)
        elif is_news(event, self.client.handle) and self.own.is_shown(message):
            self.screen.show([change_line(event, self.client.handle)])

    def _is_of_the_past(self, event: MessageChanged) -> bool:
        """Tell whether only the key of an old message has come, that was never shown."""
        message = event.message
        is_old = event.is_backlog or 0 < message.seq <= self._shown_up_to.get(message.conversation, 0)
        is_readable = message.state not in {MessageState.WAITING, MessageState.FAILED}
        is_known = message.id in self._shown_unreadable or self.own.knows(message.id)
        return is_old and is_readable and not is_known

    def _show_message(self, message: Message) -> None:
        self.now.shown(message)
        if message.state is MessageState.UNREADABLE:
            self._shown_unreadable.add(message.id)
        lines = shortened(message_lines(message, self.client.message))
        self.screen.show([*self._days.lines_before(message), *lines])
        if message.is_own or message.state is not MessageState.RECEIVED:
            return
        self.last_of_others = message
        if message.conversation.kind in {ConversationKind.DIRECT, ConversationKind.GROUP}:
            self.last_private = message

    def _connected(self) -> None:
        self._prompter.refresh()
        if self._is_lost:
            self._is_lost = False
            self.show(f"Online again. {self._waiting_words()}".rstrip())

    def _disconnected(self, reason: str) -> None:
        """Say it once; the tries that follow are in the status line."""
        if not self._is_lost:
            self._is_lost = True
            self.show(f"OFFLINE: {reason}. {self._waiting_words()} Trying again by itself.", Style.ERROR)

    def _stop(self, code: str, text: str) -> None:
        self.stop_code = code
        self.show(text, Style.ERROR)
        self.screen.close()

    def _waiting_words(self) -> str:
        waiting = self.client.waiting
        if not waiting:
            return "What you write waits for it." if not self.client.is_online else ""
        return f"{waiting} message{' waits' if waiting == 1 else 's wait'}."

    def _is_away(self, message: Message) -> bool:
        """Tell whether the one a private message is for is not here now."""
        if message.conversation.kind is not ConversationKind.DIRECT:
            return False
        try:
            return not self.client.person(message.conversation_name).is_online
        except UnknownPerson:
            return True


def _is_before_us(message: Message) -> bool:
    """Tell whether nobody could have encrypted this for us: to a newcomer it is noise.

    Where a room keeps its history, what becomes readable is shown when it does.
    """
    return message.reason == reason_text(UnreadableReason.BEFORE_YOU_JOINED)
