"""One target in full: what the plan asks, the verdict and its paces, what would change it, whom to ask, and its figures."""

from __future__ import annotations

from functools import lru_cache, partial
from typing import Any

import pandas as pd

from ipplan_analysis.attainment import figures_to_ask
from ipplan_analysis.attainment.outcomes import outside_words
from ipplan_analysis.data.period import end_year
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import (
    basis_word,
    bracketed,
    clauses,
    labelled,
    listed,
    message,
    source_ids,
    status_label,
    status_symbol,
    status_word,
    translatable,
    with_stops,
)
from ipplan_analysis.numbers import format_date, format_percent, format_period, format_periods
from ipplan_analysis.schema import Language, Target
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.overview import amount, goal, verdict
from ipplan_analysis.tables.table import Cell, Column, Row, Table, key_in

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
        translatable("What the plan asks"): _asked(target, row, language),
        translatable("Verdict"): _verdict(row, language),
        translatable("Why"): cells.words(row, "reason", language),
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
    text, status = verdict(row, language), row["status"]
    if text.startswith(status_word(status, language)) or status == "listed":
        return f"{status_symbol(status)} {text}"
    return labelled(status_label(status, language), text, language)


def _turns(row: Row, language: Language) -> str:
    settled = row["probability"] in (0.0, 1.0)
    return message(TURNS["missed" if settled else row["status"]], language, year=int(row["target_year"]))


def _asked(target: Target, row: Row, language: Language) -> str:
    """The target in figures, then in the plan's words as the data note them."""
    asked = goal(row, target.base_period, language)
    text = message("{goal} by the end of {year}", language, goal=asked, year=target.target_year)
    if target.base is not None and target.base_period:
        unit = target.unit_in(language) if target.kind in cells.OWN_UNIT else ""
        base, period = amount(target.base, unit, language), format_period(target.base_period, language)
        text += message(", from {base} in {period}", language, base=base, period=period)
    place = target.plan_section
    section = message("Section of the plan: {section}", language, section=place) if place else ""
    return with_stops([text, target.note(language), section], language)


def _needed(row: Row, language: Language) -> str:
    """Pace from base to target, and from the latest figure on, each with its years."""
    years = f"{end_year(row['base_year'])}/{int(row['target_year'])}" if pd.notna(row["planned_pace_pct"]) else ""
    planned = _pace(row["planned_pace_pct"], years, language)
    left, bound = row["required_pace_years"], "at least" if row["base_is"] else ""
    rest = "" if left == years else _pace(row["required_pace_pct"], left, language, bound)
    return clauses([planned, rest and message("from now on {pace}", language, pace=rest)], language)


def _seen(row: Row, language: Language) -> str:
    """Pace since the base, and over up to the last five years, each with its years."""
    years, recent = row["seen_pace_years"], row["recent_pace_years"]
    since = _pace(row["seen_pace_pct"], years, language, "at most" if row["base_is"] else "")
    return clauses([since, "" if recent == years else _pace(row["recent_pace_pct"], recent, language)], language)


def _pace(pace: float, years: str, language: Language, bound: str = "") -> str:
    """A pace with its years, after the word for its bound; nothing where there is none."""
    if pd.isna(pace):
        return ""
    shown = format_percent(pace, 1, language, signed=True)
    text = message("{pace} a year ({years})", language, pace=shown, years=format_period(years, language))
    return cells.bound_word(bound, language) + text


all_to_ask = lru_cache(maxsize=2)(figures_to_ask)  # every dossier of a plan takes its part


def _to_ask(plan: Plan, target_id: str, language: Language) -> str:
    """Whom to ask for which figures."""
    asked = all_to_ask(plan)
    asked, parts = asked[asked["target_id"].eq(target_id)], []
    for who, of_one in asked.groupby(key_in(asked, "department", language), sort=False):
        figures = [
            bracketed(figure, format_periods(list(rows["period"]), language), language)
            for figure, rows in of_one.groupby(f"figure_{language}", sort=False)
        ]
        parts.append(labelled(who, listed(figures, language), language))
    return clauses(parts, language)


def rules_table(labels: pd.DataFrame, language: Language) -> Table:
    """Labels that official rules give to a target: rule, what it computes, its label; those without one by why.

    Parameters
    ----------
    labels : from `attainment.labels.labels_of_target`, in the same language.
    """
    columns = (
        Column("rule", translatable("Rule")),
        Column("looks_at", translatable("What it goes by")),
        Column("label", translatable("Its label")),
    )
    stated = labels[labels["applies"]]
    unstated = labels.drop(stated.index).groupby("label", sort=False)[["rule", "looks_at"]]
    reasons = unstated.agg(lambda words: clauses(dict.fromkeys(words), language)).reset_index()
    rows = [*stated.to_dict("records"), *reasons.to_dict("records")]
    return Table.of("labels", message("Our verdict beside other rules", language), language, columns, rows)


def figures_table(plan: Plan, target_id: str, language: Language) -> Table:
    """The figures of a target's indicator, each with its source in words; those that no series uses say so.

    Raises
    ------
    PlanError : the plan has no such target.
    """
    target = plan.target(target_id)
    entry = plan.indicators[target.indicator]
    rows = _figures(plan, target)
    more = len(rows) - MAX_YEARS
    notes = [message("{n} earlier figures are in the data.", language, n=more)] if more > 0 else []
    shown = [
        {
            **row,
            "decimals": entry.decimals,
            "period": format_period(_whole(row["period"], row["basis"]), language),
            "basis": basis_word(row["basis"], language),
            "kind": _kind(plan, row, language),
        }
        for row in rows[-MAX_YEARS:]
    ]
    columns = (
        Column("period"),
        Column("value", kind="figure", show=cells.number),
        Column("basis", translatable("What it is")),
        Column("source", translatable("Published by"), "sources", partial(_publisher, plan)),
        Column("kind", translatable("Kind of source")),
        Column("observation", translatable("Row in the data")),
    )
    unit = entry.unit_in(language)
    caption = message("Figures and sources ({unit})", language, unit=unit or message("number", language))
    return Table.of("figures", caption, language, columns, shown, notes)


def _figures(plan: Plan, target: Target) -> list[dict[str, Any]]:
    """Used rows: the yearly series, and of other kinds what falls into or right before the plan's own years."""
    rows = plan.rows(target.indicator)
    rows = rows[rows["use"]]
    end, basis = rows["end_year"], rows["basis"]
    yearly = set(plan.series(target.indicator).index)
    flow = basis.eq("part_year_flow") & end.isin(yearly)
    early = basis.eq("part_year_stock") & end.lt(plan.start_year)
    shown = rows["period"].str.isdigit() & end.isin(yearly) | end.ge(plan.start_year - 1) & ~flow & ~early
    derived = plan.derived(target.indicator)[["value", "source", "observation"]] if not yearly else rows.iloc[:0]
    derived = derived.assign(period=derived.index.astype(str), basis="derived", bound="")
    return [*rows[shown].to_dict("records"), *derived.to_dict("records")]


def _whole(period: str, basis: str) -> str:
    """The period; a part of a year dated with one month counts from January."""
    return f"{period[:4]}-01/{period}" if basis == "part_year_flow" and len(period) == MONTH else period


def _publisher(plan: Plan, row: Row, key: str, language: Language) -> Cell:
    """Publisher, title and date of a row's sources; a derived figure names each part's publisher once."""
    ids, words = source_ids(row[key]), []
    for source in ids:
        if source in plan.sources.index:
            entry = plan.sources.loc[source]
            date = format_date(str(entry["published"]), language)
            words.append(", ".join(filter(None, (entry["publisher"] or entry["title"], date))))
    return Cell("; ".join(dict.fromkeys(words)), " ".join(ids))


def _kind(plan: Plan, row: Row, language: Language) -> str:
    """What kind of source a row has."""
    if row["basis"] == "derived":
        return message("computed", language)
    if any(map(plan.is_second_hand, source_ids(row["source"]))):
        return message("second-hand", language)
    confident = row.get("confidence", "high") == "high"
    return message("as published", language) if confident else message("derived or uncertain", language)
