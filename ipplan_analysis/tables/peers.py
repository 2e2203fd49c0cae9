"""Where the nation and the provinces stand, target by target."""

from __future__ import annotations

import math

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.cells import few_cell, year_cell
from ipplan_analysis.tables.table import Table
from ipplan_analysis.words import format_quantity

HEADINGS = {
    "target_id": ("Target", "目标"), "indicator": ("Indicator", "指标"), "own_value": ("Own figure", "本地区数值"),
    "own_year": ("Year", "年份"), "nation_value": ("Nation", "全国"), "nation_year": ("Nation's year", "全国年份"),
    "province_median": ("Median of other provinces", "其他省份中位数"),
    "provinces": ("Other provinces with a figure", "其他有数据省份数"),
    "source": ("Source", "来源"),
}  # fmt: skip
CAPTION = (
    "The same indicators elsewhere: latest yearly figures, each in its own year",
    "其他地区同一指标的最新年度数值（年份各异）",
)


def target_peers_table(frame: pd.DataFrame, plan: Plan, language: Language) -> Table:
    """Own figure, the nation's and the provinces' median for every target that others publish.

    Parameters
    ----------
    frame : from `attainment.peers_of_targets`.
    """
    place = 1 if language == "zh" else 0
    frame = frame.assign(indicator=[plan.indicators[name].name(language) for name in frame["indicator"]])
    raw = frame.rename(columns={name: heading[place] for name, heading in HEADINGS.items()})
    shown = pd.DataFrame([_shown(row, plan, language) for row in frame.to_dict("records")], columns=list(HEADINGS))
    shown.columns = raw.columns
    return Table(raw, CAPTION[place], language, shown=shown, linked=(HEADINGS["source"][place],))


def _shown(row: dict[str, object], plan: Plan, language: Language) -> dict[str, str]:
    target = next(target for target in plan.targets if target.target_id == row["target_id"])
    entry = plan.indicators[target.indicator]
    cells = {name: str(row[name]) for name in ("target_id", "indicator", "provinces")}
    for name in ("own_value", "nation_value", "province_median"):
        cells[name] = format_quantity(float(str(row[name])), entry.decimals, entry.unit_in(language), language)
    for name in ("own_year", "nation_year"):
        year = float(str(row[name]))
        cells[name] = year_cell(year) if not math.isnan(year) else "–"
    return cells | {"source": few_cell(str(row["source"]))}
