"""What moved between two runs, as a table."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
import pandas as pd

from ipplan_analysis.schema import Language
from ipplan_analysis.tables.table import Table
from ipplan_analysis.words import NONE, format_number, format_probability, status_label

HEADINGS = {
    "name": ("Target", "目标"), "status_before": ("Status before", "此前状态"), "status_after": ("Status now", "目前状态"),
    "probability_before": ("Probability before", "此前概率"), "probability_after": ("Probability now", "目前概率"),
    "method": ("of which method", "其中：方法"), "revised": ("of which revised figures", "其中：修订数据"),
    "new": ("of which new figures", "其中：新数据"), "last_value_before": ("Last figure before", "此前最新数值"),
    "last_value_after": ("Last figure now", "目前最新数值"),
}  # fmt: skip
CAPTION = (
    "What moved since the earlier run, in percentage points of probability",
    "与此前一次运行相比的变化（概率百分点）",
)
RECORDED = 1e-9  # results are recorded with ten significant digits; a smaller difference is rounding
NONE_NAMED = ("No earlier run was named.", "未指定此前的运行。")


def changes_table(frame: pd.DataFrame, language: Language) -> Table:
    """Status, probability and last figure before and now, with the causes of the change, for targets that moved.

    Parameters
    ----------
    frame : from `attainment.change.changes`; empty when no earlier run was named.
    """
    place = 1 if language == "zh" else 0
    names = {name: heading[place] for name, heading in HEADINGS.items()}
    rows = [row for row in cast(list[dict[str, Any]], frame.to_dict("records")) if _moved(row)]
    for row in rows:
        row["name"] = f"{row['target_id']} {row[f'name_{language}']}"
    raw = pd.DataFrame(rows, columns=list(HEADINGS))
    shown = pd.DataFrame([_shown(row, language) for row in rows], columns=list(HEADINGS))
    notes = (NONE_NAMED[place],) if frame.empty else ()
    return Table(raw.rename(columns=names), CAPTION[place], language, shown=shown.rename(columns=names), notes=notes)


def _moved(row: dict[str, Any]) -> bool:
    numbers = [(float(row[f"{name}_before"]), float(row[f"{name}_after"])) for name in ("probability", "last_value")]
    same = all(np.isclose(before, after, rtol=RECORDED, atol=0, equal_nan=True) for before, after in numbers)
    return not same or row["status_before"] != row["status_after"]


def _shown(row: dict[str, Any], language: Language) -> dict[str, str]:
    cells = {"name": row["name"]}
    for when in ("before", "after"):
        status = row[f"status_{when}"]
        cells[f"status_{when}"] = status_label(status, language) if isinstance(status, str) and status else NONE
        cells[f"probability_{when}"] = format_probability(float(row[f"probability_{when}"]), language)
        value = float(row[f"last_value_{when}"])
        cells[f"last_value_{when}"] = format_number(value, 2 if value % 1 else 0, language)
    for step in ("method", "revised", "new"):
        points = 100 * float(row[step])
        cells[step] = ("+" if round(points, 1) > 0 else "") + format_number(points, 1, language)
    return cells
