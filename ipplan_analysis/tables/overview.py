"""What a plan came to, on one screen: the question, its answer in a few sentences, and the targets by verdict."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.quantity import required_level
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import (
    bracketed,
    capitalized,
    clauses,
    counted,
    format_probability,
    labelled,
    likelihood_word,
    listed,
    message,
    sentences,
    status_word,
    translatable,
    with_stops,
)
from ipplan_analysis.numbers import format_period, format_plain, format_quantity, natural_decimals
from ipplan_analysis.schema import Language, Status, Target
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.results import results_table
from ipplan_analysis.tables.table import Column, Row, Table

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
    rows = [_in_words(plan, row, language) for row in in_decision_order(cells.rows_of(results))]
    columns = (
        Column("target_id"),
        Column("name"),
        Column("status", translatable("Group"), "status"),
        Column("last_value", translatable("Latest figure")),
        Column("target", translatable("What the plan asks")),
        Column("likelihood", translatable("Verdict and chance")),
        Column("why", translatable("Why")),
    )
    caption = counted(
        "The target and its verdict", "The {n} targets by verdict, what needs a decision first", len(rows), language
    )
    return Table.of("overview", caption, language, columns, rows)


def in_decision_order(rows: Iterable[Row]) -> list[Row]:
    """Rows of results by verdict, those that need a decision first."""
    return sorted(rows, key=lambda row: DECISION_ORDER.index(row["status"]))


def _in_words(plan: Plan, row: Row, language: Language) -> Row:
    """A row of results as the overview says it."""
    target = plan.target(row["target_id"])
    return {
        "target_id": row["target_id"],
        "name": cells.name(row, "name", language).text,
        "status": row["status"],
        "last_value": _latest(plan, row, language),
        "target": goal(row, target.base_period, language),
        "likelihood": verdict(row, language),
        "why": _why(row, target, language),
    }


def _latest(plan: Plan, row: Row, language: Language) -> str:
    unit = cells.words(row, "unit", language) if row["kind"] in cells.OWN_UNIT else ""
    if pd.notna(row["known_to_date"]) and row["kind"] == "cumulative":
        return message("about {value}, derived", language, value=amount(row["known_to_date"], unit, language))
    value, period = row["last_value"], f"{row['last_year']:.0f}"
    if pd.isna(value):
        newest = plan.latest(row["indicator"])
        if newest is None:
            return message("no figure", language)
        value, period = float(newest["value"]), str(newest["period"])
    own = unit if language == "zh" or unit.startswith(cells.POWERS) else ""
    return bracketed(amount(value, own, language), format_period(period, language), language)


def amount(value: float, unit: str, language: Language) -> str:
    """A number with its unit; pieces need none, since the name says what is counted."""
    return format_quantity(value, natural_decimals(value), "" if unit == "items" else unit, language)


def goal(row: Row, base_period: str, language: Language) -> str:
    """What the target of a row asks, in words rather than signs."""
    value, high, kind = row["target"], row["target_high"], row["kind"]
    if pd.isna(value):
        return message("yes or no", language) if kind == "milestone" else message("no number", language)
    if kind == "multiple":
        base = format_period(base_period, language)
        return message("{n} times the total of {base}", language, n=format_plain(value, language), base=base)
    shown = amount(value if pd.isna(high) else high, cells.words(row, "unit", language), language)
    if pd.notna(high):
        shown = f"{format_plain(value, language)}–{shown}"
    if kind == "increment":
        return message("{amount} more", language, amount=shown)
    return message("over {amount}", language, amount=shown) if row["comparator"] == ">" else shown


def verdict(row: Row, language: Language) -> str:
    """The verdict with its chance in words, and in per cent where figures carry one."""
    status, probability = row["status"], row["probability"]
    if status == "listed":
        return message("not judged", language)
    word = likelihood_word(row["likelihood"], language)
    if row["probability_is"] == "judgement":
        return message("{word}: our judgement, no calculation", language, word=word)
    if row["probability_is"] == "rough":
        return message("{word}: two figures only", language, word=word)
    if math.isnan(probability) or probability in (0.0, 1.0):
        return status_word(status, language)
    chance = format_probability(probability, language, probability_is=row["probability_is"])
    if status == "met":
        return message("met; {word} to hold, {chance}", language, word=word, chance=chance)
    return message("{word}, {chance}", language, word=word, chance=chance) if word else chance


def _why(row: Row, target: Target, language: Language) -> str:
    """Why, in a sentence; for a missing figure also who has it, without a number what the plan says."""
    text = cells.words(row, "why", language)
    if row["status"] == "listed":
        return target.note(language) or text
    if row["status"] == "not assessable":
        who = cells.words(row, "department", language)
        return sentences([text, message("Held by: {department}.", language, department=who)], language)
    return text


def bars(plan: Plan, results: pd.DataFrame) -> list[Bar | None]:
    """A small bar for each row of `overview_table`; None where figure or goal is missing."""
    if not plan.has_targets:
        return []
    return [_bar(plan, row) for row in in_decision_order(cells.rows_of(results))]


def _bar(plan: Plan, row: Row) -> Bar | None:
    target, value = plan.target(row["target_id"]), row["last_value"]
    wanted = required_level(target, None if pd.isna(row["base"]) else row["base"])
    if row["kind"] == "cumulative":
        wanted, value = target.target, row["known_to_date"]
    if wanted is None or pd.isna(value) or wanted <= 0 or value < 0:
        return None
    whole = 1.12 * max(wanted, value)
    return Bar(round(value / whole, 3), round(wanted / whole, 3), bool(row["last_year"] < plan.start_year))


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
    return [text for part in (_reached, _short, _open, _unknown) if (text := part(rows, language))]


def _of(rows: Iterable[Row], *statuses: Status) -> list[Row]:
    return [row for row in rows if row["status"] in statuses]


def _reached(rows: Sequence[Row], language: Language) -> str:
    met, conditional = _of(rows, "met"), _of(rows, "met on one assumption")
    number, more = len(met) + len(conditional), _group(conditional, message("on one assumption", language), language)
    if not number:
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
            number,
            language,
            all=len(rows),
        )
    return with_stops([clauses([_group(met, text, language) or text, more], language)], language)


def _short(rows: Sequence[Row], language: Language) -> str:
    short = _of(rows, *SHORT)
    text = counted(
        "{n} falls short or is unlikely to be met", "{n} fall short or are unlikely to be met", len(short), language
    )
    return with_stops([_group(short, text, language, chance=True)], language)


def _open(rows: Sequence[Row], language: Language) -> str:
    ahead = _group(_of(rows, "on course"), message("likely to be met", language), language)
    undecided = _group(_of(rows, "open"), message("could go either way", language), language)
    return with_stops([capitalized(clauses([ahead, undecided], language))], language)


def _unknown(rows: Sequence[Row], language: Language) -> str:
    missing, unmeasured = _of(rows, "not assessable"), _of(rows, "listed")
    offices = Counter(re.split("[、;]", cells.words(row, "department", language))[0] for row in missing)
    who = [message("{name} ({n})", language, name=name, n=number) for name, number in offices.most_common()]
    asked = counted(
        "{n} cannot be judged because its figure is missing; whom to ask: {who}",
        "{n} cannot be judged because figures are missing; whom to ask: {who}",
        len(missing),
        language,
        who=listed(who, language),
    )
    numberless = counted(
        "for {n} the plan sets no number", "for {n} the plan sets no number", len(unmeasured), language
    )
    return with_stops([asked if missing else "", capitalized(numberless) if unmeasured else ""], language)


def _group(rows: Sequence[Row], text: str, language: Language, *, chance: bool = False) -> str:
    """What is said of a group of targets, with the names of the first; nothing where there are none."""
    shown = []
    for row in rows[:NAMED]:
        name = cells.name(row, "", language).text
        own = message("{name} ({chance})", language, name=name, chance=verdict(row, language)) if chance else name
        shown.append(own)
    rest = [message("{n} more", language, n=len(rows) - NAMED)] if len(rows) > NAMED else []
    return labelled(text, listed([*shown, *rest], language), language) if rows else ""
