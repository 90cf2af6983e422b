"""Writes web/src/wire/generated/*.ts from the Python modules, so that the two clients cannot drift.

Without arguments it writes them; with `--check` it says whether they are up to date, as a test does.
`tools/typescript/` has one module for each kind of thing that is written.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))  # started as a program, only its own folder is on the path

from tools.typescript.files import all_files  # noqa: E402 - it needs the line above

DIRECTORY = ROOT / "web" / "src" / "wire" / "generated"


def stale() -> list[str]:
    """Return the names of files that are missing, not as they would be written, or not ours."""
    files = all_files()
    there = {path.name: path.read_text("utf-8") for path in DIRECTORY.glob("*.ts")}
    return sorted(name for name in files.keys() | there.keys() if files.get(name) != there.get(name))


def main(arguments: list[str]) -> int:
    """Write or check; the exit code is 1 if a file was not up to date and was not written."""
    names = stale()
    if arguments == ["--check"]:
        if names:
            print(f"not up to date: {', '.join(names)}: run python tools/make_typescript.py")
        return int(bool(names))
    files = all_files()
    for name in names:
        path = DIRECTORY / name
        path.write_text(files[name], "utf-8") if name in files else path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
