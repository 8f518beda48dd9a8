# Every target does its own set-up in $(VENV); nothing needs to be installed before but Python 3.11 or newer.
# Without a network, point pip at wheels first, for example: PIP_NO_INDEX=1 PIP_FIND_LINKS=/path/to/wheels make sync

VENV ?= .venv
OLAH ?= .venv-olah
PYTHON ?= python3
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 18

.PHONY: sync
sync: $(VENV)/.core ## Make this repository's own models ready (offline, tiny random weights)
	$(BIN)/wansync sync

# One process for each core; each takes over what another one has not begun. `PARALLEL=` runs all tests in one process.
PARALLEL ?= -n auto --dist worksteal

.PHONY: test
test: $(VENV)/.dev ## Run the tests; those that need torch only if `make wan` has installed it
	$(BIN)/python -m pytest $(PARALLEL)

.PHONY: cover
cover: $(VENV)/.dev ## Run the tests and show what they do not reach
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term

.PHONY: cover-core
cover-core: $(VENV)/.dev ## Fail unless the tests reach every branch of the store, the views, the applying and the formats
	$(BIN)/python -m pytest $(PARALLEL) tests/unit tests/property tests/functional tests/faults tests/api tests/contract --cov-branch \
		--cov=wansync.store --cov=wansync.views --cov=wansync.apply --cov=wansync.formats --cov-report=term --cov-fail-under=100

.PHONY: wan
wan: $(VENV)/.wan ## Install torch and diffusers for the tests that load pipelines

.PHONY: bench
bench: $(VENV)/.dev ## Measure locking against its peers, starting, having nothing to do, planning a garbage collection, verifying, and looking at a model
	$(BIN)/python -m tests.benchmarks.lock
	$(BIN)/python -m tests.benchmarks.nothing
	$(BIN)/python -m tests.benchmarks.start
	$(BIN)/python -m tests.benchmarks.collect
	$(BIN)/python -m tests.benchmarks.verify
	$(BIN)/python -m tests.benchmarks.wan

TRANSFER ?= --rounds 5 --size 1GiB
KILLED ?= --size 512MiB

.PHONY: bench-transfer
bench-transfer: $(VENV)/.bench ## Measure transfers against curl, aria2c, hf and others, whole and killed: TRANSFER="--rounds 5 --size 1GiB" KILLED=
	$(BIN)/python -m tests.benchmarks.transfer $(TRANSFER)
	$(BIN)/python -m tests.benchmarks.transfer.killed $(KILLED)
	$(BIN)/python -m tests.benchmarks.transfer.buckets $(TRANSFER)

.PHONY: explore
explore: $(VENV)/.dev ## Look at a million states that a power cut may leave, and hunt every mutant of the protocol (minutes)
	$(BIN)/python -m tests.torture.explore --states 1000000

.PHONY: lint
lint: $(VENV)/.dev ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

.PHONY: types
types: $(VENV)/.dev ## Check types
	$(BIN)/mypy

.PHONY: layers
layers: $(VENV)/.dev ## Check that imports only go down the layers
	$(BIN)/lint-imports

HOSTILE ?= 1000000
KILLS ?= 1000
CUTS ?= 200
SYSCALLS ?= 1
STATE ?= .torture/campaign.json

.PHONY: torture
torture: $(VENV)/.dev ## Try to break the store: HOSTILE=1000000 KILLS=1000 CUTS=200 SYSCALLS=1 (every Nth; 0 none) SEED= STATE=; goes on where it was
	$(BIN)/python -m tests.torture.campaign --hostile $(HOSTILE) --kills $(KILLS) --cuts $(CUTS) --syscalls $(SYSCALLS) \
		--state $(STATE) $(if $(SEED),--seed $(SEED))
	WANSYNC_TEST_PLANTED=all $(BIN)/python -m pytest -q $(PARALLEL) tests/faults/test_planted.py

LIES ?= 1000

.PHONY: chaos
chaos: $(VENV)/.dev ## Sync from servers that lie in any order: LIES=1000 SEED=; goes on where it was; then all lies at all sources
	$(BIN)/python -m tests.torture.campaign --chaos $(LIES) --state .torture/chaos.json $(if $(SEED),--seed $(SEED))
	WANSYNC_TEST_LIES=all $(BIN)/python -m pytest -q $(PARALLEL) tests/chaos/test_lies.py

SECONDS ?= 600

.PHONY: fuzz
fuzz: $(VENV)/.fuzz ## Let atheris look for inputs that no reader expects: SECONDS=600
	$(BIN)/python -m tests.torture.hostile.fuzz $(SECONDS) .torture/corpus

INTERLEAVINGS ?= 2000

.PHONY: interleave
interleave: $(VENV)/.dev ## Let gc and everything else meet in any order: INTERLEAVINGS=2000 sequences of 12 steps
	WANSYNC_TEST_INTERLEAVINGS=$(INTERLEAVINGS) $(BIN)/python -m pytest -q tests/property/test_gc_laws.py

.PHONY: interop
interop: $(VENV)/.dev $(OLAH)/.ready ## Run the contract of sources against olah, a hub that other people wrote
	$(BIN)/python -m pytest tests/contract/test_sources.py -k olah --olah $(OLAH)/bin/olah-cli

.PHONY: schemas
schemas: $(VENV)/.dev ## Write the schemas and the reference of settings that are generated, and what all schemas share
	$(BIN)/python -m tests.support.write_schemas

.PHONY: docs
docs: $(VENV)/.dev ## Write the reference pages that are generated, and the outputs in the tutorial
	$(BIN)/python -m tests.support.write_docs

.PHONY: clean
clean: ## Remove the virtual environment and caches; the store is not touched
	rm -rf $(VENV) $(OLAH) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "wansync needs Python 3.11 or newer; name one with PYTHON=...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.core: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable .
	@touch $@

$(VENV)/.dev: pyproject.toml | $(VENV)/bin/python
	$(PIP) --editable '.[dev]'
	@touch $@

# An environment of its own: its requirements are none of ours.
$(OLAH)/.ready: Makefile
	$(PYTHON) -m venv $(OLAH)
	$(OLAH)/bin/python -m pip install --quiet --disable-pip-version-check olah==0.5.4
	@touch $@

# The peers; one that cannot be installed is left out of the tables.
$(VENV)/.bench: pyproject.toml tests/benchmarks/transfer/set-up.sh | $(VENV)/.dev
	$(PIP) --editable '.[dev,bench]'
	tests/benchmarks/transfer/set-up.sh
	@touch $@

$(VENV)/.fuzz: pyproject.toml | $(VENV)/.dev
	$(PIP) --editable '.[dev,fuzz]'
	@touch $@

# torch first and alone: the version that the tests were recorded with has a small CPU build. The others are those that
# wrote examples/tiny-wan: with any other a test that writes the same bytes again would be skipped.
RECORDED := diffusers==0.42.1 transformers==5.23.0 tokenizers==0.23.3 safetensors==0.8.0

$(VENV)/.wan: pyproject.toml | $(VENV)/.dev
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[dev,wan]' $(RECORDED)
	@touch $@
