# make run   builds what is needed, starts everything on this machine and prints the addresses
# make test  installs what the tests need and runs them all
# make check formats, lint, types, import law, lock
# make faults kills the stages and Airflow's parts 500 times each, for an hour; ARGS="-k airflow" for one of the two

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
AS_ROOT := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

.PHONY: env run test faults check format bench lock docs clean

env: $(STAMP)

$(STAMP): requirements.lock bootstrap.lock pyproject.toml
	@$(PYTHON) pipelines/up/python_version.py
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || $(AS_ROOT) sh -c 'apt-get update -qq && apt-get install -y -qq python3-venv'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r bootstrap.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --require-hashes --compile-bytecode -r requirements.lock
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $(STAMP)

run: env
	@$(BIN)/choucha up

test: env
	@command -v chromium >/dev/null && fc-list :lang=zh | grep -q 'Noto Sans CJK' || \
	  $(AS_ROOT) sh -c 'apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk fontconfig'
	@$(BIN)/python -m pytest $(ARGS)

faults: env
	@CHOUCHA_KILLS=500 CHOUCHA_KILLS_AIRFLOW=500 $(BIN)/python -m pytest tests/faults/test_kills.py tests/integration/test_airflow_kills.py $(ARGS)

check: env
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m pytest -q tests/docs

format: env
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

bench: env
	@$(BIN)/python -m benchmarks

docs: env
	@$(BIN)/python -m docs.generate

# Written anew from pyproject.toml; hashed, for every platform, and naming no registry.
lock: env
	$(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	  --all-extras --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	echo uv | $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-emit-index-url \
	  --custom-compile-command "make lock" - -o bootstrap.lock

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage
