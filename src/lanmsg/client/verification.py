"""One verification: two people make sure that each has the other's true identity key.

    requester                         accepter
    request  ---------------------->  asked
             <--- accept, commitment  accepted      (bound to a key that is not shown yet)
    key      ---------------------->  comparing
    comparing <----------------- key
    mac      <--------------------->  mac           each when its person says "the same"

No I/O and no clock. What may happen when is one table; anything else ends it, on both sides.
"""

from dataclasses import replace
from enum import Enum, auto
from typing import Final

from lanmsg.client.crypto.interface import CannotDecrypt
from lanmsg.client.crypto.sas import (
    SasParty,
    SasSecret,
    SasTranscript,
    commitment,
    emoji_numbers,
    identity_mac,
    is_same,
)
from lanmsg.client.device_messages import (
    VerificationAccept,
    VerificationKey,
    VerificationMac,
    VerificationRequest,
)
from lanmsg.wire.emoji_words import NamedEmoji, emoji_of
from lanmsg.wire.errors import LanmsgError
from lanmsg.wire.ids import DeviceId, TransactionId


class Stage(Enum):
    """How far it has come, on this side."""

    NEW = auto()
    REQUESTED = auto()
    """We asked; nobody has accepted yet."""
    ASKED = auto()
    """They asked; our person has not answered yet."""
    ACCEPTED = auto()
    """We accepted, and are bound to our key."""
    KEY_SENT = auto()
    """They accepted, and have our key."""
    COMPARING = auto()
    """Both persons look at seven emoji."""
    CONFIRMED = auto()
    """Ours said that they are the same."""
    THEY_CONFIRMED = auto()
    """Theirs did."""
    DONE = auto()
    CANCELLED = auto()


class Step(Enum):
    """What can happen to a verification."""

    WE_ASK = auto()
    THEY_ASK = auto()
    WE_ACCEPT = auto()
    THEY_ACCEPT = auto()
    THEIR_KEY = auto()
    WE_CONFIRM = auto()
    THEY_CONFIRM = auto()
    CANCEL = auto()


LIVE: Final = frozenset(Stage) - {Stage.NEW, Stage.DONE, Stage.CANCELLED}

TRANSITIONS: Final[dict[tuple[Stage, Step], Stage]] = {
    (Stage.NEW, Step.WE_ASK): Stage.REQUESTED,
    (Stage.NEW, Step.THEY_ASK): Stage.ASKED,
    (Stage.ASKED, Step.WE_ACCEPT): Stage.ACCEPTED,
    (Stage.REQUESTED, Step.THEY_ACCEPT): Stage.KEY_SENT,
    (Stage.ACCEPTED, Step.THEIR_KEY): Stage.COMPARING,
    (Stage.KEY_SENT, Step.THEIR_KEY): Stage.COMPARING,
    (Stage.COMPARING, Step.WE_CONFIRM): Stage.CONFIRMED,
    (Stage.COMPARING, Step.THEY_CONFIRM): Stage.THEY_CONFIRMED,
    (Stage.CONFIRMED, Step.THEY_CONFIRM): Stage.DONE,
    (Stage.THEY_CONFIRMED, Step.WE_CONFIRM): Stage.DONE,
    **{(stage, Step.CANCEL): Stage.CANCELLED for stage in LIVE},
}
"""Every pair that is not here is an error of whoever made the step."""


class FalseStep(LanmsgError):
    """A step that may not come now, or whose content is false: altered, repeated, or made by a bug."""


class Verification:
    """One, from request to end. `us` and `them` have no key yet; `them` has no device before `accepted`.

    A step that raises FalseStep has changed nothing: the caller cancels.
    """

    def __init__(self, transcript: SasTranscript, secret: SasSecret, *, is_requester: bool) -> None:
        self._transcript = transcript
        self._secret = secret
        self._is_requester = is_requester
        self._commitment = b""
        self._shared = b""
        self.stage = Stage.NEW
        self.emoji: tuple[NamedEmoji, ...] = ()
        """Seven, from `Stage.COMPARING` on."""

    @property
    def transaction(self) -> TransactionId:
        """What names it on both sides."""
        return self._transcript.transaction

    @property
    def them(self) -> SasParty:
        """The other side."""
        return self._transcript.accepter if self._is_requester else self._transcript.requester

    @property
    def us(self) -> SasParty:
        """Our side."""
        return self._transcript.requester if self._is_requester else self._transcript.accepter

    @property
    def is_live(self) -> bool:
        """Whether it goes on."""
        return self.stage in LIVE

    def _next(self, step: Step) -> Stage:
        stage = TRANSITIONS.get((self.stage, step))
        if stage is None:
            raise FalseStep(f"{step.name} can't follow {self.stage.name}")
        return stage

    def _set_parties(self, *, them: SasParty) -> None:
        us = replace(self.us, key=self._secret.key)
        sides = (us, them) if self._is_requester else (them, us)
        self._transcript = replace(self._transcript, requester=sides[0], accepter=sides[1])

    # --- our steps ---------------------------------------------------------------------------

    def request(self) -> VerificationRequest:
        """Ask the other side."""
        self.stage = self._next(Step.WE_ASK)
        return VerificationRequest(self.transaction)

    def accept(self) -> VerificationAccept:
        """Our person wants to."""
        self.stage = self._next(Step.WE_ACCEPT)
        return VerificationAccept(self.transaction, commitment(self.transaction, self._secret.key))

    def confirm(self) -> VerificationMac:
        """Our person says that the emoji are the same."""
        self.stage = self._next(Step.WE_CONFIRM)
        mac = identity_mac(self._shared, self._transcript, self.us)
        return VerificationMac(self.transaction, mac)

    def cancel(self) -> None:
        """End it, whoever wants that."""
        self.stage = self._next(Step.CANCEL)

    # --- their steps -------------------------------------------------------------------------

    def asked(self) -> None:
        """They want to."""
        self.stage = self._next(Step.THEY_ASK)

    def accepted(self, device: DeviceId, content: VerificationAccept) -> VerificationKey:
        """A device of theirs takes it up; return our key."""
        self.stage = self._next(Step.THEY_ACCEPT)
        self._commitment = content.commitment
        self._set_parties(them=replace(self.them, device=device))
        return VerificationKey(self.transaction, self._secret.key)

    def take_key(self, content: VerificationKey) -> VerificationKey | None:
        """Their key has come: the emoji are known. Return our key if they do not have it yet."""
        stage = self._next(Step.THEIR_KEY)
        if self._is_requester and not is_same(self._commitment, commitment(self.transaction, content.key)):
            raise FalseStep("this is not the key they were bound to")
        try:
            self._shared = self._secret.agree(content.key)
        except CannotDecrypt as error:
            raise FalseStep(str(error)) from error
        self._set_parties(them=replace(self.them, key=content.key))
        self.emoji = emoji_of(emoji_numbers(self._shared, self._transcript))
        self.stage = stage
        return None if self._is_requester else VerificationKey(self.transaction, self._secret.key)

    def take_mac(self, content: VerificationMac) -> None:
        """Their person says that the emoji are the same."""
        stage = self._next(Step.THEY_CONFIRM)
        if not is_same(content.mac, identity_mac(self._shared, self._transcript, self.them)):
            raise FalseStep("the other side has another identity key than the one we know")
        self.stage = stage
