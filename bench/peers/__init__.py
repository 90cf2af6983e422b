"""The servers that are measured: the hub and its peers, one module each."""
