"""The terminal app in a real terminal, at a real hub."""
