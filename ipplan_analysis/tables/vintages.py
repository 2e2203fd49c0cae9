"""Published forecasts beside their outturns, as a table."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.table import Table
from ipplan_analysis.words import format_number, format_rough

HEADINGS = {
    "run": ("Published run", "发布的运行"), "indicator": ("Indicator", "指标"), "year": ("Year", "年份"),
    "median": ("Median", "中位数"), "low80": ("80 % from", "80%下限"), "high80": ("80 % to", "80%上限"),
    "outturn": ("Outturn", "实际"), "in80": ("Held by the 80 % band", "落入80%区间"), "wis": ("WIS (log)", "WIS（对数）"),
    "source": ("Source", "来源"),
}  # fmt: skip
CAPTION = ("Published forecasts whose outturn is known, the worst first", "已知结果的已发布预测（最差者在前）")
NOTHING = ("No published forecast has an outturn yet.", "尚无已发布预测的结果可知。")
HELD = {True: ("yes", "是"), False: ("no", "否")}


def vintages_table(frame: pd.DataFrame, plan: Plan, language: Language) -> Table:
    """Median, band and outturn of every published forecast that can be scored.

    Parameters
    ----------
    frame : from `evaluation.scored_vintages`.
    """
    place = 1 if language == "zh" else 0
    names = {name: heading[place] for name, heading in HEADINGS.items()}
    rows = cast(list[dict[str, Any]], frame.to_dict("records"))
    raw = frame[list(HEADINGS)].assign(indicator=[plan.indicators[row["indicator"]].name(language) for row in rows])
    shown = pd.DataFrame([_shown(row, plan, language) for row in rows], columns=list(HEADINGS))
    return Table(
        raw.rename(columns=names),
        CAPTION[place],
        language,
        shown=shown.rename(columns=names),
        notes=() if rows else (NOTHING[place],),
        linked=(names["source"],),
    )


def _shown(row: dict[str, Any], plan: Plan, language: Language) -> dict[str, str]:
    entry = plan.indicators[row["indicator"]]
    rough = {name: format_rough(row[name], language) for name in ("median", "low80", "high80")}
    return rough | {
        "run": row["run"],
        "indicator": entry.name(language),
        "year": str(row["year"]),
        "outturn": format_number(row["outturn"], entry.decimals, language),
        "in80": HELD[bool(row["in80"])][1 if language == "zh" else 0],
        "wis": f"{row['wis']:.3f}",
        "source": row["source"],
    }
