"""What each change does to the tables of a store in memory."""

from collections.abc import Callable
from typing import Final, cast

from lanmsg.client.store.interface import (
    Change,
    DeleteOutboundSession,
    DeleteOutboxRow,
    DeletePairing,
    ExpirySpan,
    ForgetEntries,
    InboundSession,
    OlmSession,
    OutboundSession,
    OutboxRow,
    Profile,
    StoredGap,
    StoredLog,
    StoredMembers,
    StoredMessage,
    StoredPairing,
    StoredPerson,
    StoredReceipt,
    StoredStatement,
    StoredTopic,
    StoredUnread,
    StoredValue,
)
from lanmsg.client.store.memory_log import LogMessages
from lanmsg.client.store.memory_tables import Tables
from lanmsg.client.store.search_index import SearchMark, SearchText
from lanmsg.wire.content import ContentKind


def _put_profile(tables: Tables, profile: Profile) -> None:
    tables.profile = profile


def _put_log(tables: Tables, log: StoredLog) -> None:
    tables.logs[log.log] = log


def _put_statement(tables: Tables, statement: StoredStatement) -> None:
    tables.statements[statement.seq] = statement


def _put_person(tables: Tables, person: StoredPerson) -> None:
    tables.people[person.handle] = person


def _put_olm_session(tables: Tables, session: OlmSession) -> None:
    others = (each for each in tables.olm.get(session.device, ()) if each.session_id != session.session_id)
    tables.olm[session.device] = (*others, session)


def _put_outbound_session(tables: Tables, session: OutboundSession) -> None:
    tables.outbound[session.log] = session


def _delete_outbound_session(tables: Tables, deletion: DeleteOutboundSession) -> None:
    tables.outbound.pop(deletion.log, None)


def _put_inbound_session(tables: Tables, session: InboundSession) -> None:
    tables.inbound[session.session] = session


def _put_message(tables: Tables, message: StoredMessage) -> None:
    tables.messages.setdefault(message.log, LogMessages()).put(message)
    tables.index.message_stored((message.log, message.seq))
    places = tables.places.get(message.message_id, ())
    if (message.log, message.seq) not in places:
        tables.places[message.message_id] = (*places, (message.log, message.seq))


def _put_outbox_row(tables: Tables, row: OutboxRow) -> None:
    tables.outbox[row.message_id] = row


def _delete_outbox_row(tables: Tables, deletion: DeleteOutboxRow) -> None:
    tables.outbox.pop(deletion.message_id, None)


def _put_receipt(tables: Tables, receipt: StoredReceipt) -> None:
    tables.receipts[receipt.log, receipt.device] = receipt


def _put_value(tables: Tables, value: StoredValue) -> None:
    tables.values[value.key] = value


def _put_unread(tables: Tables, unread: StoredUnread) -> None:
    tables.unread[unread.log] = unread


def _put_search_text(tables: Tables, text: SearchText) -> None:
    tables.index.put(text, log_number=list(tables.logs).index(text.log) + 1)


def _put_search_mark(tables: Tables, mark: SearchMark) -> None:
    marks = tables.index.marks
    marks[mark.log] = max(marks.get(mark.log, 0), mark.seq)


def _put_span(tables: Tables, span: ExpirySpan) -> None:
    messages = tables.messages.get(span.log, LogMessages())
    for seq in messages.seqs:
        if span.after < seq <= span.up_to:
            message = messages.by_seq[seq]
            tables.expiry.pop((span.log, seq), None)
            if span.lifetime_s and message.kind == ContentKind.TEXT:
                tables.expiry[span.log, seq] = message.at_ms + span.lifetime_s * 1000


def _forget_entries(tables: Tables, change: ForgetEntries) -> None:
    messages = tables.messages.get(change.log, LogMessages())
    for message in [
        each for each in messages.by_seq.values() if each.seq < change.before and not each.reason
    ]:
        messages.remove(message)
        tables.index.message_deleted((change.log, message.seq))
        tables.expiry.pop((change.log, message.seq), None)


def _put_members(tables: Tables, members: StoredMembers) -> None:
    tables.members[members.log, members.seq] = members


def _put_gap(tables: Tables, gap: StoredGap) -> None:
    tables.gaps[gap.log, gap.after_seq] = gap


def _put_topic(tables: Tables, topic: StoredTopic) -> None:
    tables.topics[topic.log] = topic


def _change_pairing(tables: Tables, change: StoredPairing | DeletePairing) -> None:
    tables.pairings.pop(change.token, None)
    if isinstance(change, StoredPairing):
        tables.pairings[change.token] = change


APPLY: Final = cast(
    "dict[type, Callable[[Tables, Change], None]]",
    {
        Profile: _put_profile,
        StoredLog: _put_log,
        StoredStatement: _put_statement,
        StoredPerson: _put_person,
        OlmSession: _put_olm_session,
        OutboundSession: _put_outbound_session,
        DeleteOutboundSession: _delete_outbound_session,
        InboundSession: _put_inbound_session,
        StoredMessage: _put_message,
        OutboxRow: _put_outbox_row,
        DeleteOutboxRow: _delete_outbox_row,
        StoredReceipt: _put_receipt,
        StoredValue: _put_value,
        StoredUnread: _put_unread,
        SearchText: _put_search_text,
        SearchMark: _put_search_mark,
        ExpirySpan: _put_span,
        ForgetEntries: _forget_entries,
        StoredMembers: _put_members,
        StoredTopic: _put_topic,
        StoredGap: _put_gap,
        StoredPairing: _change_pairing,
        DeletePairing: _change_pairing,
    },
)
