"""Writes docs/vectors/look_alikes.json: what each of Unicode's look-alikes is as a name.

Both clients must judge names alike, or one of them would take for a lie of the hub what the other accepts.
It changes only with confusable-homoglyphs, precis-i18n, or the rules of names.
"""

import json
import sys
from pathlib import Path

from lanmsg.wire.confusables import prototypes
from lanmsg.wire.names import IllegalName, canonical_handle, skeleton

PATH = Path(__file__).parents[1] / "docs" / "vectors" / "look_alikes.json"
ABOUT = (
    "Each character that Unicode lists as a look-alike, alone and behind an a: its handle and its look-alike "
    "key; in `refused` those that are no name alone (docs/protocol.md §11.2). With spaces between."
)


def main() -> int:
    """Write the file."""
    texts = [text for source in sorted(prototypes()) for text in (source, f"a{source}")]
    handles = {text: _handle(text) for text in texts}
    rows = [f"{text} {handle} {skeleton(handle)}" for text, handle in handles.items() if handle]
    refused = " ".join(text for text, handle in handles.items() if handle is None and len(text) == 1)
    content = {"about": ABOUT, "names": rows, "refused": refused}
    PATH.write_text(json.dumps(content, indent=0, ensure_ascii=True) + "\n", "utf-8")
    return 0


def _handle(text: str) -> str | None:
    try:
        return canonical_handle(text)
    except IllegalName:
        return None


if __name__ == "__main__":
    sys.exit(main())
