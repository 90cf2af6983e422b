"""Rules for the files of this repository that no linter knows."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = [ROOT / "requirements" / name for name in ("runtime.txt", "dev.txt")]

# Put together here, so that this file does not name them either. A clone must build from whichever
# package index and in whichever folder its machine uses.
REGISTRY_HOSTS = [
    r"\.".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "(org|com)"),
        ("yarnpkg", "com"),
        ("debian", "(org|net)"),
        ("ubuntu", "com"),
    )
]
MACHINE_PATHS = [
    rf"(^|[^A-Za-z0-9_.~/-])/{folder}/" for folder in ("root", "work", "home/[a-z]+", "Users/[A-Za-z]+")
]

LONGEST_MODULE = 400
LONGER_MODULES: dict[str, str] = {}  # path under src/lanmsg: the reason why it is not split


def tracked_lines_matching(pattern: str) -> list[str]:
    """Each line of a tracked text file that matches, as `path:number:text`."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    result = subprocess.run(
        ["git", "grep", "-I", "-n", "-i", "-E", "-e", pattern],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode in (0, 1), result.stderr
    return result.stdout.splitlines()


def requirement_name(requirement: str) -> str:
    found = re.match(r"[\w.-]+", requirement)
    assert found, requirement
    return found[0].lower().replace("_", "-")


@pytest.mark.parametrize("host", REGISTRY_HOSTS)
def test_no_file_names_a_package_registry(host):
    assert tracked_lines_matching(host) == []


@pytest.mark.parametrize("path", MACHINE_PATHS)
def test_no_file_names_a_path_of_the_machine_it_was_written_on(path):
    assert tracked_lines_matching(path) == []


def test_the_search_finds_what_it_looks_for():
    assert any(line.startswith("LICENSE:") for line in tracked_lines_matching(r"apache\.org"))


def test_modules_stay_short_enough_to_read():
    source = ROOT / "src" / "lanmsg"
    lengths = {
        str(path.relative_to(source)): len(path.read_text(encoding="utf-8").splitlines())
        for path in source.rglob("*.py")
    }
    too_long = {path: length for path, length in lengths.items() if length > LONGEST_MODULE}
    assert too_long.keys() == LONGER_MODULES.keys(), too_long


@pytest.mark.parametrize("name", ["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md"])
def test_people_find_the_usual_documents(name):
    assert (ROOT / name).read_text(encoding="utf-8").strip()


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_dependency_is_locked_with_hashes(lock):
    entries = re.split(r"\n(?=\S)", lock.read_text(encoding="utf-8").strip())
    locked = {requirement_name(entry) for entry in entries}
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    wanted += project["dependency-groups"]["dev"] if lock.name == "dev.txt" else []

    assert {requirement_name(requirement) for requirement in wanted} <= locked
    assert all("==" in entry and "--hash=sha256:" in entry for entry in entries)


def test_development_runs_the_releases_that_people_run():
    runtime, dev = (
        set(re.findall(r"^\S+==\S+", lock.read_text(encoding="utf-8"), re.MULTILINE)) for lock in LOCKS
    )
    assert runtime <= dev
