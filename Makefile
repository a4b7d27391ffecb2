# What a person types. Needs python3 (3.11 or newer), pip and make; slack, e2e and gallery npm too, and a browser.
VENV ?= .venv
PY := $(VENV)/bin/python
IS_NEW_ENOUGH := 'import sys; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
  "$$name" -c $(IS_NEW_ENOUGH) 2>/dev/null && echo "$$name" && break; done)
.DEFAULT_GOAL := help

# Where packages come from (an index, a proxy, a certificate) is the machine's to say; what is installed, and into
# which folder, is not.
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PIP_CONSTRAINT PIP_NO_BINARY PIP_ONLY_BINARY PYTHONHOME PYTHONPATH
export PIP_USER := 0
export PIP_NO_DEPS := 0
export PIP_DRY_RUN := 0

# One virtual environment, and a file in it for each list that was installed: requirements-dev.txt has every pin of
# requirements.txt. Where its Python no longer runs (an upgrade took it away) nothing is installed.
RUN := $(VENV)/installed-run
DEV := $(VENV)/installed-dev
$(shell "$(PY)" -c $(IS_NEW_ENOUGH) 2>/dev/null || rm -f "$(RUN)" "$(DEV)")

ATHERIS := .cache/atheris
MUTMUT := .cache/mutmut
EACH_CORE := --numprocesses=auto --dist=worksteal

.PHONY: help venv test check ledger e2e systemd alerts slack gallery golden simulate planted fuzz mutate crash cluster soak killed bench demo preflight run lock
help:  ## show this list
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /make \1\t/' | expand -t 17

# A Python without ensurepip, as Debian's, makes a virtual environment without a pip: then its own pip fills that.
define install
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed, and no python3 here is one."; exit 1; }
	@$(PY) -c $(IS_NEW_ENOUGH) 2>/dev/null || $(PYTHON) -m venv --clear $(VENV) >/dev/null 2>&1 || \
	  $(PYTHON) -m venv --clear --without-pip $(VENV)
	@echo "Installing what $(1) into $(VENV)…"
	@set -- $(PY) -m pip; "$$@" --version >/dev/null 2>&1 || set -- $(PYTHON) -m pip --python $(PY); \
	  "$$@" install --quiet --disable-pip-version-check --require-hashes -r $<
endef

$(RUN): requirements.txt
	$(call install,the bot needs (162 MB))
	@touch $@

$(DEV): requirements-dev.txt
	$(call install,the tests need (436 MB))
	@touch $(RUN) $@

venv: $(DEV)  ## make .venv with every package pinned and hashed

test: $(DEV)  ## run the tests, one process a core
	$(PY) -m pytest $(EACH_CORE)

check: $(DEV)  ## ruff, mypy and the tests with their coverage
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest $(EACH_CORE) --cov --cov-report=term

ledger: $(DEV)  ## the tests of the ledger on PostgreSQL; on Debian it installs that
	@bash tests/postgres/install.sh
	$(PY) -m pytest --numprocesses=auto --dist=loadfile -m postgres tests

e2e: $(DEV)  ## the bot in a browser, on a Slack emulator; on Debian it installs Chromium and npm
	@bash tests/e2e/install.sh
	$(PY) -m pytest -m e2e tests/e2e

systemd: $(DEV)  ## systemd's judgement of deploy/ticket-bot.service; on Debian it installs systemd-analyze
	@bash tests/deploy/install.sh
	$(PY) -m pytest -m systemd tests/deploy

alerts: $(DEV)  ## Prometheus' judgement of deploy/alerts.yml and of the metrics; on Debian it installs promtool
	@bash tests/deploy/install_promtool.sh
	$(PY) -m pytest -m alerts tests/deploy

slack: $(DEV)  ## play with it in a browser, on a Slack emulator: needs npm (ARGS=--http, ARGS="--port 3200")
	@$(PY) -m tests.e2e.slack $(ARGS)

gallery: $(DEV)  ## draw every message that can be sent into docs/images, from tests/gallery/golden
	@bash tests/e2e/install.sh
	$(PY) -m tests.gallery.render

golden: $(DEV)  ## write tests/gallery/golden anew, after a message was changed on purpose
	$(PY) -m tests.gallery.update

simulate: $(DEV)  ## search simulated worlds for one that breaks a rule, for SECONDS (600), from seed FIRST on; SEED=… replays one
	@SECONDS=$(or $(SECONDS),600) FIRST=$(FIRST) SEED=$(SEED) $(PY) -m tests.simulation

planted: $(DEV)  ## see that the simulation finds each fault that is planted into a copy of the bot; WHERE=tests/cluster: make cluster, in ten minutes
	@bash tests/postgres/install.sh
	$(PY) -m pytest -m planted $(or $(WHERE),tests/simulation)

fuzz: $(DEV)  ## mutate what strangers, Slack and operators send, for SECONDS (600) each: TARGET=html, ticket, payload, value or env for one
	@$(PY) -c "import sys; sys.path.insert(0, '$(ATHERIS)'); import atheris" 2>/dev/null || \
	  $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --target $(ATHERIS) -r tests/fuzz/requirements.txt
	@for target in $(or $(TARGET),html ticket payload value env); do echo "$$target"; \
	  PYTHONPATH=$(ATHERIS) $(PY) -m tests.fuzz $$target -max_total_time=$(or $(SECONDS),600) || exit 1; done

mutate: $(DEV)  ## break what decides, a line at a time, and see that a test fails: FILE=bot/policy.py for one file; all take a quarter of an hour of one core, or more
	@PYTHONPATH=$(MUTMUT) $(PY) -c "import mutmut" 2>/dev/null || \
	  $(PY) -m pip install --quiet --disable-pip-version-check --require-hashes --target $(MUTMUT) -r tests/mutation/requirements.txt
	$(PY) -m tests.mutation $(FILE)

crash: $(DEV)  ## kill, freeze and stop real bots at every step, for SECONDS (120), and see that what was begun ends truthfully
	@bash tests/postgres/install.sh
	@SECONDS=$(or $(SECONDS),120) SEED=$(SEED) $(PY) -m tests.crash

cluster: $(DEV)  ## three real bots on one PostgreSQL, thirty people, a kill or a freeze each second, over HTTP, then over Socket Mode, for SECONDS (40) each
	@bash tests/postgres/install.sh
	@SECONDS=$(or $(SECONDS),40) SEED=$(SEED) $(PY) -m tests.cluster

soak: $(DEV)  ## one real bot under a steady load with faults, for SECONDS (3600): what grows is a failure; DATABASE=postgres
	@test "$(DATABASE)" != postgres || bash tests/postgres/install.sh
	@SECONDS=$(or $(SECONDS),3600) SEED=$(SEED) DATABASE=$(DATABASE) $(PY) -m tests.soak

killed: $(DEV)  ## kill a bot during a slow deletion, alone and beside another, and draw how its message completes itself
	@bash tests/postgres/install.sh
	@bash tests/e2e/install.sh
	$(PY) -m tests.crash.demonstration

bench: $(DEV)  ## how fast, how large, and what is worse than the last release; some 50 minutes (PART=ledger, QUICK=1, ROUNDS=3, RELEASE=1)
	@$(PY) -m benchmarks $(PART) $(if $(QUICK),--quick) $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(RELEASE),--release)

demo: $(RUN)  ## play with it in this terminal: no Slack, no key
	@$(PY) app.py --demo

preflight: $(RUN)  ## try everything that a start needs, and what would only fail later
	$(PY) app.py check

run: $(RUN)  ## start the bot, with the settings in .env or the environment
	$(PY) app.py

LOCK := .cache/lock
COMPILE := $(LOCK)/bin/uv pip compile --quiet --universal --python-version 3.11 --no-strip-extras --generate-hashes \
  --upgrade --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"

lock:  ## pin every package anew, with hashes
	"$(PYTHON)" -m venv --clear $(LOCK)
	$(LOCK)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-lock.txt
	$(COMPILE) pyproject.toml -o requirements.txt
	$(COMPILE) -c requirements.txt pyproject.toml --group dev -o requirements-dev.txt
	$(COMPILE) --group lock -o requirements-lock.txt
	$(COMPILE) --group fuzz -o tests/fuzz/requirements.txt
	$(COMPILE) -c requirements-dev.txt --group mutate -o tests/mutation/requirements.txt
