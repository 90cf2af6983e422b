"""What the hub had removed before we came for it: the only way in which a cursor passes what never came.

A hub keeps messages for some days, or as many as fit. It says up to where a log is pruned; what we
lack of that is noted, told and never asked for again, and the chain of hashes goes on behind it. In a
room the changes of its members come first: without them nobody could tell whom what follows was for.
"""

import dataclasses
from bisect import bisect_right
from collections.abc import Callable

from lanmsg.client.effects import Effects
from lanmsg.client.events import GapFound
from lanmsg.client.model import Conversation, Gap
from lanmsg.client.state import ClientState, Log, Pruned
from lanmsg.client.store.interface import StoredGap
from lanmsg.wire.entries import LogKind
from lanmsg.wire.errors import Code, RemoteError
from lanmsg.wire.frames import Ack, Head
from lanmsg.wire.ids import LogId

_PRUNABLE = frozenset({LogKind.EVERYONE, LogKind.DIRECT, LogKind.GROUP, LogKind.ROOM})


class Gaps:
    """Moves cursors over what is gone. `hash_at` finds the hash of an entry that we have."""

    def __init__(
        self, state: ClientState, effects: Effects, *, hash_at: Callable[[LogId, int], bytes | None]
    ) -> None:
        self._state = state
        self._effects = effects
        self._hash_at = hash_at

    def of(self, conversation: Conversation) -> list[Gap]:
        """Return what is missing of a conversation, oldest first."""
        stored = self._state.gaps.get(self._state.log_of(conversation), [])
        return [Gap(each.after_seq, each.up_to_seq, each.count) for each in stored]

    def take_head(self, log: Log, head: Head) -> bool:
        """Note up to where the hub has removed messages, and pass over what we lack of them.

        In a room that waits until we know its members (`pass_over`). False: it contradicts what we have.

        Raises:
            RemoteError: nothing of such a log is ever removed, or not so much.
        """
        seq, stored = head.pruned_seq, log.stored
        if not seq:
            return True
        if stored.kind not in _PRUNABLE or seq > head.seq:
            raise RemoteError(Code.PROTOCOL, "the hub has removed what no hub removes")
        if seq == head.seq and head.pruned_hash != head.hash:
            return False
        if seq <= stored.seq:
            known = stored.hash if seq == stored.seq else self._hash_at(stored.log, seq)
            return known is None or known == head.pruned_hash
        log.pruned = Pruned(seq, head.pruned_hash)
        if stored.kind is LogKind.ROOM:
            log.is_fetching = False  # a page that is on its way comes too early
        else:
            self.pass_over(log)
        return True

    def pass_over(self, log: Log) -> None:
        """Go on behind what is gone."""
        pruned, stored = log.pruned, log.stored
        assert pruned is not None
        log.pruned = None
        log.stored = dataclasses.replace(stored, seq=pruned.seq, hash=pruned.hash)
        self._effects.save(log.stored)
        if stored.kind is LogKind.ROOM:  # or the hub would tell who is out of it again at each login
            self._effects.send(Ack(stored.log, pruned.seq))
        count = pruned.seq - stored.seq - self._changes_of_members(log, stored.seq, pruned.seq)
        if count:
            self._note(log, StoredGap(stored.log, stored.seq, pruned.seq, count))

    def _changes_of_members(self, log: Log, after: int, up_to: int) -> int:
        room = self._state.rooms.get(log.stored.log)
        return 0 if room is None else bisect_right(room.seqs, up_to) - bisect_right(room.seqs, after)

    def _note(self, log: Log, gap: StoredGap) -> None:
        self._state.gaps.setdefault(gap.log, []).append(gap)
        self._effects.save(gap)
        conversation = self._state.conversation_of(log)
        self._effects.emit(
            GapFound(
                conversation=conversation,
                conversation_name=self._state.name_of(conversation),
                gap=Gap(gap.after_seq, gap.up_to_seq, gap.count),
            )
        )
