# Each target does its whole set-up: a fresh clone needs only python3 (3.11+), pip and make.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# What the browser page runs; its tests are skipped without it.
WEB_RUNTIME := .venv/onnxruntime-web-1.30.0.tgz

.PHONY: demo demo-train test test-all lint docs bench clean

demo: $(READY)
	$(BIN)/python samples/demo.py

demo-train: $(READY)
	$(BIN)/python samples/demo_train.py

test: $(READY) lint $(WEB_RUNTIME)
	$(BIN)/python -m pytest -m "not slow and not jax and not spark"

test-all: $(READY) lint $(WEB_RUNTIME)
	$(BIN)/python -m pip install --quiet -e ".[jax,spark]"
	$(BIN)/python -m pytest

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(READY)
	$(BIN)/python docs/make_cli.py

# All of them, or BENCH="cold_start pipeline".
bench: $(READY)
	$(BIN)/python benchmarks/run.py $(BENCH)

# Made again when the dependencies change; anything else in an editable install is already current.
$(READY): setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "colorizer-tf needs Python 3.11 or newer, and this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e ".[test,lint,web]"
	touch $@

$(WEB_RUNTIME): | $(READY)
	npm pack --silent --pack-destination .venv onnxruntime-web@1.30.0 || echo "No $@: the browser page is not tested"

clean:
	rm -rf .venv output
