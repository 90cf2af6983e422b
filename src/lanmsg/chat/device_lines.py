"""Our own devices as lines of text, and what a chat says about them."""

from collections.abc import Sequence

from lanmsg.chat.message_lines import local_time
from lanmsg.client.events import DeviceAdded, DeviceRevoked, HistoryProgress
from lanmsg.client.model import DeviceCode, DeviceInfo
from lanmsg.wire.safe_text import isolated

DeviceEvent = DeviceAdded | DeviceRevoked


def device_lines(devices: Sequence[DeviceInfo]) -> list[str]:
    """Return a line for each device, in the order they were added."""
    return [_line(device) for device in devices]


def _line(device: DeviceInfo) -> str:
    added = f"  {words}" if (words := added_words(device)) else ""
    name = f"  {isolated(device.name)}" if device.name else ""
    return f"{device.short_id}{name}{added}{'  (this one)' if device.is_this else ''}"


def added_words(device: DeviceInfo) -> str:
    """Say when a device was added; empty if that is not known."""
    at = local_time(device.added_at_ms) if device.added_at_ms else None
    return f"added {at:%Y-%m-%d %H:%M}" if at else ""


def device_words(device: DeviceInfo) -> str:
    """Name a device inside a sentence."""
    name = f"{isolated(device.name)} ({device.short_id})" if device.name else device.short_id
    return f"{name}, this one," if device.is_this else name


def device_event_words(event: DeviceEvent) -> str:
    """Say that a device of ours is new, or gone."""
    words = device_words(event.device)
    if isinstance(event, DeviceRevoked):
        return f"Your device {words} was cut off."
    return (
        f"Your device {words} is new here: it writes as you and reads what comes. If you did not link it, "
        f"somebody has your identity: /devices revoke {event.device.short_id}"
    )


def code_lines(code: DeviceCode) -> list[str]:
    """Say what to do on the other device."""
    return [
        f"On the other device, on this network: lanmsg link {code.code}",
        f"Or scan the QR code, or give it this link: lanmsg join '{code.link}'",
        "Good once, within ten minutes. Whoever uses it is you: show it to nobody.",
    ]


def progress_words(event: HistoryProgress) -> str:
    """Say how far the past has come over; empty where it is no news."""
    if not event.total:
        return ""
    if event.done >= event.total:
        return "What was said before is here now. /history shows it."
    return f"Getting what was said before from your other device: {event.done * 100 // event.total} %"
