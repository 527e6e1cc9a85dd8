# Two commands do everything: `make demo` and `make test`. Both set up what they need.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
PIP := pip install --quiet --disable-pip-version-check
SOURCES := $(shell find bot memory capture simulate -name '*.py' -o -name '*.j2' -o -name '*.gz' -o -name '*.md' -o -name 'page.*' -o -name py.typed 2>/dev/null)

.PHONY: demo test check suite lock clean

## The main job on the embedded default: import the recording, ask it.
demo: .venv-demo/ready
	.venv-demo/bin/kubectl-smart demo

## Every check there is.
test: check suite

## Lint, types, import contracts, on the source.
check: .venv/ready
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache

## The whole suite, against the built wheel with the source hidden.
suite: .venv-wheel/ready
	.ci/suite -n 2 --cov --cov-report=term:skip-covered --cov-fail-under=85

.venv-demo/ready: pyproject.toml $(SOURCES)
	.ci/packages demo
	python3 -m venv .venv-demo
	.venv-demo/bin/$(PIP) .
	touch $@

.venv/ready: pyproject.toml requirements-dev.lock
	.ci/packages test
	python3 -m venv .venv
	.venv/bin/$(PIP) -r requirements-dev.lock
	.venv/bin/$(PIP) --no-deps -e .
	touch $@

dist/ready: .venv/ready pyproject.toml $(SOURCES)
	rm -rf dist
	.venv/bin/python -m build --no-isolation --wheel --sdist . >/dev/null
	touch $@

.venv-wheel/ready: dist/ready requirements-dev.lock
	python3 -m venv .venv-wheel
	.venv-wheel/bin/$(PIP) -r requirements-dev.lock
	.venv-wheel/bin/$(PIP) --no-deps --force-reinstall dist/*.whl
	touch $@

## Write the exact versions that development uses, from what pyproject.toml allows today.
lock:
	rm -rf build/lock
	python3 -m venv build/lock
	build/lock/bin/$(PIP) --upgrade 'pip>=25.1'
	build/lock/bin/$(PIP) --group dev .
	{ echo "# Exact versions for development and CI; made by 'make lock', never edited."; \
	  build/lock/bin/pip freeze --exclude kubectl-smart; } > requirements-dev.lock

clean:
	rm -rf .venv .venv-demo .venv-wheel build dist demo-memory .coverage
