"""LAN messaging: a hub for the local network and end-to-end encrypted clients."""

__version__ = "0.1.0"
