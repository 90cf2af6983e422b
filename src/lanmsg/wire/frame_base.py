"""What all frames have in common."""

import msgspec


class Frame(msgspec.Struct, frozen=True, array_like=True, gc=False, tag_field="frame"):
    """The base of all frames."""
