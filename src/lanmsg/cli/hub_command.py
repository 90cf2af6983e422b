"""`lanmsg hub`: one hub as a process of its own, from its data directory to its last farewell."""

from dataclasses import dataclass
from pathlib import Path

from lanmsg.cli.logs import LogFormat, LogLevel
from lanmsg.wire.limits import MESSAGES_BURST, MESSAGES_PER_SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class HubOptions:
    """What an operator may choose.

    Attributes:
        listen: `HOST:PORT` each; empty: all addresses of this machine, at port 7777 or the next free one.
        data: where the hub keeps everything; None: `data_directory`'s choice.
        title: what people see; empty: the name of this machine.
        invite_only: let in nobody without an invite.
        advertise: let people on this network find the hub.
        metrics_public: answer `/metrics` to other machines too.
        message_rate: messages a second of one device; 0: no limit.
        message_burst: messages a device may send at once before the rate holds.
        log_format: see `logs.LogFormat`.
        log_level: see `logs.LogLevel`.
    """

    listen: tuple[str, ...] = ()
    data: Path | None = None
    title: str = ""
    invite_only: bool = False
    advertise: bool = True
    metrics_public: bool = False
    message_rate: float = MESSAGES_PER_SECOND
    message_burst: float = MESSAGES_BURST
    log_format: LogFormat = LogFormat.AUTO
    log_level: LogLevel = LogLevel.INFO


def run_hub(options: HubOptions) -> int:
    """Run a hub until it is told to stop; return the exit code of the process."""
    raise NotImplementedError(options)
