"""Findings as plain lines, for cells that are compared on every run."""

from __future__ import annotations

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.cells import rows_of
from ipplan_analysis.words import format_number, format_probability, status_label

RUN = {
    "en": "{plan}. Region: {region}. Figures known through {year}: {count}, of which {own} for {region}.",
    "zh": "{plan}。地区：{region}。截至{year}年已知数据{count}条，其中{region}{own}条。",
}


def run_line(plan: Plan, language: Language) -> str:
    """Plan, region and what may be used, in one line."""
    count = format_number(len(plan.observations), 0, language)
    own = format_number(plan.observations["region"].eq(plan.region).sum(), 0, language)
    return RUN[language].format(
        plan=plan.name(language), region=plan.region_name(language), year=plan.data_through, count=count, own=own
    )


def status_lines(results: pd.DataFrame, language: Language) -> str:
    """One line for every target: identifier, status, probability."""
    lines = []
    for row in rows_of(results):
        probability = format_probability(row["probability"], language, probability_is=row["probability_is"])
        label = status_label(row["status"], language) if row["status"] else row["indicator"]
        lines.append(f"{row['target_id']}  {label}  {probability}".strip())
    return "\n".join(lines)
