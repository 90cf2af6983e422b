"""The build of the web client: when it runs, what it leaves, and what happens where it can't."""

import importlib.util
import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lanmsg.hub.web_client_files import load_web_client

ROOT = Path(__file__).parent.parent
NODE = shutil.which("node")
needs_modules = pytest.mark.skipif(
    NODE is None or not (ROOT / "web" / "node_modules" / ".package-lock.json").exists(),
    reason="needs Node, and `npm ci` in web/: this test asks no registry",
)


@pytest.fixture
def tool(tmp_path):
    """The tool, in a copy of the checkout."""
    for name in ("tools", "web"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("node_modules", "dist"))
    (tmp_path / "src" / "lanmsg" / "hub").mkdir(parents=True)
    return load_tool(tmp_path)


def load_tool(root):
    spec = importlib.util.spec_from_file_location("build_web_client", root / "tools" / "build_web_client.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its dataclass looks itself up there
    spec.loader.exec_module(module)
    return module


def write_bundle(tool, **bundle):
    tool.BUILT.mkdir(parents=True, exist_ok=True)
    (tool.BUILT / "bundle.json").write_text(json.dumps(bundle))


def test_what_was_made_from_these_sources_is_not_made_again(tool):
    assert not tool.is_current()
    write_bundle(tool, sources=tool.sources_hash())
    assert tool.is_current()
    assert tool.ensure_built() is False


@pytest.mark.parametrize(
    "name", ["src/new.ts", "index.html", "package-lock.json", "vite.config.js", ".npmrc"]
)
def test_every_source_counts(tool, name):
    write_bundle(tool, sources=tool.sources_hash())
    with (tool.WEB / name).open("a") as file:
        file.write("\n")
    assert not tool.is_current()


@pytest.mark.parametrize(
    "name", ["tests/new.test.ts", "eslint.config.js", "vitest.config.js", "node_modules/x.js"]
)
def test_what_is_not_in_the_client_does_not_count(tool, name):
    write_bundle(tool, sources=tool.sources_hash())
    (tool.WEB / name).parent.mkdir(exist_ok=True)
    with (tool.WEB / name).open("a") as file:
        file.write("\n")
    assert tool.is_current()


def test_a_built_client_without_its_sources_is_good(tool):
    write_bundle(tool, sources="of another machine")
    shutil.rmtree(tool.WEB)
    assert tool.is_current()


def test_without_node_it_says_so_and_leaves_no_old_client(tool, monkeypatch, capsys):
    write_bundle(tool, sources="older")
    monkeypatch.setattr(tool, "find_node", lambda: None)
    assert tool.main() == 1
    error = capsys.readouterr().err
    assert "no Node 20.19 or newer" in error
    assert "Everything else works" in error
    assert not tool.BUILT.exists()


def test_an_old_node_is_none(tool, monkeypatch, tmp_path):
    for name in ("node", "npm"):
        path = tmp_path / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("#!/bin/sh\necho v20.18.9\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")
    monkeypatch.setattr(tool, "_node_of_wheel", lambda _: None)
    assert tool.find_node() is None
    (tmp_path / "bin" / "node").write_text("#!/bin/sh\necho v20.19.0\n")
    assert tool.find_node() is not None


@needs_modules
def test_broken_sources_are_told_with_what_the_build_said(tool):
    (tool.WEB / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    (tool.WEB / "src" / "main.ts").write_text("import { nothing } from './nowhere';\nnothing();\n")
    with pytest.raises(tool.BuildFailed, match="nowhere"):
        tool.ensure_built()
    assert not tool.BUILT.exists()


@needs_modules
@pytest.mark.slow
@pytest.mark.timeout(300)  # two builds, and machines are shared
def test_the_same_sources_give_the_same_bundle_anywhere(tool, tmp_path_factory):
    (tool.WEB / "node_modules").symlink_to(ROOT / "web" / "node_modules")
    assert tool.ensure_built() is True
    elsewhere = tmp_path_factory.mktemp("a much longer name of a folder") / "x"
    shutil.copytree(tool.ROOT, elsewhere, symlinks=True, ignore=shutil.ignore_patterns("web_client"))
    other = load_tool(elsewhere)
    assert other.ensure_built() is True
    one, two = load_web_client(tool.BUILT), load_web_client(other.BUILT)
    assert one.bundle == two.bundle
    assert {"br", "gzip"} <= set(
        max(one.files.values(), key=lambda file: len(file.contents["identity"])).contents
    )


def test_the_tool_needs_nothing_but_python():
    code = "import sys; sys.path.insert(0, 'tools'); import build_web_client"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], cwd=ROOT, check=False, capture_output=True
    )
    assert done.returncode == 0, done.stderr
