# Everything goes through .venv, which scripts/setup.sh makes. Recipes use relative paths, so that the folder may have
# a space in its name.
.DEFAULT_GOAL := help
.PHONY: help env browser book serve test unit faults bench golden lint shots pdf epub clean-runs clean lock release
.SUFFIXES:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
PHASE := sh scripts/phase.sh
# One more than the cores of a small machine: tests wait a good deal, for browsers, kernels and servers.
WORKERS ?= 3

# Switches reach the build as environment variables, which also work with `jupyter-book build .`.
ifneq ($(filter-out 0,$(FAST)),)
export BOOK_FAST := 1
endif
ifneq ($(filter-out 0,$(STRICT)),)
export BOOK_STRICT := 1
endif
ifneq ($(filter-out 0,$(EXACT)),)
export BOOK_EXACT := 1
endif
ifdef RERUN
export BOOK_RERUN := $(RERUN)
endif
ifdef JOBS
export BOOK_JOBS := $(JOBS)
endif
export PYTHON TORCH_INDEX BROWSER_PATH RUNS

help:  ## this list
	@echo "make book        build the book into _build/html, training what is missing"
	@echo "make serve       serve the built book to this machine (PORT=8000)"
	@echo "make test        build the book if need be, then run every test, a real browser included"
	@echo "make unit        the tests that need neither the book nor a browser"
	@echo "make faults      inject every fault that is known, and print what was tried, held and failed"
	@echo "make bench       time the things that are meant to be fast, printed as ratios"
	@echo "make golden      compute the golden hashes anew, after a change of what trains or measures"
	@echo "make lint        ruff, the directions of imports, and types"
	@echo "make shots       a picture of every page, narrow and wide, light and dark, in _build/shots"
	@echo "make pdf         print the built book into _build/deref.pdf, through the browser"
	@echo "make epub        the same pages for e-readers, _build/deref.epub"
	@echo "make clean-runs  remove trained runs that no experiment needs any more"
	@echo "make clean       remove the built pages; trained runs and executed chapters stay"
	@echo "make release     freeze the records of this build as a version (VERSION=1.2.3)"
	@echo "make lock        write requirements.txt from what is installed"
	@echo "Switches: FAST=1 takes released numbers instead of training, STRICT=1 fails where the text and the build"
	@echo "disagree, EXACT=1 computes the same bits as every other processor, JOBS=n chapters at a time,"
	@echo "RERUN=ch06/depth executes that page again,"
	@echo "RUNS=file takes trained runs from a file of \`deref runs --export\`,"
	@echo "PYTHON=python3.13, TORCH_INDEX=address, BROWSER_PATH=chrome."

env:
	@$(PHASE) set-up sh scripts/setup.sh

browser: env
	@$(PHASE) browser $(BIN)/python scripts/browser.py

book: env
	@[ -z "$$RUNS" ] || $(BIN)/deref runs --import "$$RUNS"
	@$(PHASE) book $(BIN)/jupyter-book build .
	@echo "Read it: make serve, or open _build/html/index.html"

serve:
	@test -x $(BIN)/python || { echo "deref: nothing is built yet; first: make book" >&2; exit 1; }
	@$(BIN)/python scripts/serve.py $(PORT)

test: env browser
	@$(PHASE) book $(BIN)/jupyter-book build .
	@$(PHASE) tests $(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup --durations 10 $(ARGS)

unit: env
	@$(BIN)/python -m pytest -q -n $(WORKERS) --dist loadgroup tests/evidence tests/deref tests/sections tests/project tests/faults $(ARGS)

faults: env
	@$(BIN)/python tests/faults/campaign.py $(ARGS)

bench: env
	@$(BIN)/python tests/benchmarks/run.py $(ARGS)

golden: env
	@$(BIN)/python tests/golden/golden.py --write

lint: env
	@$(BIN)/ruff check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python scripts/typecheck.py

shots: env browser
	@$(BIN)/python scripts/shots.py $(ARGS)

pdf: env browser
	@$(PHASE) pdf $(BIN)/python scripts/pdf.py $(ARGS)

epub: env browser
	@$(PHASE) epub $(BIN)/python scripts/epub.py $(ARGS)

clean-runs: env
	@$(BIN)/deref runs --prune

clean:
	@rm -rf _build/html _build/.doctrees _build/shots

lock: env
	@{ sed -n 1p requirements.txt; $(BIN)/python -m pip freeze --all --exclude-editable | grep -v -E '^(pip|wheel)==' \
		| sed 's/+cpu$$//'; } > .venv/lock && mv .venv/lock requirements.txt

release: env
	@$(BIN)/python -m bookkit release "$(VERSION)"
