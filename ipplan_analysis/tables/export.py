"""`Export`: a whole table for programs, carried by a notebook and saved beside the report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

MIME = "application/vnd.ipplan.csv+json"
NUMBER_FORMAT = "%.10g"  # stable text; ten digits are beyond every source's precision


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
        return str(self.frame.to_csv(index=False, lineterminator="\n", float_format=NUMBER_FORMAT))

    def __repr__(self) -> str:
        return f"{self.name}.csv: {len(self.frame)} × {len(self.frame.columns)}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return {"text/plain": repr(self), MIME: {"name": self.name, "csv": self.to_csv()}}
