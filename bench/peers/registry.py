"""All peers by name."""

from bench.peers.ejabberd import Ejabberd, EjabberdArchive
from bench.peers.interface import Peer
from bench.peers.irc import Inspircd, Ngircd
from bench.peers.lanmsg_hub import LanmsgHub
from bench.peers.limit import BareTlsWriter, BareWriter, SingleBareTlsWriter, SingleBareWriter
from bench.peers.mosquitto import Mosquitto
from bench.peers.nats import NatsCore, NatsCoreTls, NatsJetStream
from bench.peers.prosody import Prosody, ProsodyArchive
from bench.peers.redis import Redis
from bench.peers.thread_per_client import ThreadPerClient
from bench.variants import VARIANTS

_ALL: tuple[Peer, ...] = (
    LanmsgHub(),
    ThreadPerClient(),
    NatsCore(),
    NatsCoreTls(),
    NatsJetStream(),
    Redis(),
    Mosquitto(),
    Inspircd(),
    Ngircd(),
    Ejabberd(),
    EjabberdArchive(),
    Prosody(),
    ProsodyArchive(),
    BareWriter(),
    BareTlsWriter(),
    SingleBareWriter(),
    SingleBareTlsWriter(),
    *(LanmsgHub(variant) for variant in VARIANTS),
)

PEERS: dict[str, Peer] = {peer.name: peer for peer in _ALL}
