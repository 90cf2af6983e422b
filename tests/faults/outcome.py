"""Judges what people wrote down (`people.py`), with the checker and with what only they can know.

Everybody must have joined before the first message, and each text must be written once.
"""

import json
from collections import defaultdict
from pathlib import Path

from tests.checker import Acknowledged, Failed, Final, Invoke, Read, check


def load(paths):
    """What was written down, in the order of its times."""
    lines = [line for path in paths for line in Path(path).read_text().splitlines(keepends=True)]
    whole = [line for line in lines if line.endswith("\n")]  # the last one of a killed process may be torn
    return sorted(map(json.loads, whole), key=lambda each: each["t"])


class Outcome:
    """All that happened, and `violations` of what was promised: a sentence each."""

    def __init__(self, records, everybody):
        self._records = records
        self._everybody = frozenset(everybody)
        self.sent = self._texts("invoke")
        self.queued = self._texts("queued")
        self.acknowledged = self._texts("ok")
        self.histories = defaultdict(dict)
        for each in self._of_kind("history"):
            self.histories[each["place"]][each["who"]] = each["messages"]

    @property
    def violations(self):
        found = [f"{each.name}: {each.detail}" for each in check(self._history())]
        return [
            *found,
            *self._alarms(),
            *self._told_again(),
            *self._unreadable(),
            *self._never_sent(),
            *self._different(),
        ]

    def _of_kind(self, did):
        return [each for each in self._records if each["did"] == did]

    def _texts(self, did):
        return {each["text"] for each in self._of_kind(did)}

    # --- the checker's history ---------------------------------------------------------------

    def _history(self):
        events = [event for each in self._records if (event := self._event(each)) is not None]
        return [*events, *self._finals()]

    def _event(self, record):
        who, text = record["who"], record.get("text", "")
        match record["did"]:
            case "invoke":
                readers = self._in(record["place"]) - {who}
                return Invoke(who, record["place"], text.encode(), text, readers)
            case "ok" if record["state"] in {"sent", "delivered"}:
                return Acknowledged(who, text.encode())
            case "ok":
                return Failed(who, text.encode())
        return None

    def _in(self, place):
        return self._everybody if place == "#" else frozenset(place.split("|"))

    def _finals(self):
        for place, histories in self.histories.items():
            for who, messages in histories.items():
                entries = [
                    Read(who, place, seq, text.encode(), sender, text, bytes.fromhex(message_id))
                    for seq, message_id, sender, text, *_ in messages
                    if seq
                ]
                yield Final(who, place, 1, tuple(entries), waiting=len(messages) - len(entries))

    # --- what the checker can't know ---------------------------------------------------------

    def _alarms(self):
        return [f"{each['who']} was alarmed: {each['text']}" for each in self._of_kind("alarm")]

    def _told_again(self):
        """Events come once each and in order, over all the lives of a client.

        One may be missing where it was killed between its commit and the event, so gaps are no fault here.
        """
        newest = defaultdict(int)
        for each in self._of_kind("read"):
            place = each["who"], each["place"]
            if each["seq"] <= newest[place]:
                yield f"{place} was told of {each['seq']} after {newest[place]}"
            newest[place] = each["seq"]

    def _unreadable(self):
        for place, histories in self.histories.items():
            for who, messages in histories.items():
                for seq, _, _, _, state, reason in messages:
                    if state not in {"received", "sent", "delivered"}:
                        yield f"{seq} of {place} is {state} to {who}: {reason}"

    def _never_sent(self):
        """What a client took on its own disk arrives, without anybody's help."""
        stored = {message[3] for each in self.histories.values() for log in each.values() for message in log}
        return [f"never sent: {text}" for text in sorted(self.queued - stored)]

    def _different(self):
        for place, histories in self.histories.items():
            if set(histories) != self._in(place):
                yield f"{place} is known to {sorted(histories)} alone"
        if set(self.histories["#"]) != self._everybody:
            yield f"only {sorted(self.histories['#'])} wrote down their histories"
