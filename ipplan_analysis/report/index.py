"""`reports/index.html`: every run, static, for a folder on a shared disk."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
from babel import Locale
from markupsafe import Markup

from ipplan_analysis.messages import message
from ipplan_analysis.report.document import Document, build_document
from ipplan_analysis.report.page import framed, render
from ipplan_analysis.run import INDEX, require_own_index
from ipplan_analysis.run.compare import read_results
from ipplan_analysis.schema import LANGUAGES, PlanError, RunError, cause
from ipplan_analysis.tables.results import side_by_side_table
from ipplan_analysis.tables.table import LANG, Table

FILES = {
    "report.html": "HTML",
    "report.pdf": "PDF",
    "results.xlsx": "XLSX",
    "report.docx": "DOCX",
    "results.csv": "CSV",
}


def write_index(reports: Path) -> Path:
    """Write the list of all finished runs in a folder of reports, in both languages.

    Parameters
    ----------
    reports : folder whose subfolders are runs, each with its `manifest.json`.

    Returns
    -------
    The file written, in one step: a reader finds the old list or the new one.

    Raises
    ------
    RunError : there is an `index.html` that is no such list, or it cannot be written.
    """
    require_own_index(reports)
    folders = [path for path in reports.iterdir() if path.is_dir() and not path.name.startswith((".", "_"))]
    runs = sorted(filter(None, map(_run, folders)), key=lambda run: run["order"])
    title = f"{message('Reports', 'en')} · {message('Reports', 'zh')}"
    text = framed(render("index.html.j2", runs=runs, both=_both, shared=_side_by_side(reports, runs)), title, "en")
    path, new = reports / INDEX, reports / f".{INDEX}.{os.getpid()}"
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        with suppress(OSError):
            new.unlink()
        raise RunError(f"{path}: {cause(error)}. The runs are whole; only their list is not up to date.") from error
    return path


def _side_by_side(reports: Path, runs: Sequence[Mapping[str, Any]]) -> list[Table]:
    """One table a language with the newest run of each plan and region; none where no target is shared."""
    tables = []
    for language in LANGUAGES:
        newest = {run["order"][:2]: run for run in reversed(runs) if run["run"].language == language}
        frames = []
        for run in reversed(newest.values()):
            with suppress(PlanError):  # a run without results stays in the list of runs
                results = read_results(reports / run["folder"])
                frames.append(results.assign(plan=run["run"].title, region=run["run"].region))
        if frames:
            tables.append(side_by_side_table(pd.concat(frames), language))
    return [table for table in tables if table.rows]


def _both(text: str) -> Markup:
    return Markup('{} <span lang="{}">{}</span>').format(message(text, "en"), LANG["zh"], message(text, "zh"))


def _run(folder: Path) -> dict[str, Any] | None:
    """What the index shows of a run; None where its manifest is unreadable: one bad folder must not hide the rest."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        run: Document = build_document({}, manifest)
        year = int(manifest["data_through"])
        return {
            "run": run,
            "folder": folder.name,
            "year": year,
            "language": Locale(manifest["parameters"]["language"]).display_name,
            "lang": LANG[run.language],
            "files": [
                (label, f"{quote(folder.name)}/{file}") for file, label in FILES.items() if (folder / file).is_file()
            ],
            "order": (str(manifest["plan"]), str(manifest["region"]), -year, run.language),
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
