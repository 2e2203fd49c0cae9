"""What earlier years' figures would have said, what was published, and what moved, beside what happened."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import counted, message, sentences, translatable
from ipplan_analysis.numbers import format_number, format_percent
from ipplan_analysis.schema import Language
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.table import NOT_COMPUTED, Cell, Column, Row, Table

RECORDED = 1e-9  # results are recorded with ten significant digits; a smaller difference is rounding
FIRST_YEAR = 2015  # outcomes up to 2014 chose the method's constants and are not counted


def scorecard_table(frame: pd.DataFrame, language: Language) -> Table:
    """Statement, probability and outturn of every target whose outturn is known.

    Parameters
    ----------
    frame : from `evaluation.scorecard`.
    """
    caption = message("What we would have said in earlier years, and what happened", language)
    words = {True: message("reached", language), False: message("not reached", language)}
    rows = frame.assign(outturn=frame["outturn"].astype(bool).map(words)).to_dict("records")
    return Table.of("scorecard", caption, language, SCORECARD, rows)


def _wis(row: Row, key: str, language: Language) -> Cell:
    return cells.number({key: row[key], "decimals": 3}, key, language)


SCORECARD = (
    Column("plan"),
    Column("name", show=cells.named_target),
    Column("said_in", translatable("Figures through"), "number", cells.year),
    Column("status", translatable("Said"), "status"),
    Column("probability", translatable("Probability stated"), "number", cells.probability, NOT_COMPUTED),
    Column("outturn", translatable("Happened")),
    Column("outturn_year", translatable("Year of the figure"), "number", cells.year),
    Column("source", kind="sources"),
)
VINTAGES = (
    Column("run", translatable("Published run")),
    Column("indicator", show=cells.name),
    Column("year", kind="number", show=cells.year),
    Column("median", translatable("Median"), "number", cells.rough_number),
    Column("low80", translatable("80 % from"), "number", cells.rough_number),
    Column("high80", translatable("80 % to"), "number", cells.rough_number),
    Column("outturn", translatable("Outturn"), "figure", cells.number),
    Column("in80", translatable("Held by the 80 % band")),
    Column("wis", translatable("WIS (log)"), "number", _wis),
    Column("source", kind="sources"),
)
CHANGES = (
    Column("name", show=cells.named_target),
    Column("status_before", translatable("Status before"), "status"),
    Column("status_after", translatable("Status now"), "status"),
    Column("probability_before", translatable("Probability before"), "number", cells.probability, NOT_COMPUTED),
    Column("probability_after", translatable("Probability now"), "number", cells.probability, NOT_COMPUTED),
    Column("method", translatable("of which method"), "number", cells.points, NOT_COMPUTED),
    Column("revised", translatable("of which revised figures"), "number", cells.points, NOT_COMPUTED),
    Column("new", translatable("of which new figures"), "number", cells.points, NOT_COMPUTED),
    Column("last_value_before", translatable("Last figure before"), "number", cells.number),
    Column("last_value_after", translatable("Last figure now"), "number", cells.number),
)


def scorecard_line(frame: pd.DataFrame, language: Language) -> str:
    """Scores of the statements and the greatest miss, in one line."""
    stated = frame.dropna(subset=["probability"])
    if stated.empty:
        return message("No target's outturn was known yet.", language)
    from ipplan_analysis.evaluation.scorecard import scorecard_scores  # loads statsmodels, which a report need not

    scores, missed = scorecard_scores(frame), int(frame["outturn"].eq(0).sum())
    first = (
        counted(
            "{n} of {all} statements are about a target that was missed.",
            "{n} of {all} statements are about targets that were missed.",
            missed,
            language,
            all=len(frame),
        )
        if missed
        else message("No past miss is in the set, so it cannot show whether misses are foreseen.", language)
    )
    targets = len(stated[["plan", "target_id"]].drop_duplicates())
    rest = message(
        "{stated} statements carry a probability, {without} do not; they are about {targets}. Brier score {brier:.3f} (0 is "
        "perfect; always saying 50 % gives 0.250). Targets still undecided are left out, and a miss is certain later than a "
        "success, so the score flatters.",
        language,
        stated=int(scores["stated"]),
        without=int(scores["not_stated"]),
        brier=scores["brier"],
        targets=counted("{n} target", "{n} targets", targets, language),
    )
    return sentences([first, rest], language)


def measured_line(calibration: pd.DataFrame, language: Language) -> str:
    """Measured coverage of the 80 % band over all evidence grades and horizons, in one line.

    Parameters
    ----------
    calibration : the shipped table as far as a run may see it.
    """
    if calibration.empty:
        return message("Coverage: not yet measured.", language)
    coverage = calibration["coverage80"]
    return message(
        "80 % bands held {low} to {high} of the outcomes of {first}–{last} ({cases} forecasts), by evidence grade and "
        "years ahead.",
        language,
        low=format_percent(100 * coverage.min(), 0, language),
        high=format_percent(100 * coverage.max(), 0, language),
        first=FIRST_YEAR,
        last=int(calibration["outcomes_through"].iloc[0]),
        cases=format_number(calibration["n"].sum(), 0, language),
    )


def vintages_table(frame: pd.DataFrame, plan: Plan, language: Language) -> Table:
    """Median, band and outturn of every published forecast that can be scored.

    Parameters
    ----------
    frame : from `evaluation.scored_vintages`.
    """
    notes = [] if len(frame) else [message("No published forecast has an outturn yet.", language)]
    caption = message("Published forecasts whose outturn is known, the worst first", language)
    words = {True: message("yes", language), False: message("no", language)}
    rows = cells.indicator_rows(frame.assign(in80=frame["in80"].astype(bool).map(words)), plan)
    return Table.of("vintages", caption, language, VINTAGES, rows, notes)


def changes_table(frame: pd.DataFrame, language: Language) -> Table:
    """Status, probability and last figure before and now, with the causes of the change, for targets that moved.

    Parameters
    ----------
    frame : from `run.compare.changes`; empty when no earlier run was named.
    """
    caption = message("What moved since the earlier run, in percentage points of probability", language)
    notes = [message("No earlier run was named.", language)] if frame.empty else []
    rows = [row for row in frame.to_dict("records") if _moved(row)]
    return Table.of("changes", caption, language, CHANGES, rows, notes)


def _moved(row: Mapping[Any, Any]) -> bool:
    numbers = [(float(row[f"{key}_before"]), float(row[f"{key}_after"])) for key in ("probability", "last_value")]
    same = all(np.isclose(before, after, rtol=RECORDED, atol=0, equal_nan=True) for before, after in numbers)
    return not same or row["status_before"] != row["status_after"]
