"""What must be done to a store that was put back from a copy, before anything is sent from it.

Since the copy was made its device may have gone on sending. A key that was used then and would be used
again for another text would open both: so no session of the copy ever encrypts again. What came after
the copy is found out from the hub (`sync`: cursors and counters); what waited is sealed anew, under
its own message id, so that the hub takes each message once.
"""

import dataclasses

from lanmsg.client.store.interface import Change, DeleteOutboundSession, OlmSession, Store, StoredStatement
from lanmsg.wire.directory import decode_statement
from lanmsg.wire.statements import DeviceStatement


def retire_sending(store: Store) -> None:
    """Forget every sending session, retire every Olm session (they still decrypt), unseal what waits.

    Raises:
        StoreFailed: the disk failed.
    """
    state = store.load()
    changes: list[Change] = [DeleteOutboundSession(session.log) for session in state.outbound]
    changes += [dataclasses.replace(row, frames=b"", counter=0) for row in state.outbox if row.frames]
    for statement in state.statements:
        changes += _retired(store, statement)
    store.commit(changes)


def _retired(store: Store, stored: StoredStatement) -> list[OlmSession]:
    """Return the sessions with a device, so placed that none is used to encrypt (`PeerSessions.retire`)."""
    if not stored.is_valid:
        return []
    statement = decode_statement(stored.kind, stored.body)
    if not isinstance(statement, DeviceStatement):
        return []
    sessions = store.olm_sessions(statement.device)
    return [dataclasses.replace(each, used=min(each.used, -each.used)) for each in sessions]
