"""Fakes for the faces: a client that records what is asked of it, and a screen that records what it is shown.

The fake client keeps to `docs/client-library.md`; the end-to-end tests run the real one.
"""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from lanmsg.chat.message_lines import plain_text
from lanmsg.client.errors import IdentityNotTrusted, UnknownDevice, UnknownPerson, UnknownRoom
from lanmsg.client.event_stream import EventStream
from lanmsg.client.events import ChangeKind, MessageAdded, MessageChanged, MessageWithdrawn
from lanmsg.client.model import (
    EVERYONE,
    Conversation,
    ConversationKind,
    DeviceInfo,
    Gap,
    MemberInfo,
    MemberRole,
    Message,
    MessagePage,
    MessageReaction,
    MessageState,
    PersonInfo,
    PersonStatus,
    RoomInfo,
    SearchHit,
    Trust,
    Unread,
    VerificationInfo,
    group_of,
)
from lanmsg.client.notify import Attention, should_notify, should_ring
from lanmsg.client.preferences import FOR_EVER, Preferences
from lanmsg.wire.errors import LinkLost, LocalError
from lanmsg.wire.ids import MessageId, UserId
from lanmsg.wire.invites import Invite, format_invite
from lanmsg.wire.search_query import parse_query

NOON_MS = 1_793_793_600_000
"""Wednesday, 4 November 2026, 12:00 UTC."""
NOON = datetime.fromtimestamp(NOON_MS / 1000, tz=UTC)

INVITE_LINK = format_invite(Invite(("127.0.0.1:7777",), bytes(32), bytes(16)))


def user(name):
    return UserId(name.encode().ljust(16, b"."))


def direct(name):
    return Conversation(ConversationKind.DIRECT, user(name))


def group(*names):
    return group_of([user("me"), *map(user, names)])


def person(handle, **fields):
    usual = {
        "user": user(handle),
        "is_me": False,
        "is_online": True,
        "last_seen_ms": NOON_MS,
        "devices": 1,
        "fingerprint": "0123 4567",
        "trust": Trust.FIRST_SEEN,
        "status": PersonStatus.ONLINE if fields.get("is_online", True) else PersonStatus.OFFLINE,
    }
    return PersonInfo(handle=handle, **{**usual, **fields})


ROOM_VERBS = {"leave", "invite", "remove", "set_role", "rename_room", "archive_room", "set_topic", "set_room"}


def room(name, **fields):
    conversation = Conversation(ConversationKind.ROOM, name.encode().ljust(16, b"."))
    usual = {
        "role": MemberRole.MEMBER,
        "is_open": True,
        "keeps_history": False,
        "is_archived": False,
        "owners": ("bob",),
        "members": 2,
        "topic": "",
    }
    return RoomInfo(conversation=conversation, name=name, **{**usual, **fields})


def name_of(conversation):
    """Return what the real client calls it: ids here are names."""
    if conversation == EVERYONE:
        return "everyone"
    if conversation.users:
        names = sorted(each.rstrip(b".").decode() for each in conversation.users)
        return ",".join(f"@{name}" for name in names if name != "me")
    return "@" + conversation.key.rstrip(b".").decode()


def message(text="hi", *, sender="bob", to=EVERYONE, **fields):
    """Return a message of `sender`; ours if that is `me`."""
    is_own = sender == "me"
    usual = {
        "id": MessageId(text.encode()[:16].ljust(16, b"\0")),
        "seq": 1,
        "sender_device": b"d" * 16,
        "is_own": is_own,
        "sent_at_ms": NOON_MS,
        "state": MessageState.SENT if is_own else MessageState.RECEIVED,
        "conversation_name": name_of(to),
    }
    return Message(conversation=to, sender=sender, text=text, **{**usual, **fields})


def hit(text="hi", *, found=(), before=None, after=None, place=1, **fields):
    """Return a hit in which these pieces of the text are marked."""
    places = ((text.index(each), each) for each in found)
    return SearchHit(
        place=place,
        message=message(text, **fields),
        before=before,
        after=after,
        marks=tuple((start, start + len(each)) for start, each in places),
    )


@dataclass
class FakeClient:
    """Everything a client does, in memory. `sent` are the messages that were asked for.

    `is_slow`: the hub does not take messages until `deliver` is called.
    """

    others: list[PersonInfo] = field(default_factory=lambda: [person("bob"), person("ann")])
    handle: str = "me"
    hub_title: str = "kitchen"
    hub_notice: str = ""
    hub_address: str = "127.0.0.1:7777"
    hub_identity_key: bytes = b"k" * 32
    is_new_hub: bool = False
    is_online: bool = True
    is_slow: bool = False
    is_too_late: bool = False
    refusal: str = ""
    logs: dict[Conversation, list[Message]] = field(default_factory=dict)
    sent: list[Message] = field(default_factory=list)
    trusted: list[str] = field(default_factory=list)
    verifying: list[VerificationInfo] = field(default_factory=list)
    verified: list[tuple[str, str]] = field(default_factory=list)
    newcomers: list[PersonInfo] = field(default_factory=list)
    own: dict[str, object] = field(default_factory=dict)
    unreached: int = 0
    now: list[tuple[object, ...]] = field(default_factory=list)
    hits: list[SearchHit] = field(default_factory=list)
    is_indexed: bool = False
    preferences: Preferences = field(default_factory=Preferences)
    unread_counts: dict[Conversation, Unread] = field(default_factory=dict)
    marks: list[tuple[Conversation, int | None]] = field(default_factory=list)
    all_rooms: list[RoomInfo] = field(default_factory=list)
    changed: dict[Conversation, list[str]] = field(default_factory=dict)
    own_devices: list[DeviceInfo] = field(default_factory=list)
    kept_drafts: dict[Conversation, str] = field(default_factory=dict)
    lifetimes: dict[Conversation, int] = field(default_factory=dict)
    missing: list[Gap] = field(default_factory=list)
    asked: list[tuple] = field(default_factory=list)
    """What was asked about rooms, verb by verb."""

    def __post_init__(self):
        self._streams = []
        self._sent_events = {}

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_):
        for stream in self._streams:
            stream.close()

    @property
    def waiting(self):
        return sum(each.state is MessageState.WAITING for each in self.sent)

    def events(self):
        self._streams.append(EventStream())
        return self._streams[-1]

    def emit(self, *events):
        for stream in self._streams:
            for event in events:
                stream.put(event)

    async def synced(self):
        self.others += self.newcomers
        self.newcomers = []

    def people(self):
        return [person(self.handle, is_me=True, trust=Trust.VERIFIED, **self.own), *self.others]

    def person(self, handle):
        name = handle.removeprefix("@").casefold()
        found = [each for each in self.people() if each.handle == name]
        if not found:
            raise UnknownPerson(name, [each.handle for each in self.people() if each.handle[0] == name[:1]])
        return found[0]

    def conversation(self, target):
        if target in {"#", "everyone"}:
            return EVERYONE
        if "," in target:
            return self.group(target.split(","))
        known = {each.name: each for each in self.all_rooms}
        name = target.removeprefix("@").casefold()
        if name in known:
            return known[name].conversation
        return Conversation(ConversationKind.DIRECT, self.person(target).user)

    def conversation_name(self, conversation):
        return name_of(conversation)

    def rooms(self):
        return self.all_rooms

    def room(self, name):
        found = [each for each in self.all_rooms if each.name == name.removeprefix("@").casefold()]
        if not found:
            raise UnknownRoom(name)
        return found[0]

    def group(self, handles):
        return group_of([user(self.handle), *(self.person(handle).user for handle in handles)])

    def members(self, conversation):
        members = [self.handle, "bob"]
        return [
            MemberInfo(
                handle=name,
                role=MemberRole.MEMBER,
                is_me=name == self.handle,
                is_online=True,
                last_seen_ms=NOON_MS,
            )
            for name in members
        ]

    def topic(self, conversation):
        return "tea"

    def untrusted(self, conversation):
        return self.changed.get(conversation, [])

    async def trust_room(self, conversation):
        self.changed.pop(conversation, None)

    def lifetime(self, conversation):
        return self.lifetimes.get(conversation, 0)

    async def set_lifetime(self, conversation, seconds):
        self.lifetimes[conversation] = seconds

    async def join_room(self, name):
        self.asked.append(("join_room", name))
        return self.room(name).conversation

    async def create_room(self, name, *, is_open, keeps_history):
        self.asked.append(("create_room", name, is_open, keeps_history))
        self.all_rooms.append(room(name, is_open=is_open, keeps_history=keeps_history))
        return self.all_rooms[-1].conversation

    def __getattr__(self, verb):
        if verb not in ROOM_VERBS:
            raise AttributeError(verb)

        async def record(conversation, *arguments, **options):
            self.asked.append((verb, name_of(conversation), *arguments, *options.values()))

        return record

    def gaps(self, conversation):
        return self.missing

    def history(self, conversation, *, limit=50, before=None):
        waiting = [each for each in self.sent if each.conversation == conversation and not each.seq]
        stored = self.logs.get(conversation, [])
        if before is not None:
            return [each for each in stored if each.seq < before][-limit:]
        return [*stored, *waiting][-limit:]

    def message(self, message_id):
        everything = [*self.sent, *(each for log in self.logs.values() for each in log)]
        return next((each for each in reversed(everything) if each.id == message_id), None)

    def thread(self, message_id):
        log = self.logs[self.message(message_id).conversation]
        return [each for each in log if message_id in {each.id, each.reply_to}]

    def pinned(self, conversation):
        return [each for each in self.logs.get(conversation, []) if each.is_pinned]

    async def edit(self, message_id, text):
        return self._change(message_id, ChangeKind.EDITED, text=text, edited_at_ms=NOON_MS + 60_000)

    async def wait_changed(self, message_id, *, timeout_s=None):
        if self.is_slow:
            raise TimeoutError
        return self.message(message_id)

    def devices(self):
        return self.own_devices

    def device(self, text):
        found = [each for each in self.own_devices if each.device.hex().startswith(text)]
        if len(found) != 1:
            raise UnknownDevice(text, [each.short_id for each in self.own_devices])
        return found[0]

    async def rename_device(self, device, name):
        self.own_devices = [
            replace(each, name=name) if each.device == device else each for each in self.own_devices
        ]

    async def revoke_device(self, device):
        self.own_devices = [each for each in self.own_devices if each.device != device]

    async def delete(self, message_id):
        if not self.message(message_id).seq:
            await self.withdraw(message_id)
            return
        self._change(message_id, ChangeKind.DELETED, text="", is_deleted=True, deleted_by=self.handle)

    async def react(self, message_id, emoji, *, remove=False):
        reactions = () if remove else (MessageReaction(emoji, (self.handle,), has_ours=True),)
        return self._change(
            message_id, ChangeKind.REACTION, reactions=reactions, emoji=emoji, is_removed=remove
        )

    async def pin(self, message_id, *, remove=False):
        return self._change(message_id, ChangeKind.PIN, is_pinned=not remove, is_removed=remove)

    def _change(self, message_id, change, *, emoji="", is_removed=False, **fields):
        old = self.message(message_id)
        new = replace(old, **fields)
        log = self.logs.get(new.conversation, [])
        self.logs[new.conversation] = [new if each.id == message_id else each for each in log]
        self.sent = [new if each.id == message_id else each for each in self.sent]
        self.emit(
            MessageChanged(message=new, change=change, by=self.handle, emoji=emoji, is_removed=is_removed)
        )
        return new

    def conversations(self):
        used = {*self.logs, *(each.conversation for each in self.sent)}
        return sorted(used, key=lambda each: (each != EVERYONE, each.key))

    def page(self, conversation, *, after=0, limit=200):
        rest = [each for each in self.logs.get(conversation, []) if each.seq > after]
        if len(rest) >= limit:
            return MessagePage(tuple(rest[:limit]), rest[limit - 1].seq)
        waiting = [each for each in self.sent if each.conversation == conversation and not each.seq]
        return MessagePage((*rest, *waiting), None)

    async def send(self, conversation, text, *, is_action=False, reply_to=None):
        if not text.strip():
            raise LocalError("not sent: there is no text")
        if (
            conversation.kind is ConversationKind.DIRECT
            and self.person(self.conversation_name(conversation)).trust is Trust.CHANGED
        ):
            raise IdentityNotTrusted(self.conversation_name(conversation))
        new = message(
            text,
            sender="me",
            to=conversation,
            id=MessageId(len(self.sent).to_bytes(16, "big")),
            seq=0,
            state=MessageState.WAITING,
            is_action=is_action,
            reply_to=reply_to,
        )
        self.sent.append(new)
        self._sent_events[new.id] = asyncio.Event()
        self.emit(MessageChanged(message=new))
        if self.is_online and not self.is_slow:
            self.deliver(new)
        return new

    def deliver(self, waiting, state=MessageState.SENT):
        """Let the hub take a message, or refuse it."""
        seq = len(self.logs.get(waiting.conversation, [])) + 1
        if self.refusal:
            changed = replace(waiting, state=MessageState.FAILED, reason=self.refusal)
            self.emit(MessageChanged(message=changed))
        else:
            changed = replace(waiting, seq=seq, state=state)
            self.logs.setdefault(waiting.conversation, []).append(changed)
            self.emit(MessageAdded(message=changed))
        self.sent = [changed if each.id == waiting.id else each for each in self.sent]
        self._sent_events[waiting.id].set()
        return changed

    async def wait_sent(self, message_id, *, timeout_s=None):
        async with asyncio.timeout(timeout_s):
            await self._sent_events[message_id].wait()
        return next(each for each in self.sent if each.id == message_id)

    async def withdraw(self, message_id):
        if self.is_too_late:
            return False
        self.sent = [each for each in self.sent if each.id != message_id]
        self.emit(MessageWithdrawn(id=message_id))
        return True

    async def index_messages(self):
        self.is_indexed = True

    def search(self, query, *, limit=20, before=None):
        parse_query(query)
        return self.hits[:limit]

    # --- what is the same on all devices of a person

    def draft(self, conversation):
        return self.kept_drafts.get(conversation, "")

    def drafts(self):
        return {each: text for each, text in self.kept_drafts.items() if text}

    def set_draft(self, conversation, text):
        self.kept_drafts[conversation] = text

    def unread(self, conversation):
        return self.unread_counts.get(conversation, Unread())

    def all_unread(self):
        return dict(self.unread_counts)

    def attention(self, event):
        if event.is_backlog:
            return Attention.NONE
        return should_notify(event.message, self.preferences, NOON)

    def rings(self, event):
        return not event.is_backlog and should_ring(event.message, self.preferences, NOON)

    def _prefer(self, **changes):
        self.preferences = replace(self.preferences, **changes)

    async def set_level(self, conversation, level):
        levels = {**self.preferences.levels, conversation: level}
        self._prefer(levels={key: value for key, value in levels.items() if value is not None})

    async def mute(self, conversation, *, for_s=None):
        until_ms = FOR_EVER if for_s is None else NOON_MS + int(for_s * 1000)
        self._prefer(muted_until_ms={**self.preferences.muted_until_ms, conversation: until_ms})

    async def unmute(self, conversation):
        self._prefer(muted_until_ms={})

    async def add_keyword(self, word):
        self._prefer(keywords=self.preferences.keywords | {word.casefold()})

    async def remove_keyword(self, word):
        self._prefer(keywords=self.preferences.keywords - {word.casefold()})

    async def set_quiet_hours(self, hours):
        self._prefer(quiet_hours=hours)

    async def set_bell(self, bell):
        self._prefer(bell=bell)

    async def ignore(self, handle):
        self._prefer(ignored=self.preferences.ignored | {self.person(handle).handle})

    async def unignore(self, handle):
        self._prefer(ignored=self.preferences.ignored - {self.person(handle).handle})

    async def create_invite(self):
        if not self.is_online:
            raise LinkLost("not connected to the hub: an invite needs it")
        return INVITE_LINK

    async def trust(self, handle):
        self.trusted.append(self.person(handle).handle)

    def verifications(self):
        return list(self.verifying)

    async def verify(self, handle):
        self.verified.append(("verify", self.person(handle).handle))

    async def confirm_emoji(self, handle):
        self.verified.append(("confirm", handle))

    async def cancel_verification(self, handle, *, is_different=False):
        self.verified.append(("different" if is_different else "call off", handle))

    def away(self, reason=""):
        self.own = {"status": PersonStatus.AWAY, "away_reason": reason, "since_ms": NOON_MS}
        return self.unreached

    def do_not_disturb(self):
        self.own = {"status": PersonStatus.DO_NOT_DISTURB}

    def back(self):
        self.own = {}

    def touched(self):
        self.now.append(("touched",))

    def mark_read(self, conversation, up_to=None):
        self.now.append(("read", conversation, up_to))
        self.marks.append((conversation, up_to))
        self.unread_counts.pop(conversation, None)

    def typing(self, conversation, *, is_typing=True):
        self.now.append((conversation, is_typing))


@dataclass
class FakeScreen:
    """Records lines, as text."""

    lines: list[str] = field(default_factory=list)
    qr_codes: list[str] = field(default_factory=list)
    alerts: list[str] = field(default_factory=list)
    given_back: list[str] = field(default_factory=list)
    is_closed: bool = False

    def alert(self, data):
        self.alerts.append(data)

    def show(self, lines):
        self.lines += map(plain_text, lines)

    def show_qr(self, link):
        self.qr_codes.append(link)

    def show_emoji(self, emoji, names):
        self.lines.append(" ".join(f"{each} {name}" for each, name in zip(emoji, names, strict=True)))

    def give_back(self, text):
        self.given_back.append(text)

    def refresh(self):
        pass

    def close(self):
        self.is_closed = True

    def taken(self):
        """Return the lines since the last call."""
        lines, self.lines = self.lines, []
        return lines


@dataclass
class FakeTimers:
    """Records what should happen later; `fire` makes it happen now."""

    waiting: list["FakeTimer"] = field(default_factory=list)

    def call_later(self, _, callback):
        timer = FakeTimer(callback)
        self.waiting.append(timer)
        return timer

    def fire(self):
        waiting, self.waiting = self.waiting, []
        for timer in waiting:
            if not timer.is_cancelled:
                timer.callback()


@dataclass
class FakeTimer:
    """What `call_later` returns."""

    callback: object
    is_cancelled: bool = False

    def cancel(self):
        self.is_cancelled = True
