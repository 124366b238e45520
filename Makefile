# Each target does its whole set-up: a fresh clone needs only python3 (3.11+), pip and make.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
READY := .venv/.ready
# With what tests, lint, the web page and the benchmarks need.
COMPLETE := .venv/.complete
# What the browser page runs; its tests are skipped without it.
WEB_RUNTIME := .venv/onnxruntime-web-1.30.0.tgz

.PHONY: demo demo-train test pytest test-all lint docs bench clean

demo: $(READY)
	$(BIN)/python samples/demo.py

demo-train: $(READY)
	$(BIN)/python samples/demo_train.py

# Bytecode is kept, whatever the shell says: without it each process compiles TensorFlow's 1,800 files.
test test-all: export PYTHONDONTWRITEBYTECODE :=

# Types are checked while tests wait for browsers and servers.
test: $(COMPLETE) $(WEB_RUNTIME)
	$(MAKE) --no-print-directory --jobs 2 lint pytest

# A file's tests stay together for the most part: what they share is made once.
pytest: $(COMPLETE) $(WEB_RUNTIME)
	$(BIN)/python -m pytest --numprocesses auto --maxprocesses 4 --dist worksteal -m "not slow and not jax and not spark"

test-all: $(COMPLETE) lint $(WEB_RUNTIME)
	$(PIP) -e ".[jax,spark]"
	$(BIN)/python -m pytest

lint: $(COMPLETE)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: $(READY)
	$(BIN)/python docs/make_cli.py

# All of them, or BENCH="cold_start pipeline".
bench: $(COMPLETE)
	$(BIN)/python benchmarks/run.py $(BENCH)

# Made again when the dependencies change; anything else in an editable install is already current.
# Bytecode is made at first use: of the little that colors a photo, not of all of TensorFlow.
$(READY): setup.cfg pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "colorizer-tf needs Python 3.11 or newer, and this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12")'
	$(PYTHON) -m venv .venv
	$(PIP) --no-compile -e .
	touch $@

$(COMPLETE): $(READY)
	$(PIP) -e ".[test,lint,web]"
	touch $@

$(WEB_RUNTIME): | $(READY)
	npm pack --silent --pack-destination .venv onnxruntime-web@1.30.0 || echo "No $@: the browser page is not tested"

clean:
	rm -rf .venv output
