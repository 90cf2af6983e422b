"""What one step of the engine leaves to be done, in this order: store, send, tell.

Frames and events made in a step leave only after the step's changes are on disk. That one rule is why
an `ack` never lies and why a crash at any point is repaired by sending the same bytes again.
"""

from collections.abc import Callable

from lanmsg.client.events import Event
from lanmsg.client.store.interface import Change
from lanmsg.wire.codec import encode_frame
from lanmsg.wire.frames import Frame


class Effects:
    """Collects a step's changes, frames and events."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.frames: list[bytes] = []
        self.events: list[Event] = []
        self.callbacks: list[Callable[[], None]] = []

    def save(self, *changes: Change) -> None:
        """Store these."""
        self.changes += changes

    def send(self, frame: Frame) -> None:
        """Send a frame."""
        self.frames.append(encode_frame(frame))

    def send_encoded(self, data: bytes) -> None:
        """Send frames that are encoded already."""
        self.frames.append(data)

    def emit(self, event: Event) -> None:
        """Tell the faces."""
        self.events.append(event)

    def then(self, callback: Callable[[], None]) -> None:
        """Call this when all of the step is done."""
        self.callbacks.append(callback)

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not (self.changes or self.frames or self.events or self.callbacks)

    def take(self) -> "Effects":
        """Return everything collected, and start anew."""
        taken = Effects()
        taken.changes, self.changes = self.changes, []
        taken.frames, self.frames = self.frames, []
        taken.events, self.events = self.events, []
        taken.callbacks, self.callbacks = self.callbacks, []
        return taken
