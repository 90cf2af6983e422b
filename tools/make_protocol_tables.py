"""Writes the tables of docs/protocol.md from the code, between `<!-- made: NAME -->` and `<!-- /made -->`.

Without arguments it writes them; with `--check` it says whether they are up to date, as a test does.
"""

import ast
import inspect
import re
import sys
import typing
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec

from lanmsg.client import device_messages
from lanmsg.wire import (
    account,
    admin,
    content,
    entries,
    frame_parts,
    frames,
    ids,
    labels,
    limits,
    rooms,
    signals,
    statements,
    vouchers,
)
from lanmsg.wire.codec import CLIENT_TAGS, HUB_TAGS

ROOT = Path(__file__).parents[1]
PROTOCOL = ROOT / "docs" / "protocol.md"
_BLOCK = re.compile(r"(<!-- made: (\w+) -->\n).*?(<!-- /made -->)", re.DOTALL)

FRAMES: list[type[frames.Frame]] = sorted(
    frames.Frame.__subclasses__(), key=lambda frame: frame.__struct_config__.tag
)
STRUCTS: tuple[type[msgspec.Struct], ...] = (
    entries.Entry,
    entries.View,
    entries.MessageBody,
    entries.OlmBody,
    statements.UserStatement,
    statements.DeviceStatement,
    vouchers.Voucher,
    statements.RevokeStatement,
    statements.RoomStatement,
    statements.MembersStatement,
    statements.MemberChange,
    statements.PublishedKey,
    frames.Share,
    frames.Head,
    frames.MembersItem,
    frames.PersonPresence,
    frames.Receipt,
    frame_parts.ClaimedKey,
    content.Plaintext,
    content.Seen,
    content.Text,
    content.Edit,
    content.Delete,
    content.Reaction,
    content.Pin,
    content.Topic,
    content.Lifetime,
    content.ReadUpTo,
    account.AccountChanges,
    account.Item,
    account.ReadMark,
    account.Preference,
    account.Draft,
    account.Verified,
    account.LifetimeSince,
    account.ConversationSettings,
    signals.SignalBody,
    signals.SignalPlaintext,
    signals.TypingNotice,
    signals.AwayReason,
    device_messages.DevicePlaintext,
    device_messages.SessionShare,
    device_messages.KeyRequest,
    device_messages.KeyAnswer,
    device_messages.PastRequest,
    device_messages.PastKey,
    device_messages.PastKeys,
    device_messages.VerificationRequest,
    device_messages.VerificationAccept,
    device_messages.VerificationKey,
    device_messages.VerificationMac,
    device_messages.VerificationCancel,
    device_messages.HistoryRequest,
    device_messages.HistoryKey,
    device_messages.HistoryAnswer,
)
_NAMED_TYPES: tuple[tuple[Any, str], ...] = (
    (ids.Seq, "uint"),
    (ids.Key, "bytes[32]"),
    (ids.WireHubId, "hub id"),
    (ids.WireDatabaseId, "database id"),
    (ids.WireUserId, "user id"),
    (ids.WireDeviceId, "device id"),
    (ids.WireLogId, "log id"),
    (ids.WireMessageId, "message id"),
    (ids.WireRoomId, "room id"),
    (statements.Role, "uint"),
    (ids.Token, "bytes[16]"),
    (ids.WireTransactionId, "transaction id"),
)
_BASIC_TYPES: dict[Any, str] = {
    int: "int",
    str: "text",
    bytes: "bytes",
    bool: "bool",
    float: "float",
    type(None): "nil",
    msgspec.Raw: "entry",
}


# --- frames and structs ----------------------------------------------------------------------


def frames_block() -> str:
    """Return a table for each frame, in the order of their tags."""
    return "\n".join(_frame(frame) for frame in FRAMES)


def structs_block() -> str:
    """Return a table for each struct that stands inside a frame, an entry or a ciphertext."""
    return "\n".join(_struct(struct) for struct in STRUCTS)


def admin_block() -> str:
    """Return a table for each command of an admin, each answer, and what stands in them."""
    rows = admin.UserRow, admin.DeviceRow, admin.RoomRow, admin.KindRow
    return "\n".join(
        [
            *(_tagged("command", each) for each in typing.get_args(admin.AdminCommand)),
            *(_tagged("answer", each) for each in typing.get_args(admin.AdminResult)),
            *map(_struct, rows),
        ]
    )


def _tagged(word: str, struct: type[msgspec.Struct]) -> str:
    tag = struct.__struct_config__.tag
    return f"#### {struct.__name__} ({word}, first item: {tag})\n\n{_described(struct, first=1)}"


def _frame(frame: type[frames.Frame]) -> str:
    tag = frame.__struct_config__.tag
    assert isinstance(tag, int)
    direction = "hub → client" if tag in HUB_TAGS else "client → hub"
    direction = "both ways" if tag in HUB_TAGS & CLIENT_TAGS else direction
    weight = "critical" if tag < frames.FIRST_SKIPPABLE_TAG else "may be skipped"
    return f"#### {tag} `{snake(frame.__name__)}` ({direction}, {weight})\n\n{_described(frame, first=1)}"


def _struct(struct: type[msgspec.Struct]) -> str:
    tag = struct.__struct_config__.tag
    first = "" if tag is None else f" (first item: {tag})"
    return f"#### {struct.__name__}{first}\n\n{_described(struct, first=0 if tag is None else 1)}"


def _described(struct: type[msgspec.Struct], *, first: int) -> str:
    text = inspect.cleandoc(struct.__doc__ or "")
    fields = msgspec.structs.fields(struct)
    if not fields:
        return f"{text}\n"
    hints = typing.get_type_hints(struct, include_extras=True)
    rows = [
        f"| {position} | `{field.name}` | {type_name(hints[field.name])} | {_default(field)} |"
        for position, field in enumerate(fields, first)
    ]
    return "\n".join([text, "", "| item | field | type | if left out |", "|---|---|---|---|", *rows, ""])


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return "must be there"
    if field.default is None:
        return "nil"
    if field.default is msgspec.NODEFAULT or field.default in (b"", ""):
        return "empty"
    if field.default == ids.ZERO_HASH:
        return f"{len(ids.ZERO_HASH)} zero bytes"
    return f"{field.default:g}" if isinstance(field.default, float) else str(field.default).lower()


def type_name(hint: Any) -> str:  # noqa: ANN401 - any annotation
    """Say what a field holds, in the words of the document."""
    for known, name in _NAMED_TYPES:
        if hint == known:
            return name
    if hint in _BASIC_TYPES:
        return _BASIC_TYPES[hint]
    origin = typing.get_origin(hint)
    if origin is typing.Annotated:
        return f"{type_name(typing.get_args(hint)[0])}{_bounds(hint.__metadata__)}"
    if origin is list:
        return f"list of {type_name(typing.get_args(hint)[0])}"
    arguments = typing.get_args(hint)
    if arguments:
        return " or ".join(type_name(each) for each in arguments)
    return hint.__name__


def _bounds(metadata: Iterable[Any]) -> str:
    longest = [meta.max_length for meta in metadata if isinstance(meta, msgspec.Meta) and meta.max_length]
    return f", at most {longest[0]}" if longest else ""


def snake(name: str) -> str:
    """Return a frame's name as the documents write it."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


# --- the other tables ------------------------------------------------------------------------


def labels_block() -> str:
    """Return every domain label."""
    found = {name: value for name, value in vars(labels).items() if name.isupper()}
    rows = [f"| `{name}` | `{value.decode()}` |" for name, value in found.items()]
    return "\n".join(["| name | bytes (ASCII) |", "|---|---|", *rows, ""])


def kinds_block() -> str:
    """Return the kinds of logs, and of the entries each takes."""
    rows = [
        f"| {kind.value} | `{kind.name.lower()}` | "
        + ", ".join(f"{each.value} `{each.name.lower()}`" for each in sorted(entries.ALLOWED_KINDS[kind]))
        + " |"
        for kind in entries.LogKind
    ]
    return "\n".join(["| kind | log | kinds of its entries |", "|---|---|---|", *rows, ""])


def rules_block() -> str:
    """Return who may change whose role in a room, changes of one kind together."""
    changes: dict[tuple[str, str, str], list[str]] = {}
    for rule in rooms.RULES:
        change = f"{rule.before.name.lower()} → {rule.after.name.lower()}"
        changes.setdefault((rule.actor, rule.whom, rule.when), []).append(change)
    rows = [f"| {who} | {whom} | {', '.join(each)} | {when} |" for (who, whom, when), each in changes.items()]
    return "\n".join(["| who | may change | from → to | when |", "|---|---|---|---|", *rows, ""])


def limits_block() -> str:
    """Return every limit with its reason, section by section."""
    source = inspect.getsource(limits)
    headings = {
        number: line.strip("# -")
        for number, line in enumerate(source.splitlines(), 1)
        if line.startswith("# --- ")
    }
    lines: list[str] = []
    body = ast.parse(source).body
    for node, following in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            heading = max((number for number in headings if number < node.lineno), default=0)
            if heading in headings:
                lines += ["", f"**{headings.pop(heading)}**", "", "| limit | value | why |", "|---|---|---|"]
            name = node.target.id
            lines.append(f"| `{name}` | {_value(getattr(limits, name))} | {_reason(following)} |")
    return "\n".join([*lines[1:], ""])


def _value(value: object) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_value, value))
    if isinstance(value, str):
        return f"`{value}`"
    return f"{value:g}" if isinstance(value, float) else str(value)


def _reason(node: ast.stmt | None) -> str:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return " ".join(str(node.value.value).split())
    return ""


# --- the document ----------------------------------------------------------------------------

BLOCKS: dict[str, Callable[[], str]] = {
    "labels": labels_block,
    "kinds": kinds_block,
    "rules": rules_block,
    "frames": frames_block,
    "structs": structs_block,
    "admin": admin_block,
    "limits": limits_block,
}


def with_tables(text: str) -> str:
    """Return the document with all of its tables made anew."""
    return _BLOCK.sub(lambda found: f"{found[1]}{BLOCKS[found[2]]()}{found[3]}", text)


def main(arguments: list[str]) -> int:
    """Write or check; the exit code is 1 if the document was not up to date and was not written."""
    old = PROTOCOL.read_text("utf-8")
    new = with_tables(old)
    if arguments == ["--check"]:
        if new != old:
            print("docs/protocol.md is not up to date: run python tools/make_protocol_tables.py")
        return int(new != old)
    PROTOCOL.write_text(new, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
