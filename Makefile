# `make demo` and `make test` set everything up on a fresh machine; the rest is for contributors.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
REPORT ?= evtp-report
EXTRAS ?= dev
READY := $(VENV)/.ready-$(EXTRAS)

.PHONY: demo test quick fuzz lint types format licences release clean

demo: $(VENV)/.installed
	$(BIN)/evtp report --output $(REPORT)

test: $(READY)
	$(BIN)/python -m pytest $(PYTEST_ARGS)

quick: $(READY)
	$(BIN)/python -m pytest -m "not slow"

# Fails below ten thousand cases; `make test` runs ten of each property, always the same.
fuzz: $(READY)
	HYPOTHESIS_PROFILE=fuzz $(BIN)/python -m pytest tests/fuzz $(PYTEST_ARGS)

lint: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

# Checked as users get it: the wheel's layout, which an editable install only imitates.
types: $(READY)
	rm -rf build && $(PIP) install --quiet --no-deps --target build/types .
	cd build/types && MYPYPATH=. ../../$(BIN)/mypy --config-file ../../pyproject.toml \
	  $$(cd evtp && for d in */; do printf -- '-p evtp.%s ' $${d%/}; done)

format: $(READY)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

licences: $(VENV)/.ready-dev,siglip,hdf5,coco,ray,bench,docs,release
	$(BIN)/python .ci/licences.py

# The wheel is built from the source distribution, in a clean copy: what a folder build/ has kept of
# older sources never gets in. Then it is tried alone and with the extras of TRY, or all.
release: $(VENV)/.ready-dev,release
	rm -rf dist
	PIP_CONSTRAINT=$(CURDIR)/constraints.txt $(BIN)/python -m build
	$(BIN)/python -m twine check --strict dist/*
	$(BIN)/python .ci/trial.py dist/*.whl $(TRY)

clean:
	rm -rf build dist $(VENV) $(REPORT) .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

# torch goes first and alone: its CPU build satisfies everything that asks for torch afterwards.
# Reinstalled when the metadata or the pinned versions change.
$(VENV)/.installed: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) install --quiet -c constraints.txt torch
	$(PIP) install --quiet -c constraints.txt -e .
	touch $@

$(VENV)/.ready-%: $(VENV)/.installed
	$(PIP) install --quiet -c constraints.txt -e ".[$*]"
	touch $@
