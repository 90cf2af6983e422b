"""Limits, labels, codes, and which kinds of entries each log takes."""

import ast
import inspect
from itertools import pairwise
from types import ModuleType

from tools.typescript.text import comment, header, value

from lanmsg.wire import entries, errors, labels, limits


def constant_files() -> dict[str, str]:
    """Return the files of this module."""
    return {
        "limits.ts": header("src/lanmsg/wire/limits.py") + _limits(),
        "labels.ts": header("src/lanmsg/wire/labels.py") + _labels(),
        "codes.ts": header("src/lanmsg/wire/errors.py") + _codes(),
        "kinds.ts": header("src/lanmsg/wire/entries.py") + _kinds(),
    }


def _limits() -> str:
    reasons = reasons_in(limits)
    return (
        "\n".join(
            f"{comment(reasons.get(name))}export const {name} = {value(each)}{_constant(each)};"
            for name, each in vars(limits).items()
            if name.isupper()
        )
        + "\n"
    )


def _constant(of: object) -> str:
    return " as const" if isinstance(of, tuple) else ""


def reasons_in(module: ModuleType) -> dict[str, str]:
    """Return the sentence that stands under each constant of a module."""
    body = ast.parse(inspect.getsource(module)).body
    return {
        node.target.id: str(following.value.value)
        for node, following in pairwise(body)
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
        if isinstance(following, ast.Expr) and isinstance(following.value, ast.Constant)
    }


def _labels() -> str:
    found = {name: each.decode() for name, each in vars(labels).items() if name.isupper()}
    return "".join(f"export const {name} = {value(each)};\n" for name, each in found.items())


def _codes() -> str:
    rows = "".join(f"  {value(str(code))},\n" for code in errors.Code)
    return (
        f"{comment(errors.Code.__doc__)}export const CODES = [\n{rows}] as const;\n"
        "export type Code = (typeof CODES)[number];\n"
    )


def _kinds() -> str:
    rows = "".join(
        f"  [LogKind.{log.name}, [{', '.join(f'EntryKind.{kind.name}' for kind in sorted(kinds))}]],\n"
        for log, kinds in entries.ALLOWED_KINDS.items()
    )
    return (
        'import { EntryKind, LogKind } from "./entries";\n\n'
        "/** The kinds of entries that each kind of log takes. */\n"
        f"export const ALLOWED_KINDS: ReadonlyMap<number, readonly number[]> = new Map([\n{rows}]);\n"
    )
