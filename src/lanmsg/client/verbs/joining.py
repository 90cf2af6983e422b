"""How others join."""

from lanmsg.client.verbs.base import Verbs
from lanmsg.wire import labels, limits
from lanmsg.wire.errors import LinkLost
from lanmsg.wire.invites import Invite, format_invite
from lanmsg.wire.labels import labelled_hash


class JoiningVerbs(Verbs):
    """Makes links."""

    def join_link(self) -> str:
        """Return a link without a secret: an address and the hub's key."""
        return format_invite(
            Invite(self._surroundings.shareable(self.hub_address), self.hub_identity_key, b"")
        )

    async def create_invite(self) -> str:
        """Return a link that lets one person enrol within 24 hours.

        Raises:
            Refusal: too many invites are open.
            LinkLost: we are not connected, or were cut off.
        """
        if not self.is_online:
            raise LinkLost("not connected to the hub: an invite needs it")
        secret = self._surroundings.random_bytes(limits.INVITE_SECRET_BYTES)
        hub_now_ms = self._surroundings.now_ms() + self._engine.state.clock_offset_ms
        expires_at_ms = hub_now_ms + limits.INVITE_LIFETIME_S * 1000
        answer = self._engine.requests.create_invite(
            labelled_hash(labels.INVITE_SECRET, secret), expires_at_ms
        )
        self._engine.flush()
        await answer
        addresses = self._surroundings.shareable(self.hub_address)
        return format_invite(Invite(addresses, self.hub_identity_key, secret))
