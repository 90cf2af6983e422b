"""Where the hub keeps its logs: one interface, its conformance suite, and its implementations."""
