"""What can go wrong when figures are taken in."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from ipplan_analysis.schema import Fault, FaultsError, PlanError

MARKS = ("<super>", "<sub>", "<circle>")  # decompositions of footnote marks; full-width digits have another
QUOTED = 60  # characters of a faulty cell worth showing


class IntakeError(FaultsError):
    """A file of figures with faults; nothing was written."""


class QuestionsError(FaultsError):
    """Figures that are possible but unlikely; they enter only with a reason."""

    def __init__(self, questions: Sequence[Fault]) -> None:
        super().__init__(questions)
        noun = "figure needs" if len(questions) == 1 else "figures need"
        remedy = "Check them, then repeat with --accept REASON."
        listed = str(self).partition("\n")[2]
        self.args = (f"{len(questions)} {noun} a reason; nothing was written. {remedy}\n{listed}",)


class StoreError(PlanError):
    """The data package cannot be changed now: locked, read-only, full, or changed since."""


class Problem(PlanError):
    """A cell that cannot be used; becomes a `Fault` once its place is known.

    Parameters
    ----------
    text : the cell's text; `found` in its stead where quoting it says too little.
    column : the column at fault, where it is another than the one being read.
    """

    def __init__(self, text: str, expected: str, remedy: str, *, column: str = "", found: str = "") -> None:
        super().__init__(text, expected, remedy)
        self.column, self.found, self.expected, self.remedy = column, found or quoted(text), expected, remedy


def narrow(text: str, column: str = "") -> str:
    """Text with full-width characters made plain, for what is read as a number or a date.

    Raises
    ------
    Problem : it carries a mark such as ① or ², which would turn into a digit of the number.
    """
    for char in text:
        if unicodedata.category(char) == "No" or unicodedata.decomposition(char).startswith(MARKS):
            remedy = "Remove the footnote mark, and say in the note what it stands for."
            raise Problem(text, "plain digits", remedy, column=column)
    return unicodedata.normalize("NFKC", text).strip()


def quoted(text: str) -> str:
    """A cell's text as faults show it: quoted, control characters escaped, long ones cut."""
    if not text:
        return "an empty cell"
    return repr(text if len(text) <= QUOTED else text[:QUOTED] + "…")
