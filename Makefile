# Every chore of the project is a verb here; bare `make` lists them.
# Each verb sets up what it needs in .venv, which is re-used.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Upload clients written in JavaScript, pinned by their lock file, that some tests drive.
NODE_CLIENTS := tests/clients
DEBIAN_PACKAGES := ca-certificates chromium curl e2fsprogs gcc libc6-dev nginx-light openssl rclone s3cmd util-linux wrk
# Debian's npm conflicts with a Node.js from elsewhere: it is asked for only where there is no npm.
DEBIAN_PACKAGES += $(if $(shell command -v npm),,nodejs npm)

COMMA := ,
# In CI a test that fails is run once more, and the summary names it: browsers and killed processes
# meet conditions there that nobody asked for. By hand every failure counts at once.
AGAIN := $(if $(filter true,$(CI)),--reruns 1 -rR)

.DEFAULT_GOAL := help
.PHONY: help demo test coverage services check docs bench soak crash mutate lock clean

help: ## list the verbs
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

# Two stamps: the demo starts sooner when it need not wait for the developers' tools.
$(VENV)/.server: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[server]'
	@touch $@

$(VENV)/.dev: $(VENV)/.server
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

$(VENV)/.fuzz: $(VENV)/.dev
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[fuzz]'
	@touch $@

# Chromium, where there is one, is driven by Playwright.
CHROMIUM := $(wildcard /usr/bin/chromium)
$(VENV)/.demo: $(VENV)/.server
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt \
		-e '.[demo$(if $(CHROMIUM),$(COMMA)browser)]'
	@touch $@

# `$(call needs,PATH)` ends a verb whose script is not there, instead of an obscure error.
needs = test -e $(1) || { echo "make $@: $(1) is not there yet" >&2; exit 2; }

demo: $(VENV)/.demo ## run a careers site that takes uploads; DEMO=check proves it and exits
	$(BIN)/python -m examples.careers $(if $(filter check,$(DEMO)),--check)

# A file's tests stay together, in their order, so that what they share is made once: most of them
# share a server.
TOGETHER := --dist loadfile --no-loadscope-reorder
# Three workers for two cores: each waits a third of its time, for servers, browsers, pauses.
WORKERS := -n 3

test: $(VENV)/.dev ## run the tests (TESTS=path picks some)
	$(BIN)/python -m pytest $(WORKERS) $(TOGETHER) -m 'not soak' $(AGAIN) $(TESTS)

coverage: $(VENV)/.dev ## run the tests and report branch coverage, which takes half as long again
	$(BIN)/python -m pytest $(WORKERS) $(TOGETHER) -m 'not soak' --cov --cov-report=term $(AGAIN) $(TESTS)

services: ## install what some tests use: Debian packages (as root) and npm packages
	@if [ "$$(id -u)" -ne 0 ]; then \
		echo "make services: not root, so no Debian packages; tests that use them will skip"; \
	elif ! command -v apt-get >/dev/null; then \
		echo "make services: no apt-get here; install yourself: $(DEBIAN_PACKAGES)"; \
	else \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive \
			apt-get install -y -qq --no-install-recommends $(DEBIAN_PACKAGES); \
	fi
	@if [ ! -e $(NODE_CLIENTS)/package.json ]; then \
		echo "make services: no npm packages are asked for"; \
	elif ! command -v npm >/dev/null; then \
		echo "make services: no npm here; tests of JavaScript clients will skip"; \
	else \
		cd $(NODE_CLIENTS) && npm ci --no-audit --no-fund --ignore-scripts; \
	fi

check: $(VENV)/.dev ## lint, format, types, floors
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

docs: $(VENV)/.server ## write docs/api.md and docs/exchanges.md from the table of operations and a server
	$(BIN)/python -m docs.make_api
	$(BIN)/python -m docs.make_exchanges

bench: $(VENV)/.dev ## measure speed as ratios (BENCH=--quick: a trend in minutes)
	@$(call needs,bench/run.py)
	$(BIN)/python bench/run.py $(or $(BENCH),--plots docs/img --json docs/bench.json)

soak: $(VENV)/.fuzz ## the long runs
	@$(call needs,tests/soak)
	$(BIN)/python -m pytest -m soak tests/soak

crash: $(VENV)/.dev ## crashes and failing disks under load (as root): what was acknowledged is there
	@$(call needs,tests/crash)
	PILLARBOX_CRASH_ROUNDS=$${PILLARBOX_CRASH_ROUNDS:-8} $(BIN)/python -m pytest tests/crash

mutate: $(VENV)/.dev ## change policy, signing and the form fields, list what no test notices
	@$(call needs,tests/mutate.py)
	$(BIN)/python tests/mutate.py

lock: ## write constraints.txt anew from pyproject.toml's ranges
	rm -rf .venv-lock
	$(PYTHON) -m venv .venv-lock
	.venv-lock/bin/pip install --quiet --disable-pip-version-check -e '.[dev,fuzz]'
	@sed '/^[^#]/d' constraints.txt > .venv-lock/constraints.txt
	@.venv-lock/bin/pip freeze --exclude-editable | grep -E '^[A-Za-z0-9._-]+==' >> .venv-lock/constraints.txt
	mv .venv-lock/constraints.txt constraints.txt
	rm -rf .venv-lock

clean: ## remove what the verbs made
	rm -rf $(VENV) .venv-lock $(NODE_CLIENTS)/node_modules mutants dist build .coverage .coverage.* \
		.mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find src tests bench examples -name __pycache__ -type d -prune -exec rm -rf {} +
