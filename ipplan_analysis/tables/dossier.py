"""One target in full: what the plan asks, the verdict and its paces, what would change it, whom to ask, and its figures."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pandas as pd

from ipplan_analysis.attainment import figures_to_ask
from ipplan_analysis.attainment.outcomes import outside_words
from ipplan_analysis.data.period import end_year
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import (
    basis_word,
    clauses,
    listed,
    message,
    source_ids,
    status_label,
    status_symbol,
    status_word,
    translatable,
)
from ipplan_analysis.numbers import format_date, format_percent, format_period, format_periods
from ipplan_analysis.schema import Language, Target
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.overview import amount, goal, verdict
from ipplan_analysis.tables.table import Cell, Column, Row, Table

MONTH = len("2020-10")
MAX_YEARS = 12  # of a longer series the latest are shown; the data hold all
# what would turn a verdict, by status
TURNS = {
    "met": translatable(
        "A figure for the end of {year} on the other side of the target, or a revision of the figure that met it."
    ),
    "met on one assumption": translatable(
        "The yearly figures of the plan period, or a statement of when the running total began."
    ),
    "on course": translatable("The figure for {year} decides; those of the years before it narrow the range."),
    "open": translatable("The figure for {year} decides; any figure of the plan's own years narrows the range."),
    "off course": translatable("The figure for {year} decides; those of the years before it narrow the range."),
    "out of reach": translatable(
        "A source that shows the route still open, or an official count for {year} that meets the target."
    ),
    "missed": translatable("Only a revision of the figure for {year}."),
    "not assessable": translatable("The missing figures; that of {year} decides."),
    "listed": translatable("A number, set by the plan's owner."),
}


def dossier_table(plan: Plan, results: pd.DataFrame, target_id: str, language: Language) -> Table:
    """What there is to say of one target, a line each: what, and the words.

    Parameters
    ----------
    results : one row per target, columns of `assess`, of the same plan.

    Raises
    ------
    KeyError : the plan has no such target.
    """
    row = {entry["target_id"]: entry for entry in cells.rows_of(results)}[target_id]
    target = plan.target(target_id)
    outside = outside_words(plan, target, language) if row["status"] == "not assessable" else ""
    lines = {
        translatable("What the plan asks"): _asked(plan, target, row, language),
        translatable("Verdict"): _verdict(row, language),
        translatable("Why"): row["reason_zh" if language == "zh" else "reason"],
        translatable("Pace needed"): _needed(row, language),
        translatable("Pace seen"): _seen(row, language),
        translatable("What would change the verdict"): _turns(row, language),
        translatable("What to ask for"): _to_ask(plan, target_id, language),
        translatable("How comparable targets ended"): outside,
    }
    rows = [{"what": message(what, language), "words": words} for what, words in lines.items() if words]
    columns = (Column("what", translatable("What")), Column("words", translatable("In words")))
    return Table.of("dossier", f"{target_id} {row[f'name_{language}']}", language, columns, rows)


def _verdict(row: Row, language: Language) -> str:
    """Symbol, word and chance; the word once."""
    text, word = verdict(row, "", language).text, status_word(row["status"], language)
    if text.startswith(word) or row["status"] == "listed":
        return f"{status_symbol(row['status'])} {text}"
    return status_label(row["status"], language) + (": " if language == "en" else "：") + text


def _turns(row: Row, language: Language) -> str:
    settled = row["probability"] in (0.0, 1.0)
    return message(TURNS["missed" if settled else row["status"]], language, year=int(row["target_year"]))


def _asked(plan: Plan, target: Target, row: Row, language: Language) -> str:
    """The target in figures, then in the plan's words as the data note them."""
    asked = goal(plan)(row, "", language).text
    text = message("{goal} by the end of {year}", language, goal=asked, year=target.target_year)
    if target.base is not None and target.base_period:
        unit = target.unit_in(language) if target.kind in cells.OWN_UNIT else ""
        base, period = amount(target.base, unit, language), format_period(target.base_period, language)
        text += message(", from {base} in {period}", language, base=base, period=period)
    end = "。" if language == "zh" else "."
    section = (
        message("Section of the plan: {section}", language, section=target.plan_section) if target.plan_section else ""
    )
    return (end if language == "zh" else ". ").join(
        part.rstrip("。.") for part in (text, target.note(language), section) if part
    ) + end


def _needed(row: Row, language: Language) -> str:
    """Pace from base to target, and from the latest figure on, each with its years."""
    parts, years = [], ""
    if pd.notna(row["planned_pace_pct"]):
        years = f"{end_year(row['base_year'])}/{int(row['target_year'])}"
        parts.append(_pace(row["planned_pace_pct"], years, language))
    if pd.notna(row["required_pace_pct"]) and row["required_pace_years"] != years:
        before = message("at least", language) + (" " if language == "en" else "") if row["base_is"] else ""
        parts.append(
            message(
                "from now on {pace}",
                language,
                pace=before + _pace(row["required_pace_pct"], row["required_pace_years"], language),
            )
        )
    return clauses(parts, language)


def _seen(row: Row, language: Language) -> str:
    """Pace since the base, and over up to the last five years, each with its years."""
    parts = []
    if pd.notna(row["seen_pace_pct"]):
        before = message("at most", language) + (" " if language == "en" else "") if row["base_is"] else ""
        parts.append(before + _pace(row["seen_pace_pct"], row["seen_pace_years"], language))
    if pd.notna(row["recent_pace_pct"]) and row["recent_pace_years"] != row["seen_pace_years"]:
        parts.append(_pace(row["recent_pace_pct"], row["recent_pace_years"], language))
    return clauses(parts, language)


def _pace(pace: float, years: str, language: Language) -> str:
    shown = format_percent(pace, 1, language, signed=True)
    return message("{pace} a year ({years})", language, pace=shown, years=format_period(years, language))


@lru_cache(maxsize=2)  # every dossier of a plan takes its part
def _all_to_ask(plan: Plan) -> pd.DataFrame:
    return figures_to_ask(plan)


def _to_ask(plan: Plan, target_id: str, language: Language) -> str:
    """Whom to ask for which figures."""
    asked = _all_to_ask(plan)
    asked = asked[asked["target_id"].eq(target_id)]
    parts = []
    for who, of_one in asked.groupby("department" if language == "zh" else "department_en", sort=False):
        figures = [
            message(
                "{figure} ({periods})", language, figure=figure, periods=format_periods(list(rows["period"]), language)
            )
            for figure, rows in of_one.groupby(f"figure_{language}", sort=False)
        ]
        parts.append(message("{who}: {figures}", language, who=who, figures=listed(figures, language)))
    return clauses(parts, language)


def rules_table(labels: pd.DataFrame, language: Language) -> Table:
    """Labels that official rules give to a target: rule, what it computes, its label.

    Parameters
    ----------
    labels : from `attainment.labels.labels_of_target`, in the same language.
    """
    columns = (
        Column("rule", translatable("Rule")),
        Column("looks_at", translatable("What it goes by")),
        Column("label", translatable("Its label")),
    )
    rows = labels.to_dict("records")
    return Table.of("labels", message("Our verdict beside other rules", language), language, columns, rows)


def figures_table(plan: Plan, target_id: str, language: Language) -> Table:
    """The figures of a target's indicator, each with its source in words; those that no series uses say so.

    Raises
    ------
    StopIteration : the plan has no such target.
    """
    target = plan.target(target_id)
    entry = plan.indicators[target.indicator]
    rows = _figures(plan, target)
    notes = []
    if len(rows) > MAX_YEARS:
        notes = [message("{n} earlier figures are in the data.", language, n=len(rows) - MAX_YEARS)]
    shown = [row | {"decimals": entry.decimals} for row in rows[-MAX_YEARS:]]
    columns = (
        Column("period", show=_period),
        Column("value", kind="figure", show=cells.number),
        Column("basis", translatable("What it is"), show=_basis),
        Column("source", translatable("Published by"), "sources", _publisher(plan)),
        Column("kind", translatable("Kind of source"), show=_kind(plan)),
        Column("observation", translatable("Row in the data")),
    )
    unit = entry.unit_in(language)
    caption = message("Figures and sources ({unit})", language, unit=unit or message("number", language))
    return Table.of("figures", caption, language, columns, shown, notes)


def _figures(plan: Plan, target: Target) -> list[dict[str, Any]]:
    """Used rows: the yearly series, and of other kinds what falls into or right before the plan's own years."""
    rows = plan.rows(target.indicator)
    rows = rows[rows["use"]]
    yearly = set(plan.series(target.indicator).index)
    whole = rows["period"].str.isdigit() & rows["end_year"].isin(yearly)
    flow = rows["basis"].eq("part_year_flow") & rows["end_year"].isin(yearly)
    late = (
        rows["end_year"].ge(plan.start_year - 1)
        & ~flow
        & ~(rows["basis"].eq("part_year_stock") & rows["end_year"].lt(plan.start_year))
    )
    found = rows[whole | late].to_dict("records")
    derived = plan.derived(target.indicator) if not yearly else rows.iloc[:0]
    for year, row in derived.iterrows():
        found.append(
            {str(key): row[key] for key in ("value", "source", "observation")}
            | {"period": str(year), "basis": "derived", "bound": ""}
        )
    return [{str(key): value for key, value in row.items()} for row in found]


def _period(row: Row, key: str, language: Language) -> Cell:
    """The period; a part of a year dated with one month counts from January."""
    period = str(row[key])
    whole = f"{period[:4]}-01/{period}" if row["basis"] == "part_year_flow" and len(period) == MONTH else period
    return Cell(format_period(whole, language))


def _basis(row: Row, key: str, language: Language) -> Cell:
    return Cell(basis_word(row[key], language))


def _publisher(plan: Plan) -> Any:
    """Publisher, title and date of a row's sources; a derived figure names each part's publisher once."""

    def show(row: Row, key: str, language: Language) -> Cell:
        words = []
        for source in dict.fromkeys(source_ids(row[key])):
            if source in plan.sources.index:
                entry = plan.sources.loc[source]
                date = format_date(str(entry["published"]), language)
                words.append(", ".join(filter(None, (entry["publisher"] or entry["title"], date))))
        return Cell("; ".join(dict.fromkeys(words)), " ".join(source_ids(row[key])))

    return show


def _kind(plan: Plan) -> Any:
    def show(row: Row, key: str, language: Language) -> Cell:
        sources = source_ids(row["source"])
        if row["basis"] == "derived":
            return Cell(message("computed", language))
        if any(plan.is_second_hand(source) for source in sources):
            return Cell(message("second-hand", language))
        confident = row.get("confidence", "high") == "high"
        return Cell(message("as published", language) if confident else message("derived or uncertain", language))

    return show
