# Two commands are enough: `make demo` and `make test`. Each makes the virtual environment, or adds to it what it needs:
# `make demo` what a study and its report take (requirements.lock), the others the rest (requirements-dev.lock).
# Another Python or another place for the environment: make test PYTHON=python3.13 VENV=.venv-3.13
# More for pytest:                                    make test ARGS="-k bond"

VENV ?= .venv
LOCK_ARGS ?=
NEXT := .venv-next
MESA_NEXT := 4.0.0a0
ARGS ?=

BIN := $(VENV)/bin
CORE := $(VENV)/.ready-core
ALL := $(VENV)/.ready-all
PIP := $(BIN)/python -m pip install -qq --no-compile --disable-pip-version-check
# On all cores at once, and also where PYTHONDONTWRITEBYTECODE is set, as in many containers: else each command reads
# its libraries' sources anew. A library's file that no Python can read is no matter.
BYTECODE := $(BIN)/python -m compileall -qq -j 0 $(VENV)/lib alliance_sim || true
COMPILE := $(BIN)/uv pip compile --quiet --universal --python-version 3.12 --generate-hashes --no-annotate --no-header

# The first Python that is new enough: the one named by PYTHON, or one of these.
CANDIDATES = $(or $(PYTHON),python3 python3.13 python3.12)
NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 12))
FOUND = $(shell for python in $(CANDIDATES); do \
	"$$python" -c '$(NEW_ENOUGH)' 2>/dev/null && echo "$$python" && break; done)
TOO_OLD := Python 3.12 or newer is needed: install it (such as with "pyenv install 3.12"), \
	or name one with PYTHON=/path/to/python3.12

.DEFAULT_GOAL := help
.PHONY: help demo app test test-full test-next fuzz check experiments baseline bench docs lock clean
.DELETE_ON_ERROR:

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(CORE)  ## run the case study and write its report: one page, to be opened in a browser
	@$(BIN)/alliance-sim run 'ask=[distributions, mediation]'
	@$(BIN)/alliance-sim report outputs/alliance
	@echo "The results lie in $(CURDIR)/outputs, one folder for each study."

app: $(CORE)  ## serve the classroom to a browser, and to phones with ARGS="host=0.0.0.0"
	@$(BIN)/alliance-sim app $(ARGS)

test: $(ALL)  ## run the tests
	@$(BIN)/python -m pytest -n 2 $(ARGS)

test-full: $(ALL)  ## run the tests that take minutes, and every experiment whole
	@$(BIN)/python -m pytest -m full $(ARGS)

test-next:  ## run the trial's, the engines' and the regression tests with Mesa's pre-release, in .venv-next
	@$(MAKE) --no-print-directory VENV=$(NEXT) $(NEXT)/.ready-all
	@$(NEXT)/bin/python -m pip install -qq --disable-pip-version-check --no-deps "mesa==$(MESA_NEXT)"
	@$(NEXT)/bin/python -m pytest -n 2 tests/integration/test_trial.py tests/contract tests/regression $(ARGS)

fuzz: $(ALL)  ## try 10,000 cases made at random, half an hour (ARGS="500 7": fewer, from another seed); ends with JSON
	@$(BIN)/python -m tests.fuzz $(ARGS)

check: $(ALL)  ## check style and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

experiments: $(ALL)  ## run every experiment whole, write its finding and figures (ARGS=alliance: one of them)
	@$(BIN)/python -m experiments $(or $(ARGS),all)

baseline: $(ALL)  ## write the regression baseline anew, after a change that moves numbers
	@$(BIN)/python -m tests.regression.update_baseline

bench: $(ALL)  ## measure the engines side by side (ARGS=full, quick, start or sweep); the last line is JSON
	@$(BIN)/python -m benchmarks $(ARGS)

docs: $(ALL)  ## write the documentation to docs/_build/html; a warning is an error
	@$(BIN)/python -m docs.quotes docs/odd.md docs/reference/columns.md
	@$(BIN)/python -m sphinx -W --keep-going -q -E docs docs/_build/html
	@echo "The documentation lies in $(CURDIR)/docs/_build/html/index.html."

lock: $(ALL)  ## write both locks anew from pyproject.toml (LOCK_ARGS=--upgrade takes newer releases)
	@$(COMPILE) --all-extras $(LOCK_ARGS) -o requirements-dev.lock pyproject.toml
	@$(COMPILE) --extra editable --constraints requirements-dev.lock -o requirements.lock pyproject.toml

clean:  ## remove the environment, builds and caches; results stay
	@rm -rf $(VENV) build dist .hypothesis .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(CORE): pyproject.toml requirements.lock
	$(if $(FOUND),,$(error $(TOO_OLD)))
	@echo "Setting up $(VENV) for studies: the first time this takes a minute or two."
	@$(BIN)/python -c 'import pip; $(NEW_ENOUGH)' 2>/dev/null || "$(FOUND)" -m venv --clear $(VENV)
	@$(PIP) --require-hashes -r requirements.lock
	@$(PIP) --no-deps --no-build-isolation -e .
	@$(BYTECODE)
	@touch $@

$(ALL): $(CORE) requirements-dev.lock
	@echo "Adding to $(VENV) what tests, documentation and the classroom need: a minute or two the first time."
	@$(PIP) --require-hashes -r requirements-dev.lock
	@$(BYTECODE)
	@touch $@
