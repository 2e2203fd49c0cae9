"""Rules that every notebook keeps; run as a module it prints what is broken, with --strip it mends outputs.

.venv/bin/python -m tests.notebook_hygiene [--strip]
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat

NOTEBOOKS = sorted((Path(__file__).resolve().parents[1] / "notebooks").glob("*.ipynb"))
CONTRACT = {"nbval-check-output", "keep_output"}
LEFT = ("papermill", "widgets")  # what execution adds to a notebook's metadata
MAX_LINES = 12
ASKS = re.compile(r"^refuse_unknown_parameters\(\)$", re.MULTILINE)
ABSOLUTE = re.compile(r"""["'](/|~|[A-Za-z]:\\)""")


def faults(path: Path) -> Iterator[str]:
    """What one notebook breaks, one line each."""
    notebook: Any = nbformat.read(path, as_version=4)
    kernel = notebook.metadata.get("kernelspec", {})
    if kernel.get("name") != "python3" or kernel.get("display_name") != "Python 3 (ipykernel)":
        yield "the kernel is not the neutral python3"
    if "version" in notebook.metadata.get("language_info", {}):
        yield "it names a Python version"
    if left := [name for name in LEFT if name in notebook.metadata]:
        yield f"execution left {', '.join(left)} in its metadata"
    if not any(_is_contract(cell) and cell.outputs for cell in notebook.cells if cell.cell_type == "code"):
        yield "no contract cell holds an output: nothing would be compared"
    code = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    if not any(ASKS.search(source) for source in code[:2]):
        yield "its first cell does not refuse unknown parameters"
    before = None
    for position, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            yield from (f"cell {position}: {text}" for text in _code_faults(cell, before))
        before = cell


def _code_faults(cell: Any, before: Any) -> Iterator[str]:
    if not _is_contract(cell) and (before is None or before.cell_type != "markdown"):  # a finding follows its table
        yield "no heading before it"
    lines = cell.source.count("\n") + 1
    if lines > MAX_LINES:
        yield f"{lines} lines, at most {MAX_LINES}"
    if any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in ast.walk(ast.parse(cell.source))):
        yield "a def or class belongs into the package"
    if ABSOLUTE.search(cell.source) or "input(" in cell.source:
        yield "an absolute path or input()"
    if cell.outputs and not _is_contract(cell):
        yield "outputs are kept though it is no contract cell"
    if _is_contract(cell) and not cell.outputs:
        yield "a contract cell without output"


def _is_contract(cell: Any) -> bool:
    return set(cell.metadata.get("tags", [])) >= CONTRACT


def strip(path: Path) -> None:
    """Remove every output but those of contract cells, and what execution leaves in the metadata."""
    notebook: Any = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        cell.metadata.pop("papermill", None)
        if cell.cell_type == "code" and not _is_contract(cell):
            cell.outputs, cell.execution_count = [], None
    for left in LEFT:
        notebook.metadata.pop(left, None)
    notebook.metadata["language_info"] = {"name": "python"}
    nbformat.write(notebook, path)


def main() -> int:
    """Print every fault of every notebook; the exit code counts them."""
    if "--strip" in sys.argv:
        for path in NOTEBOOKS:
            strip(path)
    found = [f"{path.name}: {fault}" for path in NOTEBOOKS for fault in faults(path)]
    print("\n".join(found) or f"{len(NOTEBOOKS)} notebooks in order")
    return min(len(found), 1)


if __name__ == "__main__":
    sys.exit(main())
