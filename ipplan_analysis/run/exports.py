"""Tables that executed notebooks carry, saved as CSV."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import nbformat

from ipplan_analysis.schema import EXPORT_MIME, RunError

MAIN_TABLE = "results"


def exported_tables(notebooks: Iterable[nbformat.NotebookNode]) -> dict[str, str]:
    """CSV text of every named table in the notebooks' outputs, by name; of equal names the last."""
    bundles = [
        output["data"][EXPORT_MIME]
        for notebook in notebooks
        for cell in notebook.cells
        for output in cell.get("outputs", [])
        if EXPORT_MIME in output.get("data", {})
    ]
    return {bundle["name"]: bundle["csv"] for bundle in bundles}


def save_tables(tables: dict[str, str], folder: Path) -> list[Path]:
    """Write `results.csv` into the folder and every other table into `folder/tables`.

    Raises
    ------
    RunError : no notebook gave the results.
    """
    if MAIN_TABLE not in tables:
        raise RunError("No notebook produced the results table; the run is not complete.")
    (folder / "tables").mkdir()
    paths = []
    for name, text in tables.items():
        path = folder / f"{name}.csv" if name == MAIN_TABLE else folder / "tables" / f"{name}.csv"
        path.write_text(text, encoding="utf-8-sig", newline="")  # the mark lets Excel read Chinese
        paths.append(path)
    return paths
