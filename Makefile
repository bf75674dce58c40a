# Two commands: `make demo` and `make test`. Both make their own environment first; they need Python 3.11+ and make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: demo test wheel lint types layers audit soak bench blind screenshots companion clean

demo: $(READY)
	$(BIN)/geo-tracker demo

test: $(READY) lint types layers
	$(BIN)/pytest -n 2 --dist worksteal -rs

# The wheel, by the pip that comes with Python: downloads what a user's installation downloads.
wheel: $(READY)
	GEO_TEST_WHEEL=all $(BIN)/pytest -n 2 tests/install/test_wheel.py

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(READY)
	$(BIN)/mypy

layers: $(READY)
	$(BIN)/lint-imports

# Known vulnerabilities of everything that uv.lock names. It asks PyPI's database; where that is out of reach it says so.
audit: $(READY)
	$(BIN)/uv export --quiet --frozen --extra all --no-emit-project --format requirements-txt --output-file $(VENV)/audit.txt
	$(BIN)/uv tool run --quiet pip-audit --strict --requirement $(VENV)/audit.txt --disable-pip || \
	  { code=$$?; echo "make audit: a finding stands above, or PyPI's database cannot be reached from here"; exit $$code; }

# 200 random fault schedules; SEED=n repeats one run, SCHEDULES=n makes it longer or shorter.
soak: $(READY)
	$(BIN)/python -m tests.quality.soak --seed $(or $(SEED),1) --schedules $(or $(SCHEDULES),200)

# Its own environment: the peers bring a pytest plugin that goes online.
bench: $(READY)
	UV_PROJECT_ENVIRONMENT=$(VENV)/bench $(BIN)/uv sync --quiet --frozen --extra bench
	$(VENV)/bench/bin/python -m bench.mentions
	$(VENV)/bench/bin/python -m bench.memory
	$(VENV)/bench/bin/python -m bench.crawl
	$(VENV)/bench/bin/python -m bench.collect
	$(VENV)/bench/bin/python -m bench.history
	$(VENV)/bench/bin/python -m bench.doors
	$(VENV)/bench/bin/python -m bench.writes
	$(VENV)/bench/bin/python -m bench.fleet
	$(VENV)/bench/bin/python -m bench.aims

# The sets that nobody tuned on; of the closed ones only the score.
blind: $(READY)
	$(BIN)/python -m tests.quality.evaluate_blind open
	$(BIN)/python -m tests.quality.evaluate_blind closed
	$(BIN)/python -m tests.quality.evaluate_blind second
	$(BIN)/python -m tests.quality.evaluate_blind fourth
	$(BIN)/python -m tests.quality.evaluate_blind fifth

screenshots: $(READY)
	$(BIN)/python -m tests.quality.screenshots

# The browser extension for the stores, in companion/dist: packed, not bundled, so it needs Python alone.
companion:
	$(PYTHON) companion/build.py

# uv installs exactly what uv.lock says; where it cannot be had, pip resolves the same ranges.
$(READY): pyproject.toml uv.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check "uv>=0.9" && \
	  UV_PROJECT_ENVIRONMENT=$(VENV) $(BIN)/uv sync --quiet --frozen --inexact --compile-bytecode --extra dev || \
	  $(BIN)/pip install --quiet --disable-pip-version-check --editable ".[dev]"
	touch $(READY)

clean:
	rm -rf $(VENV) data .pytest_cache .mypy_cache .ruff_cache .hypothesis
