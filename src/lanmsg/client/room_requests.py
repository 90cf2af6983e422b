"""Changing a room: one decision, made anew each time that somebody else was quicker.

Every change is decided from the room as we see it, and says what that was. If the hub has seen more by
then, it stores nothing; we catch up and decide again. So of two who do the same at once both succeed,
and of two who do the opposite the later one in the log wins, on all devices.
"""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from lanmsg.client.errors import StaleView
from lanmsg.client.hub_requests import HubRequests
from lanmsg.client.later import Later
from lanmsg.client.room_state import RoomState
from lanmsg.client.state import ClientState
from lanmsg.wire.codec import encode
from lanmsg.wire.entries import EntryKind, View
from lanmsg.wire.errors import Code, LinkLost, Refusal
from lanmsg.wire.ids import UserId
from lanmsg.wire.limits import MAX_MEMBER_CHANGES
from lanmsg.wire.rooms import check_changes
from lanmsg.wire.statements import MemberChange, RoomStatement

ANSWER_TIMEOUT_S = 30.0
"""How long one answer of the hub may take."""
MAX_TRIES = 20
"""Decisions made in a row that came too late each time."""

Condition = Callable[[], bool]


class RoomRequests:
    """Appends ROOM and MEMBERS entries. `flush` ends a step."""

    def __init__(
        self,
        state: ClientState,
        requests: HubRequests,
        later: Later,
        *,
        flush: Callable[[], None],
    ) -> None:
        self._state = state
        self._requests = requests
        self._later = later
        self._flush = flush

    async def until(self, condition: Condition) -> None:
        """Wait until something is so. Raises LinkLost when the hub is gone, or silent for too long."""
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                while not condition():
                    self.check_connected()
                    await self._later.next_step()
        except TimeoutError as error:
            raise LinkLost("the hub does not answer: look later whether it was done") from error

    def check_connected(self) -> None:
        """Raise LinkLost without a hub: rooms are changed there, or not at all."""
        if not self._state.is_online:
            raise LinkLost("not connected to the hub: rooms can be changed only with it")

    # --- the record --------------------------------------------------------------------------

    async def publish(self, decide: Callable[[], RoomStatement | None]) -> None:
        """Put a version of a room's record into the directory, and wait until we see it there.

        `decide` returns it unsigned, or None if there is nothing (more) to do.

        Raises:
            Refusal: the hub does not take it, or we know that it would not; the text says who may.
            LinkLost: there is no hub.
        """
        for _ in range(MAX_TRIES):
            statement = decide()
            if statement is None:
                return
            directory_seq = self._state.directory.seq
            try:
                seq = await self._append_record(statement)
            except Refusal as refusal:
                await self._look_again(refusal, directory_seq)
            else:
                await self.until(lambda seq=seq: self._state.directory.seq >= seq)
                return
        raise Refusal(Code.STALE_VIEW, "the room is being changed all the time: try again later")

    async def _append_record(self, statement: RoomStatement) -> int:
        self.check_connected()
        signature = self._state.account.sign(statement.signed_bytes())
        signed = msgspec.structs.replace(statement, signature=signature)
        self._state.directory.check(signed)
        message_id = self._requests.new_message_id()
        answer = self._requests.append(self._state.directory_log, EntryKind.ROOM, encode(signed), message_id)
        return await self._answer(answer)

    async def _look_again(self, refusal: Refusal, directory_seq: int) -> None:
        """Catch up with what made our decision a late one. Raises any other refusal."""
        if refusal.code is Code.THROTTLED:
            await asyncio.sleep(refusal.retry_after_ms / 1000)
        elif refusal.code is Code.STALE_VIEW:
            least = refusal.view.directory_seq if isinstance(refusal, StaleView) else directory_seq + 1
            await self.until(lambda: self._state.directory.seq >= least)
        else:
            raise refusal

    # --- members -----------------------------------------------------------------------------

    async def change(self, room: RoomState, decide: Callable[[], Sequence[MemberChange]]) -> None:
        """Change roles, and wait until we see it in the room. `decide` returns what is still to be done.

        Raises:
            Refusal: it is not allowed; the text says who may.
            LinkLost: there is no hub.
        """
        done: set[UserId] = set()  # each once: who undoes it meanwhile means it
        tries = 0
        while changes := [change for change in decide() if change.user not in done][:MAX_MEMBER_CHANGES]:
            try:
                seq = await self._append_members(room, changes)
            except StaleView as stale:
                tries += 1
                if tries == MAX_TRIES:
                    raise
                room.told(stale.view.membership_seq, stale.membership_hash)
                await self._catch_up(room, stale.view)
            except Refusal as refusal:
                if refusal.code is not Code.THROTTLED:
                    raise
                await asyncio.sleep(refusal.retry_after_ms / 1000)
            else:
                done |= {change.user for change in changes}
                await self.until(lambda seq=seq: room.membership.seq >= seq)

    async def _append_members(self, room: RoomState, changes: list[MemberChange]) -> int:
        self.check_connected()
        if room.is_reader(self._state.user):
            check_changes(room.room.statement, room.membership.roles, self._state.user, changes)
        message_id = self._requests.new_message_id()
        statement = room.next_statement(changes, self._state.directory.seq)
        signature = self._state.account.sign(statement.signed_bytes(room.log, message_id))
        body = encode(msgspec.structs.replace(statement, signature=signature))
        return await self._answer(self._requests.append(room.log, EntryKind.MEMBERS, body, message_id))

    async def _catch_up(self, room: RoomState, view: View) -> None:
        await self.until(
            lambda: (
                self._state.directory.seq >= view.directory_seq
                and (room.membership.seq >= view.membership_seq or not room.is_reader(self._state.user))
            )
        )

    async def _answer(self, answer: "asyncio.Future[int]") -> int:
        self._flush()
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                return await answer
        except TimeoutError as error:
            raise LinkLost("the hub does not answer: look later whether it was done") from error
