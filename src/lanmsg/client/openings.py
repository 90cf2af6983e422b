"""Making conversations that come to be with the first message in them."""

from collections.abc import Callable
from typing import Final

from lanmsg.client.effects import Effects
from lanmsg.client.model import ConversationKind
from lanmsg.client.outbox_queue import Queue
from lanmsg.wire.frames import OpenDirect, OpenGroup

_OPENED_FIRST: Final = frozenset({ConversationKind.DIRECT, ConversationKind.GROUP})


class Openings:
    """Asks the hub for them, each once on a connection."""

    def __init__(self, effects: Effects, new_request: Callable[[], int]) -> None:
        self._effects = effects
        self._new_request = new_request
        self._groups: dict[int, Queue] = {}

    def clear(self) -> None:
        """A new connection: nothing that was asked for will be answered."""
        self._groups.clear()

    def open(self, queue: Queue) -> None:
        """Ask for the conversation of a queue; `heads` is the answer. Others are not made so."""
        conversation = queue.conversation
        if queue.is_opening or conversation.kind not in _OPENED_FIRST:
            return
        queue.is_opening = True
        if conversation.peer is not None:
            self._effects.send(OpenDirect(conversation.peer))
            return
        request = self._new_request()
        self._groups[request] = queue
        self._effects.send(OpenGroup(request, list(conversation.users)))

    def refused(self, request: int) -> Queue | None:
        """The hub makes no such group, or not now; None if the refusal is of something else."""
        queue = self._groups.pop(request, None)
        if queue is not None:
            queue.is_opening = False
        return queue
