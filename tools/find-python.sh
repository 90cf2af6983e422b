#!/usr/bin/env bash
# Prints the Python that .venv is made with: $PYTHON, or the first of the usual names that starts,
# is 3.11 or newer and can make a venv. Says what to install when there is none.
set -euo pipefail

# Starting it is the test: a version manager's shim may be on the PATH and still run nothing.
is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
can_make_venv() { "$1" -c 'import venv; from ensurepip import bootstrap' >/dev/null 2>&1; }  # Debian packs ensurepip apart

without_venv=
for candidate in ${PYTHON:-python3.13 python3.12 python3.11 python3 python}; do
  is_new_enough "$candidate" || continue
  if can_make_venv "$candidate"; then
    command -v "$candidate"
    exit 0
  fi
  without_venv=${without_venv:-$candidate}
done

if [ -n "$without_venv" ]; then
  version=$("$without_venv" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
  echo "Python $version is here, but without its venv module." >&2
  echo "Install it and try again: on Debian or Ubuntu, apt-get install python$version-venv" >&2
else
  echo "lanmsg needs Python 3.11 or newer, and found none${PYTHON:+ at PYTHON=$PYTHON}." >&2
  echo "Install it and try again: on Debian or Ubuntu, apt-get install python3 python3-venv" >&2
fi
exit 1
