"""What an addition would do: every figure read, compared with what is known, and what is worth a remark."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from ipplan_analysis.data.plan import cached_tables
from ipplan_analysis.data.slips import CONFIRMED
from ipplan_analysis.intake.faults import IntakeError, Problem, QuestionsError
from ipplan_analysis.intake.layout import Row, read_table
from ipplan_analysis.intake.parse import plain, without_marks
from ipplan_analysis.intake.resolve import Lookup, Observation, Source, lookup, resolve
from ipplan_analysis.intake.ruling import Ruling, previous, questions, rule
from ipplan_analysis.messages import basis_word, clauses, counted, listed, message, translatable
from ipplan_analysis.numbers import format_period
from ipplan_analysis.schema import Fault, Language

MAX_FAULTS = 500  # a file of another kind has one in every cell; nobody reads further
OUTCOMES = {
    "new": translatable("new"),
    "same": translatable("already there, not added again"),
    "repeat": translatable("repeats an existing figure"),
    "rounded": translatable("agrees within rounding"),
    "bound": translatable("agrees with a bound"),
    "revision": translatable("another version of an existing figure"),
    "conflict": translatable("contradicts an existing figure"),
}
USED = {
    "new": translatable("the new figure"),
    "old": translatable("{id}, as before"),
    "both": translatable("from {year} on the new figure, before {id}"),
    "earlier": translatable("the new figure until {id} became known"),
}
REMARKS = {
    "left_out": translatable("Not figures, left out: {names}."),
    "marks": translatable("Footnote marks left out: {names}."),
    "apart": translatable(
        "In no yearly series, for they are of a part of a year or of several years: {names}. "
        "For a year's figure write the year alone."
    ),
    "ignored": translatable("Not read, for they have no row of headings: {names}."),
    "later": translatable(
        "Reports use {names} only with --data-through {year} or later; without it they stop at {last}."
    ),
}
COLUMNS = {
    "row": translatable("Row"),
    "observation": translatable("Identifier"),
    "region": translatable("Region"),
    "indicator": translatable("Indicator"),
    "period": translatable("Period"),
    "basis": translatable("Basis"),
    "last_value": translatable("Last figure"),
    "last_year": translatable("Year"),
    "old_value": translatable("Old value"),
    "new_value": translatable("New value"),
    "unit": translatable("Unit"),
    "outcome": translatable("What happens"),
    "used": translatable("Which is used"),
    "source": translatable("Source"),
    "question": translatable("Needs a reason"),
}


@dataclass(frozen=True)
class Change:
    """One row of the file and what becomes of it."""

    ruling: Ruling
    before: Observation | None
    questions: tuple[Fault, ...]


@dataclass(frozen=True)
class Proposal:
    """What would be added, and what stands against it.

    Attributes
    ----------
    file : the file's name.
    changes : one per row with a figure, in the file's order; complete only if there are no faults.
    faults : what must be mended; with any of them nothing can be added.
    accept : the reason given for unlikely figures, or None.
    blank : rows, or cells of a table with years across, without a figure.
    left_out : texts around the figures and total rows, not taken for figures.
    ignored : sheets of the workbook without figures, not looked at.
    added, added_sources : the new figures, and those of their sources that are new.
    last_year : the year through which reports then use figures by default.
    """

    file: str
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]
    accept: str | None
    blank: int
    left_out: tuple[str, ...]
    ignored: tuple[str, ...]
    added: tuple[Observation, ...]
    added_sources: tuple[Source, ...]
    region_names: dict[str, tuple[str, str]]
    last_year: int

    @property
    def questions(self) -> tuple[Fault, ...]:
        """Everything that needs a reason."""
        return tuple(question for change in self.changes for question in change.questions)

    def check(self) -> None:
        """Raise unless the proposal can be added.

        Raises
        ------
        IntakeError : the file has faults.
        QuestionsError : figures need a reason and none was given.
        """
        if self.faults:
            raise IntakeError(self.faults)
        if self.questions and not self.accept:
            raise QuestionsError(self.questions)

    def as_table(self, language: Language = "en") -> pd.DataFrame:
        """One row per figure: previous, old and new value, what happens, which figure is used."""
        rows = [self._table_row(change, language) for change in self.changes]
        columns = [message(text, language) for text in COLUMNS.values()]
        return pd.DataFrame([[row[name] for name in COLUMNS] for row in rows], columns=columns, dtype="object")

    def _table_row(self, change: Change, language: Language) -> dict[str, str]:
        ruling, new, before = change.ruling, change.ruling.new, change.before
        old = ruling.existing.observation if ruling.existing else ""
        used = message(USED[ruling.used], language, id=old, year=new.known_from)
        return {
            "row": str(ruling.entry.row.line),
            "observation": new.observation,
            "region": self.region_names[new.region][language == "zh"],
            "indicator": ruling.entry.indicator.name(language),
            "period": format_period(new.period, language),
            "basis": basis_word(new.basis, language),
            "last_value": plain(before.value) if before else "",
            "last_year": before.period if before else "",
            "old_value": plain(ruling.existing.value) if ruling.existing else "",
            "new_value": {"lower": "≥ ", "upper": "≤ "}.get(ruling.entry.figure.bound, "")
            + plain(ruling.entry.figure.value),
            "unit": ruling.entry.indicator.unit_in(language),
            "outcome": message(OUTCOMES[ruling.outcome], language),
            "used": used,
            "source": new.source.source,
            "question": message("yes", language) if change.questions else "",
        }

    def summary(self, language: Language = "en") -> str:
        """One sentence: how many figures enter, what happens to them, how many rows hold none."""
        count = Counter(change.ruling.outcome for change in self.changes)
        parts = [f"{message(OUTCOMES[name], language)}: {number}" for name, number in count.items()]
        how = message(" ({outcomes})", language, outcomes=clauses(parts, language)) if parts else ""
        return message(
            "{rows} and {sources} would be added{how}; without a value: {blank}.",
            language,
            rows=counted("{n} row", "{n} rows", len(self.added), language),
            sources=counted("{n} source", "{n} sources", len(self.added_sources), language),
            how=how,
            blank=counted("{n} row", "{n} rows", self.blank, language),
        )


def propose(
    file: Path,
    data_dir: Path,
    *,
    today: dt.date,
    accept: str | None = None,
    given: Mapping[str, str] | None = None,
) -> Proposal:
    """Read a file of figures and work out what it would add to a data package; the package is not touched.

    Parameters
    ----------
    file : .xlsx, .ods or .csv with the headings of the template, or with years across or down.
    data_dir : folder of the data package.
    today : figures of periods that end later are refused.
    accept : why figures that need a reason are right; goes into their notes.
    given : what holds for every figure and the file does not say, by column: `indicator`, `unit`, `source`, ...

    Raises
    ------
    IntakeError : the file cannot be read at all; faults in its rows are in the result.
    DataError : the data package itself is at fault.
    """
    words = (accept or "").encode(errors="replace").decode()  # a command line may hold bytes that are no text
    reason = " ".join(words.split()) or None
    table = read_table(file, given or {})
    known = lookup(cached_tables(data_dir))
    faults = list(table.faults)
    at_fault = {(fault.file, fault.row) for fault in faults}
    changes: list[Change] = []
    for row in table.rows:
        if len(faults) > MAX_FAULTS or (row.file, row.line) in at_fault:
            continue
        wrong, change = _change(row, known, today, reason)
        faults += wrong
        changes += [change] if change else []
    if not table.rows and not faults:
        expected, remedy = "at least one row with a value", "Fill in the column value (数值)."
        faults.append(Fault(str(file), None, "value", "no figure", expected, remedy))
    return Proposal(
        file=str(file),
        changes=tuple(changes),
        faults=tuple(faults),
        accept=reason,
        blank=table.blank,
        left_out=tuple(table.left_out),
        ignored=tuple(table.ignored),
        added=tuple(known.added),
        added_sources=tuple(known.added_sources),
        region_names=_region_names(known),
        last_year=known.last_year(),
    )


def _change(row: Row, known: Lookup, today: dt.date, accept: str | None) -> tuple[list[Fault], Change | None]:
    entry, faults = resolve(row, known, today)
    if entry is None:
        return faults, None
    yearly = known.yearly(entry.region, entry.indicator.indicator, entry.scope)
    try:
        ruling = rule(entry, known, today)
    except Problem as problem:  # identifiers are used up
        return [row.fault(problem.column, problem.found, problem.expected, problem.remedy)], None
    unlikely = tuple(questions(ruling, yearly, today))
    if ruling.outcome != "same":
        reason = f"{CONFIRMED} {accept.replace(';', ',')}" if unlikely and accept else ""
        note = "; ".join(part for part in (ruling.new.note, reason) if part)
        ruling = replace(ruling, new=replace(ruling.new, note=note))
        known.join(ruling.new)
    return [], Change(ruling, previous(entry, yearly), unlikely)


def _region_names(known: Lookup) -> dict[str, tuple[str, str]]:
    rows = known.tables["regions"].to_dict("records")
    return {str(row["region"]): (str(row["name_en"]), str(row["name_zh"])) for row in rows}


def remarks(proposal: Proposal, language: Language = "en") -> list[str]:
    """What a person should know besides the table: what was not read, what is in no yearly series, what is used later."""
    rulings = [change.ruling for change in proposal.changes]
    regions = dict.fromkeys(ruling.entry.row.text("region") for ruling in rulings)
    lists = {
        "ignored": proposal.ignored,
        "left_out": proposal.left_out,
        "marks": [name for name in regions if without_marks(name) != name],
        "apart": [ruling.new.observation for ruling in rulings if ruling.new.basis != ruling.entry.indicator.basis],
    }
    lines = [message(REMARKS[name], language, names=listed(texts, language)) for name, texts in lists.items() if texts]
    later: dict[int, list[str]] = {}
    for change in proposal.changes:
        new = change.ruling.new
        if change.ruling.used != "old" and new.known_from > proposal.last_year:
            later.setdefault(new.known_from, []).append(new.observation)
    for year, names in sorted(later.items()):
        shown = listed(names, language)
        lines.append(message(REMARKS["later"], language, names=shown, year=year, last=proposal.last_year))
    return lines
