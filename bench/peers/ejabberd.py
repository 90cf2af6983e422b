"""ejabberd: XMPP in Erlang, one process, on one core with one scheduler."""

from pathlib import Path

from bench.certificate import make_certificate
from bench.peers.interface import Facts, Plan, Running, free_port, wait_for_port
from bench.peers.programs import find_program
from bench.peers.xmpp import HOST, ROOMS, XmppPeer
from bench.processes import SERVER_CORE, start_pinned

_LIBRARIES = Path("/usr/lib")
_ERLANG = (
    *("+S", "1:1", "+SDcpu", "1:1"),  # it has one core
    *("+sbwt", "none", "+sbwtdcpu", "none", "+sbwtdio", "none"),  # threads that spin take it from each other
    *("+K", "true", "+P", "250000", "+Q", "65536"),  # epoll, and room for processes and connections
)


class Ejabberd(XmppPeer):
    """Direct messages and rooms, without an archive."""

    name = "ejabberd"
    facts = Facts("ejabberd, TLS", has_tls=True, stores="nothing")
    _options: tuple[str, ...] = ()

    def missing(self) -> str:
        """Say where it is from."""
        return "" if find_program("erl") and _find_library() else "ejabberd (Debian)"

    def start(self, directory: Path, plan: Plan) -> Running:
        """Start Erlang itself, not through ejabberdctl, which changes users; nothing listens but the port."""
        port = free_port()
        config = directory / "ejabberd.yml"
        config.write_text(self._config(directory, port), encoding="utf-8")
        database = f'"{directory}/database"'
        command = [find_program("erl"), *_ERLANG, "-noinput", "-mnesia", "dir", database, "-s", "ejabberd"]
        command += self._options
        environment = {
            "ERL_LIBS": str(_find_library()),
            "ERL_CRASH_DUMP": str(directory / "crash"),
            "EJABBERD_CONFIG_PATH": str(config),
            "EJABBERD_LOG_PATH": str(directory / "ejabberd.log"),
            "HOME": str(directory),
        }
        process = start_pinned(command, directory / "log", core=SERVER_CORE, env=environment)
        return wait_for_port(Running(process, port))

    def _config(self, directory: Path, port: int) -> str:
        """Only the modules that clients here need, no shaper, errors alone in the log.

        Nobody is told who enters the room: 500 people would hear it 250,000 times.
        """
        certificate, key = make_certificate(directory)
        return f"""
hosts: ["{HOST}"]
loglevel: error
log_rotate_count: 0
certfiles: ["{certificate}", "{key}"]
auth_method: internal
auth_password_format: plain
registration_timeout: infinity
listen:
  - port: {port}
    ip: "127.0.0.1"
    module: ejabberd_c2s
    tls: true
    backlog: 1024
    shaper: none
    max_stanza_size: infinity
modules:
  mod_register:
    ip_access: all
  mod_muc:
    host: "{ROOMS}"
    history_size: 0
    max_users: 20000
    max_user_conferences: 100
    default_room_options:
      max_users: 20000
      presence_broadcast: []
      mam: {self._has_archive()}
{self._archive()}
"""

    def _has_archive(self) -> str:
        return "false"

    def _archive(self) -> str:
        return ""


class EjabberdArchive(Ejabberd):
    """The same with an archive of everybody and of the room (XEP-0313), in Mnesia.

    Its table is also kept in memory, which is faster than on disk alone (1.8 times where we looked), and its
    log is dumped more rarely. SQLite, the other choice without a server of its own, syncs each message and
    makes some tens a second.
    """

    name = "ejabberd-archive"
    facts = Facts(
        "ejabberd with archive, TLS", has_tls=True, stores="each message, written later, not synced"
    )
    _options = (
        *("-mnesia", "dump_log_write_threshold", "50000"),
        *("-eval", "{atomic, ok} = mnesia:change_table_copy_type(archive_msg, node(), disc_copies)."),
    )

    def _has_archive(self) -> str:
        return "true"

    def _archive(self) -> str:
        return """
  mod_mam:
    default: always
    db_type: mnesia
"""


def _find_library() -> Path | None:
    """Return the directory that ejabberd's own code is in."""
    found = sorted(_LIBRARIES.glob("*/ejabberd-*/ebin/ejabberd.app"))
    return found[-1].parent.parent.parent if found else None
