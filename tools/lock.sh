#!/usr/bin/env bash
# Writes requirements/{runtime,dev,bench}.txt from pyproject.toml, with hashes, for every platform and
# every Python that we support. Needs uv. Pass --upgrade to move to newer releases.
set -euo pipefail
cd "$(dirname "$0")/.."

# No lock may name a host or a path: the same file must serve from whichever index a machine uses.
lock() {
  uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@" >/dev/null
}

lock --group build --output-file requirements/runtime.txt "${@}"
# Constrained by the first file: development and use run the same releases.
lock --group build --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt "${@}"
lock --group build --group dev --group bench --constraint requirements/dev.txt \
  --output-file requirements/bench.txt "${@}"
