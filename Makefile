.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
COMPILE := pip compile -q pyproject.toml --group dev --all-extras --generate-hashes --no-annotate --no-header
export OMP_NUM_THREADS := 1

help: ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: # the environment, exactly as locked; costs nothing when it stands
	@$(PYTHON) bootstrap.py $(VENV)

report: setup ## run the notebooks on the shipped data: reports/<run>/report.html
	@$(BIN)/ipplan report

test: setup tests ## every test, the notebooks included; with line coverage: make test COVERAGE=--cov

tests:
	@$(BIN)/python -m pytest $(COVERAGE) -n auto --dist loadscope --no-loadscope-reorder
	@$(BIN)/python -m pytest -n auto --dist loadscope --nbval-lax --nbval-cell-timeout=300 notebooks

lab: setup ## open the notebooks in JupyterLab
	@$(BIN)/jupyter lab notebooks

check: setup ## data, style, types, stripped notebooks
	@$(BIN)/ipplan check
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check -q .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.notebook_hygiene

test-lowest: setup ## every test, with the oldest releases that pyproject.toml allows
	@$(PYTHON) bootstrap.py $(VENV) uv $(COMPILE) --resolution lowest-direct -o $(VENV)-lowest.lock
	@$(PYTHON) bootstrap.py $(VENV)-lowest $(VENV)-lowest.lock
	@$(MAKE) --no-print-directory tests BIN=$(VENV)-lowest/bin

# not with the extra indexes of pip: beside them uv notes the hash of one file of each release alone
lock: setup ## renew requirements.lock from pyproject.toml
	@$(BIN)/uv $(COMPILE) --universal --python-version 3.11 --no-strip-extras --upgrade -o requirements.lock

pictures: setup ## make pictures and example reports of both READMEs anew (needs chromium)
	@$(BIN)/python -m tests.pictures

dictionary: setup ## write docs/data_dictionary.md anew from data/datapackage.json
	@$(BIN)/python -m tests.data_dictionary

clean: ## remove the virtual environment and caches; reports stay
	@rm -rf $(VENV) $(VENV)-lowest* .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help setup report test tests test-lowest lab check lock pictures dictionary clean
