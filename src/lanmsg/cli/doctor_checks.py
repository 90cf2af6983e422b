"""What the facts mean: one small pure function a check, and one table of them.

Each says in plain words how it is, and, where something is wrong, the way round. `fail`: without it
lanmsg does not work here; `warn`: it works, or may, but not as it should; `unknown`: it could not be
found out here and now.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from lanmsg import __version__
from lanmsg.cli.doctor_facts import Facts, HubTry, StoreState
from lanmsg.cli.exit_codes import ExitCode
from lanmsg.net.probing import Reach
from lanmsg.wire.limits import DEFAULT_PORT
from lanmsg.wire.safe_text import isolated

MAX_SKEW_S: Final = 30
"""Nothing depends on clocks but what people read; half a minute is what they notice."""
LOW_SPACE_BYTES: Final = 100 * 1024 * 1024


class Result(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found, and what to do about it (empty: nothing)."""

    result: Result
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Check:
    """One row of the table. `tried` says what was done; `code` is how the command ends if it fails."""

    id: str
    tried: str
    judge: Callable[[Facts], Finding]
    code: ExitCode = ExitCode.NO_HUB


def _network(facts: Facts) -> Finding:
    usable = [each for each in facts.interfaces if not each.address.startswith(("169.254.", "fe80:"))]
    if usable:
        places = ", ".join(f"{each.address} on {each.name}" for each in usable)
        return Finding(Result.OK, f"this machine is {isolated(places)}")
    if facts.interfaces:
        return Finding(
            Result.WARN,
            "this machine has given itself an address: no router has told it one",
            "That works between machines on one cable or switch. Otherwise look at the Wi-Fi or the cable.",
        )
    return Finding(
        Result.FAIL, "this machine is on no network", "Connect it to the Wi-Fi or the cable of the others."
    )


def _vpn(facts: Facts) -> Finding:
    if any(each.goes_by_tunnel for each in facts.hubs):
        return Finding(
            Result.WARN,
            "the way to the hub goes through a VPN, although it may be next door",
            "If the hub is not found: leave the VPN, or allow `local network access` in its settings.",
        )
    if facts.tunnel:
        return Finding(
            Result.WARN,
            f"a VPN ({isolated(facts.tunnel)}) is this machine's way out; many keep local machines away",
            "If the hub is not found: leave the VPN, or allow `local network access` in its settings.",
        )
    return Finding(Result.OK, "no VPN takes this machine's traffic")


def _firewall(facts: Facts) -> Finding:
    seen = [each.name for each in facts.firewalls if each.is_on]
    hidden = [each.name for each in facts.firewalls if each.is_on is None]
    if seen:
        names = ", ".join(seen)
        result = Result.OK if facts.heard_hubs and not facts.is_host else Result.WARN
        return Finding(
            result,
            f"{names} is on",
            f"It lets a client out. To be found as a hub, let in TCP and UDP port {DEFAULT_PORT}: "
            f"{_OPENERS.get(seen[0], 'see its settings')}. It may also drop the answers to a search: then "
            "use --hub HOST:PORT.",
        )
    if hidden:
        names = ", ".join(hidden)
        return Finding(Result.UNKNOWN, f"there is {names}, whose rules only root can read")
    return Finding(Result.OK, "no firewall was seen on this machine")


_OPENERS: Final = {
    "ufw": f"sudo ufw allow {DEFAULT_PORT}",
    "firewalld": f"sudo firewall-cmd --permanent --add-port={DEFAULT_PORT}/tcp "
    f"--add-port={DEFAULT_PORT}/udp, then sudo firewall-cmd --reload",
    "nftables": f"nft add rule inet filter input meta l4proto {{tcp, udp}} th dport {DEFAULT_PORT} accept "
    "(names as in your rules)",
    "the firewall of macOS": "System Settings, Network, Firewall, Options",
    "the firewall of Windows": "allow Python or lanmsg in private networks",
}


def _multicast(facts: Facts) -> Finding:
    lost = [each for each in facts.own_multicast if not each.is_heard]
    others = facts.heard_by_multicast
    if others:
        count = len(others)
        return Finding(Result.OK, f"{count} other machine{'' if count == 1 else 's'} heard by multicast")
    if not facts.own_multicast:
        return Finding(Result.UNKNOWN, "there is no IPv4 network to try it on")
    if len(lost) == len(facts.own_multicast):
        why = f" ({isolated(lost[0].error)})" if lost[0].error else ""
        return Finding(
            Result.WARN if facts.is_hub_here else Result.FAIL,
            f"this machine does not hear its own multicast{why}: its firewall keeps it",
            "Let in and out UDP port 5353 to 224.0.0.251. Or use --hub HOST:PORT, which needs none of it.",
        )
    return Finding(
        Result.WARN if facts.has_hub_elsewhere else Result.UNKNOWN,
        "multicast leaves this machine, and nobody was heard by it",
        "Either nobody else is here, or the access point or switch does not pass it on (look for `IGMP "
        "snooping` or `multicast filtering`). Or use --hub HOST:PORT, which needs none of it.",
    )


def _broadcast(facts: Facts) -> Finding:
    if facts.heard_by_broadcast:
        return Finding(Result.OK, f"a hub answered: {facts.words(facts.heard_by_broadcast)}")
    failed = [each for each in facts.broadcast.attempts if each.result not in {"no answer", "answered"}]
    if failed and len(failed) == len(facts.broadcast.attempts):
        return Finding(
            Result.WARN if facts.is_hub_here else Result.FAIL,
            f"this machine can't send a broadcast ({isolated(failed[-1].result)})",
            f"Let its firewall send UDP to port {DEFAULT_PORT}. Or use --hub HOST:PORT.",
        )
    return Finding(
        Result.WARN if facts.has_hub_elsewhere else Result.UNKNOWN,
        "no hub of another machine answered a broadcast",
        f"Either there is none, or a firewall on its way drops UDP port {DEFAULT_PORT}: --hub HOST:PORT "
        "needs TCP alone.",
    )


def _hub(facts: Facts) -> Finding:
    good = [each for each in facts.hubs if each.title is not None and not each.is_stranger]
    if good:
        words = f'"{isolated(good[0].title or "")}" at {good[0].attempt.address}'
        return Finding(Result.OK, f"the hub {words} answers")
    stranger = next((each for each in facts.hubs if each.is_stranger), None)
    if stranger is not None:
        return Finding(
            Result.FAIL,
            f"at {stranger.attempt.address} answers another hub than the one you know",
            "Somebody may be posing as it, or it was set up anew: compare its check words before "
            f"`lanmsg forget {stranger.attempt.address}`.",
        )
    if not facts.hubs:
        return Finding(
            Result.WARN,
            "no hub was found, and this home knows none",
            "Start one here: lanmsg hub. Or say where it is: lanmsg doctor --hub HOST:PORT.",
        )
    return _unreachable(facts.hubs[0])


def _unreachable(hub: HubTry) -> Finding:
    address, reach = hub.attempt.address, hub.attempt.reach
    if reach is Reach.OPEN:
        return Finding(
            Result.FAIL,
            f"something answers at {address}, but it is no hub ({isolated(hub.error)})",
            "Look at the hub's own screen for its port.",
        )
    text, advice = _REACHES[reach]
    return Finding(Result.FAIL, f"{address}: {text}", advice)


_REACHES: Final = {
    Reach.REFUSED: (
        "the machine is there and takes no connection (refused)",
        "The hub does not run, has another port, or the machine's firewall says no: look at its screen.",
    ),
    Reach.SILENT: (
        "no answer",
        f"The machine is off, has another address now, or its firewall drops TCP port {DEFAULT_PORT}: look "
        "at the hub's screen, and see `isolation` below.",
    ),
    Reach.UNREACHABLE: (
        "no way to it from here",
        "It is on another network, off, or kept apart (see `isolation`): join the hub's network.",
    ),
    Reach.FORBIDDEN: (
        "this machine's own firewall does not let the connection out",
        f"Let out TCP port {DEFAULT_PORT}.",
    ),
    Reach.NO_NAME: ("nobody knows this name here", "Use the number that the hub's screen shows."),
}


def _isolation(facts: Facts) -> Finding:
    reached = [each for each in facts.neighbours if each.attempt.reach in {Reach.OPEN, Reach.REFUSED}]
    if reached:
        return Finding(Result.OK, f"machines can talk to each other ({reached[0].attempt.host} answered)")
    silent = [each for each in facts.neighbours if each.is_heard]
    if not silent:
        return Finding(
            Result.UNKNOWN,
            "no other machine was heard, so it can't be tried",
            "Try again next to another one.",
        )
    hosts = ", ".join(each.attempt.host for each in silent)
    if any(each.answers_udp for each in silent):
        return Finding(
            Result.FAIL,
            f"{hosts} answers by UDP but takes no connection: its firewall drops TCP",
            f"On that machine, let in TCP port {DEFAULT_PORT}.",
        )
    if all(each.answers_arp is False for each in silent):
        return Finding(
            Result.FAIL,
            f"{hosts} was heard but can't be reached: the access point keeps its guests apart",
            _APART,
        )
    return Finding(
        Result.FAIL if any(each.is_hub for each in silent) else Result.UNKNOWN,
        f"{hosts} was heard but takes no connection: its firewall drops it, or the access point keeps its "
        "guests apart",
        f"On that machine, let in TCP and UDP port {DEFAULT_PORT}. {_APART}",
    )


_APART: Final = (
    "Switch off `client isolation` (also: AP isolation, guest network) on the access point; or use a cable, "
    "another Wi-Fi, or a phone's hotspot for all."
)


def _clock(facts: Facts) -> Finding:
    if facts.skew_s is None:
        return Finding(Result.UNKNOWN, "no hub told the time")
    ahead = "ahead of" if facts.skew_s > 0 else "behind"
    if abs(facts.skew_s) <= MAX_SKEW_S:
        return Finding(Result.OK, "this clock and the hub's agree")
    return Finding(
        Result.WARN,
        f"this clock is {_duration(abs(facts.skew_s))} {ahead} the hub's",
        "Messages keep their order; only the times shown are off, and waiting invites end too soon or too "
        "late. Set the clock of whichever is wrong.",
    )


def _duration(seconds: float) -> str:
    for size, name in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {name}"
    return f"{seconds:.0f} s"


def _web(facts: Facts) -> Finding:
    web = facts.web
    if web is None or web.error:
        return Finding(Result.UNKNOWN, "no hub to look at" if web is None else web.error)
    if web.false_files:
        names = ", ".join(isolated(name) for name in web.false_files[:3])
        return Finding(Result.WARN, f"the hub gives browsers other files than it lists: {names}", _WHO_SERVES)
    if not web.served:
        return Finding(Result.OK, "the hub serves no client for browsers")
    software = next((each.software for each in facts.hubs if each.title is not None), "")
    if not web.own or software != f"lanmsg/{__version__}":
        fingerprint = f"the hub serves the web client {web.served[:16]}…; "
        return Finding(Result.UNKNOWN, f"{fingerprint}there is none of its version here to compare it with")
    if web.served != web.own:
        return Finding(
            Result.WARN, "the hub serves another web client than lanmsg of its version", _WHO_SERVES
        )
    return Finding(Result.OK, f"the hub serves the web client of its version ({web.served[:16]}…)")


_WHO_SERVES: Final = (
    "Somebody may have changed it, or built it from other sources. It sees what is written in it: ask "
    "whoever runs the hub before you use it in a browser. The terminal is not concerned."
)


def _port(facts: Facts) -> Finding:
    if facts.own_hub:
        return Finding(Result.OK, f"a hub of yours runs on this machine, at {', '.join(facts.own_hub)}")
    if not facts.port_problem:
        return Finding(Result.OK, f"port {DEFAULT_PORT} is free, should this machine host a hub")
    return Finding(
        Result.WARN,
        facts.port_problem,
        "A hub here would take the next free port by itself. Only an address that names the port then "
        "leads to it.",
    )


def _name(facts: Facts) -> Finding:
    if facts.name.problem:
        return Finding(Result.FAIL, facts.name.problem, "Choose another with --name.")
    if facts.name.is_enrolled and not facts.name.handle:
        return Finding(Result.OK, "you have a name at this hub; the lanmsg that is open shows it")
    if facts.name.is_enrolled:
        return Finding(Result.OK, f"you are {isolated(facts.name.handle)} at this hub")
    return Finding(Result.OK, f"you would join as {isolated(facts.name.handle)}, numbered if that is taken")


def _store(facts: Facts) -> Finding:
    store = facts.store
    if store.problem:
        return Finding(Result.FAIL, store.problem)
    if store.free_bytes is not None and store.free_bytes < LOW_SPACE_BYTES:
        return Finding(
            Result.WARN,
            f"the disk has {store.free_bytes // 1024**2} MiB left",
            "Free some space: with a full disk lanmsg stops.",
        )
    return Finding(Result.OK, _store_words(store))


def _store_words(store: StoreState) -> str:
    if store.holder:
        return f"the store is fine as far as can be seen: another lanmsg has it open ({store.holder})"
    if store.is_opened:
        return f"the store in {store.home} opens"
    return f"nothing is stored in {store.home} for this hub yet"


CHECKS: Final = (
    Check("network", "looked at this machine's addresses", _network),
    Check("vpn", "looked at this machine's way out, and to the hub", _vpn),
    Check("firewall", "looked for firewalls on this machine", _firewall),
    Check("multicast", "sent to 224.0.0.251 and listened, for us and for others", _multicast),
    Check("broadcast", "asked everybody on each network for hubs, by UDP", _broadcast),
    Check("hub", "connected by TCP and TLS to the hub that was named, known or heard", _hub),
    Check("isolation", "connected to machines that were heard", _isolation),
    Check("clock", "asked the hub for the time", _clock),
    Check("web", "fetched what the hub gives to browsers, and compared it with this lanmsg's own", _web),
    Check("port", f"tried to listen at port {DEFAULT_PORT}", _port),
    Check("name", "looked at the name you have or would have", _name, ExitCode.USAGE),
    Check("store", "opened the store of this home", _store, ExitCode.STORE),
)
"""Every check, in the order it is shown in: what is outside comes before what depends on it."""


def exit_code(findings: "list[tuple[Check, Finding]]", facts: Facts) -> ExitCode:
    """Return how the command ends: as the first check that failed says; OK if none did."""
    if any(each.is_stranger for each in facts.hubs) and _hub(facts).result is Result.FAIL:
        return ExitCode.WRONG_IDENTITY
    return next((check.code for check, found in findings if found.result is Result.FAIL), ExitCode.OK)
