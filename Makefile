# `make` alone lists the targets. Everything runs in .venv, which the first target that needs it makes.
PYTHON ?= python3
MODELS ?= models
IN ?= data/example/listing.txt
OUT ?=
JOBS ?= 2

BIN := .venv/bin
export PYTHONUTF8 := 1

.DEFAULT_GOAL := help
.PHONY: help label train evaluate accuracy thucnews bench test lint reliability fuzz notebooks docs dist lock audit clean

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

evaluate: $(BIN)/.dev ## Measure our release and its opponents on the measuring sets
	@$(BIN)/python -m benchmarks.comparison

accuracy: $(BIN)/.dev ## Search for the model, compare, draw the learning curve: benchmarks/accuracy.md
	@$(BIN)/python -m benchmarks.accuracy

thucnews: $(BIN)/.dev ## The same pipeline and opponents on a public set of headlines
	@$(BIN)/python -m benchmarks.thucnews

bench: $(BIN)/.dev ## Measure speed and memory, side by side with the plain ways
	@$(BIN)/python benchmarks/speed.py

lint: $(BIN)/.dev ## Check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: $(BIN)/.dev ## Run the tests (under four minutes)
	$(BIN)/pytest -n $(JOBS) -m "not reliability and not notebooks"

reliability: $(BIN)/.dev ## Run the long proofs: crashes, damage, races, hostile input
	$(BIN)/python tests/reliability/table.py

docs: $(BIN)/.dev ## Build the documentation into site/, warnings as errors, offline
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

dist: $(BIN)/.dev ## Build the wheel and prove it in empty environments, newest and oldest dependencies
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv
	@$(BIN)/python tests/dist/check.py

fuzz: $(BIN)/.dev ## Feed the list-page parser and the fact extractor mutated input, a minute each
	@$(BIN)/python -m pip install -q --disable-pip-version-check "atheris>=2.3"
	@$(BIN)/python tests/fuzz/fuzz.py page -max_total_time=60
	@$(BIN)/python tests/fuzz/fuzz.py facts -max_total_time=60

notebooks: $(BIN)/.dev ## Run the notebooks from top to bottom and keep what they show
	@$(BIN)/python notebooks/run.py

audit: $(BIN)/.dev ## Look for known holes in the locked dependencies
	@$(BIN)/pip-audit --require-hashes --disable-pip -r requirements.lock

lock: $(BIN)/.base ## Write the lock files anew from pyproject.toml
	@$(BIN)/python -m pip install -q --disable-pip-version-check uv
	@for part in "requirements.lock" "requirements-dev.lock --extra dev"; do \
	  $(BIN)/uv pip compile pyproject.toml --group build --universal --python-version 3.11 --generate-hashes --quiet \
	    --no-emit-index-url --custom-compile-command "make lock" -o $$part; done

clean: ## Remove the environment, caches and builds; releases and data stay
	rm -rf .venv build dist site .pytest_cache .mypy_cache .ruff_cache .hypothesis benchmarks/.cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
