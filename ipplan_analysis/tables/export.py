"""`Export`: a whole table for programs, carried by a notebook and saved beside the report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ipplan_analysis.schema import EXPORT_MIME

NUMBER_FORMAT = "%.10g"  # stable text; ten digits are beyond every source's precision
# a spreadsheet would run such a text as a formula; signed numbers are left alone
FORMULA = re.compile(r"[=@\t\r]|[+-](?!\d)")


def csv_text(frame: pd.DataFrame, *, float_format: str | None = None) -> str:
    """A frame as CSV; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return str(frame.map(_harmless).to_csv(index=False, lineterminator="\n", float_format=float_format))


def _harmless(value: Any) -> Any:
    return "'" + value if isinstance(value, str) and FORMULA.match(value) else value


@dataclass(frozen=True, eq=False, repr=False)
class Export:
    """A frame that a run saves as `name.csv`; a reader sees one line.

    Attributes
    ----------
    name : file name without its ending.
    frame : raw values, columns as programs know them.
    """

    name: str
    frame: pd.DataFrame

    def to_csv(self) -> str:
        """CSV text with numbers to ten significant digits."""
        return csv_text(self.frame, float_format=NUMBER_FORMAT)

    def __repr__(self) -> str:
        return f"{self.name}.csv: {len(self.frame)} × {len(self.frame.columns)}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), EXPORT_MIME: {"name": self.name, "csv": self.to_csv()}}
