"""The hub: who is there, ordered logs, and relaying what it cannot read."""
