"""What an addition would do: every figure read, compared with what is known, and what is worth a remark."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ipplan_analysis.data.plan import cached_tables
from ipplan_analysis.intake.faults import IntakeError, Problem, QuestionsError
from ipplan_analysis.intake.layout import Table, read_table
from ipplan_analysis.intake.lookup import Lookup, Observation
from ipplan_analysis.intake.parse import plain, without_marks
from ipplan_analysis.intake.resolve import Change, resolve
from ipplan_analysis.intake.ruling import rule
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


@dataclass(kw_only=True)
class Proposal(Table):
    """What a file holds, and what would be added of it; with any faults nothing can be.

    Attributes
    ----------
    changes : one per row with a figure, in the file's order; complete only if there are no faults.
    accept : the reason given for unlikely figures, or None.
    known : the package with the new figures and sources in it.
    """

    changes: list[Change]
    accept: str | None
    known: Lookup

    @property
    def added(self) -> list[Observation]:
        """The new figures."""
        return self.known.added

    @property
    def questions(self) -> list[Fault]:
        """Everything that needs a reason."""
        return [question for change in self.changes for question in change.questions]

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
        return pd.DataFrame([self._table_row(change, language) for change in self.changes], dtype="object")

    def _table_row(self, change: Change, language: Language) -> dict[str, str]:
        new, old, before = change.new, change.existing, change.before
        return {
            message("Row", language): str(change.row.line),
            message("Identifier", language): new.observation,
            message("Region", language): self.known.regions[new.region][f"name_{language}"],
            message("Indicator", language): change.indicator.name(language),
            message("Period", language): format_period(new.period, language),
            message("Basis", language): basis_word(new.basis, language),
            message("Last figure", language): plain(before.value) if before else "",
            message("Year", language): before.period if before else "",
            message("Old value", language): plain(old.value) if old else "",
            message("New value", language): {"lower": "≥ ", "upper": "≤ "}.get(new.bound, "") + plain(new.value),
            message("Unit", language): change.indicator.unit_in(language),
            message("What happens", language): message(OUTCOMES[change.outcome], language),
            message("Which is used", language): message(
                USED[change.used], language, id=old.observation if old else "", year=new.known_from
            ),
            message("Source", language): new.source.source,
            message("Needs a reason", language): message("yes", language) if change.questions else "",
        }

    def summary(self, language: Language = "en") -> str:
        """One sentence: how many figures enter, what happens to them, how many rows hold none."""
        count = Counter(change.outcome for change in self.changes)
        parts = [f"{message(OUTCOMES[name], language)}: {number}" for name, number in count.items()]
        how = message(" ({outcomes})", language, outcomes=clauses(parts, language)) if parts else ""
        return message(
            "{rows} and {sources} would be added{how}; without a value: {blank}.",
            language,
            rows=counted("{n} row", "{n} rows", len(self.added), language),
            sources=counted("{n} source", "{n} sources", len(self.known.added_sources), language),
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
    known = Lookup(cached_tables(data_dir))
    at_fault = {(fault.file, fault.row) for fault in table.faults}
    changes: list[Change] = []
    for row in table.rows:
        if len(table.faults) > MAX_FAULTS or (row.file, row.line) in at_fault:
            continue
        change, faults = resolve(row, known, today)
        table.faults += faults
        try:
            changes += [rule(change, known, today, reason)] if change else []
        except Problem as problem:
            table.faults.append(row.refused("", problem))
    if not table.rows and not table.faults:
        expected, remedy = "at least one row with a value", "Fill in the column value (数值)."
        table.faults.append(Fault(str(file), None, "value", "no figure", expected, remedy))
    return Proposal(**vars(table), changes=changes, accept=reason, known=known)


def remarks(proposal: Proposal, language: Language = "en") -> list[str]:
    """What a person should know besides the table: what was not read, what is in no yearly series, what is used later."""
    changes, last = proposal.changes, proposal.known.last_year
    regions = dict.fromkeys(change.row.text("region") for change in changes)
    marked = [name for name in regions if without_marks(name) != name]
    apart = [change.new.observation for change in changes if change.new.basis != change.indicator.basis]
    of_parts = translatable(
        "In no yearly series, for they are of a part of a year or of several years: {names}. "
        "For a year's figure write the year alone."
    )
    found = (
        (translatable("Not read, for they have no row of headings: {names}."), proposal.ignored),
        (translatable("Not figures, left out: {names}."), proposal.left_out),
        (translatable("Footnote marks left out: {names}."), marked),
        (of_parts, apart),
    )
    lines = [message(text, language, names=listed(names, language)) for text, names in found if names]
    used = [change.new for change in changes if change.used != "old" and change.new.known_from > last]
    for year in sorted({row.known_from for row in used}):
        names = listed((row.observation for row in used if row.known_from == year), language)
        text = translatable(
            "Reports use {names} only with --data-through {year} or later; without it they stop at {last}."
        )
        lines.append(message(text, language, names=names, year=year, last=last))
    return lines
