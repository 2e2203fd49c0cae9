"""`reports/index.html`: every run, static, for a folder on a shared disk."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from ipplan_analysis.report.clean import clean_all
from ipplan_analysis.report.frame import framed, render
from ipplan_analysis.report.phrases import PHRASES
from ipplan_analysis.report.provenance import made_on, region_name
from ipplan_analysis.schema import LANGUAGES, Language

FILES = {
    "report.html": "HTML",
    "report.pdf": "PDF",
    "results.xlsx": "XLSX",
    "report.docx": "DOCX",
    "results.csv": "CSV",
}
LANGUAGE_NAMES = {"en": "English", "zh": "中文"}
TAGS = {"en": "en", "zh": "zh-Hans"}


def write_index(reports: Path) -> Path:
    """Write the list of all finished runs in a folder of reports, in both languages.

    Parameters
    ----------
    reports : folder whose subfolders are runs, each with its `manifest.json`.

    Returns
    -------
    The file written.
    """
    runs = sorted(_runs(reports), key=lambda run: run["order"])
    body = render("index.html.j2", runs=runs, words=PHRASES)
    path = reports / "index.html"
    path.write_text(framed(body, " · ".join(PHRASES["index_title"]), "en"), encoding="utf-8")
    return path


def _runs(reports: Path) -> Iterable[dict[str, Any]]:
    for path in reports.glob("*/manifest.json"):
        if not path.parent.name.startswith((".", "_")):
            run = _run(path)
            if run is not None:
                yield run


def _run(path: Path) -> dict[str, Any] | None:
    """What the index shows of a run; None where its manifest is unreadable: one bad folder must not hide the rest."""
    try:
        manifest = clean_all(json.loads(path.read_text(encoding="utf-8")))
        language: Language = LANGUAGES[LANGUAGES.index(manifest["parameters"]["language"])]
        folder = path.parent
        files = [(label, f"{quote(folder.name)}/{name}") for name, label in FILES.items() if (folder / name).is_file()]
        return {
            "plan": str(manifest["plan_name"][language]), "region": region_name(manifest, language),
            "year": int(manifest["data_through"]), "language": LANGUAGE_NAMES[language], "tag": TAGS[language],
            "made": made_on(manifest, language), "files": files, "name": folder.name,
            "order": (str(manifest["plan"]), str(manifest["region"]), -int(manifest["data_through"]), language),
        }  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
