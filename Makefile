.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
export OMP_NUM_THREADS := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

help: ## print this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed; name it with make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@echo "Setting up $(VENV) (once, about a minute) ..."
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/python -m pip install --quiet --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --no-index -e .
	@touch $@

report: $(READY) ## run the notebooks on the shipped data: reports/<run>/report.html
	@$(BIN)/ipplan report

test: $(READY) ## every test, the notebooks included; with line coverage: make test COVERAGE=--cov
	@$(BIN)/python -m pytest $(COVERAGE) -n auto --dist loadscope
	@$(BIN)/python -m pytest -n auto --dist loadscope --nbval-lax --nbval-cell-timeout=300 notebooks

lab: $(READY) ## open the notebooks in JupyterLab
	@JUPYTER_DEFAULT_PROVISIONER_NAME=ipplan-fork $(BIN)/jupyter lab notebooks

check: $(READY) ## data, style, types, stripped notebooks
	@$(BIN)/ipplan check
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/python -m tests.notebook_hygiene

lock: ## renew requirements.lock from pyproject.toml
	@$(PYTHON) -m venv $(VENV)-lock && $(VENV)-lock/bin/python -m pip install --quiet uv
	@$(VENV)-lock/bin/uv pip compile pyproject.toml --group dev --all-extras --universal --python-version 3.11 \
		--generate-hashes --no-annotate --no-header --upgrade -q -o requirements.lock
	@rm -rf $(VENV)-lock

clean: ## remove the virtual environment and caches; reports stay
	@rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

.PHONY: help report test lab check lock clean
