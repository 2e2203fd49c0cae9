"""What an addition would do: every figure read, compared with what is known, and what is worth a remark."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ipplan_analysis.data.check import Tables
from ipplan_analysis.data.plan import data_sha256_or_fault, tables_as_hashed
from ipplan_analysis.data.snapshot import indicators_of
from ipplan_analysis.intake.book import Book, Held, open_book
from ipplan_analysis.intake.entry import resolve
from ipplan_analysis.intake.faults import IntakeError, Problem, QuestionsError
from ipplan_analysis.intake.parse import OUTCOMES, REMARKS, TABLE, USED, YES, pick, plain
from ipplan_analysis.intake.read import Row, read_rows
from ipplan_analysis.intake.resolve import Ruling, previous, questions, rule
from ipplan_analysis.intake.transaction import settle
from ipplan_analysis.messages import basis_word
from ipplan_analysis.numbers import format_period
from ipplan_analysis.schema import Fault, Language

MAX_FAULTS = 500  # a file of another kind has one in every cell; nobody reads further
Edits = dict[str, tuple[bool, str]]
_CHECKED: dict[str, Tables] = {}


@dataclass(frozen=True)
class Change:
    """One row of the file and what becomes of it."""

    ruling: Ruling
    before: Held | None
    questions: tuple[Fault, ...]


@dataclass(frozen=True)
class Proposal:
    """What would be added, and what stands against it.

    Attributes
    ----------
    file, sha256 : the file and the hash of its bytes.
    changes : one per row with a figure, in the file's order; complete only if there are no faults.
    faults : what must be mended; with any of them nothing can be added.
    questions : what needs a reason.
    accept : the reason given, or None.
    skipped : rows without a value, as blanks of the template are.
    ignored : sheets of the workbook without headings, not looked at.
    new_rows, new_sources : rows for `observations.csv` and `sources.csv`.
    edited : existing observations whose use or note changes: (use, note) by identifier.
    last_year : the year through which reports then use figures by default.
    """

    file: str
    sha256: str
    changes: tuple[Change, ...]
    faults: tuple[Fault, ...]
    accept: str | None
    skipped: int
    ignored: tuple[str, ...]
    new_rows: tuple[dict[str, str], ...]
    new_sources: tuple[dict[str, str], ...]
    edited: Edits
    region_names: dict[str, tuple[str, str]]
    last_year: int

    @property
    def questions(self) -> tuple[Fault, ...]:
        """Everything that needs a reason."""
        return tuple(question for change in self.changes for question in change.questions)

    @property
    def ready(self) -> bool:
        """Whether it can be added as it stands."""
        return not self.faults and (not self.questions or bool(self.accept))

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
        columns = [pick(pair, language) for pair in TABLE.values()]
        return pd.DataFrame([[row[name] for name in TABLE] for row in rows], columns=columns, dtype="object")

    def _table_row(self, change: Change, language: Language) -> dict[str, str]:
        ruling, held, before = change.ruling, change.ruling.held, change.before
        old = ruling.existing.observation if ruling.existing else ""
        used = pick(USED[ruling.used], language).format(id=old, year=_turn(ruling))
        return {
            "row": str(ruling.entry.row.line),
            "observation": held.observation,
            "region": pick(self.region_names[held.region], language),
            "indicator": ruling.entry.indicator.name(language),
            "period": format_period(held.period, language),
            "basis": basis_word(held.basis, language),
            "last_value": plain(before.value) if before else "",
            "last_year": before.period if before else "",
            "old_value": "" if ruling.existing_value is None else plain(ruling.existing_value),
            "new_value": ("≥ " if ruling.entry.figure.bound else "") + plain(ruling.entry.figure.value),
            "unit": ruling.entry.indicator.unit_in(language),
            "outcome": pick(OUTCOMES[ruling.outcome], language),
            "used": used,
            "source": held.source.source,
            "question": YES[language] if change.questions else "",
        }

    def summary(self, language: Language = "en") -> str:
        """One sentence: how many figures enter, what happens to them, how many rows hold none."""
        count = Counter(change.ruling.outcome for change in self.changes)
        parts = [f"{pick(OUTCOMES[name], language)}: {number}" for name, number in count.items()]
        rows, sources = len(self.new_rows), len(self.new_sources)
        if language == "zh":
            how = f"（{'；'.join(parts)}）" if parts else ""
            return f"将写入{rows}行数据、{sources}个来源{how}；{self.skipped}行未填数值。"
        how = f" ({'; '.join(parts)})" if parts else ""
        added = f"{_counted(rows, 'row')} and {_counted(sources, 'source')} would be added{how}"
        return f"{added}; without a value: {_counted(self.skipped, 'row')}."


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def propose(file: Path, data_dir: Path, *, today: dt.date, accept: str | None = None) -> Proposal:
    """Read a file of figures and work out what it would change in a data package; the package is not touched.

    Parameters
    ----------
    file : .xlsx or .csv with the headings of the template.
    data_dir : folder of the data package. An addition that was interrupted there is first rolled back.
    today : figures of periods that end later are refused.
    accept : why figures that need a reason are right; goes into their notes and the journal.

    Raises
    ------
    IntakeError : the file cannot be read at all; faults in its rows are in the result.
    DataError : the data package itself is at fault.
    """
    settle(data_dir)
    return work_out(file, data_dir, today=today, accept=accept)


def work_out(file: Path, data_dir: Path, *, today: dt.date, accept: str | None = None) -> Proposal:
    """`propose` for a caller who holds the lock."""
    words = (accept or "").encode(errors="replace").decode()  # a command line may hold bytes that are no text
    reason = " ".join(words.split()) or None
    sheet = read_rows(file)
    book = _book(data_dir)
    with_value = [row for row in sheet.rows if row.text("value")]
    faults = list(sheet.faults)
    at_fault = {(fault.file, fault.row) for fault in faults}
    changes: list[Change] = []
    for row in with_value:
        if len(faults) > MAX_FAULTS or (row.file, row.line) in at_fault:
            continue
        wrong, change = _change(row, book, today, reason)
        faults += wrong
        changes += [change] if change else []
    if not with_value and not faults:
        faults.append(
            Fault(
                sheet.file,
                None,
                "value",
                "no figure",
                "at least one row with a value",
                "Fill in the column value (数值).",
            )
        )
    return Proposal(
        sheet.file,
        sheet.sha256,
        tuple(changes),
        tuple(faults),
        reason,
        len(sheet.rows) - len(with_value),
        sheet.ignored,
        tuple(held.row() for held in book.new_rows),
        tuple(dict(vars(source)) for source in book.new_sources),
        {name: (held.use, held.note) for name, held in book.edited.items()},
        _region_names(book),
        book.last_year(),
    )


def _change(row: Row, book: Book, today: dt.date, accept: str | None) -> tuple[list[Fault], Change | None]:
    entry, faults = resolve(row, book, today)
    if entry is None:
        return faults, None
    yearly = book.yearly(entry.region, entry.indicator.indicator, entry.scope)
    try:
        ruling = rule(entry, book, today)
    except Problem as problem:  # identifiers are used up
        return [row.fault(problem.column, problem.found, problem.expected, problem.remedy)], None
    asked = tuple(questions(ruling, yearly, today))
    if asked and accept:
        note = f"accepted: {accept.replace(';', ',')}"
        ruling.held.note = f"{ruling.held.note}; {note}" if ruling.held.note else note
    return [], Change(ruling, previous(entry, yearly), asked)


def _book(data_dir: Path) -> Book:
    tables = _checked_tables(data_dir)
    return open_book(tables, indicators_of(tables))


def _checked_tables(data_dir: Path) -> Tables:
    """The package's tables, read and checked once for the same bytes: a proposal is followed by its addition."""
    sha256 = data_sha256_or_fault(data_dir)
    if sha256 not in _CHECKED:
        tables = tables_as_hashed(data_dir, sha256)
        _CHECKED.clear()
        _CHECKED[sha256] = tables
    return _CHECKED[sha256]


def _region_names(book: Book) -> dict[str, tuple[str, str]]:
    rows = book.tables["regions"].to_dict("records")
    return {str(row["region"]): (str(row["name_en"]), str(row["name_zh"])) for row in rows}


def _turn(ruling: Ruling) -> int:
    return ruling.held.known_from


def remarks(proposal: Proposal, language: Language = "en") -> list[str]:
    """One line for sheets that were not read, and one for each year from which figures are used later than by default."""
    lines = []
    if proposal.ignored:
        lines.append(_line("ignored", proposal.ignored, language))
    later: dict[int, list[str]] = {}
    for change in proposal.changes:
        held = change.ruling.held
        if change.ruling.outcome != "same" and held.use and held.known_from > proposal.last_year:
            later.setdefault(held.known_from, []).append(held.observation)
    lines += [
        _line("later", names, language, year=year, last=proposal.last_year) for year, names in sorted(later.items())
    ]
    return lines


def _line(which: str, names: list[str] | tuple[str, ...], language: Language, **numbers: int) -> str:
    comma = "、" if language == "zh" else ", "
    return pick(REMARKS[which], language).format(names=comma.join(names), **numbers)
