"""The whole system in one process under a seeded scheduler: `python -m tests.simulation`."""
