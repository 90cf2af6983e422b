"""What to say about a hub that one meets for the first time."""

from typing import TYPE_CHECKING

from lanmsg.wire.check_words import check_words
from lanmsg.wire.safe_text import isolated

if TYPE_CHECKING:
    from lanmsg.client import Client


def new_hub_words(client: "Client") -> str:
    """Return the sentence about a hub we meet for the first time."""
    words = " ".join(check_words(client.hub_identity_key))
    return (
        f'First time at hub "{isolated(client.hub_title)}" ({client.hub_address}), '
        f"as {isolated(client.handle)}. "
        f"Its check words, to compare with those on its screen: {words}"
    )
