# Set-up and daily commands. `make` alone lists them.

.DEFAULT_GOAL := help
.SUFFIXES:

VENV := .venv
BIN := $(VENV)/bin
RUN_STAMP := $(VENV)/.installed
TEST_STAMP := $(VENV)/.installed-for-tests
BENCH_STAMP := $(VENV)/.installed-for-benchmarks

# The pairs read command=package: the package is installed when the command is missing.
RUN_TOOLS := mosquitto=mosquitto
TEST_TOOLS := $(RUN_TOOLS) \
	mosquitto_pub=mosquitto-clients \
	influxd=influxdb \
	victoria-metrics=victoria-metrics \
	chromium=chromium \
	mbpoll=mbpoll \
	nginx=nginx \
	sqlite3=sqlite3

# `make demo ARGS="--store influx1"` starts Debian's InfluxDB beside the rest.
ifneq (,$(findstring influx1,$(ARGS)))
RUN_TOOLS += influxd=influxdb
endif

# Debian keeps servers in sbin, which is not on the path of ordinary users.
export PATH := $(PATH):/usr/local/sbin:/usr/sbin:/sbin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Set-up speaks on standard error, so that standard output is the program's own:
# `make demo ARGS="--seconds 60 --json" | jq` reads one object.

.PHONY: help
help: ## List these commands
	@echo 'make demo ARGS="--seconds 60 --json" hands ARGS on to the command behind it.'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: demo
demo: setup ## Run the whole pipeline with simulated devices, with all the set-up it needs
	@$(BIN)/groundwatt demo $(ARGS)

.PHONY: test
test: setup-tests check ## Lint, check types and layers, run every test, with all the set-up they need
	$(BIN)/pytest $(ARGS)

.PHONY: check
check: $(TEST_STAMP) ## Lint, check types and layers only
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

.PHONY: bench
bench: setup-tests $(BENCH_STAMP) ## Measure speed and memory against the yardsticks
	$(BIN)/python -m benchmarks $(ARGS)

.PHONY: clean
clean: ## Remove the virtual environment, caches, built packages and the demo's data
	rm -rf $(VENV) .venv-eemeter .demo dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: setup
setup: run-tools $(RUN_STAMP) ## Set up what running needs, and run nothing

.PHONY: setup-tests
setup-tests: test-tools $(TEST_STAMP) ## Set up what testing needs, and test nothing

.PHONY: run-tools
run-tools:
	@deploy/setup/debian-packages $(RUN_TOOLS) >&2

.PHONY: test-tools
test-tools:
	@deploy/setup/debian-packages $(TEST_TOOLS) >&2

# A virtual environment that is absent, whose Python has gone or whose folder was moved (its scripts
# name the old place) is made anew. Only then does this word name a target.
NEW_VENV := $(shell { [ -x $(BIN)/python ] && grep -qsF '$(CURDIR)/$(VENV)' $(VENV)/pyvenv.cfg; } \
	|| echo new-venv)
.PHONY: new-venv
new-venv:
	@deploy/setup/virtualenv $(VENV) >&2

$(RUN_STAMP): pyproject.toml $(NEW_VENV)
	@echo 'Installing groundwatt and its packages into $(VENV)/' >&2
	@$(BIN)/python -m pip install --editable . >&2
	@touch $@

# The tests' packages include those for running.
$(TEST_STAMP): pyproject.toml $(NEW_VENV)
	@echo 'Installing groundwatt, its packages and those of the tests into $(VENV)/' >&2
	@$(BIN)/python -m pip install --editable '.[test]' >&2
	@touch $(RUN_STAMP) $@

$(BENCH_STAMP): $(TEST_STAMP)
	@echo 'Installing what the benchmarks compare with into $(VENV)/' >&2
	@$(BIN)/python -m pip install --editable '.[bench]' >&2
	@touch $(TEST_STAMP) $@
