"""The import rules of pyproject.toml hold for our code, and each of them notices being broken."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
CONFIG = ROOT / "pyproject.toml"
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
CONTRACTS = {
    contract["id"]: contract["name"]
    for contract in tomllib.loads(CONFIG.read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
}

PACKAGES = [
    "wire",
    "net",
    "hub",
    "hub/storage",
    "client",
    "client/crypto",
    "client/store",
    "chat",
    "tui",
    "cli",
]

ALLOWED = {
    "client/crypto/olm.py": "import vodozemac",
    "client/store/messages.py": "import apsw",
    "hub/server.py": "import lanmsg.net",
    "hub/storage/sqlite.py": "import apsw",
    "net/tls.py": "import asyncio, socket, ssl, zeroconf",
    "cli/main.py": "import lanmsg.client, lanmsg.hub",
    "chat/line_runner.py": "import lanmsg.client",
    "tui/app.py": "import textual.app, lanmsg.chat",
    "wire/codec.py": "import msgspec",
}


class Planted(NamedTuple):
    """A module that breaks one contract, or two when the second cannot be avoided."""

    path: str
    code: str
    breaks: set[str]


VIOLATIONS = [
    Planted("net/planted.py", "import lanmsg.hub", {"layers"}),
    Planted("wire/planted.py", "import lanmsg.net", {"layers"}),
    Planted("client/planted.py", "import lanmsg.hub", {"layers"}),
    Planted("hub/planted.py", "import lanmsg.client", {"layers", "hub-without-crypto"}),
    Planted("chat/planted.py", "import lanmsg.cli", {"layers"}),
    Planted("client/planted.py", "import lanmsg.chat", {"layers"}),
    Planted("tui/planted.py", "import lanmsg.cli", {"layers"}),
    Planted("chat/planted.py", "import lanmsg.tui", {"layers"}),
    Planted("unplaced.py", "", {"layers"}),
    Planted("hub/planted.py", "import vodozemac", {"crypto-in-one-place", "hub-without-crypto"}),
    Planted("client/planted.py", "from vodozemac import Account", {"crypto-in-one-place"}),
    Planted("client/planted.py", "def dial():\n    import socket", {"network-in-one-place"}),
    Planted("hub/planted.py", "import ssl", {"network-in-one-place"}),
    Planted("cli/planted.py", "from zeroconf import Zeroconf", {"network-in-one-place"}),
    Planted("hub/storage/planted.py", "import apsw", {"sqlite-behind-storage"}),
    Planted("client/planted.py", "import sqlite3", {"sqlite-behind-storage"}),
    Planted("cli/planted.py", "import textual.app", {"textual-in-the-tui"}),
    *(
        Planted("wire/planted.py", f"import {name}", {"pure-wire"})
        for name in ("asyncio", "logging", "os", "os.path", "random", "secrets", "structlog", "time")
    ),
    Planted("wire/planted.py", "import ssl", {"pure-wire", "network-in-one-place"}),
]


def lint(source: Path) -> subprocess.CompletedProcess[str]:
    """Check the package `lanmsg` found in `source` against the contracts of this repository."""
    return subprocess.run(
        [LINT_IMPORTS, "--no-cache", "--no-logo", "--config", CONFIG],
        cwd=source,
        env={**os.environ, "PYTHONPATH": str(source), "COLUMNS": "200", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


def write_modules(source: Path, modules: dict[str, str]) -> None:
    for path, code in modules.items():
        file = source / "lanmsg" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{code}\n", encoding="utf-8")


@pytest.fixture
def skeleton(tmp_path: Path) -> Path:
    """A source folder whose package has our layers and only imports that are allowed."""
    write_modules(tmp_path, {"__init__.py": ""} | {f"{name}/__init__.py": "" for name in PACKAGES} | ALLOWED)
    return tmp_path


def test_our_code_keeps_every_contract():
    result = lint(ROOT / "src")
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.count("KEPT") == len(CONTRACTS)


def test_the_allowed_imports_keep_every_contract(skeleton):
    result = lint(skeleton)
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize("planted", VIOLATIONS, ids=lambda planted: f"{planted.path}:{planted.code}")
def test_a_forbidden_import_breaks_its_contract(skeleton, planted):
    write_modules(skeleton, {planted.path: planted.code})
    output = lint(skeleton).stdout
    assert {id for id, name in CONTRACTS.items() if f"{name} BROKEN" in output} == planted.breaks, output


def test_the_hub_may_not_reach_the_crypto_through_others(skeleton):
    write_modules(
        skeleton, {"net/planted.py": "import vodozemac", "hub/server.py": "import lanmsg.net.planted"}
    )
    assert f"{CONTRACTS['hub-without-crypto']} BROKEN" in lint(skeleton).stdout


def test_every_contract_was_broken_once():
    assert set().union(*(planted.breaks for planted in VIOLATIONS)) == set(CONTRACTS)
