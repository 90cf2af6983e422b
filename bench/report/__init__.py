"""The page: from kept results to `docs/benchmarks.md` and its charts."""
