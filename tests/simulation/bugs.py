"""All planted bugs."""

from . import client_bugs, hub_bugs
from .hub_bugs import nervous_clients
from .planting import BUGS, Bug, find

__all__ = ["BUGS", "Bug", "client_bugs", "find", "hub_bugs", "nervous_clients"]
