SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-chaos run call test lint types fences unit cover doctor prompts simulate bench chaos \
        docker-secrets docker-test lock clean
BIN := .venv/bin
ARGS ?=

help: ## show this help
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16 | sed 's/^/  make /'

setup: ## set everything up (.venv, speech); repeating it does nothing
	@.ci/setup.sh run

setup-test:
	@.ci/setup.sh test

run: setup ## run the hotline in the foreground; flags: make run ARGS='--sip-port 5070'
	@exec $(BIN)/ivr run $(ARGS)

call: setup ## call the hotline from this terminal (a second terminal runs `make run`)
	@exec $(BIN)/ivr call $(ARGS)

test: setup-test lint types fences unit ## set up and run every check and test

lint: setup ## check style
	@$(BIN)/ruff check .

types: setup ## check types
	@$(BIN)/mypy ivr

fences: setup ## check that imports go down the floors
	@$(BIN)/lint-imports

unit: setup-test
	@$(BIN)/ivr pbx provision
	@.ci/tests.sh $(ARGS)

cover: setup-test ## run every test and say which lines none of them reaches (slower)
	@$(BIN)/ivr pbx provision
	@$(BIN)/pytest --cov=ivr --cov-report=term:skip-covered -q $(ARGS)

setup-chaos:
	@.ci/setup.sh chaos

chaos: setup-chaos ## break everything on purpose, look what becomes of the calls; some: make chaos ARGS='soak --minutes 2'
	@$(BIN)/ivr pbx provision
	@$(BIN)/python -m tests.chaos $(ARGS)

doctor: setup ## check everything an administrator can get wrong
	@$(BIN)/ivr doctor $(ARGS)

prompts: setup ## build the spoken prompts
	@$(BIN)/ivr prompts build $(ARGS)

simulate: setup ## walk every path of the menus without Asterisk
	@$(BIN)/ivr simulate $(ARGS)

bench: setup-test ## measure how fast it is, beside others; one part: make bench ARGS='lookup --rounds 9'
	@$(BIN)/python -m tests.bench $(ARGS)

docker-secrets: ## make the passwords and the settings file of the containers; what is there stays
	@docker/secrets.sh

docker-test: setup-test ## build the containers, run them with a real engine and call them
	@$(BIN)/python -m tests.docker.engine

lock: ## write requirements.lock anew from pyproject.toml (newest versions)
	@folder=$$(mktemp -d); trap 'rm -rf $$folder build' EXIT; \
	python3 -m venv $$folder && $$folder/bin/pip install -q '.[test]' && \
	{ head -1 requirements.lock; $$folder/bin/pip freeze --exclude ivr-hotline; } > $$folder/lock && \
	cp $$folder/lock requirements.lock

clean: ## remove caches and .venv; state in var/ stays
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache .coverage build *.egg-info
