"""What an admin is told as JSON, one object a line; the fields are those of `docs/protocol.md` §11.9.

ASCII only, as `message_json`: a terminal that shows such a line shows no control character of anybody.
"""

import json
from collections.abc import Mapping
from typing import cast

import msgspec


def json_line(found: msgspec.Struct | Mapping[str, object]) -> str:
    """Return it as one line; ids in hexadecimal digits."""
    fields = found if isinstance(found, Mapping) else _fields(found)
    return json.dumps(fields, ensure_ascii=True).replace("\x7f", "\\u007f")  # DEL is ASCII, so json leaves it


def _fields(found: msgspec.Struct) -> dict[str, object]:
    return {name: _plain(getattr(found, name)) for name in found.__struct_fields__}


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, msgspec.Struct):
        return _fields(value)
    if isinstance(value, list):
        return [_plain(each) for each in cast("list[object]", value)]
    return value
