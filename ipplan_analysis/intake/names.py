"""Codes by any of their names."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ipplan_analysis.intake.faults import Problem, quoted
from ipplan_analysis.schema import nearest

LONGEST_NAME = 80  # characters compared when a near name is looked for


class Names:
    """Codes by any of their names, both languages and common forms."""

    def __init__(self, column: str, names: Iterable[tuple[str, str]]) -> None:
        self.column = column
        self.codes: dict[str, str] = {}
        self.names: list[str] = []  # as written, for suggestions
        for name, code in names:
            self.names.append(name)
            self.codes.setdefault(squeeze(name), code)

    def find(self, text: str) -> str | None:
        """The code that a text names, or None."""
        return self.codes.get(squeeze(text))

    def code(self, text: str) -> str:
        """The code that a cell names.

        Raises
        ------
        Problem : no such code or name; the nearest ones are suggested.
        """
        code = self.find(text)
        if code is None:
            hint = nearest(text[:LONGEST_NAME], self.names) or f"See {self.column}s.csv of the data package."
            raise Problem(self.column, quoted(text), f"a code or name of {self.column}s.csv", hint)
        return code


def squeeze(text: str) -> str:
    """Text for comparison of names: full-width forms narrowed; case, spaces and underscores dropped."""
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text)).casefold()
