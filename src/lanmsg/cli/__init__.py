"""The commands; the only place that chooses implementations."""
