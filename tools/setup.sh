#!/usr/bin/env bash
# Makes .venv hold exactly one locked set of requirements (`runtime`, `dev` or `bench`) and this checkout,
# editable, so that changes to the code show at once. Safe to repeat and to interrupt.
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:?usage: tools/setup.sh runtime|dev|bench}
venv_python=.venv/bin/python

pip_install() {
  "$venv_python" -m pip --disable-pip-version-check --quiet install --no-input "$@"
}

# Half a venv from an interrupted run, or one whose Python was since removed, is made anew.
if ! "$venv_python" -m pip --version >/dev/null 2>&1; then
  python=$(tools/find-python.sh)
  echo "Making .venv with $("$python" --version) …" >&2
  "$python" -m venv --clear .venv
fi

echo "Installing the locked $kind requirements into .venv …" >&2
pip_install --require-hashes --requirement "requirements/$kind.txt"
# The build of the web client needs Node. Pages and everything else work without it, so this may fail.
if ! "$venv_python" tools/build_web_client.py can-build; then
  echo "Installing Node into .venv, for the web client …" >&2
  pip_install --require-hashes --requirement requirements/node.txt || true
fi
# Without isolation the build uses the locked hatchling just installed, not the newest there is.
pip_install --no-deps --no-build-isolation --editable .
touch ".venv/.$kind-is-set-up"
