"""Whether we are there, and that we are typing."""

from lanmsg.client.model import Conversation
from lanmsg.client.verbs.base import Verbs
from lanmsg.wire.errors import LocalError
from lanmsg.wire.limits import MAX_AWAY_REASON_CODE_POINTS
from lanmsg.wire.status import Status


class NowVerbs(Verbs):
    """Says things of now. None of them waits for the hub; without it, the status is told once it is back."""

    def away(self, reason: str = "") -> int:
        """Tell that we are away, and why. It lasts until `back`, or until this client is closed.

        The reason is encrypted for those who have our key for everyone. Returned is how many people do not
        have it: they see the status alone, until we next write to everyone.

        Raises:
            LocalError: the reason is too long.
        """
        reason = " ".join(reason.split())
        if len(reason) > MAX_AWAY_REASON_CODE_POINTS:
            text = f"{len(reason)} characters; at most {MAX_AWAY_REASON_CODE_POINTS} fit"
            raise LocalError(f"the reason has {text}: shorten it")
        return self._choose(Status.AWAY, reason)

    def do_not_disturb(self) -> None:
        """Tell that we are here and not to be disturbed, until `back`."""
        self._choose(Status.DO_NOT_DISTURB)

    def back(self) -> None:
        """Tell that we are there again."""
        self._choose(Status.ONLINE)

    def _choose(self, status: Status, reason: str = "") -> int:
        unreached = self._engine.now.own.choose(status, reason=reason)
        self._engine.flush()
        return unreached

    def touched(self) -> None:
        """Note that the person is at this device: call it for each key pressed, it costs nothing.

        `ClientSettings.idle_after_s` after the last call we are shown as idle, until the next. A client
        whose face never calls this is never idle.
        """
        self._engine.now.own.touched()
        self._engine.flush()

    def typing(self, conversation: Conversation, *, is_typing: bool = True) -> None:
        """Let the others in a conversation see that we are typing, or no more.

        Call it for each key pressed in a text that is for them: it is told now and then, and stops by
        itself after some seconds, or when the message is there. Only those hear of it who have our key
        for this conversation, and nobody in one of more than 100 people.
        """
        notices = self._engine.now.typing
        if is_typing:
            notices.typing(conversation)
        else:
            notices.stopped_typing(conversation)
        self._engine.flush()
