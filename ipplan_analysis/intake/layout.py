"""Where the figures stand in a table: one a row, or years across (or down) as statistics offices print them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ipplan_analysis.intake.faults import QUOTED, quoted
from ipplan_analysis.intake.read import HEADER_WITHIN, MERGED, Cell, Grid, Sheet, read_sheets
from ipplan_analysis.intake.words import (
    COLUMNS,
    INFORMATION,
    REQUIRED,
    column_of,
    headings,
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
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029\ufeff\ufffd\ud800-\udfff]")


@dataclass(frozen=True)
class Row:
    """One figure as a file states it: file (and sheet) and line, its cells and their headings by column."""

    file: str
    line: int
    cells: Mapping[str, Cell]
    headings: Mapping[str, str]

    def text(self, column: str) -> str:
        """The column's text without outer space; empty where the column is missing."""
        return self.cells[column].text.strip() if column in self.cells else ""

    def fault(self, column: str, found: str, expected: str, remedy: str) -> Fault:
        """A fault of this row, the column named as the file names it."""
        return Fault(self.file, self.line, self.headings.get(column, column), found, expected, remedy)


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
    with_figures = [sheet for sheet in sheets if _header_at(sheet.grid) is not None or _years_at(sheet.grid)]
    if not with_figures:
        label, grid = (sheets[0].label, sheets[0].grid) if sheets else (str(path), [])
        table.faults.append(_no_header(grid, label))
    for sheet in with_figures:
        if _header_at(sheet.grid) is not None:
            _read_list(sheet, given, table)
        else:
            _read_cross(sheet, given, table)
    table.ignored = [sheet.title for sheet in sheets if sheet not in with_figures and sheet.title not in KNOWN_SHEETS]
    return table


# ---------- one figure a row ----------


def _read_list(sheet: Sheet, given: Mapping[str, str], table: Table) -> None:
    at = _header_at(sheet.grid)
    assert at is not None
    line, header = sheet.grid[at]
    below = sheet.grid[at + 1 :]
    table.faults += [fault for fault in sheet.faults if not _is_in_header(fault, line)]
    table.left_out += _texts(sheet.grid[:at])
    split = [split_heading(cell.text) for cell in header]
    columns = [column_of(name) for name, _ in split]
    unit = "" if "unit" in columns else dict(zip(columns, (unit for _, unit in split), strict=True)).get("value", "")
    constants = ({"unit": unit} if unit else {}) | {name: text for name, text in given.items() if name not in columns}
    faults = [*_heading_faults(header, columns, below, sheet.label, line)]
    faults += _required_faults({*columns, *constants}, sheet.label, line)
    table.faults += faults
    if faults:
        return
    shown = {name: " ".join(cell.text.split()) for name, cell in zip(columns, header, strict=True) if name}
    shown |= {name: f"--{name}" for name in given if name not in columns}
    fixed = {name: Cell(text) for name, text in constants.items()}
    for number, cells in below:
        filled = [cell for cell in cells if cell.text.strip()]
        if not filled:
            continue
        padded = [*cells, *[Cell("")] * (len(columns) - len(cells))]  # CSV writers may drop empty cells at the end
        row = Row(sheet.label, number, fixed | {n: c for n, c in zip(columns, padded, strict=False) if n}, shown)
        if len(filled) == 1 and cells[0].text.strip() and not row.text("value"):
            table.left_out.append(cells[0].text.strip())
        elif not row.text("value"):
            table.blank += 1
        else:
            table.rows.append(row)
        table.faults += _cell_faults(row, cells, len(header))


def _header_at(grid: Grid) -> int | None:
    """Place of the first row that names columns of figures."""
    for index, (_, cells) in enumerate(grid[:HEADER_WITHIN]):
        names = {column_of(split_heading(cell.text)[0]) for cell in cells} - {None}
        if len(names) >= RECOGNISED and not any(year_of(cell.text) for cell in cells):
            return index
    return None


def _no_header(grid: Grid, file: str) -> Fault:
    first = next((row for row in grid if any(cell.text.strip() for cell in row[1])), None)
    expected = "a row of headings with at least " + ", ".join(REQUIRED)
    if first is None:
        return Fault(file, None, "", "no rows", expected, "Fill in the workbook of ipplan template.")
    found = ", ".join(quoted(cell.text) for cell in first[1][:8] if cell.text.strip())
    remedy = "Put the headings of ipplan template in the first row, or years across as yearbooks do."
    return Fault(file, first[0], "", found, expected, remedy)


def _heading_faults(
    header: list[Cell], columns: list[str | None], below: Grid, file: str, line: int
) -> Iterator[Fault]:
    for index, (cell, name) in enumerate(zip(header, columns, strict=True)):
        text = cell.text.strip()
        if not text and any(len(cells) > index and cells[index].text.strip() for _, cells in below):
            yield Fault(
                file, line, f"{index + 1}", "cells without a heading", "a heading", "Name the column, or empty it."
            )
        elif text and name is None:
            hint = nearest(text[:QUOTED], headings()) if index < HINTS else ""
            remedy = f"Correct or remove the column. {hint}".strip()
            yield Fault(file, line, text[:QUOTED], "an unknown column", "a known heading", remedy)
        elif name and name in columns[:index]:
            yield Fault(file, line, text, "the column twice", "each column once", "Remove one.")


def _required_faults(known: Collection[str | None], file: str, line: int) -> Iterator[Fault]:
    for name in REQUIRED:
        if name not in known:
            expected, remedy = f"a column {name} ({COLUMNS[name][1]})", f"Add the column, or give --{name}."
            yield Fault(file, line, name, "no such column", expected, remedy)


def _cell_faults(row: Row, cells: Sequence[Cell], width: int) -> Iterator[Fault]:
    for column, cell in row.cells.items():
        if column in INFORMATION:
            continue
        if cell.kind == "error":
            yield row.fault(column, cell.text, "a value", "Correct the formula, or write the value itself.")
        elif cell.kind == "formula":
            found = f"the formula {quoted(cell.text)} without a stored result"
            remedy = "Open the file in a spreadsheet and save it, or paste the value itself."
            yield row.fault(column, found, "a value", remedy)
        elif _CONTROL.search(cell.text):
            remedy = "Type the cell again."
            yield row.fault(column, quoted(cell.text), "text without invisible characters", remedy)
    if any(cell.text.strip() for cell in cells[width:]):
        yield row.fault("", f"{len(cells)} cells", f"{width} cells", "Check commas and quotes in this row.")


# ---------- years across, or down ----------


def _years_at(grid: Grid) -> tuple[int, bool] | None:
    """Place of the row of years and True, or of the column of years and False; None where there is neither."""
    for index, (_, cells) in enumerate(grid[:HEADER_WITHIN]):
        years = [year_of(cell.text) for cell in cells]
        found = [year for year in years if year]
        lone = len(found) == 1 and years[-1] and any(cell.text.strip() for cell in cells[:-1])
        if years and not years[0] and (len(found) >= RECOGNISED or lone) and _runs(found):
            return index, True
    width = max((len(cells) for _, cells in grid), default=0)
    for column in range(min(width, LABELS)):
        years = [year_of(cells[column].text) for _, cells in grid if len(cells) > column]
        found = [year for year in years if year]
        if len(found) >= RECOGNISED and _runs(found):
            return column, False
    return None


@dataclass(frozen=True)
class _Cross:
    """Headings of a table in which years run across.

    Attributes
    ----------
    years : of each column, the merged ones spread; None before the first.
    names : what the columns before the years hold, by place.
    labels : words above and under the years, by column.
    constants : what holds for every figure, by column of a list.
    """

    years: list[str | None]
    names: dict[int, str]
    labels: list[list[str]]
    constants: dict[str, str]

    def labelled(self, rows: Grid) -> set[str]:
        """What the words beside the figures say: the indicator, and its unit in brackets."""
        words = [text for texts in self.labels for text in texts]
        words += [cells[at].text for at, name in self.names.items() if name == "indicator" for _, cells in rows]
        return ({"indicator"} if words else set()) | (
            {"unit"} if any(split_heading(text)[1] for text in words) else set()
        )

    def cells_of(self, index: int, row: Sequence[Cell]) -> dict[str, Cell]:
        """The cells of one figure as a list would have them."""
        cells = {name: Cell(text) for name, text in self.constants.items()}
        cells |= {name: row[place] for place, name in self.names.items() if place < len(row)}
        cells |= {"period": Cell(self.years[index] or ""), "value": row[index]}
        for text in (*self.labels[index], cells["indicator"].text if "indicator" in cells else ""):
            name, unit = split_heading(text)
            cells |= ({"indicator": Cell(name)} if name else {}) | ({"unit": Cell(unit)} if unit else {})
        return cells


def _runs(years: Sequence[str]) -> bool:
    """Whether years run up or down: figures that look like years hardly do."""
    distinct = list(dict.fromkeys(years))
    return distinct in (sorted(distinct), sorted(distinct, reverse=True))


def _read_cross(sheet: Sheet, given: Mapping[str, str], table: Table) -> None:
    """Figures where rows and columns cross: years on one side; regions or indicators on the other."""
    grid, place = _years_across(sheet.grid)
    line, header = grid[place]
    cross, first_row = _headings_of(grid, place, given, unit_above(_texts(sheet.grid)))
    table.faults += [fault for fault in sheet.faults if not _is_in_header(fault, grid[first_row - 1][0])]
    known = {"period", "value", *cross.names.values(), *cross.constants, *cross.labelled(grid[first_row:])}
    faults = [*_required_faults(known, sheet.label, line)]
    table.faults += faults
    if faults:
        return
    table.left_out += _texts(grid[:place])
    shown = {name: f"--{name}" for name in given}
    first = next(index for index, cell in enumerate(header) if year_of(cell.text))
    for number, cells in grid[first_row:]:
        texts = [cell.text.strip() for cell in cells]
        if any(texts) and (not any(texts[first:]) or any(is_total(text) for text in texts[:first])):
            table.left_out.append(next(text for text in texts if text))
        elif any(texts):
            figures = [index for index in range(first, len(cells)) if not is_missing(texts[index])]
            table.blank += sum(bool(year) for year in cross.years) - len(figures)
            for index in figures:
                row = Row(sheet.label, number, cross.cells_of(index, cells), shown | {"value": header[index].text})
                table.rows.append(row)
                table.faults += _cell_faults(row, [], 0)


def _headings_of(grid: Grid, place: int, given: Mapping[str, str], unit: str) -> tuple[_Cross, int]:
    """The headings, and the place of the first row below them."""
    header = grid[place][1]
    first = next(index for index, cell in enumerate(header) if year_of(cell.text))
    width = max(len(cells) for _, cells in grid[place:])
    rows = [grid[place - 1][1]] if place and _is_label_row(grid[place - 1][1], first) else []
    under = place + 1 < len(grid) and _is_label_row(grid[place + 1][1], first, least=RECOGNISED)
    rows += [grid[place + 1][1]] if under else []
    spread = [_spread(row, width) for row in rows]
    labels = [[row[index] for row in spread if row[index]] if index >= first else [] for index in range(width)]
    constants = ({"unit": unit} if unit else {}) | dict(given)
    names = _label_columns(header[:first], constants, bool(rows))
    years = [year_of(text) for text in _spread(header, width)]
    return _Cross(years, names, labels, constants), place + 1 + under


def _years_across(grid: Grid) -> tuple[Grid, int]:
    """The table with its years across, turned if they run down (lines then count columns), and their row's place."""
    found = _years_at(grid)
    assert found is not None
    place, across = found
    if across:
        return grid, place
    years = [index for index, (_, cells) in enumerate(grid) if len(cells) > place and year_of(cells[place].text)]
    rows = [cells for _, cells in grid[max(years[0] - 1, 0) : years[-1] + 1]]
    width = max(len(cells) for cells in rows)
    padded = [[*cells, *[Cell("")] * (width - len(cells))] for cells in rows]
    return [(index + 1, [row[index] for row in padded]) for index in range(width)], place


def _label_columns(header: Sequence[Cell], constants: Mapping[str, str], has_indicators: bool) -> dict[int, str]:
    """What stands in each column before the years: by its heading, else the region or the indicator that is not given."""
    names: dict[int, str] = {}
    for index, cell in enumerate(header):
        name = column_of(split_heading(cell.text)[0])
        name = {"name_zh": "indicator", "name_en": "indicator", "region_name": "region"}.get(name or "", name)
        if name and name != "period" and name not in names.values():
            names[index] = name
    if not {"region", "indicator"} & set(names.values()):
        free = next((index for index in range(len(header)) if index not in names), None)
        if free is not None:
            names[free] = "region" if "indicator" in constants or has_indicators else "indicator"
    return names


def _is_label_row(cells: Sequence[Cell], first: int, least: int = 1) -> bool:
    """Whether a row beside the years names what stands under them: words alone, and none that names the unit."""
    words = [cell.text.strip() for cell in cells[first:] if cell.text.strip()]
    numbers = any(re.search(r"\d", word) or is_missing(word) for word in words)
    return len(words) >= least and not numbers and not unit_above(words)


def _spread(cells: Sequence[Cell], width: int) -> list[str]:
    """Texts of a heading row, those of merged cells for every column that they span."""
    spread: list[str] = []
    for index in range(width):
        text = cells[index].text.strip() if index < len(cells) else ""
        spread.append(text or (spread[-1] if spread else ""))
    return spread


def _is_in_header(fault: Fault, line: int) -> bool:
    return fault.found.startswith(MERGED) and fault.row is not None and fault.row <= line


def _texts(grid: Iterable[tuple[int, Sequence[Cell]]]) -> list[str]:
    """Words above a table."""
    return [cell.text.strip() for _, cells in grid for cell in cells if cell.text.strip() and not year_of(cell.text)]
