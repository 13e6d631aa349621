# The targets a newcomer guesses. `make demo` and `make test` need Python 3.11 or later and nothing else.
PYTHON ?= python3
VENV ?= .venv
PROFILE ?= demo
# The tests run in so many processes, each with a Postgres and a Valkey of its own.
SIDE_BY_SIDE ?= 2
BIN := $(VENV)/bin
PACKAGES := dsar dsar_asterisk dsar_sql dsar_posthog dsar_webhook dsar_manual dsar_s3

.PHONY: help demo up receivers test oldest acceptance browser check format bench messages lock wheel clean

help:  ## Say what the targets do
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.run: requirements.lock pyproject.toml
	@./scripts/venv "$(PYTHON)" "$(VENV)" requirements.lock
	@touch $@

$(VENV)/.dev: requirements-dev.lock pyproject.toml
	@./scripts/venv "$(PYTHON)" "$(VENV)" requirements-dev.lock
	@touch $@ $(VENV)/.run

demo: $(VENV)/.run  ## Play the main job on sample systems, then end
	$(BIN)/dsar demo --profile $(PROFILE)

up: $(VENV)/.run  ## Leave the sample world running, with its addresses and keys
	$(BIN)/dsar up --world --profile $(PROFILE)

receivers: $(VENV)/.dev  ## Install what the sample receiver in Node needs, for its tests
	@./scripts/receivers "$(VENV)/node"

test: $(VENV)/.dev  ## Pass the tests (not the acceptance suite, nor the browser)
	$(BIN)/pytest tests -n $(SIDE_BY_SIDE) --dist loadfile --ignore=tests/acceptance --ignore=tests/browser

# Debian's, by its package; another's by its folder.
OLDEST ?= /usr/lib/postgresql/15/bin
oldest: $(VENV)/.dev  ## Pass the tests of the store on Postgres 15, the oldest that is promised
	DSAR_TEST_POSTGRES=$(OLDEST) $(BIN)/pytest tests/integration/store -n $(SIDE_BY_SIDE) --dist loadfile

acceptance: $(VENV)/.dev  ## Play the whole service as its users would
	$(BIN)/pytest tests/acceptance -n $(SIDE_BY_SIDE) --dist loadfile

browser: $(VENV)/.dev  ## Drive the pages in Chromium
	$(BIN)/pytest tests/browser

check: $(VENV)/.dev  ## Lint, types, layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=connectors:. $(BIN)/lint-imports

format: $(VENV)/.dev  ## Write the code as the formatter has it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(VENV)/.dev  ## Measure, each figure beside a limit of the same run
	$(BIN)/python -m bench

# Takes what people read out of code and templates into translations/dsar.pot, and what is new or changed into each
# catalogue, where somebody translates it then: the tests of tests/unit/render fail until no language lacks a text.
BABEL := PYTHONPATH=. $(BIN)/pybabel -q
messages: $(VENV)/.dev  ## Renew the catalogues of translations
	$(BABEL) extract -F translations/babel.cfg -k msgid --add-location=file --sort-by-file --width=110 \
	  --omit-header -o translations/dsar.pot .
	$(BABEL) update -D dsar -i translations/dsar.pot -d translations --no-fuzzy-matching --width=110 \
	  --ignore-obsolete --ignore-pot-creation-date

lock: $(VENV)/.dev  ## Renew the pinned requirements
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --extra embedded --extra build pyproject.toml -o requirements.lock --custom-compile-command "make lock"
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --extra embedded --extra build --extra s3 --extra conformance --extra dev pyproject.toml -o requirements-dev.lock -c requirements.lock --custom-compile-command "make lock"

wheel: $(VENV)/.dev  ## Build the wheel
	$(BIN)/python -m build --wheel --no-isolation

clean:  ## Remove what was built
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache demo-out
