"""Where the figures stand in a table: one a row, or years across (or down) as statistics offices print them."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ipplan_analysis.intake.faults import QUOTED, Problem, quoted
from ipplan_analysis.intake.read import HEADER_WITHIN, MERGED, Cell, Grid, Sheet, read_sheets
from ipplan_analysis.intake.words import (
    COLUMNS,
    HEADINGS,
    INFORMATION,
    REQUIRED,
    column_of,
    is_missing,
    is_total,
    split_heading,
    unit_above,
    year_of,
)
from ipplan_analysis.schema import Fault, nearest

HINTS = 20  # headings for which a near one is looked for: a file of another kind may have thousands
RECOGNISED = 2  # headings that make a row the heading row
LABELS = 4  # columns at the left in which years may run down
KNOWN_SHEETS = ("填写说明 How to fill in",)  # of the template; holds no figures
NAMES = {"name_zh": "indicator", "name_en": "indicator", "region_name": "region"}  # beside years they name the rows
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029\ufeff\ufffd\ud800-\udfff]")


@dataclass(frozen=True)
class Row:
    """One figure as a file states it: file (and sheet) and line, its cells and their headings by column, what is given."""

    file: str
    line: int
    cells: Mapping[str, Cell]
    headings: Mapping[str, str]
    given: Mapping[str, str]

    def text(self, column: str) -> str:
        """The column's text; empty where the column is missing."""
        return self.cells[column].text if column in self.cells else ""

    def kind(self, column: str) -> str:
        """What the program that saved the file took the column's cell for; empty where the column is missing."""
        return self.cells[column].kind if column in self.cells else ""

    def fault(self, column: str, found: str, expected: str, remedy: str) -> Fault:
        """A fault of this row, the column named as the file names it."""
        return Fault(self.file, self.line, self.headings.get(column) or column, found, expected, remedy)

    def refused(self, column: str, problem: Problem) -> Fault:
        """The fault that a cell of this row cannot be used, met while reading a column."""
        return self.fault(problem.column or column, problem.found, problem.expected, problem.remedy)


@dataclass
class Table:
    """What a file holds: rows of figures, what is wrong with it, and what in it was not taken for a figure.

    Attributes
    ----------
    blank : rows, or cells of a table with years across, that hold no figure.
    left_out : texts above, below and between the figures, and total rows.
    ignored : sheets without figures.
    """

    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    blank: int = 0
    left_out: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Column:
    """One column of a sheet.

    Attributes
    ----------
    name : what it holds: `value` for figures, or another part of the figures in its row; None where that is unknown.
    heading : its text.
    says : what the headings say of each figure in it, by column of a list: its period, indicator or unit.
    """

    name: str | None
    heading: str
    says: Mapping[str, str] = field(default_factory=dict)


def read_table(path: Path, given: Mapping[str, str]) -> Table:
    """Every row of figures in a file.

    Parameters
    ----------
    given : what the file need not say because it holds for every figure, by column: `unit`, `source`, ...

    Raises
    ------
    IntakeError : the file cannot be read at all. Faults in headings and cells are in the result.
    """
    sheets = read_sheets(path)
    table = Table()
    layouts = [_layout(sheet, given) for sheet in sheets]
    for sheet, layout in zip(sheets, layouts, strict=True):
        if layout is not None:
            layout.read(table)
        elif sheet.title not in KNOWN_SHEETS:
            table.ignored.append(sheet.title)
    if not any(layouts):
        label, grid = (sheets[0].label, sheets[0].grid) if sheets else (str(path), [])
        table.faults.append(_no_header(grid, label))
    return table


@dataclass(frozen=True)
class _Layout:
    """How a sheet is laid out.

    Attributes
    ----------
    grid : its rows, years across; turned where they ran down (lines then count columns).
    at, below : places of the heading row, and of the first row of figures.
    across : whether the headings are years.
    fixed : what holds for every figure, by column.
    shown : how faults name the columns.
    """

    sheet: Sheet
    grid: Grid
    at: int
    below: int
    across: bool
    columns: list[Column]
    fixed: Mapping[str, str]
    shown: Mapping[str, str]

    def read(self, table: Table) -> None:
        """Add the sheet's figures to a table, or what is wrong with its headings."""
        last_heading = self.grid[self.below - 1][0]
        for fault in self.sheet.faults:
            if not (fault.found.startswith(MERGED) and fault.row is not None and fault.row <= last_heading):
                table.faults.append(fault)
        table.left_out += _texts(self.grid[: self.at])
        faults = [*self._heading_faults()]
        table.faults += faults
        for line, cells in () if faults else self.grid[self.below :]:
            if any(cell.text for cell in cells):
                self._read_row(line, cells, table)

    def _heading_faults(self) -> Iterator[Fault]:
        file, line = self.sheet.label, self.grid[self.at][0]
        names = [column.name for column in self.columns]
        for index, column in enumerate([] if self.across else self.columns):
            text = column.heading[:QUOTED]
            if not text and any(cell.text for _, cells in self.grid[self.below :] for cell in cells[index : index + 1]):
                remedy = "Name the column, or empty it."
                yield Fault(file, line, f"{index + 1}", "cells without a heading", "a heading", remedy)
            elif text and column.name is None:
                remedy = f"Correct or remove the column. {nearest(text, HEADINGS) if index < HINTS else ''}".strip()
                yield Fault(file, line, text, "an unknown column", "a known heading", remedy)
            elif text and column.name in names[:index]:
                yield Fault(file, line, text, "the column twice", "each column once", "Remove one.")
        said = {*names, *self.fixed, *(name for column in self.columns for name in column.says)}
        if self.across and "indicator" in names:
            at = names.index("indicator")
            labels = (cell.text for _, cells in self.grid[self.below :] for cell in cells[at : at + 1])
            said |= {name for label in labels for name in _said(label)}
        for name in REQUIRED:
            if name not in said:
                expected, remedy = f"a column {name} ({COLUMNS[name][1]})", f"Add the column, or give --{name}."
                yield Fault(file, line, name, "no such column", expected, remedy)

    def _read_row(self, line: int, cells: Sequence[Cell], table: Table) -> None:
        texts = [cell.text for cell in cells]
        names = [column.name for column in self.columns]
        labels = texts[: names.index("value")]
        held = list(zip(self.columns, [*cells, *[Cell("")] * (len(names) - len(cells))], strict=False))
        figures = [(column, cell) for column, cell in held if column.name == "value"]
        stated = [pair for pair in figures if pair[1].text and not (self.across and is_missing(pair[1].text))]
        if any(map(is_total, labels)) or (any(labels) and sum(map(bool, texts)) == 1):
            table.left_out.append(next(filter(None, texts)))
            return
        table.blank += len(figures) - len(stated)
        own = {column.name: cell for column, cell in held if column.name}
        for column, cell in stated:
            shown = {**self.shown, "value": column.heading}
            row = Row(self.sheet.label, line, self._cells(own, column) | {"value": cell}, shown, self.fixed)
            table.faults += _cell_faults(row, row.cells if column is stated[0][0] else ["value"])
            table.rows.append(row)
        if any(texts[len(names) :]):
            expected, remedy = f"{len(names)} cells", "Check commas and quotes in this row."
            table.faults.append(Fault(self.sheet.label, line, "", f"{len(cells)} cells", expected, remedy))

    def _cells(self, own: Mapping[str, Cell], column: Column) -> dict[str, Cell]:
        """A figure's cells: those of its row, and what the headings and the table say."""
        fixed, says = ({name: Cell(text) for name, text in said.items()} for said in (self.fixed, column.says))
        if not self.across:
            return {**fixed, **says, **own}
        named = {**fixed, **own}
        label = named["indicator"].text if "indicator" in named else ""
        return {**named, **says, **{name: Cell(text) for name, text in _said(label).items()}}


def _cell_faults(row: Row, columns: Iterable[str]) -> Iterator[Fault]:
    for column in columns:
        text, kind = row.text(column), row.kind(column)
        if column in INFORMATION:
            continue
        if kind == "error":
            yield row.fault(column, text, "a value", "Correct the formula, or write the value itself.")
        elif kind == "formula":
            remedy = "Open the file in a spreadsheet and save it, or paste the value itself."
            yield row.fault(column, f"the formula {quoted(text)} without a stored result", "a value", remedy)
        elif _CONTROL.search(text):
            yield row.fault(column, quoted(text), "text without invisible characters", "Type the cell again.")


def _no_header(grid: Grid, file: str) -> Fault:
    expected = "a row of headings with at least " + ", ".join(REQUIRED)
    for line, cells in grid:
        found = ", ".join(quoted(cell.text) for cell in cells[:8] if cell.text)
        if found:
            remedy = "Put the headings of ipplan template in the first row, or years across as yearbooks do."
            return Fault(file, line, "", found, expected, remedy)
    return Fault(file, None, "", "no rows", expected, "Fill in the workbook of ipplan template.")


# ---------- headings ----------


def _layout(sheet: Sheet, given: Mapping[str, str]) -> _Layout | None:
    """How a sheet is laid out; None for one without a row of headings or years."""
    grid, at, across = _heading_row(sheet.grid)
    if at is None:
        return None
    columns, below = [_column(cell.text) for cell in grid[at][1]], at + 1
    if across:
        columns, below = _columns_across(grid, at, "indicator" in given)
    unit = unit_above(_texts(sheet.grid if across else grid[:at]))
    fixed = ({"unit": unit} if unit else {}) | {name: text.strip() for name, text in given.items()}
    shown = {name: f"--{name}" for name in given} | {column.name: column.heading for column in columns if column.name}
    return _Layout(sheet, grid, at, below, across, columns, fixed, shown)


def _heading_row(grid: Grid) -> tuple[Grid, int | None, bool]:
    """The grid, turned if years run down; the place of its first row that names columns or years; whether years."""
    for index, (_, cells) in enumerate(grid[:HEADER_WITHIN]):
        names = {_column(cell.text).name for cell in cells} - {None}
        if len(names) >= RECOGNISED and not any(year_of(cell.text) for cell in cells):
            return grid, index, False
    for index, (_, cells) in enumerate(grid[:HEADER_WITHIN]):
        years = [year_of(cell.text) for cell in cells]
        lone = bool(years) and years[-1] and any(cell.text for cell in cells[:-1])
        if years and not years[0] and _run(years, 1 if lone else RECOGNISED):
            return grid, index, True
    width = max((len(cells) for _, cells in grid), default=0)
    for column in range(min(width, LABELS)):
        years = [year_of(cells[column].text) if len(cells) > column else None for _, cells in grid]
        if _run(years, RECOGNISED):
            places = [place for place, year in enumerate(years) if year]
            rows = [cells for _, cells in grid[max(places[0] - 1, 0) : places[-1] + 1]]
            turned = itertools.zip_longest(*rows, fillvalue=Cell(""))
            return [(line, list(cells)) for line, cells in enumerate(turned, 1)], column, True
    return grid, None, False


def _run(years: Sequence[str | None], least: int) -> bool:
    """Whether years run up or down: figures that look like years hardly do."""
    distinct = list(dict.fromkeys(year for year in years if year))
    found = sum(bool(year) for year in years)
    return found >= least and distinct in (sorted(distinct), sorted(distinct, reverse=True))


def _column(text: str) -> Column:
    """A column by its heading; the unit in brackets behind that holds for its figures."""
    name, unit = split_heading(text)
    return Column(column_of(name), " ".join(text.split()), {"unit": unit} if unit else {})


def _said(label: str) -> dict[str, str]:
    """What a label beside figures says: the indicator, and its unit in brackets."""
    name, unit = split_heading(label)
    return {key: word for key, word in (("indicator", name), ("unit", unit)) if word}


def _columns_across(grid: Grid, at: int, indicator_is_given: bool) -> tuple[list[Column], int]:
    """Columns of a table with years across, and the place of the first row below its headings."""
    width = max(len(cells) for _, cells in grid[at:])
    header = grid[at][1]
    first = next(index for index, cell in enumerate(header) if year_of(cell.text))
    above = [grid[at - 1][1]] if at and _is_label_row(grid[at - 1][1], first) else []
    under = [cells for _, cells in grid[at + 1 : at + 2] if _is_label_row(cells, first, least=RECOGNISED)]
    labels = [_spread(cells, width) for cells in (*above, *under)]
    columns = _label_columns(header[:first], indicator_is_given or bool(labels))
    for index, text in list(enumerate(_spread(header, width)))[first:]:
        words = {name: word for row in labels for name, word in _said(row[index]).items()}
        columns.append(Column("value", text, words | {"period": year_of(text) or ""}))
    return columns, at + 1 + len(under)


def _label_columns(header: Sequence[Cell], names_indicators: bool) -> list[Column]:
    """The columns before the years: by their headings; where none names the rows, the first free one does."""
    columns: list[Column] = []
    for cell in header:
        column = _column(cell.text)
        name = NAMES.get(column.name or "", column.name)
        free = name != "period" and name not in [other.name for other in columns]
        columns.append(Column(name if free else None, column.heading))
    names = [column.name for column in columns]
    if not {"region", "indicator"} & set(names) and None in names:
        at = names.index(None)
        columns[at] = Column("region" if names_indicators else "indicator", columns[at].heading)
    return columns


def _is_label_row(cells: Sequence[Cell], first: int, least: int = 1) -> bool:
    """Whether a row beside the years names what stands under them: words alone, and none that names the unit."""
    words = [cell.text for cell in cells[first:] if cell.text]
    numbers = any(re.search(r"\d", word) or is_missing(word) for word in words)
    return len(words) >= least and not numbers and not unit_above(words)


def _spread(cells: Sequence[Cell], width: int) -> list[str]:
    """Texts of a heading row, those of merged cells for every column that they span."""
    texts = [cell.text for cell in cells]
    for index in range(1, width):
        texts += [""] if index >= len(texts) else []
        texts[index] = texts[index] or texts[index - 1]
    return texts


def _texts(grid: Grid) -> list[str]:
    """Words above a table."""
    return [cell.text for _, cells in grid for cell in cells if cell.text and not year_of(cell.text)]
