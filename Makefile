# `make help` explains every target. Everything runs in a virtual environment of its own, made on demand
# from requirements-dev.txt; nothing else of the machine is touched.

SHELL := /bin/sh
.DEFAULT_GOAL := help

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/requirements-dev.txt
INFRA := infra/terraform
TERRAFORM := terraform -chdir=$(INFRA)
GIVEN := $(CURDIR)/build/variables.tfvars.json
VAR_FILES = -var-file=$(CURDIR)/build/source.tfvars.json $(if $(VARIABLES),-var-file=$(GIVEN))
SCENARIO ?= stale-nodes

.PHONY: help demo cluster test check infra-check bench crash-matrix disorder teeth mutants format lock clean package plan deploy smoke destroy install uninstall audit-dependencies licences

help: ## Explain every target
	@echo 'make demo                 play the story of the runbook on a simulated cluster, live; SCENARIO=stale-nodes'
	@echo 'make demo SCENARIO=list   name the scenarios, a line each'
	@echo 'make demo SCENARIO=name   play another one; each judges itself and exits 0 only if all went as it should'
	@echo 'make demo HOLD=1          keep the cluster up afterwards, for kubectl and repull in another shell; Ctrl-C ends it'
	@echo 'make demo RING=2          the same with a real control plane and a real registry; RING=3 with real machines too (root)'
	@echo 'make cluster              start the real control plane by itself and print a kubeconfig; Ctrl-C ends it'
	@echo 'make test                 as CI runs it: format, lint, types, layers, unit, contract and end-to-end tests, on every'
	@echo '                          ring that this machine can run; REQUIRE_RINGS=1 fails where it can not run one,'
	@echo '                          WHOLE=1 plays on every ring and at every point also what otherwise is played at some'
	@echo 'make check                the fast loop: format, lint, types, layers and unit tests, under a minute'
	@echo 'make infra-check          Terraform: format, types, tests and checkov; says which provider it used'
	@echo 'make bench                figures, each with its floor: pass or short'
	@echo 'make bench SCALE=1        what a large cluster costs, on a real control plane; most of an hour, and 16 GB'
	@echo 'make crash-matrix         let processes die before and after every call of a refresh, and at pairs of calls; JOBS=2'
	@echo 'make disorder             operators, a failing platform and lost messages at random, for half an hour; MINUTES=30'
	@echo 'make teeth                break what must always hold in twenty-eight ways: the disorder must find each; DRAWN=1 by chance'
	@echo 'make mutants              break the product in many small ways: each must fail a test; JOBS=2'
	@echo 'make package              pack what is deployed into build/functions.zip: the same commit is the same hash'
	@echo 'make plan                 show what Terraform would change, and keep the plan; STATE_BUCKET=name for a shared state (as for smoke and destroy),'
	@echo '                          VARIABLES=json for what stands in no terraform.tfvars'
	@echo 'make deploy               carry out that plan, and no other'
	@echo 'make smoke                have what is deployed plan a refresh, and read that back from the audit trail'
	@echo 'make install CLUSTER=project/location/name     let the functions into a cluster; PROJECT=theirs, where it is another'
	@echo 'make uninstall CLUSTER=project/location/name   take repull out of a cluster; UNCORDON=1 gives back what it has left cordoned'
	@echo 'make destroy              take what Terraform made out of the project, after asking; says what stays'
	@echo 'make audit-dependencies   ask whether a vulnerability of what is pinned is known, and say so where nobody can be asked'
	@echo 'make licences             write docs/licences.md from what the deployed packages declare'
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
	@$(BIN)/python -m tools.checks $(if $(WHOLE),whole,all) $(if $(REQUIRE_RINGS),--require-rings)

check: $(READY)
	@$(BIN)/python -m tools.checks fast

infra-check: $(READY)
	@$(BIN)/python -m infra.check

bench: $(READY)
	@$(BIN)/python -m bench $(if $(SCALE),--scale)

crash-matrix: $(READY)
	@$(BIN)/python -m tests.proof.matrix $(if $(JOBS),--jobs $(JOBS))
	@$(BIN)/python -m tests.proof.kills $(if $(RING),--ring $(RING)) $(if $(POINTS),--points $(POINTS))

disorder: $(READY)
	@$(BIN)/python -m tests.proof.disorder $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

teeth: $(READY)
	@$(BIN)/python -m tests.proof.disorder.teeth $(if $(DRAWN),--drawn) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

mutants: $(READY)
	@$(BIN)/python -m tools.mutants $(if $(JOBS),--jobs $(JOBS))

package: $(READY)
	@$(BIN)/python -m tools.archive

# Where Terraform keeps what it made is chosen here, and remembered. Whoever works with a shared state on a machine that has
# not seen it names it again: an empty state of one's own would know of nothing that there is to read, or to destroy.
initialised:
	@command -v terraform >/dev/null || { echo 'terraform is missing: install it as https://developer.hashicorp.com/terraform/install says' >&2; exit 1; }
	@$(if $(STATE_BUCKET),cp $(INFRA)/backend.tf.example $(INFRA)/backend.tf)
	@$(TERRAFORM) init -input=false $(if $(STATE_BUCKET),-backend-config=bucket=$(STATE_BUCKET))

# A bucket that was asked for and is "" would be a state that nobody keeps, and everything would be made anew.
ifeq ($(origin STATE_BUCKET):$(STATE_BUCKET),command line:)
$(error STATE_BUCKET is empty; name the bucket that keeps the state)
endif

plan: package initialised
	@rm -f build/plan
	@$(if $(VARIABLES),printf '%s' "$$VARIABLES" >$(GIVEN))
	@$(TERRAFORM) plan -input=false $(VAR_FILES) -out=$(CURDIR)/build/plan

deploy:
	@test -f build/plan || { echo 'There is no plan; make plan shows one.' >&2; exit 1; }
	@$(TERRAFORM) apply -input=false $(CURDIR)/build/plan
	@rm -f build/plan

smoke: $(READY) initialised
	@mkdir -p build
	@$(TERRAFORM) output -json >build/outputs.json
	@$(BIN)/python -m tools.smoke build/outputs.json

# A recipe's error comes when the recipe is run.
NAMED = $(if $(CLUSTER),,$(error CLUSTER is missing; use make $@ CLUSTER=project/location/name, for example acme-prod/us-central1/main))

install: $(READY)
	@$(NAMED)
	@$(BIN)/python -m tools.install $(CLUSTER) $(if $(PROJECT),--project=$(PROJECT)) $(if $(CONTEXT),--context=$(CONTEXT)) \
		$(if $(DIAGNOSE),--diagnose=$(DIAGNOSE)) $(if $(REFRESH),--refresh=$(REFRESH)) $(if $(STEP_TOPIC),--step-topic=$(STEP_TOPIC))

uninstall: $(READY)
	@$(NAMED)
	@$(BIN)/python -m tools.uninstall $(CLUSTER) $(if $(CONTEXT),--context=$(CONTEXT)) $(if $(UNCORDON),--uncordon)

destroy: package initialised
	@echo 'Have no refresh under way (repull abort): a node that is being renewed stays cordoned when the functions are gone.'
	@echo 'What stays, on purpose: the audit trail in its log bucket (repull-audit) for as long as it is kept there,'
	@echo 'the APIs that were enabled, the bucket with the state, and what is in the clusters: that goes afterwards, with'
	@echo 'make uninstall CLUSTER=project/location/name for each, which also tells whether a node was left cordoned.'
	@$(if $(VARIABLES),printf '%s' "$$VARIABLES" >$(GIVEN))
	@$(TERRAFORM) destroy $(VAR_FILES)

audit-dependencies: $(READY)
	@$(BIN)/python -m tools.audit

licences: $(READY)
	@$(BIN)/python -m tools.licences

format: $(READY)
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format .

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements.in -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-dev.in -o requirements-dev.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header infra/check/requirements.in -o infra/check/requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements-audit.in -o requirements-audit.txt

clean:
	rm -rf $(VENV) build .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The copy of the lock inside the environment says what is installed there.
$(READY): requirements-dev.txt tools/environment.py
	@python=$$(sh tools/find-python "$(PYTHON)") && "$$python" tools/environment.py $(VENV) requirements-dev.txt $(READY)
