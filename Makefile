# `make help` explains every target. Everything runs in a virtual environment of its own, made on demand
# from requirements-dev.txt; nothing else of the machine is touched.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/requirements-dev.txt
SCENARIO ?= stale-nodes

.PHONY: help demo cluster test check infra-check bench crash-matrix disorder mutants format lock clean package

help: ## Explain every target
	@echo 'make demo                 play the story of the runbook on a simulated cluster, live; SCENARIO=stale-nodes'
	@echo 'make demo SCENARIO=list   name the scenarios, a line each'
	@echo 'make demo SCENARIO=name   play another one; each judges itself and exits 0 only if all went as it should'
	@echo 'make demo HOLD=1          keep the cluster up afterwards and print a kubeconfig for kubectl; Ctrl-C ends it'
	@echo 'make demo RING=2          the same with a real control plane and a real registry; RING=3 with real machines too (root)'
	@echo 'make cluster              start the real control plane by itself and print a kubeconfig; Ctrl-C ends it'
	@echo 'make test                 everything: format, lint, types, layers, unit, contract and end-to-end tests, on every'
	@echo '                          ring that this machine can run; REQUIRE_RINGS=1 fails where it can not run one'
	@echo 'make check                the fast loop: format, lint, types, layers and unit tests, under a minute'
	@echo 'make infra-check          Terraform: format, types, tests and checkov; says which provider it used'
	@echo 'make bench                figures, each with its floor: pass or short'
	@echo 'make bench SCALE=1        what a large cluster costs, on a real control plane; half an hour, and 16 GB'
	@echo 'make crash-matrix         let processes die before and after every call of a refresh, and at pairs of calls'
	@echo 'make disorder             operators, a failing platform and lost messages at random, for half an hour; MINUTES=30'
	@echo 'make mutants              break the product in many small ways, one at a time: each must fail a test'
	@echo 'make package              pack what is deployed into build/functions.zip: the same commit is the same hash'
	@echo 'make format               put the files into shape'
	@echo 'make lock                 pin the requirements anew, with hashes (needs uv)'
	@echo 'make clean                remove the virtual environment and every cache'
	@echo
	@echo 'SANDBOX_PUBSUB=embedded   use the small queue of the sandbox even where gcloud has the Pub/Sub emulator'
	@echo 'PYTHON=/path/to/python    the interpreter (3.11 or newer) to make the virtual environment with'

demo: $(READY)
	@$(BIN)/python -m sandbox $(SCENARIO) $(if $(RING),--ring $(RING)) $(if $(HOLD),--hold)

cluster: $(READY)
	@$(BIN)/python -m sandbox.real

test: $(READY)
	@$(BIN)/python -m tools.checks all $(if $(REQUIRE_RINGS),--require-rings)

check: $(READY)
	@$(BIN)/python -m tools.checks fast

infra-check: $(READY)
	@$(BIN)/python -m infra.check

bench: $(READY)
	@$(BIN)/python -m bench $(if $(SCALE),--scale)

crash-matrix: $(READY)
	@$(BIN)/python -m tests.proof.matrix

disorder: $(READY)
	@$(BIN)/python -m tests.proof.disorder $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

mutants: $(READY)
	@$(BIN)/python -m tools.mutants

package: $(READY)
	@$(BIN)/python -m tools.archive

format: $(READY)
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements.in -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-dev.in -o requirements-dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header infra/check/requirements.in -o infra/check/requirements.txt

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The copy of the lock inside the environment says what is installed there.
$(READY): requirements-dev.txt tools/environment.py
	@python=$$(sh tools/find-python "$(PYTHON)") && "$$python" tools/environment.py $(VENV) requirements-dev.txt $(READY)
