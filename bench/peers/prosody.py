"""Prosody: XMPP in Lua, one process, one thread."""

from pathlib import Path

from bench.certificate import make_certificate
from bench.peers.interface import Facts, Plan, Running, free_port, wait_for_port
from bench.peers.programs import find_program
from bench.peers.xmpp import HOST, ROOMS, XmppPeer
from bench.processes import SERVER_CORE, start_pinned


class Prosody(XmppPeer):
    """Direct messages and rooms, without an archive."""

    name = "prosody"
    facts = Facts("Prosody, TLS", has_tls=True, stores="nothing")

    def missing(self) -> str:
        """Say where it is from."""
        return "" if find_program("prosody") else "prosody (Debian)"

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start it."""
        port = free_port()
        config = directory / "prosody.cfg.lua"
        config.write_text(self._config(directory, port), encoding="utf-8")
        command = [find_program("prosody"), "--root", "-F", "--config", str(config)]
        return wait_for_port(Running(start_pinned(command, directory / "log", core=SERVER_CORE), port))

    def _config(self, directory: Path, port: int) -> str:
        """Only the modules that clients here need, no limit of rates, errors alone in the log.

        epoll is its fastest back end; generational collection makes it two to three times as fast. Writes
        wait for the end of a turn, its default: at once is a third faster between two, and slower in a room.
        Nobody is told who enters the room: 500 people would hear it 250,000 times.
        """
        certificate, key = make_certificate(directory)
        return f"""
run_as_root = true
pidfile = "{directory}/prosody.pid"
certificates = "{directory}"
data_path = "{directory}/data"
log = {{ error = "*console" }}
network_backend = "epoll"
network_settings = {{ tcp_backlog = 1024 }}
gc = {{ mode = "generational" }}
interfaces = {{ "127.0.0.1" }}
c2s_ports = {{}}
c2s_direct_tls_ports = {{ {port} }}
c2s_direct_tls_ssl = {{ certificate = "{certificate}", key = "{key}" }}
ssl = {{ certificate = "{certificate}", key = "{key}" }}
modules_enabled = {{ "saslauth", "tls", "register" }}
modules_disabled = {{ "s2s", "offline" }}
authentication = "internal_plain"
allow_registration = true
storage = "internal"
storage_archive_item_limit = 1000000000
VirtualHost "{HOST}"
{self._host_modules()}
Component "{ROOMS}" "muc"
muc_room_locking = false
muc_occupant_id = false
muc_room_default_history_length = 0
max_history_messages = 0
muc_room_default_presence_broadcast = {{ visitor = false, participant = false, moderator = false }}
{self._room_modules()}
"""

    def _host_modules(self) -> str:
        return ""

    def _room_modules(self) -> str:
        return ""


class ProsodyArchive(Prosody):
    """The same with an archive of everybody and of the room (XEP-0313), a file each.

    SQLite, the other choice without a server of its own, syncs each message and makes some tens a second.
    """

    name = "prosody-archive"
    facts = Facts("Prosody with archive, TLS", has_tls=True, stores="each message, in files, not synced")

    def _host_modules(self) -> str:
        return 'modules_enabled = { "mam" }\ndefault_archive_policy = true'

    def _room_modules(self) -> str:
        return 'modules_enabled = { "muc_mam" }\nmuc_log_by_default = true'
