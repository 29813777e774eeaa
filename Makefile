# Python 3.11+ is the only prerequisite; everything else is installed into .venv.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
export PATH := $(CURDIR)/$(BIN):$(PATH)
# two cores run two of everything
WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help run check test fast stack browser pictures lint types bench scan load clean

help: ## Show what can be done
	@awk -F':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: $(VENV)/ready ## Run the whole service on this machine (FRESH=1 forgets its state)
	@exec $(BIN)/python -m infra local $(if $(FRESH),--fresh)

check: lint types fast ## Format, lint, types, import contracts, fast tests

test: lint types ## Everything, as CI runs it
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup

lint: $(VENV)/ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports

types: $(VENV)/ready
	$(BIN)/mypy

fast: $(VENV)/ready
	$(BIN)/pytest -n $(WORKERS) tests/unit tests/properties tests/flows tests/security tests/architecture

stack: $(VENV)/ready ## Tests on the local cloud, IAM enforced
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup tests/stack

browser: $(VENV)/ready ## Tests in Chromium
	$(BIN)/python -m tests.browser.chromium
	$(BIN)/pytest -n $(WORKERS) --dist loadgroup tests/browser

pictures: $(VENV)/ready ## Take the pictures of the README again
	$(BIN)/python -m tests.browser.pictures

bench: $(VENV)/ready ## Figures of this machine
	$(BIN)/python -m tests.bench

scan: $(VENV)/ready ## Security scanners, in an environment of their own
	@test -x .build/scan/bin/checkov || ($(BIN)/python -m venv .build/scan && .build/scan/bin/pip install -qq bandit==1.9.4 checkov==3.3.30 detect-secrets==1.5.0)
	$(BIN)/python -m tests.security.templates .build/templates
	$(BIN)/cfn-lint -r cn-northwest-1 --ignore-checks W2001 -t .build/templates/*.json
	-.build/scan/bin/bandit -q -ll -r app.py chalicelib infra
	-.build/scan/bin/checkov -d .build/templates --framework cloudformation --compact --quiet
	.build/scan/bin/detect-secrets scan --exclude-files '^tests/|\.txt$$|package-lock'

load: $(VENV)/ready ## Many people at once on a stage of their own
	$(BIN)/python -m tests.load

clean: ## Remove what was built; keeps the state of `make run`
	rm -rf .build .mypy_cache .ruff_cache .hypothesis chalicelib/web/static/dist

$(VENV)/ready: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; set PYTHON=python3.11")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Installing dependencies (about a minute the first time)…"
	@$(BIN)/pip install -qq --disable-pip-version-check -r requirements-dev.txt
	@touch $@
