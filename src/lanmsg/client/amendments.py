"""What a message looks like after what people did to it: a fold over its amendments, never a mutation.

Pure, and the same on every device: the amendments come in order of their seq, ours that wait last, and
each is held to its rule in `_RULES`. What a rule does not allow changes nothing.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, Protocol, cast

from lanmsg.wire.content import Amending, Delete, Edit, Pin, Reaction
from lanmsg.wire.ids import UserId
from lanmsg.wire.limits import MAX_EMOJI_PER_MESSAGE

WAITING_SEQ: Final = 2**53
"""Stands for the seq of what waits in our outbox: behind everything that has one."""


class Powers(Protocol):
    """Who may do more to a message than its author: what a conversation's kind and roles say."""

    def may_delete(self, user: UserId, seq: int) -> bool:
        """Tell whether this user may delete what others wrote, as of a seq."""
        ...

    def may_pin(self, user: UserId, seq: int) -> bool:
        """Tell whether this user may pin and unpin, as of a seq."""
        ...


class EqualPowers:
    """Nobody is more than others, as in direct chats, groups and among everyone. Implements `Powers`."""

    def may_delete(self, user: UserId, seq: int) -> bool:
        """Nobody deletes what others wrote."""
        return False

    def may_pin(self, user: UserId, seq: int) -> bool:
        """Everybody pins."""
        return True


@dataclass(frozen=True, slots=True)
class Original:
    """A message as it was written.

    `text` is None where there is none to edit: the message is unreadable, or its text was erased.
    `is_first` and `is_first_of_author`: no earlier message of the log (of the same author) has its id.
    """

    user: UserId | None
    seq: int
    text: str | None
    is_first: bool = True
    is_first_of_author: bool = True


@dataclass(frozen=True, slots=True)
class Amendment:
    """What `user` did to a message at `seq`."""

    user: UserId
    seq: int
    at_ms: int
    content: Amending


@dataclass(frozen=True, slots=True)
class EmojiPeople:
    """An emoji, and who has put it to a message, in the order they did; never empty."""

    emoji: str
    users: tuple[UserId, ...]


@dataclass(frozen=True, slots=True)
class Amended:
    """A message as it looks now. `reactions` come in the order of their first use."""

    text: str | None
    edited_at_ms: int = 0
    is_deleted: bool = False
    deleted_by: UserId | None = None
    reactions: tuple[EmojiPeople, ...] = ()
    is_pinned: bool = False


def fold(original: Original, amendments: Iterable[Amendment], powers: Powers) -> Amended:
    """Return how a message looks after these amendments, which come in order of their seq."""
    return reduce(
        lambda shown, amendment: amended(original, shown, amendment, powers),
        amendments,
        Amended(original.text),
    )


def amended(original: Original, shown: Amended, amendment: Amendment, powers: Powers) -> Amended:
    """Return how a message looks after one more; the very same object if it does not count.

    What is deleted stays as it is. An amendment names a message that its author had seen, so one that
    stands before it in the log does not count.
    """
    if shown.is_deleted or amendment.seq <= original.seq:
        return shown
    rule = _RULES[type(amendment.content)]
    return rule(original, shown, amendment, powers)


# --- the rules -------------------------------------------------------------------------------


def _edit(original: Original, shown: Amended, amendment: Amendment, _: Powers) -> Amended:
    """Only the author, from any device; the last one wins."""
    content = cast("Edit", amendment.content)
    is_author = original.is_first_of_author and amendment.user == original.user
    if not is_author or shown.text is None:
        return shown
    return replace(shown, text=content.text, edited_at_ms=amendment.at_ms)


def _delete(original: Original, shown: Amended, amendment: Amendment, powers: Powers) -> Amended:
    """The author, or who had the power when it was written. Nothing is left of what it looked like."""
    if powers.may_delete(amendment.user, amendment.seq):
        is_allowed = original.is_first
    else:
        is_allowed = original.is_first_of_author and amendment.user == original.user
    return Amended(None, is_deleted=True, deleted_by=amendment.user) if is_allowed else shown


def _react(original: Original, shown: Amended, amendment: Amendment, _: Powers) -> Amended:
    """One per person and emoji; an emoji too many is ignored."""
    content = cast("Reaction", amendment.content)
    if not original.is_first:
        return shown
    users = next((each.users for each in shown.reactions if each.emoji == content.emoji), ())
    if (amendment.user in users) is not content.is_removed:
        return shown
    if content.is_removed:
        return _with_users(shown, content.emoji, tuple(user for user in users if user != amendment.user))
    if not users and len(shown.reactions) >= MAX_EMOJI_PER_MESSAGE:
        return shown
    return _with_users(shown, content.emoji, (*users, amendment.user))


def _with_users(shown: Amended, emoji: str, users: tuple[UserId, ...]) -> Amended:
    people = {each.emoji: each.users for each in shown.reactions} | {emoji: users}
    reactions = tuple(EmojiPeople(each, who) for each, who in people.items() if who)
    return replace(shown, reactions=reactions)


def _pin(original: Original, shown: Amended, amendment: Amendment, powers: Powers) -> Amended:
    content = cast("Pin", amendment.content)
    if not original.is_first or not powers.may_pin(amendment.user, amendment.seq):
        return shown
    if shown.is_pinned is not content.is_removed:
        return shown
    return replace(shown, is_pinned=not content.is_removed)


_RULES: Final[dict[type[Amending], Callable[[Original, Amended, Amendment, Powers], Amended]]] = {
    Edit: _edit,
    Delete: _delete,
    Reaction: _react,
    Pin: _pin,
}
"""Who may do what to a message."""
