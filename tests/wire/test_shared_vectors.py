"""The vectors that other clients judge names, the directory and rooms by must say what we do."""

import json
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path

import pytest

from lanmsg.wire import ids
from lanmsg.wire.codec import decode_as
from lanmsg.wire.directory import Directory, decode_statement
from lanmsg.wire.entries import EntryKind
from lanmsg.wire.errors import Refusal, RemoteError
from lanmsg.wire.names import IllegalName, canonical_handle, skeleton
from lanmsg.wire.rooms import Membership, check_members
from lanmsg.wire.search_query import QueryError, parse_query
from lanmsg.wire.search_words import marks_of, phrase_of, words_in
from lanmsg.wire.statements import MembersStatement

DIRECTORY = Path(__file__).parents[2] / "docs" / "vectors"


def read(name):
    return json.loads((DIRECTORY / f"{name}.json").read_text("utf-8"))


def test_every_look_alike_is_the_name_that_the_vectors_say():
    vectors = read("look_alikes")
    for row in vectors["names"]:
        text, handle, key = row.split(" ")
        assert canonical_handle(text) == handle
        assert skeleton(handle) == key
    for text in vectors["refused"].split(" "):
        with pytest.raises(IllegalName):
            canonical_handle(text)
    assert len(vectors["names"]) + len(vectors["refused"].split(" ")) > 6000


def test_the_directory_and_its_rooms_answer_as_the_vectors_say():
    vectors = read("directory")
    hub = Hub(bytes.fromhex(vectors["database"]))
    for step in vectors["statements"]:
        assert hub.answer(step) == step["outcome"]
        if "roles" in step:
            roles = hub.members[step["room"]].roles
            assert {user.hex(): role for user, role in roles.items()} == step["roles"]
    assert {step["outcome"] for step in vectors["statements"]} > {"ok", "stale_view", "not_vouched_for"}


class Hub:
    """What a hub keeps of the directory and of rooms."""

    def __init__(self, database):
        self.database = database
        self.directory = Directory(canonical_handle=canonical_handle, skeleton=skeleton)
        self.members = {}

    def answer(self, step):
        try:
            self.members_entry(step) if step["kind"] == EntryKind.MEMBERS else self.statement(step)
        except (Refusal, RemoteError) as error:
            return str(error.code)
        return "ok"

    def statement(self, step):
        statement = decode_statement(step["kind"], bytes.fromhex(step["body"]))
        self.directory.check(statement)
        self.directory.apply(self.directory.seq + 1, statement)

    def members_entry(self, step):
        room = self.directory.room(bytes.fromhex(step["room"]))
        before = self.members.setdefault(step["room"], Membership.at_first(room))
        message_id, sender = bytes.fromhex(step["message_id"]), bytes.fromhex(step["sender"])
        statement = decode_as(MembersStatement, bytes.fromhex(step["body"]), "a statement")
        log = ids.room_log(self.database, room.room)
        record = check_members(
            self.directory, room, before, statement, log=log, message_id=message_id, sender=sender
        )
        before.apply(before.seq + 1, sha256(message_id).digest(), statement, record)


def test_the_words_of_texts_are_as_the_vectors_say():
    vectors = read("search")
    for each in vectors["texts"]:
        words = [
            [word.word, word.start, word.end, word.first_size, word.first_end, word.ends_run]
            for word in words_in(each["text"])
        ]
        assert words == each["words"]
    for each in vectors["marks"]:
        phrase = phrase_of(each["query"], is_open=True)
        assert [list(mark) for mark in marks_of(each["text"], [phrase], limit=5)] == each["marks"]


def test_queries_ask_for_what_the_vectors_say():
    vectors = read("search")
    for each in vectors["queries"]:
        query = asdict(parse_query(each["text"]))
        for name in ("wanted", "unwanted"):
            query[name] = [[list(phrase["words"]), phrase["is_prefix"]] for phrase in query[name]]
        for name in ("after", "before"):
            query[name] = query[name] and query[name].isoformat()
        assert json.loads(json.dumps(query)) == each["query"]
    for text in vectors["refused"]:
        with pytest.raises(QueryError):
            parse_query(text)
