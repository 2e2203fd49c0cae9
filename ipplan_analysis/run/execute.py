"""Executing the notebooks of a run with papermill."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.exceptions import PapermillExecutionError

from ipplan_analysis.kernels import ForkKernelManager
from ipplan_analysis.run.parameters import Value, read_notebook
from ipplan_analysis.schema import RunError

KERNEL = "python3"
CELL_TIMEOUT_SECONDS = 300  # a cell takes seconds; one that takes minutes hangs


def execute(
    notebook: Path, output: Path, parameters: Mapping[str, Value], *, timeout: int = CELL_TIMEOUT_SECONDS
) -> nbformat.NotebookNode:
    """Run one notebook with parameters and write the executed copy.

    Parameters
    ----------
    notebook, output : paths of the notebook and of its executed copy.
    parameters : values of the parameters that the notebook declares.
    timeout : seconds allowed to one cell.

    Raises
    ------
    RunError : a cell raised, hung or lost its kernel; the executed part stays in `output`.
    """
    _quiet_papermill()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # papermill and its kernels warn of their own upgrades
            executed: nbformat.NotebookNode = papermill.execute_notebook(
                notebook, output, parameters=dict(parameters), kernel_name=KERNEL, progress_bar=False,
                execution_timeout=timeout, kernel_manager_class=ForkKernelManager,
            )
    except PapermillExecutionError as error:
        heading = _heading_above(output, error.cell_index)
        raise RunError(f"{notebook.name} failed under “{heading}”: {error.ename}: {error.evalue}") from error
    except CellTimeoutError as error:
        raise RunError(f"{notebook.name} did not finish a cell within {timeout} s and was ended.") from error
    except DeadKernelError as error:
        raise RunError(f"{notebook.name}: its kernel died (out of memory?).") from error
    return executed


def without_paths(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The executed notebook without the paths of the machine it ran on, which papermill records."""
    for name in ("input_path", "output_path"):
        notebook.metadata.get("papermill", {}).pop(name, None)
    return notebook


def _quiet_papermill() -> None:
    logging.getLogger("papermill").setLevel(logging.CRITICAL)


def _heading_above(output: Path, cell_index: int) -> str:
    """Last heading above the cell that failed; where it stands says more than a cell number."""
    try:
        cells: list[Any] = read_notebook(output).cells[:cell_index]
    except OSError:
        return "?"
    headings = [cell.source.splitlines()[0].lstrip("# ") for cell in cells
                if cell.cell_type == "markdown" and cell.source.startswith("#") and "lang-zh" not in cell.metadata.get("tags", [])]
    return headings[-1] if headings else "the first cells"
