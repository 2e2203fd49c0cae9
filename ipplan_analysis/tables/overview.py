"""What a plan came to, on one screen: the question, its answer in a few sentences, and the targets by verdict."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.quantity import required_level
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import (
    capitalized,
    clauses,
    counted,
    format_probability,
    likelihood_word,
    listed,
    message,
    sentences,
    status_word,
    translatable,
)
from ipplan_analysis.numbers import format_number, format_period, format_quantity, natural_decimals
from ipplan_analysis.schema import LANGUAGES, Language, Status
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.results import results_table
from ipplan_analysis.tables.table import Cell, Column, Row, Table

# what needs a decision comes first
DECISION_ORDER: tuple[Status, ...] = (
    "missed",
    "out of reach",
    "off course",
    "open",
    "met on one assumption",
    "not assessable",
    "on course",
    "met",
    "listed",
)
NAMED = 3  # targets named in a sentence; the rest are counted
REACHED: tuple[Status, ...] = ("met", "met on one assumption")
SHORT: tuple[Status, ...] = ("missed", "out of reach", "off course")


@dataclass(frozen=True)
class Bar:
    """Latest figure and goal of a target as shares of the bar's width; `is_old` marks a figure from before the plan."""

    value: float
    goal: float
    is_old: bool


def overview_table(plan: Plan, results: pd.DataFrame, language: Language) -> Table:
    """One row per target, grouped by verdict; for a region without targets its indicators with their forecasts.

    Parameters
    ----------
    results : one row per target, columns of `assess`, of the same plan.
    """
    if not plan.has_targets:
        return results_table(results, language)
    rows = in_decision_order(cells.rows_of(results))
    columns = (
        Column("target_id"),
        Column("name", show=cells.name),
        Column("status", translatable("Group"), "status"),
        Column("last_value", translatable("Latest figure"), show=_latest(plan)),
        Column("target", translatable("What the plan asks"), show=goal(plan)),
        Column("likelihood", translatable("Verdict and chance"), show=verdict),
        Column("why", translatable("Why"), show=_why(plan)),
    )
    caption = counted(
        "The target and its verdict", "The {n} targets by verdict, what needs a decision first", len(rows), language
    )
    return Table.of("overview", caption, language, columns, rows)


def in_decision_order(rows: Iterable[Row]) -> list[Row]:
    """Rows of results by verdict, those that need a decision first."""
    return sorted(rows, key=lambda row: DECISION_ORDER.index(row["status"]))


def _latest(plan: Plan) -> Any:
    def show(row: Row, key: str, language: Language) -> Cell:
        newest = plan.latest(row["indicator"])
        if pd.notna(row["known_to_date"]) and row["kind"] == "cumulative":
            known = cells.unit(row, key, language).text
            return Cell(
                message("about {value}, derived", language, value=amount(row["known_to_date"], known, language))
            )
        unit = cells.unit(row, key, language).text if row["kind"] in cells.OWN_UNIT else ""
        own = unit if language == "zh" or unit.startswith(cells.POWERS) else ""
        if pd.notna(row["last_value"]):
            value, period = row["last_value"], f"{row['last_year']:.0f}"
        elif newest is not None:
            value, period = float(newest["value"]), str(newest["period"])
        else:
            return Cell(message("no figure", language))
        shown = {"value": amount(value, own, language), "period": format_period(period, language)}
        return Cell(message("{value} ({period})", language, **shown))

    return show


def _number(value: float, language: Language) -> str:
    return format_number(value, natural_decimals(value), language)


def amount(value: float, unit: str, language: Language) -> str:
    """A number with its unit; pieces need none, since the name says what is counted."""
    return format_quantity(value, natural_decimals(value), "" if unit == "items" else unit, language)


def goal(plan: Plan) -> Any:
    """What the target of a row asks, in words rather than signs."""
    bases = {target.target_id: target.base_period for target in plan.targets}
    return lambda row, key, language: _goal(row, bases[row["target_id"]], language)


def _goal(row: Row, base_period: str, language: Language) -> Cell:
    value, high, kind = row["target"], row["target_high"], row["kind"]
    if pd.isna(value):
        return Cell(message("yes or no", language) if kind == "milestone" else message("no number", language))
    shown = amount(value if pd.isna(high) else high, cells.unit(row, "", language).text, language)
    if pd.notna(high):
        shown = f"{_number(value, language)}–{shown}"
    if kind == "increment":
        return Cell(message("{amount} more", language, amount=shown))
    if kind == "multiple":
        base = format_period(base_period, language)
        return Cell(message("{n} times the total of {base}", language, n=_number(value, language), base=base))
    return Cell(message("over {amount}", language, amount=shown) if row["comparator"] == ">" else shown)


def verdict(row: Row, key: str, language: Language) -> Cell:
    """The verdict with its chance in words, and in per cent where figures carry one."""
    status, probability = row["status"], row["probability"]
    if status == "listed":
        return Cell(message("not judged", language))
    word = likelihood_word(row["likelihood"], language)
    if row["probability_is"] == "judgement":
        return Cell(message("{word}: our judgement, no calculation", language, word=word))
    if row["probability_is"] == "rough":
        return Cell(message("{word}: two figures only", language, word=word))
    if math.isnan(probability) or probability in (0.0, 1.0):
        return Cell(status_word(status, language))
    chance = format_probability(probability, language, probability_is=row["probability_is"])
    if status == "met":
        return Cell(message("met; {word} to hold, {chance}", language, word=word, chance=chance))
    return Cell(message("{word}, {chance}", language, word=word, chance=chance) if word else chance)


def _why(plan: Plan) -> Any:
    """Why, in a sentence; for a missing figure also who has it, without a number what the plan says."""
    notes = {(target.target_id, language): target.note(language) for target in plan.targets for language in LANGUAGES}

    def show(row: Row, key: str, language: Language) -> Cell:
        text = row["why_zh" if language == "zh" else "why"]
        if row["status"] == "listed":
            text = notes[row["target_id"], language] or text
        if row["status"] == "not assessable":
            who = row["department" if language == "zh" else "department_en"]
            text = sentences([text, message("Held by: {department}.", language, department=who)], language)
        return Cell(text)

    return show


def bars(plan: Plan, results: pd.DataFrame) -> list[Bar | None]:
    """A small bar for each row of `overview_table`; None where figure or goal is missing."""
    if not plan.has_targets:
        return []
    targets = {target.target_id: target for target in plan.targets}
    made: list[Bar | None] = []
    for row in in_decision_order(cells.rows_of(results)):
        target = targets[row["target_id"]]
        wanted = required_level(target, None if pd.isna(row["base"]) else row["base"])
        value, year = row["last_value"], row["last_year"]
        if row["kind"] == "cumulative":
            wanted, value = target.target, row["known_to_date"]
        if wanted is None or pd.isna(value) or wanted <= 0 or value < 0:
            made.append(None)
            continue
        whole = 1.12 * max(wanted, value)
        made.append(Bar(round(value / whole, 3), round(wanted / whole, 3), bool(year < plan.start_year)))
    return made


def question(plan: Plan, language: Language) -> str:
    """The question that the report answers, in the tense that is true for the figures known."""
    number, end = len(plan.targets), plan.end_year
    if not plan.has_targets:
        return message(
            "Where does {region} stand, and where is it heading?", language, region=plan.region_name(language)
        )
    if plan.data_through >= end:
        return counted(
            "Was the target reached by the end of {year}?",
            "Which of the {n} targets were reached by the end of {year}?",
            number,
            language,
            year=end,
        )
    return counted(
        "With figures to {known}: will the target be reached by the end of {year}?",
        "With figures to {known}: which of the {n} targets will be reached by the end of {year}?",
        number,
        language,
        known=plan.data_through,
        year=end,
    )


def standing(plan: Plan, language: Language) -> str:
    """What the verdicts rest on, and when a figure counts as known."""
    final = sum(target.target_year in Case(plan, target, None).known.index for target in plan.targets)
    region, end = plan.region_name(language), plan.end_year
    if not plan.has_targets or plan.data_through < end:
        text = translatable("Verdicts rest on the figures known and, where there are enough, on a forecast.")
    elif not final:
        text = translatable(
            "No yearly figure of {region} for {year} was found: verdicts rest on the latest earlier figure and, "
            "where there are enough, on a forecast."
        )
    elif final == len(plan.targets):
        text = translatable("The figures for {year} are all known.")
    else:
        text = translatable(
            "{n} of {all} targets have their figure for {year}; the other verdicts rest on earlier figures "
            "and, where there are enough, on a forecast."
        )
    first = message(text, language, region=region, year=end, n=final, all=len(plan.targets))
    rule = message(
        "Only figures for periods up to {year} are used; each counts as known in the year it describes, even if published "
        "some months later.",
        language,
        year=plan.data_through,
    )
    return sentences([first, rule], language)


def answer(plan: Plan, results: pd.DataFrame, language: Language) -> list[str]:
    """The answer in three or four sentences: what is reached, what falls short, what is open, what cannot be judged."""
    rows = cells.rows_of(results)
    if not plan.has_targets:
        return [
            message(
                "This plan sets no targets for {region}; {n} of its indicators are shown with their forecasts.",
                language,
                region=plan.region_name(language),
                n=len(rows),
            )
        ]
    said = [_reached(rows, language), _short(rows, language), _open(rows, language), _unknown(rows, language)]
    return [text for text in said if text]


def _of(rows: Iterable[Row], *statuses: Status) -> list[Row]:
    return [row for row in rows if row["status"] in statuses]


def _reached(rows: Sequence[Row], language: Language) -> str:
    met, conditional = _of(rows, "met"), _of(rows, "met on one assumption")
    if not met and not conditional:
        return counted(
            "By the latest figures known, the target is not met yet.",
            "By the latest figures known, none of the {n} targets is met yet.",
            len(rows),
            language,
        )
    if len(rows) == 1:
        text = message("By the latest figures known, the target is met", language)
    else:
        text = counted(
            "By the latest figures known, {n} of the {all} targets is met",
            "By the latest figures known, {n} of the {all} targets are met",
            len(met) + len(conditional),
            language,
            all=len(rows),
        )
    parts = [text + _colon(language) + listed(_named(met, language), language)] if met else [text]
    if conditional:
        parts.append(
            message("on one assumption: {names}", language, names=listed(_named(conditional, language), language))
        )
    return clauses(parts, language) + _stop(language)


def _short(rows: Sequence[Row], language: Language) -> str:
    short = _of(rows, *SHORT)
    if not short:
        return ""
    text = counted(
        "{n} falls short or is unlikely to be met", "{n} fall short or are unlikely to be met", len(short), language
    )
    named = [
        message("{name} ({chance})", language, name=cells.name(row, "", language).text, chance=_chance(row, language))
        for row in short[:NAMED]
    ]
    return text + _colon(language) + listed([*named, *_rest(short, language)], language) + _stop(language)


def _chance(row: Row, language: Language) -> str:
    if row["status"] == "missed":
        return status_word("missed", language)
    return verdict(row, "", language).text


def _open(rows: Sequence[Row], language: Language) -> str:
    open_, ahead = _of(rows, "open"), _of(rows, "on course")
    parts = []
    if ahead:
        parts.append(
            message("likely to be met", language) + _colon(language) + listed(_named(ahead, language), language)
        )
    if open_:
        parts.append(
            message("could go either way", language) + _colon(language) + listed(_named(open_, language), language)
        )
    text = clauses(parts, language)
    return capitalized(text) + _stop(language) if text else ""


def _unknown(rows: Sequence[Row], language: Language) -> str:
    missing, unmeasured = _of(rows, "not assessable"), _of(rows, "listed")
    parts = []
    if missing:
        mark = "、" if language == "zh" else ";"
        named = [row["department" if language == "zh" else "department_en"].split(mark)[0] for row in missing]
        who = [
            f"{name} ({count})" if language == "en" else f"{name}（{count}项）"
            for name, count in pd.Series(named).value_counts().items()
        ]
        parts.append(
            counted(
                "{n} cannot be judged because its figure is missing; whom to ask: {who}",
                "{n} cannot be judged because figures are missing; whom to ask: {who}",
                len(missing),
                language,
                who=listed(who, language),
            )
        )
    if unmeasured:
        parts.append(
            counted("for {n} the plan sets no number", "for {n} the plan sets no number", len(unmeasured), language)
        )
    text = (". " if language == "en" else "。").join(map(capitalized, parts))
    return text + _stop(language) if text else ""


def _named(rows: Sequence[Row], language: Language) -> list[str]:
    return [cells.name(row, "", language).text for row in rows[:NAMED]] + _rest(rows, language)


def _rest(rows: Sequence[Row], language: Language) -> list[str]:
    more = len(rows) - NAMED
    return [message("{n} more", language, n=more)] if more > 0 else []


def _colon(language: Language) -> str:
    return ": " if language == "en" else "："


def _stop(language: Language) -> str:
    return "." if language == "en" else "。"
