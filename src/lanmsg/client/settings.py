"""What a caller of the client library may choose, in one place."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSettings:
    """Where a client keeps its things, and which hub it talks to.

    `home` is the client's own directory. `hub` is a typed address (`HOST:PORT`, `HOST`), `invite` a
    join link; with neither, the last hub and discovery are tried. `name` is the handle to enrol
    with: given, it must be free; None takes the system login and numbers it if it is taken.
    `pairing_code`: what another device of this person shows, to be let in as a second one (a join link of
    that device says the same).
    `is_home_given`: the home was chosen by hand, so its key stays in it and not in the keyring.
    `idle_after_s`: so long after the last `Client.touched` the person counts as idle; 0: never.
    `sends_read_receipts`: whether others may see what we have read.
    """

    home: Path
    hub: str | None = None
    invite: str | None = None
    pairing_code: str | None = None
    name: str | None = None
    device_name: str = ""
    is_home_given: bool = True
    idle_after_s: float = 300.0
    sends_read_receipts: bool = True
