"""What `lanmsg history` prints."""

import json
from dataclasses import replace

from tests.cli.fakes import FakeClient, message

from lanmsg.cli.history import history_lines
from lanmsg.client.model import EVERYONE, Gap


def client_with_gap():
    log = [replace(message("old"), seq=4), replace(message("new"), seq=10)]
    return FakeClient(logs={EVERYONE: log}, missing=[Gap(0, 3, 3), Gap(4, 9, 5)])


def test_where_messages_are_missing_there_is_an_object_with_event():
    lines = [json.loads(line) for line in history_lines(client_with_gap(), "#", limit=50, is_json=True)]
    assert [each.get("event", each.get("text")) for each in lines] == ["gap", "old", "gap", "new"]
    assert [(each["kind"], each["count"]) for each in lines if "event" in each] == [
        ("everyone", 3),
        ("everyone", 5),
    ]


def test_what_is_missing_before_the_newest_ones_is_told_with_the_older_ones_only():
    lines = [json.loads(line) for line in history_lines(client_with_gap(), "#", limit=2, is_json=True)]
    assert [each.get("event", each.get("text")) for each in lines] == ["old", "gap", "new"]
