# What can be done here. `make` alone prints the menu.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory --no-builtin-rules

# uv from PATH where it runs, else the private one that scripts/bootstrap installs.
UV = $(shell uv --version >/dev/null 2>&1 && echo uv || echo .uv/bin/uv)
BIN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv
unexport VIRTUAL_ENV

# A registry that is named for pip alone serves uv as well.
ifdef PIP_INDEX_URL
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

# More arguments for the command behind a target: make demo ARGS="--no-traffic", make test ARGS="-k ledger".
ARGS ?=

CODE := $(wildcard src tests bench)

# Four files at once, on two cores: a test waits for the database most of its time. In the order of the folders, in which
# the longest come first.
BESIDE := --numprocesses 4 --dist loadfile --no-loadscope-reorder

# What runs a second time, on the oldest PostgreSQL that is supported: where SQL, locks and races matter.
ON_POSTGRES_15 := tests/races tests/spec tests/contract/test_api_orders.py tests/contract/test_api_stock.py \
	tests/unit/test_catalog_products.py tests/unit/test_pricing_prices.py tests/unit/test_doctor.py

.PHONY: help demo test check format bench assets screenshots clean

help: ## this menu
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo '  More arguments for the command behind it: make test ARGS="-k ledger"'

demo: .venv/.synced-demo assets ## import a real grocer's year, replay it, serve it at http://127.0.0.1:8000
	@$(BIN)/mainstem demo $(ARGS)

test: .venv/.synced-dev assets ## run every test
	@scripts/system-parts
	@$(BIN)/pytest $(BESIDE) $(ARGS)
	@test -n "$(ARGS)" || $(BIN)/pytest $(BESIDE) --postgres 15 $(ON_POSTGRES_15)

check: .venv/.synced-dev assets ## format, lint, types and import rules; changes nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy $(CODE)
	@$(BIN)/lint-imports --no-logo

format: .venv/.synced-dev ## format the code and apply the linter's safe fixes
	@$(BIN)/ruff check --fix-only .
	@$(BIN)/ruff format .

bench: .venv/.synced-dev assets ## measure against limits taken in the same run
	@$(BIN)/python -m bench $(ARGS)

assets: ## build what the console takes from npm, unless it is built already
	@scripts/bootstrap
	@scripts/assets

screenshots: .venv/.synced-dev assets ## take the pictures of docs/images anew
	@scripts/system-parts
	@$(BIN)/python -m tests.browser.harness.screenshots $(ARGS)

clean: ## remove environments, caches and build outputs; never data
	@rm -rf .venv .uv assets/node_modules src/mainstem/console/static/vendor build dist htmlcov .coverage .mypy_cache .pytest_cache .ruff_cache .hypothesis \
		.import_linter_cache .grimp_cache test-results
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --inexact: a demo must not take the test tools away again, nor tests the demo's data.
.venv/.synced-demo: pyproject.toml uv.lock
	@scripts/bootstrap
	@$(UV) sync --inexact --no-dev --extra demo
	@touch $@

.venv/.synced-dev: pyproject.toml uv.lock
	@scripts/bootstrap
	@$(UV) sync --inexact --all-extras
	@touch $@
