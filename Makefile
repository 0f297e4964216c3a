# A newcomer needs `make run` and `make test`. Every target sets up what it needs.
PYTHON ?= python3
PY := .venv/bin/python
export PYTHONPATH := platform:.

.PHONY: help setup setup-dev run test again journeys check format bench screenshots walkthrough lock

help:
	@echo "make run          the whole platform on this machine, with demo data"
	@echo "make test         the test suite (on PostgreSQL and Redis with DATABASE_URL and REDIS_URL set)"
	@echo "make check        format, lint, types, import floors, migrations, catalogues, OpenAPI"
	@echo "make journeys     the browser journeys (needs chromium)"
	@echo "make walkthrough  start a platform of its own and play the whole story over HTTP"
	@echo "make screenshots  pictures of the running platform into var/screenshots (BASE_URL=...)"
	@echo "make bench        the benchmarks"

setup:
	@$(PYTHON) platform/config/bootstrap.py base

setup-dev:
	@$(PYTHON) platform/config/bootstrap.py dev

run: setup
	@exec $(PY) manage.py start

test: setup-dev
	@$(PY) -m pytest -n 2 -m "not browser"

again: setup-dev
	@$(PY) -m pytest --last-failed --last-failed-no-failures none -p no:randomly

journeys: setup-dev
	@$(PY) -m pytest -m browser -p no:randomly

check: setup-dev
	@$(PY) -m ruff format --check .
	@$(PY) -m ruff check .
	@$(PY) -m mypy platform audit blacklist campaigns disclosures sandbox manage.py
	@.venv/bin/lint-imports
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) manage.py catalogue --check
	@$(PY) manage.py spectacular --validate --file var/openapi.yaml

format: setup-dev
	@$(PY) -m ruff check --fix . && $(PY) -m ruff format .

bench: setup-dev
	@$(PY) -m benchmarks

screenshots: setup-dev
	@$(PY) -m tests.journeys.screenshots --base-url $${BASE_URL:-http://127.0.0.1:8000} --out var/screenshots

walkthrough: setup-dev
	@$(PY) manage.py start --walkthrough

lock: setup-dev
	@.venv/bin/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras \
		-o requirements/base.txt pyproject.toml
	@.venv/bin/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links --no-emit-trusted-host --strip-extras \
		--allow-unsafe --extra dev -c requirements/base.txt -o requirements/dev.txt pyproject.toml
