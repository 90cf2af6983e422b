"""Measurements of the real programs; see `docs/benchmarks.md`. Never part of the tests."""
