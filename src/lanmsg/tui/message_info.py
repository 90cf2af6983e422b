"""What is known of a message, in words."""

from lanmsg.chat.message_lines import local_time, state_words
from lanmsg.client.model import Message
from lanmsg.wire.safe_text import isolated


def message_info(message: Message) -> str:
    """Return when it was written, who has it, who has read it, and who reacted; a line each."""
    lines = [f"{isolated(message.sender)}, {_time(message.sent_at_ms)}"]
    if message.edited_at_ms:
        lines.append(f"  edited    {_time(message.edited_at_ms)}")
    if message.is_own:
        lines.append(f"  state     {state_words(message) or 'can not be read here'}")
        lines.append(
            f"  delivered to {message.delivered_to} {'person' if message.delivered_to == 1 else 'people'}"
        )
    if message.read_by:
        lines.append(f"  read by   {', '.join(map(isolated, message.read_by))}")
    lines += [
        f"  {isolated(each.emoji)}  {', '.join(map(isolated, each.people))}" for each in message.reactions
    ]
    return "\n".join(lines)


def _time(at_ms: int) -> str:
    at = local_time(at_ms)
    return f"{at:%A} {at.day} {at:%B %Y, %H:%M:%S}" if at else "at an unknown time"
