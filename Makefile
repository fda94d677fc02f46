# Every target does all of its own set-up in .venv; the second time there is nothing left to do.
.DEFAULT_GOAL := help
.PHONY: help run test check format pins clean
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Hashed pins; uv for its speed, pip where uv cannot reach the index that pip is configured for.
INSTALL = $(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes -r $(1) \
	|| $(BIN)/python -m pip install --quiet --require-hashes -r $(1)

help:  ## What there is to make
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

$(VENV)/python.stamp: requirements/bootstrap.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' \
		|| { echo "Second Look needs Python 3.11 to 3.13; $(PYTHON) is $$($(PYTHON) --version 2>&1). Try: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 2; }
	@echo "Setting up $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $<
	@touch $@

$(VENV)/serving.stamp: requirements/serving.txt $(VENV)/python.stamp
	@echo "Installing what serving needs (about 300 MB, once) ..."
	@$(call INSTALL,$<)
	@touch $@

$(VENV)/development.stamp: requirements/development.txt $(VENV)/python.stamp
	@echo "Installing what training and the tests need (about 8 GB, once) ..."
	@$(call INSTALL,$<)
	@touch $@

run: $(VENV)/serving.stamp  ## Start the bot: on Telegram with BOT_TOKEN in .env, else in a chat page of its own
	@if [ -n "$$BOT_TOKEN" ] || grep -qsE '^BOT_TOKEN=.' .env; then \
		exec $(BIN)/python -m bot; \
	else \
		exec $(BIN)/python -m sandbox -- $(BIN)/python -m bot; \
	fi

test: $(VENV)/development.stamp  ## Run every test
	@$(BIN)/python -m pytest -q

check: $(VENV)/development.stamp  ## Format, lint, types, import rules
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

format: $(VENV)/development.stamp  ## Bring the code into the project's format
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet .

PIN = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--custom-compile-command 'make pins'
pins: $(VENV)/python.stamp  ## Renew the pinned, hashed requirements after a change of pyproject.toml
	@cd requirements; \
	$(subst $(BIN),../$(BIN),$(PIN)) ../pyproject.toml --extra cpu --extra training --extra dev -o development.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) ../pyproject.toml --extra cpu -c development.txt -o serving.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) bootstrap.in -o bootstrap.txt

clean:  ## Remove the environment and what the tools cached (the journal in var/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
