"""A real `lanmsg` whose wall clock is wrong by as many seconds as a file says; the file may change any time.

    python shifted_clock.py FILE lanmsg's arguments

libfaketime would do it from outside; this needs nothing installed. Clocks that only count (monotonic) are
right, as on a machine whose date is set.
"""

import sys
import time
from pathlib import Path

from lanmsg.cli.main import main

_REAL_NS = time.time_ns
_ERROR = Path(sys.argv.pop(1))


def _shifted_ns() -> int:
    return _REAL_NS() + int(_ERROR.read_text(encoding="ascii")) * 1_000_000_000


time.time_ns = _shifted_ns
time.time = lambda: _shifted_ns() / 1e9
main()
