# Every target does all of its own set-up in .venv; the second time there is nothing left to do.
.DEFAULT_GOAL := help
.PHONY: help run site test fuzz check format pins audit licences sbom clean
SHELL := /bin/bash

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Hashed pins; uv for its speed, pip where uv cannot reach the index that pip is configured for.
INSTALL = $(BIN)/uv pip install --quiet --compile-bytecode --python $(or $(2),$(BIN))/python --require-hashes -r $(1) \
	|| $(or $(2),$(BIN))/python -m pip install --quiet --require-hashes -r $(1)

# What looks through the dependencies is installed apart from them.
AUDIT := $(VENV)/audit
PINS := $(wildcard requirements/*.txt)

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

$(VENV)/site.stamp: requirements/site.txt $(VENV)/python.stamp
	@echo "Installing what the API and the site need (about 500 MB, once) ..."
	@$(call INSTALL,$<)
	@touch $@

$(VENV)/development.stamp: requirements/development.txt $(VENV)/python.stamp
	@echo "Installing what training and the tests need (about 8 GB, once) ..."
	@$(call INSTALL,$<)
	@touch $@

$(AUDIT)/audit.stamp: requirements/audit.txt $(VENV)/python.stamp
	@echo "Installing what looks through the dependencies (about 50 MB, once) ..."
	@$(BIN)/python -m venv $(AUDIT)
	@$(call INSTALL,$<,$(AUDIT)/bin)
	@touch $@

$(VENV)/fuzz.stamp: requirements/fuzz.txt $(VENV)/python.stamp
	@echo "Installing the fuzzer (about 300 MB with what it opens pictures with, once) ..."
	@$(call INSTALL,$<)
	@touch $@

run: $(VENV)/serving.stamp  ## Start the bot: on Telegram with BOT_TOKEN in .env, else in a chat page of its own
	@if [ -n "$$BOT_TOKEN" ] || grep -qsE '^BOT_TOKEN=.' .env; then \
		exec $(BIN)/python -m bot; \
	else \
		exec $(BIN)/python -m sandbox -- $(BIN)/python -m bot; \
	fi

site: $(VENV)/site.stamp  ## Start the HTTP API and the site together, and print the site's address
	@exec $(BIN)/python -m web.site --with-api

# Bytecode is kept whatever the environment says: the tests start many processes, which would each compile everything.
# One thread a process: with two workers beside each other more of them only wait for each other.
# The order of files is tests/scheduling.py's.
test: $(VENV)/development.stamp  ## Run every test
	@env -u PYTHONDONTWRITEBYTECODE OMP_NUM_THREADS=1 TF_NUM_INTRAOP_THREADS=1 TF_NUM_INTEROP_THREADS=1 \
		$(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder

FUZZ_SECONDS ?= 60
fuzz: $(VENV)/fuzz.stamp  ## Open mutated pictures and DICOM files, FUZZ_SECONDS each (60)
	@for target in raster dicom; do \
		env -u PYTHONDONTWRITEBYTECODE $(BIN)/python -m tests.fuzz $$target --seconds $(FUZZ_SECONDS) || exit; \
	done

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
	$(subst $(BIN),../$(BIN),$(PIN)) ../pyproject.toml --extra cpu --extra web --extra site --extra training --extra dev -o development.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) ../pyproject.toml --extra cpu -c development.txt -o serving.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) ../pyproject.toml --extra cpu --extra web -c development.txt -o web.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) ../pyproject.toml --extra gpu --extra web -c development.txt -o gpu.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) ../pyproject.toml --extra training -c development.txt -o training.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) ../pyproject.toml --extra cpu --extra web --extra site -c development.txt -o site.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) ../pyproject.toml --extra fuzz -c development.txt -o fuzz.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) bootstrap.in -o bootstrap.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) postgres.in -c development.txt -o postgres.txt && \
	$(subst $(BIN),../$(BIN),$(PIN)) audit.in -o audit.txt

audit: $(AUDIT)/audit.stamp  ## Ask the package index for known vulnerabilities of every pinned version (needs the network)
	@$(AUDIT)/bin/python -m deploy.supply.audit $(PINS)

licences: $(VENV)/site.stamp  ## List the licence of every dependency; fail where one that serves is not allowed
	@$(BIN)/python -m deploy.supply.licences requirements/site.txt --besides $(PINS)

sbom: $(AUDIT)/audit.stamp  ## Write bills of materials (CycloneDX) to var/sbom, one for each file of pins
	@$(AUDIT)/bin/python -m deploy.supply.sbom var/sbom $(PINS)

clean:  ## Remove the environment and what the tools cached (the journal in var/ stays)
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
