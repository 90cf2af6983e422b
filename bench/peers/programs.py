"""Where the programs of the peers are."""

import shutil
import sys
from pathlib import Path

_PLACES = ("/usr/local/bin", "/usr/bin", "/usr/sbin", "/bin")


def find_program(name: str) -> str:
    """Return the path of a program beside our Python or in the usual places; "" if it is nowhere."""
    places = [str(Path(sys.executable).parent), *_PLACES]
    return shutil.which(name, path=":".join(places)) or ""
