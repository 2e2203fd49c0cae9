"""A rectangle of cells with a heading row, into rows of named cells."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from ipplan_analysis.intake import wording
from ipplan_analysis.intake.faults import QUOTED, quoted
from ipplan_analysis.schema import Fault, nearest

HEADER_WITHIN = 10  # rows in which a heading row is looked for: titles and remarks may stand above it
HINTS = 20  # headings for which a near one is looked for: a file of another kind may have thousands
RECOGNISED = 2  # headings that make a row the heading row
CellKind = Literal["text", "number", "date", "truth", "error", "formula"]
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u200b\u2028\u2029\ufeff\ufffd\ud800-\udfff]")


@dataclass(frozen=True)
class Cell:
    """One cell: its text, and what the program that saved it took it for."""

    text: str
    kind: CellKind = "text"


@dataclass(frozen=True)
class Row:
    """One row of figures: the file (and sheet) and line it stands in, its cells and their headings by column."""

    file: str
    line: int
    cells: dict[str, Cell]
    headings: dict[str, str]

    def text(self, column: str) -> str:
        """The column's text without outer space; empty where the column is missing."""
        return self.cells[column].text.strip() if column in self.cells else ""

    def fault(self, column: str, found: str, expected: str, remedy: str) -> Fault:
        """A fault of this row, the column named as the file names it."""
        return Fault(self.file, self.line, self.headings.get(column, column), found, expected, remedy)


Grid = Sequence[tuple[int, list[Cell]]]


def has_headings(grid: Grid) -> bool:
    """Whether one of the first rows is a heading row of figures."""
    return _header_at(grid) is not None


def tabulate(grid: Grid, file: str) -> tuple[list[Row], list[Fault]]:
    """Rows of a grid below its heading row, and what is wrong with headings and cells. Empty rows are left out."""
    at = _header_at(grid)
    if at is None:
        return [], [_no_header(grid, file)]
    line, header = grid[at]
    faults = _heading_faults(header, grid[at + 1 :], file, line)
    if faults:
        return [], faults
    columns = [wording.column_of(cell.text) for cell in header]
    shown = {name: " ".join(cell.text.split()) for name, cell in zip(columns, header, strict=True) if name}
    rows = []
    for number, cells in grid[at + 1 :]:
        if not any(cell.text.strip() for cell in cells):
            continue
        filled = [*cells, *[Cell("")] * (len(columns) - len(cells))]  # CSV writers may drop empty cells at the end
        named = {name: cell for name, cell in zip(columns, filled, strict=False) if name}
        rows.append(Row(file, number, named, shown))
        faults += _cell_faults(rows[-1], cells, len(header))
    return rows, faults


def _header_at(grid: Grid) -> int | None:
    for index, (_, cells) in enumerate(grid[:HEADER_WITHIN]):
        if sum(wording.column_of(cell.text) is not None for cell in cells) >= RECOGNISED:
            return index
    return None


def _no_header(grid: Grid, file: str) -> Fault:
    first = next((row for row in grid if any(cell.text.strip() for cell in row[1])), None)
    expected = "a row of headings with at least " + ", ".join(wording.REQUIRED)
    if first is None:
        return Fault(file, None, "", "no rows", expected, "Fill in the workbook of ipplan template.")
    found = ", ".join(quoted(cell.text) for cell in first[1][:8] if cell.text.strip())
    return Fault(file, first[0], "", found, expected, "Put the headings of ipplan template in the first row.")


def _heading_faults(header: list[Cell], below: Grid, file: str, line: int) -> list[Fault]:
    faults, seen = [], set[str]()
    for index, cell in enumerate(header):
        name = wording.column_of(cell.text)
        if not cell.text.strip():
            if any(len(cells) > index and cells[index].text.strip() for _, cells in below):
                faults.append(
                    Fault(
                        file,
                        line,
                        f"{index + 1}",
                        "cells without a heading",
                        "a heading",
                        "Name the column, or empty it.",
                    )
                )
        elif name is None:
            hint = nearest(cell.text.strip()[:QUOTED], wording.headings()) if len(faults) < HINTS else ""
            remedy = f"Correct or remove the column. {hint}".strip()
            faults.append(Fault(file, line, cell.text.strip()[:QUOTED], "an unknown column", "a known heading", remedy))
        elif name in seen:
            faults.append(Fault(file, line, cell.text.strip(), "the column twice", "each column once", "Remove one."))
        seen |= {name} if name else set()
    for name in wording.REQUIRED:
        if name not in seen:
            faults.append(
                Fault(
                    file,
                    line,
                    name,
                    "no such column",
                    f"a column {name} ({wording.COLUMNS[name][1]})",
                    "Add the column.",
                )
            )
    return faults


def _cell_faults(row: Row, cells: list[Cell], width: int) -> list[Fault]:
    faults = []
    for column, cell in row.cells.items():
        if column in wording.INFORMATION:
            continue
        if cell.kind == "error":
            faults.append(row.fault(column, cell.text, "a value", "Correct the formula, or write the value itself."))
        elif cell.kind == "formula":
            faults.append(
                row.fault(
                    column,
                    f"the formula {quoted(cell.text)} without a stored result",
                    "a value",
                    "Open the file in a spreadsheet and save it, or paste the value itself.",
                )
            )
        elif _CONTROL.search(cell.text):
            faults.append(
                row.fault(column, quoted(cell.text), "text without invisible characters", "Type the cell again.")
            )
    if any(cell.text.strip() for cell in cells[width:]):
        faults.append(row.fault("", f"{len(cells)} cells", f"{width} cells", "Check commas and quotes in this row."))
    return faults
