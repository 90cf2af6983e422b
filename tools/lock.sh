#!/usr/bin/env bash
# Writes requirements/{runtime,dev,bench,node}.txt from pyproject.toml, with hashes, for every platform and
# every Python that we support. Needs uv. Pass --upgrade to move to newer releases.
set -euo pipefail
cd "$(dirname "$0")/.."

# No lock may name a host or a path: the same file must serve from whichever index a machine uses.
lock() {
  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
    --no-header --no-annotate --no-emit-index-url --no-emit-find-links "$@" >/dev/null
}

lock pyproject.toml --group build --output-file requirements/runtime.txt "${@}"
# Constrained by the first file: development and use run the same releases.
lock pyproject.toml --group build --group dev --constraint requirements/runtime.txt --output-file requirements/dev.txt "${@}"
lock pyproject.toml --group build --group dev --group bench --constraint requirements/dev.txt \
  --output-file requirements/bench.txt "${@}"
# Apart from the others: only machines without Node install it.
lock --group pyproject.toml:node --constraint requirements/dev.txt --output-file requirements/node.txt "${@}"
