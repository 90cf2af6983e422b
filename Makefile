# `make` alone lists what there is to make.
# ARGS goes to the program: make run ARGS="hub --port 7777". PYTHON chooses the interpreter of .venv.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: run demo test check check-python check-web web-client deep-encryption deep-histories deep-crowds deep-fuzz deep-faces deep-faults deep-disk deep-network deep-soak deep-simulation reliability audit bench bench-quick pictures help setup setup-dev setup-bench lock clean

# Bytecode caches make every start after the first one faster.
unexport PYTHONDONTWRITEBYTECODE
# pyright would ask the package index whether there is a newer release.
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

BIN := .venv/bin
WEB := $(BIN)/python tools/build_web_client.py
WEB_MODULES := web/node_modules/.package-lock.json
PYTEST := $(BIN)/python -m pytest -q -n 2 --dist loadfile
# On a busy machine a program or a browser is sometimes too late: what failed is tried once more, alone. Read why it failed.
ONCE_MORE := $(BIN)/python -m pytest -q --last-failed --last-failed-no-failures none
APART := tests/web tests/faces
# Tests of whole systems, broken disks, real networks and builds: `make test` runs them too.
LARGE_TESTS := tests/encryption tests/faces tests/faults tests/fuzz tests/network tests/scenarios tests/simulation tests/soak tests/tui tests/web \
  $(addprefix tests/cli/test_,programs.py terminal.py start.py) \
  tests/client/store/test_power_cut.py $(addprefix tests/hub/storage/test_,power_cut.py state_machine.py) \
  tests/net/test_discovery_namespaces.py tests/test_build_web_client.py

run: setup web-client ## run lanmsg: make run ARGS="--help"
	@$(BIN)/lanmsg $(ARGS)

demo: setup ## see a hub and some people talking
	@$(BIN)/lanmsg demo $(ARGS)

test: setup-dev $(WEB_MODULES) web-client ## run all tests
	$(WEB) run npm run --silent test
	@# Three at once on two cores: many of them wait for a clock, a disk or a network.
	$(PYTEST) -n 3 $(APART:%=--ignore=%) tests $(ARGS) || $(ONCE_MORE) $(APART:%=--ignore=%) tests
	@# Apart: a browser drops its connections whenever a network comes or goes, as those of tests/network do.
	$(PYTEST) $(APART) $(ARGS) || $(ONCE_MORE) $(APART)

check: setup-dev $(WEB_MODULES) ## format, lint, types, import rules, unit tests: all that a commit must pass
	@$(MAKE) --no-print-directory -j2 check-python check-web

check-python:
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports --no-logo
	$(PYTEST) tests $(LARGE_TESTS:%=--ignore=%)

check-web:
	$(WEB) run npm run --silent check
	$(WEB) run npm run --silent test

# A machine without Node or without a registry goes on without it: browsers then get a page that says so.
web-client: # build the browser client if its sources have changed
	-@$(WEB)

$(WEB_MODULES): web/package-lock.json | setup-dev
	$(WEB) run npm ci --silent
	@touch $@

# The deep targets run for up to an hour each, and keep their totals for `make reliability`.
RECORDS := build/records.jsonl
DEEP := LANMSG_RECORDS=$(RECORDS) $(BIN)/python -m pytest -q

deep-faults: setup-dev ## kill hub and clients, also at every system call: make deep-faults KILLS=200 POINTS=0
	LANMSG_KILLS=$(or $(KILLS),200) LANMSG_KILL_POINTS=$(or $(POINTS),0) $(DEEP) tests/faults $(ARGS)

deep-disk: setup-dev ## cut the power of hub and clients, break their disks: make deep-disk STATES=200000
	LANMSG_POWER_CUT_STATES=$(or $(STATES),200000) LANMSG_DISK_POINTS=$(or $(POINTS),40) \
	  $(DEEP) --timeout 7200 tests/hub/storage/test_power_cut.py tests/client/store/test_power_cut.py \
  tests/faults/test_disk_errors.py $(ARGS)

deep-network: setup-dev ## break the network of twenty clients in every way: make deep-network BREAKS=5
	LANMSG_BREAKS=$(or $(BREAKS),5) $(DEEP) tests/network/test_broken_networks.py $(ARGS)

deep-soak: setup-dev ## talk for hours beside faults, and look at the hub: make deep-soak MINUTES=120 CLIENTS=20
	LANMSG_SOAK_MINUTES=$(or $(MINUTES),120) LANMSG_SOAK_CLIENTS=$(or $(CLIENTS),20) $(DEEP) tests/soak $(ARGS)

deep-histories: setup-dev $(WEB_MODULES) ## native and web clients in random histories, who reads what: make deep-histories N=50
	LANMSG_HISTORIES=$(or $(N),50) $(DEEP) --timeout 7200 tests/web/test_histories.py $(ARGS)

deep-crowds: setup-dev ## 50 people join while 20 talk; 20 slow and 20 stuck readers beside a crowd
	LANMSG_NEWCOMERS=50 LANMSG_TALKERS=20 LANMSG_SLOW_READERS=20 LANMSG_STUCK_READERS=20 LANMSG_SLOW_SECONDS=$(or $(SECONDS),120) \
	  $(DEEP) --timeout 7200 tests/soak/test_joining.py tests/soak/test_slow_readers.py $(ARGS)

reliability: setup-dev # docs/reliability.md from what the deep targets kept
	PYTHONPATH=. $(BIN)/python tools/make_reliability.py $(RECORDS)

# Every attack in conversations of all sizes, and N simulated histories with the real encryption: half an hour or so.
deep-encryption: setup-dev ## attacks of hubs and members, histories with real encryption: make deep-encryption N=2000
	LANMSG_ATTACKS=all $(DEEP) tests/encryption $(ARGS)
	$(BIN)/python -m tests.simulation --from 50000 --count $(or $(N),2000) --crypto real --record $(RECORDS)

# SECONDS for each of some thirty targets, then SESSIONS of strangers at the port of a hub, then all texts that
# would act on a terminal at every place, and HOSTILE random ones, for the terminal app.
deep-fuzz: setup-dev ## foreign bytes for whatever reads them: make deep-fuzz SECONDS=60 SESSIONS=5000 HOSTILE=20000
	LANMSG_FUZZ_SECONDS=$(or $(SECONDS),60) LANMSG_SESSIONS=$(or $(SESSIONS),5000) \
	  LANMSG_HOSTILE=$(or $(HOSTILE),20000) $(DEEP) -s tests/fuzz tests/tui/test_hostile.py $(ARGS)

deep-faces: setup-dev $(WEB_MODULES) web-client ## the scenarios of all faces for every pair of them, also two of a kind
	LANMSG_PAIRS=all $(PYTEST) tests/faces $(ARGS)

# Some 500 schedules a minute and core; a failing seed says how to repeat it.
deep-simulation: setup-dev ## simulate far more worlds than `make test` does: make deep-simulation SEEDS=20000
	LANMSG_SEEDS=$(or $(SEEDS),20000) LANMSG_RECORDS=$(RECORDS) $(PYTEST) tests/simulation $(ARGS)

audit: # ask the package index for known faults of what we depend on; needs pip-audit
	pip-audit --disable-pip --require-hashes -r requirements/runtime.txt

bench: setup-bench ## run the benchmarks (hours), or some: make bench ARGS="fan-out keep report"
	$(BIN)/python -m bench $(ARGS)

bench-quick: setup-dev ## the hub against one thread per client, in three minutes
	$(BIN)/python -m bench quick

pictures: setup-dev web-client ## photograph the pictures in docs/ anew: Linux with tmux and Chromium
	timeout 200 $(BIN)/python tools/make_pictures.py $(ARGS)
	PYTHONPATH=src:. timeout 200 $(BIN)/python tools/make_web_pictures.py $(ARGS)

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.* ## \(.*\)/  make \1	\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

setup: .venv/.runtime-is-set-up
setup-dev: .venv/.dev-is-set-up
setup-bench: .venv/.bench-is-set-up

.venv/.%-is-set-up: requirements/%.txt pyproject.toml tools/setup.sh
	@tools/setup.sh $*

lock: # after a change of the dependencies; needs uv; ARGS=--upgrade moves to newer releases
	tools/lock.sh $(ARGS)

clean: # remove what the other targets made
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage dist src/lanmsg/hub/web_client web/node_modules web/dist
