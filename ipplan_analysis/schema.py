"""Words of the house: kinds, records and errors. Standard library only."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Self, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")

Kind = Literal["level", "annual_growth", "cumulative", "multiple", "increment", "milestone", "qualitative"]
Status = Literal[
    "met",
    "met on one assumption",
    "on course",
    "open",
    "off course",
    "out of reach",
    "missed",
    "not assessable",
    "listed",
]
STATUSES: tuple[Status, ...] = get_args(Status)
BreakKind = Literal["definition", "policy_stop", "shock", "note"]
STOCK_BASIS, TOTAL_BASIS = "year_end_stock", "multi_year_total"
NEEDS_BASE = ("annual_growth", "increment", "multiple")  # kinds of target that are measured from a base
USUAL_LAG = (
    1  # years: a year's figures come out in the next; that delay is not modelled (README of the data, known_from)
)

# What notebooks carry their charts, tables and saved tables in, beside what a notebook shows itself
CHART_MIME = "application/vnd.ipplan.chart+json"
TABLE_MIME = "application/vnd.ipplan.table+json"
EXPORT_MIME = "application/vnd.ipplan.csv+json"
BRIEFING_MIME = "application/vnd.ipplan.briefing+json"


@dataclass(frozen=True)
class Break:
    """A year at which a series changed its meaning (`definition`), stopped by decree, or was shaken."""

    year: int
    kind: BreakKind
    effect_en: str = ""
    effect_zh: str = ""
    source: str = ""

    def effect(self, language: Language) -> str:
        """What the break did, in the reader's language."""
        return self.effect_zh if language == "zh" else self.effect_en


@dataclass(frozen=True)
class Reading:
    """One way to read a target.

    Attributes
    ----------
    kind, target : what the target is taken for, in its own unit; blank and None as in the plan.
    observation, value, period, source : the figure that it goes by, in the indicator's unit; blank and None where only
        the target is read otherwise.
    """

    target_id: str
    words_en: str
    words_zh: str
    kind: str = ""
    target: float | None = None
    observation: str = ""
    value: float | None = None
    period: str = ""
    source: str = ""

    def words(self, language: Language) -> str:
        """What is counted, in the reader's language."""
        return self.words_zh if language == "zh" else self.words_en


@dataclass(frozen=True)
class Indicator:
    """One measured thing; limits and values are in `unit`."""

    indicator: str
    name_en: str
    name_zh: str
    unit: str
    unit_en: str
    basis: str
    measure: str
    direction: str
    lower: float | None
    upper: float | None
    can_fall: bool
    decimals: int
    pool_group: str
    derived_kind: str
    derived_from: str
    proxy: str

    def name(self, language: Language) -> str:
        """Name in the reader's language."""
        return self.name_zh if language == "zh" else self.name_en

    def unit_in(self, language: Language) -> str:
        """Unit in the reader's language."""
        return self.unit if language == "zh" else self.unit_en

    @property
    def counts_items(self) -> bool:
        """Whether a step of one is one item: not in counts given in 10 000 or more."""
        return self.measure == "count" and not self.unit.startswith(("万", "亿"))


@dataclass(frozen=True)
class Target:
    """One target of a plan; `base`, `target` and `target_high` are in `unit` (per cent, times, or the indicator's own)."""

    plan: str
    target_id: str
    region: str
    indicator: str
    name_en: str
    name_zh: str
    kind: Kind
    comparator: str
    base_period: str
    base: float | None
    target: float | None
    target_high: float | None
    target_year: int
    window: str
    unit: str
    unit_en: str
    department_to_ask: str
    department_to_ask_en: str
    source: str
    plan_section: str = ""
    note_en: str = ""
    note_zh: str = ""

    def name(self, language: Language) -> str:
        """Name in the reader's language."""
        return self.name_zh if language == "zh" else self.name_en

    def note(self, language: Language) -> str:
        """What the plan says beside the number, in the reader's language."""
        return self.note_zh if language == "zh" else self.note_en

    def department(self, language: Language) -> str:
        """Who holds the figures, in the reader's language."""
        return self.department_to_ask if language == "zh" else self.department_to_ask_en

    def unit_in(self, language: Language) -> str:
        """Unit in the reader's language."""
        return self.unit if language == "zh" else self.unit_en

    @property
    def window_years(self) -> range:
        """Years the target speaks of; for a level only the target year."""
        if "/" in self.window:
            first, last = self.window.split("/")
            return range(int(first), int(last) + 1)
        return range(self.target_year, self.target_year + 1)


@dataclass(frozen=True)
class Fault:
    """One thing wrong with an input, said so that it can be mended."""

    file: str
    row: int | None
    column: str
    found: str
    expected: str
    remedy: str

    def __str__(self) -> str:
        row, column = ("line", "key") if self.file.endswith(".toml") else ("row", "column")
        where = self.file + (f", {row} {self.row}" if self.row is not None else "")
        where += f", {column} {self.column}" if self.column else ""
        return f"{where}: found {self.found}; expected {self.expected}. {self.remedy}"


def cause(error: Exception) -> str:
    """What went wrong, without the number and the repeated path that Python puts into an error of the system."""
    return getattr(error, "strerror", None) or str(error)


NOTHING = "; nothing was written"


class PlanError(Exception):
    """Anything a user can mend; shown without a traceback."""

    def _render_traceback_(self) -> list[str]:
        """What IPython, and with it every notebook, shows instead of a traceback."""
        return [f"{type(self).__name__}: {self}"]


class FaultsError(PlanError):
    """An input with faults, all of them listed.

    Attributes
    ----------
    faults : every fault found, in the order of files and rows.
    """

    SHOWN = 50  # a file with the wrong delimiter would otherwise print thousands of lines

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = list(faults)
        lines = [f"- {fault}" for fault in self.faults[: self.SHOWN]]
        if len(self.faults) > self.SHOWN:
            lines.append(f"- and {len(self.faults) - self.SHOWN} more of the same run")
        count = len(self.faults)
        super().__init__(f"{count} fault{'s' if count != 1 else ''} found{NOTHING}.\n" + "\n".join(lines))

    @classmethod
    def at(cls, where: str | Path, found: str, expected: str, remedy: str, *, column: str = "") -> Self:
        """The error of one fault that is in no row: of a file as a whole, or of a parameter."""
        return cls([Fault(str(where), None, column, found, expected, remedy)])


class DataError(FaultsError):
    """The data package breaks its contract."""


class ParameterError(FaultsError):
    """A run's parameters cannot be used."""


class RunError(PlanError):
    """A run did not finish."""


class NothingForecastError(PlanError):
    """No indicator has figures enough: a notebook that is about forecasts ends here, and its run goes on."""


SHORT_WORD = 3


def nearest(word: str, known: Iterable[str]) -> str:
    """`Did you mean "..."?` for the closest known words, or an empty string."""
    cutoff = 0.5 if len(word) <= SHORT_WORD else 0.6  # 宁厦 has one of two characters right
    close = difflib.get_close_matches(word, list(dict.fromkeys(known)), n=2, cutoff=cutoff)
    return f"Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
