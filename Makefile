# Interurban, in the words of `make`:
#
#   make up       install everything, load both cities, serve them on http://localhost:8000
#   make test     everything CI runs
#   make sbom     dist/interurban.cdx.json: all packages in it, as CycloneDX
#   make bench    the measured tables of docs/performance.md, beside a real peer
#   make wheel    dist/interurban-*.whl, with the built web app inside
#   make clean    remove what was built (never the data)
#
# It needs Python 3.11 or newer, and nothing else. Where the data come from: a mirror folder if one
# is named (`make up MIRROR=folder`, or INTERURBAN_MIRROR), else the live portals, else synthetic
# cities. A stamp in .make/ stands for each finished step, so that nothing is done twice.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help install web up test lint types audit web-test system whole-test quick-test bench sbom wheel clean

PYTHON ?= python3 python3.13 python3.12 python3.11
MIRROR ?= $(INTERURBAN_MIRROR)
PORT ?= $(or $(INTERURBAN_PORT),8000)
WORKERS ?= 2

VENV := .venv
BIN := $(VENV)/bin
DONE := .make
NPM := $(BIN)/python tools/npm.py
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

WEB_SOURCES := $(shell find web -type f -not -path '*/node_modules/*' 2>/dev/null)

help:
	@sed -n 's/^#   /  /p' Makefile

# Environment

# A name may be there and not run (a version manager's stand-in), so each is tried.
$(BIN)/python:
	@for name in $(PYTHON); do \
	  if "$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	    exec "$$name" -m venv $(VENV); \
	  fi; \
	done; \
	echo "Interurban needs Python 3.11 or newer. Name one: make $(MAKECMDGOALS) PYTHON=/path/to/python3"; \
	exit 1

$(DONE)/install: $(BIN)/python pyproject.toml
	@echo "Installing Interurban (the first time this takes about a minute)"
	@$(PIP) install --editable .
	@mkdir -p $(DONE) && touch $@

$(DONE)/install-dev: $(DONE)/install
	@echo "Installing what the tests need"
	@$(PIP) install --editable '.[dev]'
	@touch $@

$(DONE)/node-modules: web/package-lock.json | $(DONE)/install
	@echo "Fetching the libraries of the web app"
	@$(NPM) ci --silent --no-audit --no-fund
	@touch $@

$(DONE)/web: $(DONE)/node-modules $(WEB_SOURCES)
	@echo "Building the web app"
	@$(NPM) run --silent build -- --logLevel warn
	@touch $@

install: $(DONE)/install
web: $(DONE)/web

# Run

up: $(DONE)/install $(DONE)/web
	@exec $(BIN)/interurban up --port $(PORT) $(if $(MIRROR),--mirror "$(MIRROR)")

# Test: the cheap things first, so that a mistake shows early

test: lint types audit web-test whole-test

lint: $(DONE)/install-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check

types: $(DONE)/install-dev
	$(BIN)/mypy

# Says so, and passes, where the advisories can't be reached.
audit: $(DONE)/install-dev $(DONE)/node-modules
	@$(BIN)/python tools/audit.py

web-test: $(DONE)/web
	$(NPM) run --silent check
	$(NPM) run --silent test

system:
	@tools/system_packages.sh

# All in one, so that what takes long to make is made once. Some wait for browsers and processes as
# often as they work: one worker more than there are cores keeps all of them busy, and a library that
# starts threads of its own in each would only make them wait for each other.
# INTERURBAN_KILLS=50 kills loads and runs as often as before a release; INTERURBAN_WALK=1 asks both
# cities of the atlas with every parameter, not one of them.
PYTEST := OPENBLAS_NUM_THREADS=1 $(BIN)/pytest -q -n $$(($(WORKERS) + 1)) --dist loadfile

whole-test: $(DONE)/install-dev $(DONE)/web system
	$(PYTEST)

quick-test: $(DONE)/install-dev $(DONE)/web system
	$(PYTEST) -m 'not slow and not browser'

# Measure, pack, clean

bench: $(DONE)/install
	$(BIN)/python -m benchmarks $(BENCH)

sbom: $(DONE)/install-dev
	@$(BIN)/python tools/sbom.py

wheel: $(DONE)/install-dev $(DONE)/web
	@rm -rf dist
	$(BIN)/python -m build --wheel
	@ls dist/*.whl

clean:
	rm -rf $(DONE) $(VENV) dist build artefacts web/node_modules src/interurban/http/static \
	  .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
