"""What the web client has from the Python modules must be what they say now."""

import subprocess
import sys
import unicodedata
from pathlib import Path

import msgspec
import pytest
from tools import make_typescript
from tools.typescript.files import all_files

from lanmsg.wire import frames

ROOT = Path(__file__).parents[1]
OF_UNICODE = {name for name, text in all_files().items() if "unicodedata" in text.splitlines()[0]}


def test_the_typescript_files_are_up_to_date():
    assert OF_UNICODE
    stale = set(make_typescript.stale())
    if f"unicodedata {unicodedata.unidata_version} " not in unicode_header():
        stale -= OF_UNICODE  # made with another Python, whose Unicode is older or newer
    assert not stale, "run python tools/make_typescript.py"


def unicode_header() -> str:
    return (make_typescript.DIRECTORY / min(OF_UNICODE)).read_text("utf-8").splitlines()[0]


def test_the_tool_runs_as_a_program():
    tool = [sys.executable, str(ROOT / "tools" / "make_typescript.py"), "--check"]
    found = subprocess.run(tool, capture_output=True, text=True, check=False, timeout=60)
    assert found.returncode == int(bool(make_typescript.stale())), found.stderr


def test_every_frame_and_field_is_written():
    text = "\n".join(all_files().values())
    for frame in frames.Frame.__subclasses__():
        assert f"export interface {frame.__name__} {{" in text
        assert f", {frame.__struct_config__.tag}, {{" in text
    assert all(f"  {name}: " in text for name in ("hubIdentityKey", "membershipHash", "retryAfterMs"))


def test_a_changed_limit_is_noticed(tmp_path, monkeypatch):
    for path in make_typescript.DIRECTORY.glob("*.ts"):
        (tmp_path / path.name).write_text(path.read_text("utf-8"), "utf-8")
    monkeypatch.setattr(make_typescript, "DIRECTORY", tmp_path)
    before = make_typescript.stale()
    limits = tmp_path / "limits.ts"
    limits.write_text(limits.read_text("utf-8").replace("65536", "65537"), "utf-8")
    (tmp_path / "left-over.ts").write_text("", "utf-8")
    assert set(make_typescript.stale()) - set(before) == {"limits.ts", "left-over.ts"}
    make_typescript.main([])
    assert make_typescript.stale() == []


@pytest.mark.parametrize("kind", [bool | None, msgspec.Raw])
def test_kinds_of_fields_that_have_a_shape(kind):
    from tools.typescript.structs import _shape

    assert _shape(kind, ()) in {"shapes.nullable(shapes.bool)", "Entry"}


def test_an_integer_without_bounds_has_no_shape():
    from tools.typescript.structs import _shape

    with pytest.raises(ValueError, match="not enough values"):
        _shape(int, ())
