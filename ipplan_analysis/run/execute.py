"""Executing the notebooks of a run with papermill."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat
import papermill
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.iorw import write_ipynb

from ipplan_analysis.kernels import ForkKernelManager
from ipplan_analysis.run.parameters import Value, read_notebook
from ipplan_analysis.schema import ParameterError, RunError

KERNEL = "python3"
CELL_TIMEOUT_SECONDS = 300  # a cell takes seconds; one that takes minutes hangs
STARTS = 2  # a kernel that does not come up on a busy machine is started once more; a cell is never run twice
COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class WriteOnce(NBClientEngine):  # type: ignore[misc]
    """papermill's own way to execute, without writing the whole notebook before and after each cell."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, output_path: str | None = None, **options: Any) -> Any:
        """Execute a notebook; papermill itself writes it at its end, or after a cell that raised."""
        try:
            return super().execute_notebook(nb, kernel_name, output_path=None, **options)
        except BaseException:  # a cell that hung, a kernel that died: what was executed shows where
            write_ipynb(nb, output_path)
            raise


papermill_engines.register(WriteOnce.__name__, WriteOnce)


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
    for start in range(1, STARTS + 1):
        try:
            return _executed(notebook, output, parameters, timeout)
        except PapermillExecutionError as error:
            heading = _heading_above(output, error.cell_index)
            what = COLOURS.sub("", f"{error.ename}: {error.evalue}")
            raise RunError(f"{notebook.name} failed under “{heading}”: {what}") from error
        except CellTimeoutError as error:
            raise RunError(f"{notebook.name} did not finish a cell within {timeout} s and was ended.") from error
        except DeadKernelError as error:
            raise RunError(f"{notebook.name}: its kernel died (out of memory?).") from error
        except RuntimeError as error:  # nbclient's word for a kernel that does not answer when started
            if start == STARTS:
                raise RunError(f"{notebook.name}: its kernel did not start ({error}).") from error
    raise AssertionError("unreachable")


def _executed(notebook: Path, output: Path, parameters: Mapping[str, Value], timeout: int) -> nbformat.NotebookNode:
    executed: nbformat.NotebookNode = papermill.execute_notebook(
        notebook,
        output,
        parameters=dict(parameters),
        kernel_name=KERNEL,
        progress_bar=False,
        engine_name=WriteOnce.__name__,
        execution_timeout=timeout,
        kernel_manager_class=ForkKernelManager,
    )
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
        cells: list[Any] = read_notebook(output).cells[: cell_index + 1]  # papermill has put its notice on top
    except ParameterError:
        return "?"
    texts = [
        cell.source for cell in cells if cell.cell_type == "markdown" and "lang-zh" not in cell.metadata.get("tags", [])
    ]
    headings = [text.splitlines()[0].lstrip("# ") for text in texts if text.startswith("#")]
    return headings[-1] if headings else "the first cells"
