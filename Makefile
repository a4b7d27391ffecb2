# What a person types. Needs python3 (3.11 or newer), pip and make; slack, e2e and gallery npm too, and a browser.
PY := .venv/bin/python
.DEFAULT_GOAL := help

.PHONY: help venv test check e2e slack gallery golden soak bench demo run lock
help:  ## show this list
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):.*## /make \1\t/' | expand -t 14

venv: .venv/ready  ## make .venv with every package pinned and hashed

.venv/ready: requirements-dev.txt
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed"; exit 1; }
	python3 -m venv .venv
	.venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@

test: venv  ## run the tests
	$(PY) -m pytest

check: venv  ## ruff, mypy and the tests with their coverage
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest --cov --cov-report=term

e2e: venv  ## the bot in a browser, on a Slack emulator; on Debian it installs Chromium and npm
	@bash tests/e2e/install.sh
	$(PY) -m pytest -m e2e tests/e2e

slack: venv  ## play with it in a browser, on a Slack emulator: needs npm (ARGS=--http, ARGS="--port 3200")
	@$(PY) -m tests.e2e.slack $(ARGS)

gallery: venv  ## draw every message that can be sent into docs/images, from tests/gallery/golden
	@bash tests/e2e/install.sh
	$(PY) -m tests.gallery.render

golden: venv  ## write tests/gallery/golden anew, after a message was changed on purpose
	$(PY) -m tests.gallery.update

soak: venv  ## search for a conversation that goes wrong, for SOAK_SECONDS (600)
	$(PY) -m tests.soak

bench: venv  ## how fast, against the ordinary Bolt bot; some four minutes
	$(PY) -m benchmarks

demo: venv  ## play with it in this terminal: no Slack, no key
	@$(PY) app.py --demo

run: venv  ## start the bot, with the settings in .env or the environment
	$(PY) app.py

lock:  ## pin every package anew, with hashes
	.venv/bin/pip install --quiet --disable-pip-version-check uv
	.venv/bin/uv pip compile --quiet --universal --no-strip-extras --generate-hashes --upgrade --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" pyproject.toml -o requirements.txt
	.venv/bin/uv pip compile --quiet --universal --no-strip-extras --generate-hashes --upgrade --no-emit-index-url --no-emit-find-links \
	  --custom-compile-command "make lock" -c requirements.txt pyproject.toml --group dev -o requirements-dev.txt
