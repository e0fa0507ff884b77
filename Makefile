# The book's commands. `make` alone lists them. Each can be repeated; what has not changed is not done again.

PYTHON ?= python3
REQUIREMENTS ?= requirements.txt
PORT ?= 8000
THREADS ?= 2

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.NOTPARALLEL:

PY := .venv/bin/python
# The stamp carries the folder's name: an environment does not survive a move.
ENVIRONMENT := .venv/ready-$(shell printf %s '$(CURDIR)' | cksum | cut -d' ' -f1)
WEB := web/dist/_static/vendor/mathjax/startup.js
PAGES := _build/pages.stamp
HTML := _build/html.stamp
ZIP := _build/physics-of-sgd.zip
NOTEBOOKS := $(shell find book -name '*.ipynb' -not -path '*/.ipynb_checkpoints/*')
SOURCES := $(shell find book -type f -not -path '*/.*' -not -name ledger.md -not -name notation.md -not -name _gallery.md)
STYLE := $(shell find book/_style lib/sgdlab/live/js lib/sgdlab/live/live.css -type f)
LIBRARY := $(shell find lib/sgdlab -type f -not -path '*/__pycache__/*')
NBVAL := $(PY) -m pytest --nbval book -n 2 --dist loadscope

.PHONY: help setup book serve test lint unit notebooks site bench stability execute full zip clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(ENVIRONMENT) $(WEB)  ## set up .venv and the web parts

book: $(HTML)  ## build the HTML book, warnings as errors, into _build/html
	@echo "The book: _build/html/index.html (make serve opens it on localhost)"

serve: $(HTML)  ## serve the built book on http://127.0.0.1:8000 (PORT=...)
	$(PY) -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

test: lint unit notebooks site  ## run every test

lint: setup  ## ruff and mypy
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy

unit: export OMP_NUM_THREADS = 1
unit: setup  ## the library's tests
	$(PY) -m pytest tests --ignore=tests/site -n 2 --dist loadfile

notebooks: export OMP_NUM_THREADS = 1
notebooks: setup  ## run each notebook and compare all its outputs
	$(NBVAL)

site: $(HTML)  ## open each built page in Chromium and examine it
	$(PY) tools/browser.py
	$(PY) -m pytest tests/site -n 2 --dist loadgroup

# torchsde is here to be compared with. Without its dependencies it leaves the installed packages as they are; where it
# cannot be had, its line of the table says "not measured".
bench: export OMP_NUM_THREADS = 1
bench: export TQDM_DISABLE = 1
bench: $(HTML)  ## how fast the live figures answer, in Chromium, and how fast the laboratory computes
	$(PY) tools/browser.py
	$(PY) bench/live_figures.py
	-$(PY) -m pip --disable-pip-version-check install --quiet --no-deps torchsde==0.2.6 trampoline==0.1.2
	$(PY) -m bench.engine

stability: setup  ## run the notebooks with one thread and with two
	OMP_NUM_THREADS=1 $(NBVAL)
	OMP_NUM_THREADS=2 $(NBVAL)

execute: setup  ## for authors: run the notebooks and store their outputs (NOTEBOOK=... for one)
	$(PY) tools/execute.py $(NOTEBOOK)

full: $(ENVIRONMENT)  ## run an experiment at full size, or go on with it, and store its result: EXPERIMENT=name
	$(PY) -m sgdlab.experiments $(or $(EXPERIMENT),$(error Name the experiment: make full EXPERIMENT=name)) full --threads $(THREADS)

zip: $(ZIP)  ## the book in one file that opens without a network
	@echo "The book, offline: $(ZIP)"

clean:  ## remove what was built; the environment stays
	rm -rf _build web/dist book/ledger.md book/notation.md book/_gallery.md

$(ENVIRONMENT): $(REQUIREMENTS) pyproject.toml tools/environment.py
	$(PYTHON) tools/environment.py $(REQUIREMENTS)
	touch $@

$(WEB): $(ENVIRONMENT) web/package.json web/package-lock.json web/.npmrc tools/vendor.py
	$(PY) tools/vendor.py

# The generated pages are written only when their text changes.
$(PAGES): $(ENVIRONMENT) $(NOTEBOOKS) $(LIBRARY) tools/ledger.py tools/gallery.py tools/notation.py tools/generated_page.py
	$(PY) tools/ledger.py
	$(PY) tools/gallery.py
	$(PY) tools/notation.py
	mkdir -p $(@D)
	touch $@

# A new table of contents, configuration or style starts from nothing: no page outlives its source, and Sphinx copies
# styles only when it writes a page. A build that fails forgets what it has read: Sphinx does not repeat the warnings of
# a page that it takes as done.
$(HTML): $(ENVIRONMENT) $(WEB) $(PAGES) $(SOURCES) _config.yml _toc.yml tools/plain_markup.py
	$(if $(filter _toc.yml _config.yml $(STYLE) $(WEB) $(ENVIRONMENT),$?),rm -rf _build/html _build/.doctrees)
	.venv/bin/jupyter-book build -W -n --keep-going . || { rm -rf _build/.doctrees; exit 1; }
	touch $@

$(ZIP): $(HTML) tools/offline_zip.py
	$(PY) tools/offline_zip.py _build/html $@
