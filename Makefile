# Two commands are enough: `make demo` and `make test`. Needs Python 3.11 or newer, git and make.
PYTHON ?= python3
UV_VERSION := 0.13.9
export UV_PYTHON_DOWNLOADS := never
export UV_SYSTEM_CERTS := true
export UV_PROJECT_ENVIRONMENT := $(CURDIR)/.venv
RUN := .venv/bin/

.DEFAULT_GOAL := help
.PHONY: help demo test check bench clean

help: ## show these words
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## (.*)/  make \1\t\2/' | expand -t 16

demo: .venv/.ready ## run three monthly cycles of two programmes to a closed, proven ledger
	$(RUN)cct demo

test: .venv/.ready .tools/browser ## run every test, against a real PostgreSQL and a real browser
	$(RUN)pytest -n 2 --dist worksteal

check: .venv/.ready ## formatting, lint, types, direction of imports
	$(RUN)ruff format --check .
	$(RUN)ruff check .
	$(RUN)mypy
	$(RUN)lint-imports

bench: .venv/.ready ## measure speed and memory against floors and named peers
	$(RUN)python -m benchmarks

clean: ## remove the environment and everything made by tools
	rm -rf .venv .tools .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache dist

.tools/bin/uv:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 …")'
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

.venv/.ready: .tools/bin/uv pyproject.toml uv.lock
	.tools/bin/uv sync --quiet --frozen --python $(PYTHON)
	@touch $@

# A Chromium of the machine, or one that package registries carry; without one its tests are skipped.
.tools/browser: .venv/.ready
	-$(RUN)python tests/support/browser.py
	@touch $@
