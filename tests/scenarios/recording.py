"""Writes down what a world's clients do and show, for the checker."""

from lanmsg.client import EVERYONE, Client, Conversation, Message, MessageAdded, MessageChanged, MessageState
from lanmsg.client.event_stream import EventStream
from tests.checker import Acknowledged, Event, Failed, Final, Invoke, Read, Violation, check


class Recorder:
    """One history of all clients. Every text must be unique."""

    def __init__(self) -> None:
        self.history: list[Event] = []
        self.people: set[str] = set()

    def watch(self, client: Client) -> None:
        """Write down what this client does from now on; a client that was reopened is watched again."""
        self.people.add(client.handle)
        client._streams.append(_Stream(self, client))
        original = client._engine.outbox.add

        def add(conversation, message_id, content):
            self._invoked(client, conversation, message_id, content)
            return original(conversation, message_id, content)

        client._engine.outbox.add = add

    def _invoked(self, client: Client, conversation: Conversation, message_id: bytes, content: bytes) -> None:
        from lanmsg.wire.content import decode_content

        key = self._key(client, conversation)
        readers = (self.people if key == "#" else set(key)) - {client.handle}
        text = decode_content(content).text
        self.history.append(Invoke(client.handle, key, message_id, text, frozenset(readers)))

    def _key(self, client: Client, conversation: Conversation) -> "str | tuple[str, ...]":
        if conversation == EVERYONE:
            return "#"
        return tuple(sorted({client.handle, client.conversation_name(conversation)[1:]}))

    def read(self, client: Client, message: Message) -> Read:
        """Describe what a client shows."""
        reason = message.reason if message.state is MessageState.UNREADABLE else ""
        key = self._key(client, message.conversation)
        log = client._engine.state.log_of(message.conversation)
        stored = client._engine._store.message(log, message.seq)
        entry_hash = stored.hash if stored is not None else b""
        return Read(
            client.handle, key, message.seq, message.id, message.sender, message.text, entry_hash, reason
        )

    def take(self, client: Client, event: object) -> None:
        """Write down an event."""
        if isinstance(event, MessageAdded):
            self.history.append(self.read(client, event.message))
        if isinstance(event, MessageAdded | MessageChanged) and event.message.is_own:
            if event.message.state in {MessageState.SENT, MessageState.DELIVERED}:
                self.history.append(Acknowledged(client.handle, event.message.id))
            elif event.message.state is MessageState.FAILED:
                self.history.append(Failed(client.handle, event.message.id))

    def verdict(self, *clients: Client) -> list[Violation]:
        """Add what everybody shows at the end, and judge."""
        for client in clients:
            for log in list(client._engine.state.logs.values()):
                if log.stored.kind in {2, 3}:
                    self._finish(client, log)
        return check(self.history)

    def _finish(self, client: Client, log) -> None:
        conversation = client._engine.state.conversation_of(log)
        messages = client.history(conversation, limit=1_000_000)
        entries = tuple(self.read(client, message) for message in messages if message.seq)
        waiting = sum(message.state is MessageState.WAITING for message in messages)
        key = self._key(client, conversation)
        self.history.append(Final(client.handle, key, log.stored.base + 1, entries, waiting))


class _Stream(EventStream):
    def __init__(self, recorder: Recorder, client: Client) -> None:
        super().__init__()
        self._recorder = recorder
        self._client = client

    def put(self, event) -> None:
        self._recorder.take(self._client, event)
