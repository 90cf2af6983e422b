"""What the hub tells everybody of how it is run: the notice of its admins, and how fast one may send."""

from collections.abc import Callable

from lanmsg.client.effects import Effects
from lanmsg.client.events import HubNotice
from lanmsg.client.frame_handlers import taking
from lanmsg.client.hub_requests import HubRequests
from lanmsg.wire.frames import AdminAnswer, HubFrame, Notice, RatesChanged, Welcome


class Administration:
    """Keeps the notice; `set_pace` is told how many messages a second we may send, and how many at once."""

    def __init__(
        self, effects: Effects, requests: HubRequests, *, set_pace: Callable[[float, float], None]
    ) -> None:
        self._effects = effects
        self._requests = requests
        self._set_pace = set_pace
        self.notice = ""
        """What who runs the hub has to say; empty: nothing. A remote string."""

    def handlers(self) -> dict[type[HubFrame], Callable[[HubFrame], None]]:
        """Return what takes which frames."""
        return {
            AdminAnswer: taking(self._requests.admin_answered),
            Notice: taking(self._take_notice),
            RatesChanged: taking(self._take_rates),
        }

    def logged_in(self, welcome: Welcome) -> None:
        """A connection has logged in."""
        self._set_pace(welcome.messages_per_second, welcome.messages_burst)
        self._noticed(welcome.notice)

    def _take_notice(self, frame: Notice) -> None:
        self._noticed(frame.text)

    def _take_rates(self, frame: RatesChanged) -> None:
        self._set_pace(frame.messages_per_second, frame.messages_burst)

    def _noticed(self, text: str) -> None:
        if text != self.notice:
            self.notice = text
            self._effects.emit(HubNotice(text=text))
