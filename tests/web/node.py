"""TypeScript of the web client in a Node process, called from here over a pipe: one line of JSON each way."""

import base64
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import pytest

WEB = Path(__file__).parents[2] / "web"


class NodeError(Exception):
    """What the other side has thrown, `kind` being its sort."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(text)
        self.kind = kind


@dataclass(frozen=True)
class Remote:
    """An object on the other side."""

    number: int


def find_node() -> str:
    """Return Node's path; skips the test where it, or the packages of `web/`, are missing."""
    node = shutil.which("node")
    if node is None or not (WEB / "node_modules").is_dir():
        pytest.skip("needs Node, and `npm ci` in web/")
    return node


class NodePeer:
    """A process that serves `web/tests/peers/NAME.ts`."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    @classmethod
    def start(cls, name: str) -> Self:
        """Start it; skips the test as `find_node` does."""
        command = [find_node(), "tests/run.mjs", f"tests/peers/{name}.ts"]
        return cls(subprocess.Popen(command, cwd=WEB, stdin=subprocess.PIPE, stdout=subprocess.PIPE))

    def call(self, target: Remote, name: str, *values: object) -> Any:
        """Call a method, or read a field, of an object there."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        call = {"object": target.number, "name": name, "values": [_to_wire(value) for value in values]}
        self._process.stdin.write(json.dumps(call).encode() + b"\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        if "result" not in answer:
            ((kind, text),) = answer.items()
            raise NodeError(kind, text)
        return _from_wire(answer["result"])

    def stop(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=10)
        assert self._process.stdout is not None
        self._process.stdout.close()


def _to_wire(value: object) -> object:
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, dict):
        return {name: _to_wire(each) for name, each in value.items()}
    return value


def _from_wire(value: object) -> object:
    match value:
        case {"bytes": str(text)}:
            return base64.b64decode(text)
        case {"object": int(number)}:
            return Remote(number)
        case {"fields": dict(fields)}:
            return {name: _from_wire(each) for name, each in fields.items()}
        case list(items):
            return [_from_wire(each) for each in items]
        case _:
            return value
