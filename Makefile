# What people type here. `make` alone lists it; everything a target needs it makes by itself, below .venv.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help install run test check format campaign golden bench lock locale clean

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
CATALOGUE := bot/locale
# The newest of these that works and can make virtual environments is taken; PYTHON=… chooses another.
PYTHONS := $(or $(PYTHON),python3.13 python3.12 python3.11 python3 python)
# The tool that resolves versions, in an environment of its own so that nothing else sees it.
UV := .stamps/uv/bin/uv
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --extra chart --extra noise --extra postgres

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

run: $(VENV)/.ready-run ## start the sandbox and print its address (PORT= chooses the port)
	@exec $(BIN)/python -m bot sandbox $(if $(PORT),--port $(PORT))

install: $(VENV)/.ready-run ## make .venv with the command .venv/bin/metoo, for running it for real

# Proxies go: tests talk to loopback only, and slack_sdk would send that to a proxy.
define tests
	@CHROMIUM="$$(sh tests/chromium.sh $(BIN)/python)" || exit 1; export CHROMIUM; \
	unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy; \
	exec $(BIN)/python -m pytest
endef

test: $(VENV)/.ready-dev ## run all tests, the browser story included (ARGS= goes to pytest)
	$(tests) -n 2 -q $(ARGS)

check: $(VENV)/.ready-dev ## everything that must be true before a commit: format, lint, types, contracts, tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(tests) -n 2 -q $(ARGS)

format: $(VENV)/.ready-dev ## put every file into the house's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

campaign: export METOO_CAMPAIGN := 1
campaign: $(VENV)/.ready-dev ## the long runs: thousands of kills, long simulations
	$(tests) -n 2 -q -m campaign --timeout 14400 $(ARGS)

golden: export METOO_GOLDEN := write
golden: $(VENV)/.ready-dev ## write the screens in tests/golden anew, after a change of what people read
	$(tests) -q tests/test_golden.py $(ARGS)

bench: $(VENV)/.ready-dev ## what it costs beside the plainest thing (ARGS= names parts, or --quick); writes bench.json
	@unset HTTP_PROXY HTTPS_PROXY ALL_PROXY http_proxy https_proxy all_proxy; \
	exec $(BIN)/python -m tests.bench $(ARGS)

lock: $(UV) ## resolve the newest allowed versions into requirements.txt and requirements-dev.txt
	echo 'setuptools>=80' | $(COMPILE) --upgrade -o requirements.txt pyproject.toml -
	echo 'setuptools>=80' | $(COMPILE) --upgrade -c requirements.txt --group dev -o requirements-dev.txt pyproject.toml -

locale: $(VENV)/.ready-dev ## collect the messages of the code into the catalogues and compile them
	@mkdir -p .stamps
	$(BIN)/python -m babel.messages.frontend -q extract -F babel.cfg -k t -k N_ -k Refusal --no-default-keywords --omit-header --sort-output \
		--add-location=file --no-wrap -o .stamps/metoo.pot bot
	$(BIN)/pybabel -q update -D metoo -i .stamps/metoo.pot -d $(CATALOGUE) --no-fuzzy-matching \
		--ignore-obsolete --ignore-pot-creation-date --no-wrap
	$(BIN)/pybabel -q compile -D metoo -d $(CATALOGUE)

clean: ## remove what was made here: the environment, caches, build leftovers
	rm -rf $(VENV) .stamps build metoo.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- virtual environments ---------------------------------------------------------------------------------
# A stamp inside the environment says that everything in a requirements file is installed. It is written last, so
# an interrupted run is not taken for a whole one: the next one installs everything again. Development is a
# superset, so it answers for both.

define find_python
	found=; usable=; \
	for name in $(PYTHONS); do \
		"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 || continue; \
		usable=$$name; \
		"$$name" -c 'import venv, ensurepip' >/dev/null 2>&1 && { found=$$name; break; }; \
	done; \
	if [ -z "$$usable" ]; then \
		echo 'metoo needs Python 3.11 or newer; please install it (Debian: apt-get install python3 python3-venv) and try again.' >&2; exit 1; \
	elif [ -z "$$found" ]; then \
		echo "$$usable cannot make virtual environments; please install its venv module (Debian: apt-get install python3-venv) and try again." >&2; exit 1; \
	fi
endef

# $(1): a requirements file. An environment without a working pip was interrupted or lost its Python: begin anew.
define install
	@if ! $(BIN)/python -m pip --version >/dev/null 2>&1; then \
		$(find_python); \
		echo "Making $(VENV) with $$found; this happens once."; \
		rm -rf $(VENV) && "$$found" -m venv $(VENV) || exit 1; \
	fi
	@echo 'Installing $(1).'
	@again=$$([ -e $(VENV)/.installing ] && echo --force-reinstall); : > $(VENV)/.installing; \
	$(PIP) --require-hashes $$again -r $(1)
	@$(PIP) --no-deps --no-index --no-build-isolation -e .
	@rm -f $(VENV)/.installing
endef

# Missing, or a link to a Python that is gone: whatever depends on it is made anew.
$(BIN)/python:
	@$(find_python)

$(VENV)/.ready-run: $(BIN)/python requirements.txt pyproject.toml
	$(call install,requirements.txt)
	@touch $@

$(VENV)/.ready-dev: $(BIN)/python requirements-dev.txt requirements.txt pyproject.toml
	$(call install,requirements-dev.txt)
	@touch $(VENV)/.ready-run $@

$(UV):
	@$(find_python); rm -rf .stamps/uv && "$$found" -m venv .stamps/uv
	@.stamps/uv/bin/python -m pip install --quiet --disable-pip-version-check uv
