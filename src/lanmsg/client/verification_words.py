"""What is said when a verification has ended without a result."""

from typing import Final

from lanmsg.client.model import CancelReason

_BY_US: Final = {
    CancelReason.CALLED_OFF: "You have called off the verification with {name}.",
    CancelReason.DIFFERENT: (
        "Not verified: you saw other emoji than {name}. Try again; if they differ again, somebody sits "
        "between you. Do not write anything secret to {name} here, and tell the person who runs the hub."
    ),
    CancelReason.TIMEOUT: (
        "The verification with {name} took more than ten minutes and was ended. When you can talk to each "
        "other: /verify {name}"
    ),
    CancelReason.FALSE_STEP: (
        "The verification with {name} was stopped: what came from the other side was altered on the way, or "
        "{name} is not who the hub says. Try again; if it happens again, do not write anything secret to "
        "{name} here."
    ),
}
_BY_THEM: Final = {
    CancelReason.CALLED_OFF: "{name} has called off the verification.",
    CancelReason.DIFFERENT: (
        "Not verified: {name} saw other emoji than you. Try again; if they differ again, somebody sits "
        "between you. Do not write anything secret to {name} here, and tell the person who runs the hub."
    ),
    CancelReason.TIMEOUT: "The verification with {name} took more than ten minutes and was ended.",
    CancelReason.ANSWERED_ELSEWHERE: "You have answered {name} on another device of yours.",
    CancelReason.BUSY: "{name} is verifying with another device, or with too many people at once.",
    CancelReason.STARTED_ANEW: "{name} has started the verification anew.",
    CancelReason.UNKNOWN: "{name} has started lanmsg again meanwhile. Start anew: /verify {name}",
    CancelReason.FALSE_STEP: (
        "The verification was stopped: to {name}, what came from here seemed altered on the way. Try again; "
        "if it happens again, do not write anything secret to {name} here."
    ),
}


def cancel_words(reason: CancelReason, name: str, *, by_us: bool) -> str:
    """Say why it has ended, and what to do. `name` is a handle as it came, not filtered for a terminal."""
    words = (_BY_US if by_us else _BY_THEM).get(reason, _BY_THEM[CancelReason.CALLED_OFF])
    return words.format(name=name)
