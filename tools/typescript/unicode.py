"""What JavaScript's regular expressions do not know of Unicode, as text for the brackets of one."""

import unicodedata
from collections.abc import Iterable
from functools import cache

from tools.typescript.text import header

_EVERY = range(0x110000)
_VIRAMA = 9


@cache
def unicode_files() -> dict[str, str]:
    """Return the files of this module. They depend on the Unicode version of the Python that runs this."""
    source = f"Python's unicodedata {unicodedata.unidata_version}"
    viramas = [code for code in _EVERY if unicodedata.combining(chr(code)) == _VIRAMA]
    return {"viramas.ts": f'{header(source)}export const VIRAMAS = "{ranges_text(viramas)}";\n'}


def ranges_text(codes: Iterable[int]) -> str:
    r"""Return ascending code points as `\\u{a}-\\u{b}`, to stand in a string."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(_escaped(first) + (f"-{_escaped(last)}" if last > first else "") for first, last in runs)


def _escaped(code: int) -> str:
    return f"\\\\u{{{code:x}}}"
