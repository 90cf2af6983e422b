"""Structs, enumerations and unions: an interface for the compiler, and a shape that reads and writes it."""

import ast
import inspect
import re
import sys
import types
import typing
from collections.abc import Iterator
from enum import IntEnum
from functools import cache
from types import ModuleType
from typing import Any

import msgspec
from tools.typescript.text import camel, comment, file_name, header, snake, value

from lanmsg.client import device_messages, pairing
from lanmsg.wire import account, admin, content, entries, frames, ids, signals, statements, status

_ROOTS: tuple[ModuleType, ...] = (
    entries,
    statements,
    frames,
    admin,
    content,
    signals,
    account,
    device_messages,
    pairing,
    status,
)
_ID_NAMES: tuple[str, ...] = ("HubId", "DatabaseId", "UserId", "DeviceId", "LogId", "MessageId", "RoomId")
_NAMED: tuple[tuple[Any, str], ...] = (
    *((getattr(ids, f"Wire{name}"), name) for name in _ID_NAMES),
    (ids.WireTransactionId, "TransactionId"),
    (ids.Seq, "Seq"),
)
"""Types that have a name in web/src/wire/ids.ts; hashes and keys are the same to Python, and plain bytes."""
Hint = Any


def struct_files() -> dict[str, str]:
    """Return a file for each Python module with structs, or enumerations that cross the wire."""
    return {f"{file_name(module.__name__)}.ts": _file(module) for module in _modules()}


# --- which modules ---------------------------------------------------------------------------


def _modules() -> list[ModuleType]:
    names = {module.__name__ for module in _ROOTS}
    names |= {struct.__module__ for struct in _all_structs()}
    return [sys.modules[name] for name in sorted(names)]


@cache
def _all_structs() -> frozenset[type]:
    """Every struct that a root module's structs are made of, and every frame wherever it is written."""
    waiting = [struct for module in _ROOTS for struct in _structs_of(module)]
    waiting += _descendants(frames.Frame)
    found: set[type] = set()
    while waiting:
        struct = waiting.pop()
        if struct not in found:
            found.add(struct)
            hints = typing.get_type_hints(struct, include_extras=True).values()
            waiting += [each for hint in hints for each in _structs_in(hint)]
    return frozenset(found)


def _descendants(base: type) -> list[type]:
    return [each for child in base.__subclasses__() for each in (child, *_descendants(child))]


def _structs_of(module: ModuleType) -> list[type[msgspec.Struct]]:
    return [
        each
        for name, each in vars(module).items()
        if _is_struct(each) and each.__module__ == module.__name__ and not name.startswith("_")
    ]


def _is_struct(of: object) -> bool:
    return isinstance(of, type) and issubclass(of, msgspec.Struct) and of.__struct_config__.array_like


def _structs_in(hint: Hint) -> Iterator[type]:
    if _is_struct(hint):
        yield hint
    for each in typing.get_args(hint):
        yield from _structs_in(each)


# --- a file ----------------------------------------------------------------------------------


def _file(module: ModuleType) -> str:
    parts = [f"export const {name} = {number};\n" for name, number in _numbers(module)]
    for name, each in vars(module).items():
        own = getattr(each, "__module__", None) == module.__name__
        if own and isinstance(each, type) and issubclass(each, IntEnum):
            parts.append(_enumeration(each))
        elif own and each in _all_structs():
            parts.append(_struct(each))
        elif _is_union(each) and not name.startswith("_"):
            parts.append(_union(name, each))
    body = "\n".join(parts)
    source = f"src/{module.__name__.replace('.', '/')}.py"
    return header(source) + _imports(module, body) + body


def _numbers(module: ModuleType) -> Iterator[tuple[str, int]]:
    """Yield the public integers that a module itself names."""
    for node in ast.parse(inspect.getsource(module)).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else getattr(node, "target", None)
        if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_"):
            number = getattr(module, target.id)
            if type(number) is int:
                yield target.id, number


def _is_union(of: object) -> bool:
    return isinstance(of, types.UnionType) and all(
        _is_struct(each) and each.__struct_config__.tag is not None for each in typing.get_args(of)
    )


def _imports(module: ModuleType, body: str) -> str:
    """Import what a file uses: the shapes, the names of ids, and other files' structs."""
    words = set(re.findall(r"\w+", _COMMENT.sub("", body)))
    lines: list[str] = []
    ids_used = sorted(words & {name for _, name in _NAMED})
    if ids_used:
        lines.append(f'import type {{ {", ".join(ids_used)} }} from "../ids";')
    if "shapes" in words:
        lines.append('import * as shapes from "../shapes";')
    elsewhere: dict[str, list[str]] = {}
    for struct in _foreign_structs(module):
        elsewhere.setdefault(file_name(struct.__module__), []).append(struct.__name__)
    lines += [
        f'import {{ {", ".join(sorted(names))} }} from "./{file}";'
        for file, names in sorted(elsewhere.items())
    ]
    return "\n".join([*lines, "", ""]) if lines else ""


def _foreign_structs(module: ModuleType) -> set[type]:
    """Return the structs of other modules that this one's structs and unions are made of."""
    hints = [
        hint
        for struct in _all_structs()
        if struct.__module__ == module.__name__
        for hint in typing.get_type_hints(struct, include_extras=True).values()
    ]
    hints += [each for name, each in vars(module).items() if _is_union(each) and not name.startswith("_")]
    used = {_entry_of(each) for hint in hints for each in _used_in(hint)}
    return {struct for struct in used if struct.__module__ != module.__name__}


def _used_in(hint: Hint) -> Iterator[type]:
    """Yield the structs that a hint is made of; a raw item too."""
    if hint is msgspec.Raw or _is_struct(hint):
        yield hint
    for each in typing.get_args(hint):
        yield from _used_in(each)


def _entry_of(hint: type) -> type:
    return entries.Entry if hint is msgspec.Raw else hint


_COMMENT = re.compile(r"/\*\*.*?\*/", re.DOTALL)


# --- what stands in it -----------------------------------------------------------------------


def _enumeration(kind: type[IntEnum]) -> str:
    rows = "".join(f"  {each.name}: {each.value},\n" for each in kind)
    return (
        f"{comment(kind.__doc__)}export const {kind.__name__} = {{\n{rows}}} as const;\n"
        f"export type {kind.__name__} = (typeof {kind.__name__})[keyof typeof {kind.__name__}];\n"
    )


def _union(name: str, union: object) -> str:
    members = [each.__name__ for each in typing.get_args(union)]
    types_listed = "".join(f"\n  | {each}" for each in members)
    shapes_listed = "".join(f"  {each},\n" for each in members)
    return (
        f"export type {name} ={types_listed};\n"
        f"export const {name}: shapes.Union<{name}> = shapes.union<{name}>([\n{shapes_listed}]);\n"
    )


def _struct(struct: type) -> str:
    name, tag = struct.__name__, struct.__struct_config__.tag
    hints = typing.get_type_hints(struct, include_extras=True)
    fields = msgspec.structs.fields(struct)
    kind = f'  readonly type: "{snake(name)}";\n' if tag is not None else ""
    rows = "".join(f"  readonly {camel(each.name)}: {_type_name(hints[each.name])};\n" for each in fields)
    lines = "".join(f"  {camel(each.name)}: {_field_shape(each, hints[each.name])},\n" for each in fields)
    make = f'shapes.tagged<{name}>("{snake(name)}", {tag}, ' if tag is not None else f"shapes.struct<{name}>("
    shape = "Struct" if tag is None else "Tagged"
    return (
        f"{comment(struct.__doc__)}export interface {name} {{\n{kind}{rows}}}\n"
        f"export const {name}: shapes.{shape}<{name}> = {make}{{\n{lines}}});\n"
    )


def _type_name(hint: Hint) -> str:
    """Return what the compiler knows of a field."""
    for known, name in _NAMED:
        if hint == known:
            return name
    if hint in _BASIC:
        return _BASIC[hint]
    if isinstance(hint, type):
        return hint.__name__
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        return _type_name(arguments[0])
    if origin is list:
        return f"readonly {_type_name(arguments[0])}[]"
    union = next((name for name, each in _named_unions() if each == hint), None)
    return union or " | ".join(_type_name(each) for each in arguments)


_BASIC: dict[Any, str] = {
    bytes: "Uint8Array",
    str: "string",
    int: "number",
    float: "number",
    bool: "boolean",
    type(None): "null",
    msgspec.Raw: "Entry",
}
"""A raw item of a frame is always an entry; here it is decoded at once."""


@cache
def _named_unions() -> list[tuple[str, object]]:
    modules = {struct.__module__ for struct in _all_structs()}
    return [
        (name, each)
        for module in modules
        for name, each in vars(sys.modules[module]).items()
        if _is_union(each)
    ]


def _field_shape(field: msgspec.structs.FieldInfo, hint: Hint) -> str:
    shape = _shape(hint, ())
    if field.required:
        return shape
    default = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    return f"shapes.or({shape}, {value(default)})"


def _shape(hint: Hint, limits: tuple[msgspec.Meta, ...]) -> str:
    """Return what reads and writes a field."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Annotated:
        limits = tuple(each for each in arguments[1:] if isinstance(each, msgspec.Meta))
        assert all(map(_is_understood, limits)), f"a limit that no shape holds: {hint}"
        return _shape(arguments[0], limits)
    if isinstance(hint, typing.NewType):
        return _shape(hint.__supertype__, limits)
    if hint is float and limits:
        return f"shapes.floatBetween({limits[0].ge:g}, {limits[0].le:g})"
    if hint in _SIMPLE:
        return _SIMPLE[hint]
    if hint in {bytes, str, int}:
        return _limited(hint, limits)
    if origin is list:
        return f"shapes.list({_shape(arguments[0], ())}{_size(limits)})"
    if isinstance(hint, type) and issubclass(hint, IntEnum):
        return f"shapes.enumeration({hint.__name__})"
    if isinstance(hint, type):
        return hint.__name__
    return _shape_of_union(hint, arguments)


def _is_understood(limit: msgspec.Meta) -> bool:
    return all(each is None for each in (limit.multiple_of, limit.pattern))


_SIMPLE: dict[Any, str] = {bool: "shapes.bool", float: "shapes.float", msgspec.Raw: "Entry"}


def _shape_of_union(hint: Hint, arguments: tuple[Any, ...]) -> str:
    rest = [each for each in arguments if each is not type(None)]
    if len(rest) == 1:
        return f"shapes.nullable({_shape(rest[0], ())})"
    return next(name for name, each in _named_unions() if each == hint)


def _limited(hint: type, limits: tuple[msgspec.Meta, ...]) -> str:
    if hint is int:
        return _integer(limits)
    return f"shapes.{'bytes' if hint is bytes else 'text'}({_size(limits).removeprefix(', ')})"


def _integer(limits: tuple[msgspec.Meta, ...]) -> str:
    (limit,) = limits  # without one, Python would take integers that JavaScript has not
    bounds = (limit.ge, limit.gt, limit.lt)
    if bounds == (None, -(2**53), 2**53):
        return "shapes.int"
    assert bounds[:2] == (0, None), f"no shape for integers between {bounds}"
    return "shapes.seq" if limit.lt == 2**53 else f"shapes.uint({int(limit.lt or 0) - 1})"


def _size(limits: tuple[msgspec.Meta, ...]) -> str:
    """Return `, { min, max }` as far as there are such limits."""
    least = next((each.min_length for each in limits if each.min_length is not None), None)
    most = next((each.max_length for each in limits if each.max_length is not None), None)
    known = [f"{name}: {size}" for name, size in (("min", least), ("max", most)) if size is not None]
    return f", {{ {', '.join(known)} }}" if known else ""
