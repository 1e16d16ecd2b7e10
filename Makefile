# `make` alone lists the targets. Everything runs in .venv, which the first target that needs it makes.
PYTHON ?= python3
MODELS ?= models
IN ?= data/example/listing.txt
OUT ?=
JOBS ?= 2

BIN := .venv/bin
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help label train evaluate test lint bench reliability fuzz notebooks docs dist lock audit clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/.base: requirements.lock pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@echo "Installing what is needed (once)" >&2
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(BIN)/.dev: requirements-dev.lock $(BIN)/.base
	@echo "Installing what tests and benchmarks need (once)" >&2
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

$(MODELS)/current: | $(BIN)/.base
	@$(BIN)/notices train --models $(MODELS) --jobs $(JOBS)

label: $(BIN)/.base $(MODELS)/current ## Label notices: make label IN=page.txt OUT=labelled.csv
	@$(BIN)/notices label --models $(MODELS) "$(IN)" $(if $(OUT),-o "$(OUT)")

train: $(BIN)/.base ## Train on data/corpus and make the release current
	@$(BIN)/notices train --models $(MODELS) --jobs $(JOBS)

lint: $(BIN)/.dev ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: $(BIN)/.dev ## Run the tests (under four minutes)
	$(BIN)/pytest -n $(JOBS) -m "not reliability"

reliability: $(BIN)/.dev ## Run the long proofs: crashes, damage, races, hostile input
	$(BIN)/python tests/reliability/table.py

lock: $(BIN)/.base ## Write the lock files anew from pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv
	@for part in "requirements.lock" "requirements-dev.lock --extra dev"; do \
	  $(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --quiet \
	    --no-emit-index-url --custom-compile-command "make lock" -o $$part; done

clean: ## Remove the environment, caches and builds; releases and data stay
	rm -rf .venv build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis benchmarks/.cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
