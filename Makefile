# Lossland.  `make help` lists the targets; every target sets up .venv by itself.
SHELL       := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON  ?= python3
EDITION ?= full
VENV    := .venv
PY      := $(VENV)/bin/python
READY   := $(VENV)/.ready

export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export MKL_NUM_THREADS := 1
export PYTHONUTF8 := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1

.PHONY: help setup book test notebooks decks print lab site-test reproduce bench clean

help:            ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:[^#]*## */\t/' | expand -t 14
	@echo; echo "EDITION=class builds, or prints, the site without solutions; PYTHON=... chooses the Python (3.11 or newer)."

$(READY): requirements.txt pyproject.toml tools/set_up.sh
	@tools/set_up.sh "$(PYTHON)" "$(VENV)"

setup: $(READY)  ## .venv with the pinned stack and the package

book: $(READY)   ## execute, render and put together the site (EDITION=class: without solutions)
	@$(PY) -m tools.make_book $(EDITION)

notebooks: $(READY) ## student and instructor notebooks
	@$(PY) -m tools.make_book --only notebooks

decks: $(READY)  ## the lectures alone
	@$(PY) -m tools.make_book --only decks

test: $(READY)   ## ruff, unit tests with doctests, layers, ledger, exercises, notebooks
	@$(PY) -m tools.make_test

site-test: book  ## a real browser over the built site and decks
	@$(PY) -m tools.make_book class
	@$(PY) -m pytest tests/site -n 2 --dist loadgroup

print: book      ## PDF files of book, chapters and decks, and archives to take away (needs Chromium; EDITION=class, too)
	@$(PY) -m tools.make_print --edition $(EDITION)

lab: notebooks   ## JupyterLab on the student notebooks
	@$(PY) -c "import jupyterlab" 2>/dev/null || $(PY) -m pip install --quiet --editable ".[lab]"
	@cd _build/notebooks/student && ../../../$(PY) -m jupyterlab

reproduce: $(READY) ## full-size runs of the records: make reproduce NAME=depth-scales [ARGS="--size small"]
	@$(VENV)/bin/lossland reproduce $(NAME) $(ARGS)

bench: $(READY)  ## speed against peers and against the machine's limits
	@$(PY) -m pip install --quiet --editable ".[bench]"
	@$(PY) -m pytest benchmarks

clean:           ## remove everything built, .venv excepted
	rm -rf _build book/decks/jupyter_execute .pytest_cache .ruff_cache .hypothesis .benchmarks
	find src tests tools book benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
