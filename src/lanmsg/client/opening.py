"""The way into a client: choose the hub, meet it, open the store that belongs to it."""

import contextlib
import dataclasses
from dataclasses import dataclass

from lanmsg.client.account import for_new_hub
from lanmsg.client.connection import Meeting, meet
from lanmsg.client.errors import HubNotFound
from lanmsg.client.identity import Identity
from lanmsg.client.model import ACCOUNT
from lanmsg.client.pairing import take_parcel
from lanmsg.client.store.interface import Profile, Store, StoredPairing, StoredState
from lanmsg.client.surroundings import ClientSurroundings, HubChoice
from lanmsg.client.vouchers import Grant, use_grant
from lanmsg.wire import ids
from lanmsg.wire.codec import encode
from lanmsg.wire.errors import LinkLost, LocalError
from lanmsg.wire.ids import HubId
from lanmsg.wire.pairing import pairing_keys


@dataclass(frozen=True, slots=True)
class Opened:
    """A hub with its store.

    `meeting` is None if the hub can't be reached but is known.
    """

    choice: HubChoice
    meeting: Meeting | None
    store: Store
    stored: StoredState
    profile: Profile


class Opening:
    """Opens once. What must be closed again goes on `stack`."""

    def __init__(
        self, surroundings: ClientSurroundings, stack: contextlib.AsyncExitStack, *, device_name: str
    ) -> None:
        self._surroundings = surroundings
        self._stack = stack
        self._device_name = device_name

    async def open(self) -> Opened:
        """Choose, meet, open. Raises HubNotFound, HubIdentityChanged, StoreLocked, StoreFailed."""
        choice = await self._surroundings.find()
        meeting = await self._meet(choice)
        if meeting is None:
            return self._open_offline(choice)
        try:
            if choice.pairing_code:
                return await self._open_paired(choice, meeting)
            return self._open_online(choice, meeting)
        except BaseException:
            meeting.hub_link.link.abort()
            raise

    async def _meet(self, choice: HubChoice) -> Meeting | None:
        """Meet the hub; None if it can't be reached but this home knows it."""
        try:
            return await meet(choice.addresses, self._surroundings.dial, expected_key=choice.expected_key)
        except LinkLost as error:
            if choice.known_hub is None or not self._surroundings.has_store(choice.known_hub):
                raise HubNotFound(error.reason, choice.tried) from error
            return None

    def _open_offline(self, choice: HubChoice) -> Opened:
        assert choice.known_hub is not None
        store = self._open_store(choice.known_hub)
        stored = store.load()
        if stored.profile is None or not stored.profile.handle:
            raise HubNotFound("the hub can't be reached, and we have never joined it", choice.tried)
        return Opened(choice, None, store, stored, stored.profile)

    def _open_online(self, choice: HubChoice, meeting: Meeting) -> Opened:
        hub = ids.hub_id(meeting.challenge.identity_key)
        store = self._open_store(hub)
        stored = store.load()
        profile = stored.profile
        if profile is not None and profile.database != meeting.challenge.database:
            return self._start_anew(choice, meeting, store, stored, profile)
        if profile is None:
            profile = self._new_profile(meeting, Identity.create(self._surroundings.random_bytes))
            store.commit([profile])
        return Opened(choice, meeting, store, stored, profile)

    async def _open_paired(self, choice: HubChoice, meeting: Meeting) -> Opened:
        """Take what our other device has left, and meet the hub again as a device of that person."""
        store = self._open_store(ids.hub_id(meeting.challenge.identity_key))
        known = store.load().profile
        if known is not None and known.handle:
            raise LocalError(
                f"this home is {known.handle} at this hub already: link the other device from it, or choose "
                "a fresh home with --home"
            )
        keys = pairing_keys(choice.pairing_code)
        nonce = self._surroundings.random_bytes(ids.HASH_BYTES)
        try:
            parcel = await take_parcel(meeting.hub_link, meeting.challenge, keys, nonce=nonce)
        finally:
            meeting.hub_link.link.abort()
        again = await meet([meeting.address], self._surroundings.dial, expected_key=parcel.hub_identity_key)
        profile = self._new_profile(
            again, Identity(parcel.identity_secret), parcel.grant, wanted_handle=parcel.handle
        )
        store.commit([profile, StoredPairing(parcel.token, parcel.grant.device, is_helper=False)])
        return Opened(choice, again, store, store.load(), profile)

    def _open_store(self, hub: HubId) -> Store:
        store = self._surroundings.open_store(hub)
        self._stack.callback(store.close)
        return store

    def _start_anew(
        self, choice: HubChoice, meeting: Meeting, old_store: Store, old: StoredState, old_profile: Profile
    ) -> Opened:
        """The hub has a new database: set the old store aside.

        We keep who we are, whom we know, and what waits to be sent.
        """
        old_store.close()
        hub = ids.hub_id(meeting.challenge.identity_key)
        self._surroundings.set_store_aside(hub)
        store = self._open_store(hub)
        wanted_handle = old_profile.handle or old_profile.wanted_handle
        profile = self._new_profile(
            meeting, Identity(old_profile.identity_secret), wanted_handle=wanted_handle
        )
        waiting = [
            dataclasses.replace(row, frames=b"", counter=0)
            for row in old.outbox
            if row.conversation != ACCOUNT
        ]
        store.commit([profile, *old.people, *waiting, *for_new_hub(old.values)])
        return Opened(choice, meeting, store, store.load(), profile)

    def _new_profile(
        self, meeting: Meeting, identity: Identity, grant: Grant | None = None, *, wanted_handle: str = ""
    ) -> Profile:
        account = self._surroundings.crypto.new_account()
        statement = identity.bind(
            signing_key=account.signing_key,
            agreement_key=account.agreement_key,
            device_name=self._device_name,
        )
        return Profile(
            hub_identity_key=meeting.challenge.identity_key,
            hub_title=meeting.challenge.title,
            database=meeting.challenge.database,
            identity_secret=identity.secret,
            account=account.pickle(),
            handle="",
            device_name=self._device_name,
            device_seq=0,
            voucher=b"" if grant is None else encode(use_grant(grant, statement)),
            wanted_handle=wanted_handle,
        )
