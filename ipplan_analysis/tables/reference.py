"""Reference classes: what like cases elsewhere did, which is no forecast of the series itself."""

from __future__ import annotations

from typing import Any, cast

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.table import Table

HEADINGS = {
    "name": ("Target", "目标"), "n_points": ("Figures of its own", "自身数值个数"),
    "reference_hits": ("Grew as much as is needed", "达到所需增长"),
    "reference_cases": ("Like cases elsewhere", "其他地区类似情形数"), "reference_of": ("Taken from", "取自"),
}  # fmt: skip
CAPTION = (
    "Reference class: growth of like series in other provinces. It is no forecast of the series itself",
    "参照类：其他省份类似序列的增长，并非对该序列本身的预测",
)


OF = ("{hits} of {cases}", "{cases}个中{hits}个")
RELATED = ("related indicators", "相关指标")


def reference_table(results: pd.DataFrame, plan: Plan, language: Language) -> Table:
    """Share of like cases elsewhere whose growth would meet the target, for series with up to three figures.

    Parameters
    ----------
    results : one row per target, columns of `assess`.
    """
    place = 1 if language == "zh" else 0
    names = {name: heading[place] for name, heading in HEADINGS.items()}
    rows = cast(list[dict[str, Any]], results[results["reference_cases"].gt(0)].to_dict("records"))
    for row in rows:
        row["name"] = f"{row['target_id']} {row[f'name_{language}']}"
    raw = pd.DataFrame(rows, columns=list(HEADINGS))
    shown = raw.astype(str).assign(
        reference_hits=[OF[place].format(hits=row["reference_hits"], cases=row["reference_cases"]) for row in rows],
        reference_of=[
            plan.indicators[row["reference_of"]].name(language)
            if row["reference_of"] in plan.indicators
            else RELATED[place]
            for row in rows
        ],
    )
    return Table(raw.rename(columns=names), CAPTION[place], language, shown=shown.rename(columns=names))
