"""The built web client, as the hub serves it: every file in memory, ready to send.

Built from `web/` by `tools/build_web_client.py` into the folder `web_client` beside this module. Only what
its `bundle.json` lists is ever served, under exactly the names that stand there.
"""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

BUILT_CLIENT: Final = Path(__file__).parent / "web_client"
BUNDLE_NAME: Final = "bundle.json"
INDEX_NAME: Final = "index.html"
KEPT_FOR_EVER: Final = "assets/"
"""The build gives files in this folder a name that changes with what they hold."""

_PACKED: Final = {"br": ".br", "gzip": ".gz"}
_TYPES: Final = {  # the system's own table differs from machine to machine
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """What a web client is made of, as `bundle.json` says.

    Attributes:
        bundle: SHA-256 (hex) over the names and hashes of all files: the client's own fingerprint.
        files: from the name below `/` to the SHA-256 (hex) of what it holds.
    """

    bundle: str
    files: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebFile:
    """One file, with what is said about it.

    Attributes:
        content_type: for `Content-Type`.
        tag: what `ETag` says, without quotes; the same for the same content.
        is_kept_for_ever: whether a browser need never ask for it again.
        contents: from a content coding (`br`, `gzip`, `identity`) to the bytes.
    """

    content_type: str
    tag: str
    is_kept_for_ever: bool
    contents: Mapping[str, bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebClient:
    """All of it. `files` are by path (`/assets/…`); `/` is the page itself."""

    bundle: Bundle
    files: Mapping[str, WebFile]


def load_web_client(folder: Path = BUILT_CLIENT) -> WebClient | None:
    """Read the built client; None if it was never built. Some 2 MB from the disk.

    Raises:
        ValueError: a file is not what `bundle.json` says: the installation is damaged.
        OSError: a file cannot be read.
    """
    bundle = load_bundle(folder)
    if bundle is None:
        return None
    files = {f"/{name}": _read_file(folder, name, digest) for name, digest in bundle.files.items()}
    listing = (folder / BUNDLE_NAME).read_bytes()
    files[f"/{BUNDLE_NAME}"] = _file_of(BUNDLE_NAME, {"identity": listing})
    files["/"] = files.pop(f"/{INDEX_NAME}")
    return WebClient(bundle=bundle, files=files)


def load_bundle(folder: Path = BUILT_CLIENT) -> Bundle | None:
    """Read what the built client is made of; None if it was never built.

    Raises:
        ValueError: it is damaged.
    """
    try:
        return parse_bundle((folder / BUNDLE_NAME).read_bytes())
    except FileNotFoundError:
        return None


def parse_bundle(data: bytes) -> Bundle:
    """Read a `bundle.json`.

    Raises:
        ValueError: it is none, or its fingerprint is not that of its files.
    """
    try:
        bundle = msgspec.json.decode(data, type=Bundle)
    except msgspec.DecodeError as error:
        raise ValueError(f"it is no list of files: {error}") from error
    if bundle.bundle != fingerprint(bundle.files):
        raise ValueError("the fingerprint is not that of the files")
    return bundle


def fingerprint(files: Mapping[str, str]) -> str:
    """Return SHA-256 (hex) over names and hashes, one line each, in the order of the names."""
    lines = "".join(f"{name}\0{digest}\n" for name, digest in sorted(files.items()))
    return hashlib.sha256(lines.encode()).hexdigest()


def _read_file(folder: Path, name: str, digest: str) -> WebFile:
    path = folder / name
    content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != digest:
        raise ValueError(f"{name} is damaged: install lanmsg again")
    contents = {"identity": content}
    for coding, suffix in _PACKED.items():
        packed = path.with_name(path.name + suffix)
        if packed.exists():
            contents[coding] = packed.read_bytes()
    return _file_of(name, contents)


def _file_of(name: str, contents: dict[str, bytes]) -> WebFile:
    suffix = Path(name).suffix
    return WebFile(
        content_type=_TYPES.get(suffix) or mimetypes.types_map.get(suffix, "application/octet-stream"),
        tag=hashlib.sha256(contents["identity"]).hexdigest()[:32],
        is_kept_for_ever=name.startswith(KEPT_FOR_EVER),
        contents=contents,
    )


def choose_coding(file: WebFile, accepted: str) -> str:
    """Choose the smallest form that `Accept-Encoding` takes (RFC 9110 §12.5.3); q is only 0 or not."""
    taken = {_coding(part) for part in accepted.lower().split(",")}
    return next((coding for coding in _PACKED if coding in taken and coding in file.contents), "identity")


def _coding(part: str) -> str:
    name, _, weight = part.partition(";")
    refused = weight.replace(" ", "") in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return "" if refused else name.strip()
