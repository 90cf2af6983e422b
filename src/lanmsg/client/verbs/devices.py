"""The devices of our person: which there are, letting another one in, cutting one off."""

from lanmsg.client.devices import name_preference, own_devices
from lanmsg.client.errors import UnknownDevice
from lanmsg.client.model import DeviceCode, DeviceInfo
from lanmsg.client.pairing import Parcel, seal_parcel
from lanmsg.client.verbs.base import Verbs
from lanmsg.client.vouchers import make_grant
from lanmsg.wire import ids, limits
from lanmsg.wire.errors import LinkLost, LocalError
from lanmsg.wire.ids import DeviceId
from lanmsg.wire.invites import Invite, format_invite
from lanmsg.wire.pairing import format_code, pairing_keys


class DeviceVerbs(Verbs):
    """Lists devices and changes which there are."""

    def devices(self) -> list[DeviceInfo]:
        """Return our devices, in the order they were added."""
        return own_devices(self._engine.state, self._engine.personal.account.changes)

    def device(self, text: str) -> DeviceInfo:
        """Return the device of ours whose id begins so, or that has this name. Raises UnknownDevice."""
        wanted = text.strip().casefold()
        devices = self.devices()
        found = [each for each in devices if wanted and each.device.hex().startswith(wanted)]
        found = found or [each for each in devices if wanted and each.name.casefold() == wanted]
        if len(found) != 1:
            raise UnknownDevice(text, [each.short_id for each in found or devices])
        return found[0]

    @property
    def is_past_coming(self) -> bool:
        """Whether the device that let this one in has not handed over all of the past yet."""
        return self._engine.between_devices.own_history.is_coming

    async def rename_device(self, device: DeviceId, name: str) -> None:
        """Give a device of ours a name that only our devices see; an empty one takes it away.

        Raises:
            LocalError: it is longer than `MAX_DEVICE_NAME_CODE_POINTS`.
        """
        name = name.strip()
        if len(name) > limits.MAX_DEVICE_NAME_CODE_POINTS:
            raise LocalError(f"a device's name has at most {limits.MAX_DEVICE_NAME_CODE_POINTS} characters")
        self._engine.personal.account.put(name_preference(device, name))
        await self._done()

    async def link_device(self) -> DeviceCode:
        """Let another device of ours in: it gets our name, and then what was said before.

        The code is good once, for ten minutes; making another one voids it. `DeviceAdded` tells that it
        was used.

        Raises:
            LinkLost: we are not connected, or were cut off.
            Refusal: too many people link devices at once.
        """
        if not self.is_online:
            raise LinkLost("not connected to the hub: linking a device needs it")
        surroundings, state = self._surroundings, self._engine.state
        secret = surroundings.random_bytes(limits.PAIRING_CODE_BYTES)
        token = surroundings.random_bytes(ids.ID_BYTES)
        keys = pairing_keys(secret)
        grant = make_grant(state.user, state.device, state.account, surroundings.random_bytes)
        parcel = Parcel(
            self.hub_identity_key, state.database, self.handle, state.identity.secret, grant, token
        )
        self._engine.between_devices.own_history.expect(token)
        sealed = seal_parcel(parcel, keys)
        answer = self._engine.requests.store_pairing(keys.name, sealed)
        self._engine.flush()
        await answer
        addresses = surroundings.shareable(self.hub_address)
        hub_now_ms = surroundings.now_ms() + state.clock_offset_ms
        return DeviceCode(
            code=format_code(secret),
            link=format_invite(Invite(addresses, self.hub_identity_key, secret, is_pairing=True)),
            ends_at_ms=hub_now_ms + int(limits.PAIRING_LIFETIME_S * 1000),
        )

    async def revoke_device(self, device: DeviceId) -> None:
        """Cut a device of ours off, for good. Raises Refusal, LinkLost."""
        answer = self._engine.requests.revoke(device)
        self._engine.flush()
        await answer
