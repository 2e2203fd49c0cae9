"""The missing figures, by department: what a secretary sends out to ask for."""

from __future__ import annotations

import pandas as pd

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.data import Plan
from ipplan_analysis.schema import Target

COLUMNS = [
    *"department department_en target_id indicator name_en name_zh".split(),
    *"period figure_en figure_zh unit unit_en why_en why_zh".split(),
]
WHY = {
    "base": ("The target is measured against it.", "目标以此为基数。"),
    "year": ("Missing from the yearly series.", "年度序列缺此数。"),
    "final": ("Decides whether the target is reached.", "决定目标是否达到。"),
    "milestone": ("Title, date and address of the publication, if any.", "如已公布，请附名称、日期和网址。"),
}
FIGURE = {
    "year_end_stock": ("Total at the end of the year", "年末总数"),
    "annual_flow": ("Total of the year", "全年总数"),
    "annual_ratio": ("Figure of the year", "年度数值"),
    "total": ("Total of the period", "期间合计"),
    "milestone": ("Whether it has been published", "是否已公布"),
}


def figures_to_ask(plan: Plan) -> pd.DataFrame:
    """Figures that would decide or sharpen the verdicts, one row each, by department.

    Listed targets need none. A target met by a stock needs only the target year's figure.

    Returns
    -------
    Columns `COLUMNS`; `period` is a year or a span of years.
    """
    rows = [row for target in plan.targets for row in _of_target(plan, target)]
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values(["department", "target_id", "period"], kind="stable").reset_index(drop=True)


def _of_target(plan: Plan, target: Target) -> list[dict[str, str]]:
    case = Case(plan, target, None)
    if target.kind == "milestone":
        is_known = case.last is not None and (case.last.value >= 1 or case.last.year >= target.target_year)
        return [] if is_known else [_row(case, str(target.target_year), "milestone", "milestone")]
    if target.kind == "qualitative":
        return []
    rows = []
    if (case.needs_base and case.base is None) or case.base_is_bound:
        figure = "total" if "/" in target.base_period else case.indicator.basis
        rows.append(_row(case, target.base_period, figure, "base"))
    met = case.is_stock and case.newest is not None and case.reached(case.newest)
    for year in case.missing_years():
        final = year == target.target_year
        if final or not met:
            rows.append(_row(case, str(year), case.indicator.basis, "final" if final else "year"))
    return rows


def _row(case: Case, period: str, figure: str, why: str) -> dict[str, str]:
    target, entry = case.target, case.indicator
    row = {"target_id": target.target_id, "period": period}
    row |= {name: getattr(entry, name) for name in ("indicator", "name_en", "name_zh", "unit", "unit_en")}
    row |= {"department": target.department_to_ask, "department_en": target.department_to_ask_en}
    for language, figure_text, reason in zip(("en", "zh"), FIGURE[figure], WHY[why], strict=True):
        row |= {f"figure_{language}": figure_text, f"why_{language}": reason}
    return row
