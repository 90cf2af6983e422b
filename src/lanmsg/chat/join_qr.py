"""A join link as a QR code for a terminal."""

import io
import shutil
from typing import Final

from lanmsg.wire.invites import format_web_invite, parse_invite

GOOD_FOR: Final = "Good for one person, once, within 24 hours."
# Both colours given, so that it is dark on light in light and dark terminals: cameras want that.
_QR_COLOURS, _PLAIN = "\x1b[38;5;231;48;5;16m", "\x1b[0m"
_QR_BORDER = 2


def qr_code(link: str, *, columns: int) -> str:
    """Return a join link as a QR code for a terminal with so many columns; empty if that is too narrow.

    In its form for browsers: what scans it is a phone.
    """
    import segno

    code = segno.make_qr(format_web_invite(parse_invite(link)), error="l")
    if code.symbol_size(border=_QR_BORDER)[0] > columns:
        return ""
    drawn = io.StringIO()
    code.terminal(drawn, border=_QR_BORDER, compact=True)
    return "\n".join(f"{_QR_COLOURS}{line}{_PLAIN}" for line in drawn.getvalue().splitlines())


def qr_rows(link: str) -> list[str]:
    """Return a join link as a QR code of half blocks, dark ones as spaces: to be drawn light on dark."""
    import segno

    code = segno.make_qr(format_web_invite(parse_invite(link)), error="l")
    rows = [bytes(row) for row in code.matrix_iter(border=_QR_BORDER)]
    if len(rows) % 2:
        rows.append(bytes(len(rows[0])))
    return [
        "".join(_HALVES[not above, not below] for above, below in zip(*pair, strict=True))
        for pair in zip(rows[::2], rows[1::2], strict=True)
    ]


_HALVES: Final = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def qr_or_why_not(link: str) -> str:
    """Return the QR code of a link for this terminal, or a sentence if it is too narrow."""
    return qr_code(link, columns=shutil.get_terminal_size().columns) or "(too narrow for a QR code)"
