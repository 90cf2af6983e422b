from dataclasses import replace

from lanmsg.client.effects import Effects
from lanmsg.client.messages import Messages
from lanmsg.client.store.conformance_records import (
    DIRECT,
    EVERYONE,
    amendment,
    message_id,
    stored_log,
    stored_message,
    unreadable_message,
)
from lanmsg.client.store.memory import MemoryStore

TARGET = message_id(EVERYONE, 1)


class Lab:
    def __init__(self):
        self.store = MemoryStore()
        self.store.commit([stored_log(EVERYONE), stored_log(DIRECT)])
        self.effects = Effects()
        self.messages = Messages(self.store, self.effects)

    def save(self, *messages):
        """Save, and return what the committer does with it later."""
        self.messages.save(messages)
        taken = self.effects.take()

        def commit():
            self.store.commit(taken.changes)
            for callback in taken.callbacks:
                callback()

        return commit

    def seqs(self):
        return [each.seq for each in self.messages.amendments(EVERYONE, [TARGET])]


def test_what_is_saved_is_found_before_and_after_its_commit():
    lab = Lab()
    commits = [
        lab.save(stored_message(EVERYONE, 1), amendment(EVERYONE, 3, target=TARGET)),
        lab.save(amendment(EVERYONE, 2, target=TARGET), amendment(DIRECT, 2, target=TARGET)),
    ]
    for commit in [*commits, None]:
        assert [each.seq for each in lab.messages.with_id(EVERYONE, TARGET)] == [1]
        assert lab.seqs() == [2, 3]
        assert [each.seq for each in lab.messages.before(EVERYONE, 4, limit=9)] == [1]
        if commit is not None:
            commit()
    assert lab.messages._unwritten[EVERYONE] == {}
    assert lab.messages._by_name == {}


def test_what_replaces_a_message_counts_at_once():
    lab = Lab()
    lab.save(unreadable_message(EVERYONE, 2, reason="missing_key"))()
    assert [each.seq for each in lab.messages.before(EVERYONE, 9, limit=9)] == [2]
    read = replace(amendment(EVERYONE, 2, target=TARGET), message_id=message_id(EVERYONE, 2))
    commit = lab.save(read)
    assert lab.seqs() == [2]
    assert lab.messages.before(EVERYONE, 9, limit=9) == []
    erased = replace(read, content=b"")
    commit_erased = lab.save(erased)
    commit()
    assert lab.messages.amendments(EVERYONE, [TARGET]) == [erased]
    commit_erased()
    assert lab.messages.amendments(EVERYONE, [TARGET]) == [erased]


def test_nothing_is_found_by_no_target():
    lab = Lab()
    lab.save(stored_message(EVERYONE, 1))
    assert lab.messages.amendments(EVERYONE, [b""]) == []
