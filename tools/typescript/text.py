"""Words of TypeScript: names, comments, values."""

import inspect
import json
import re
import textwrap

WIDTH = 106


def camel(name: str) -> str:
    """Return `message_id` as `messageId`."""
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def snake(name: str) -> str:
    """Return `ReadUpTo` as `read_up_to`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def file_name(module: str) -> str:
    """Return where a Python module's things are: `frame-parts`, or `client-pairing` of the client."""
    return module.removeprefix("lanmsg.").removeprefix("wire.").replace(".", "-").replace("_", "-")


def comment(text: str | None, indent: str = "") -> str:
    """Return a docstring as a TSDoc comment with its line end; nothing for nothing."""
    plain = inspect.cleandoc(text or "").replace("*/", "* /")
    if not plain:
        return ""
    lines = [
        line
        for paragraph in plain.split("\n\n")
        for line in [*textwrap.wrap(" ".join(paragraph.split()), WIDTH - len(indent)), ""]
    ][:-1]
    if len(lines) == 1:
        return f"{indent}/** {lines[0]} */\n"
    body = "".join(f"{indent} * {line}".rstrip() + "\n" for line in lines)
    return f"{indent}/**\n{body}{indent} */\n"


def header(source: str) -> str:
    """Return the first lines of a file."""
    return f"// Made from {source} by tools/make_typescript.py: change it there.\n\n"


def value(of: object) -> str:
    """Return a number, text, truth, nothing or tuple of them as TypeScript."""
    if isinstance(of, bytes):
        assert not any(of), "only zeros are a default"
        return f"new Uint8Array({len(of)})"
    if isinstance(of, (tuple, list)):
        return f"[{', '.join(map(value, of))}]"
    return json.dumps(of, ensure_ascii=True)
