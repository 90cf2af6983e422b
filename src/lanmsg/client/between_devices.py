"""What devices do with each other over their inboxes, the keys that come with messages apart."""

from collections.abc import Callable

from lanmsg.client.crypto.interface import Crypto
from lanmsg.client.device_outbox import DeviceOutbox
from lanmsg.client.effects import Effects
from lanmsg.client.history_keys import HistoryKeys
from lanmsg.client.inbox import Inbox
from lanmsg.client.key_requests import KeyRequests
from lanmsg.client.later import Later
from lanmsg.client.message_keys import MessageKeys
from lanmsg.client.own_history import OwnHistory
from lanmsg.client.people import People
from lanmsg.client.state import ClientState
from lanmsg.client.store.interface import Store
from lanmsg.client.verifications import Verifications


class BetweenDevices:
    """Owns the requests for keys, the verifications, and the past that comes over to a second device."""

    def __init__(  # noqa: PLR0913 - the parts it connects
        self,
        state: ClientState,
        effects: Effects,
        store: Store,
        keys: MessageKeys,
        crypto: Crypto,
        *,
        people: People,
        outbox: DeviceOutbox,
        inbox: Inbox,
        later: Later,
        hub_now_ms: Callable[[], int],
        random_bytes: Callable[[int], bytes],
        got_key: Callable[[bytes], None],
    ) -> None:
        self.key_requests = KeyRequests(
            state,
            store,
            keys,
            crypto,
            call_later=later.call_later,
            send=outbox.send,
            got_key=got_key,
            now_s=later.time_s,
        )
        self.key_requests.listen_to(inbox)
        self.history_keys = HistoryKeys(
            state,
            store,
            keys,
            crypto,
            later=later,
            send=outbox.send,
            got_key=got_key,
        )
        self.history_keys.listen_to(inbox)
        self.verifications = Verifications(
            state,
            effects,
            people,
            outbox,
            call_later=later.call_later,
            hub_now_ms=hub_now_ms,
            random_bytes=random_bytes,
        )
        self.verifications.listen_to(inbox)
        self.own_history = OwnHistory(
            state,
            effects,
            store,
            keys,
            crypto,
            outbox,
            call_later=later.call_later,
            when_stored=later.when_stored,
            got_key=got_key,
        )
        self.own_history.listen_to(inbox)
