"""The one vocabulary, English and Chinese: status, likelihood, headings, numbers, periods."""

from __future__ import annotations

import math
import re

from ipplan_analysis.formats import (
    NONE,
    format_date,
    format_number,
    format_percent,
    format_period,
    format_periods,
    format_plain,
    format_quantity,
    format_rough,
    natural_decimals,
)
from ipplan_analysis.schema import Language
from ipplan_analysis.wordlists import (
    BASES,
    BREAK_KINDS,
    EVIDENCE,
    HEADINGS,
    KINDS,
    LIKELIHOODS,
    MODELS,
    STATUS,
    TEXTS,
)

__all__ = [
    "NONE",
    "basis_word",
    "break_word",
    "evidence_word",
    "format_date",
    "format_number",
    "format_percent",
    "format_period",
    "format_periods",
    "format_plain",
    "format_probability",
    "format_quantity",
    "format_rough",
    "heading",
    "kind_word",
    "likelihood",
    "likelihood_word",
    "model_word",
    "natural_decimals",
    "source_ids",
    "status_label",
    "status_symbol",
    "status_word",
    "text",
]

LIKELIHOOD_EDGES = (0.99, 0.90, 0.66, 0.33, 0.10, 0.01)  # IPCC scale, lower edge included


def status_word(status: str, language: Language) -> str:
    """A status in the reader's language, without its symbol."""
    return _of(STATUS[status][1:], language)


def status_symbol(status: str) -> str:
    """The symbol that goes with a status; every symbol is drawn by DejaVu Sans and by Noto Sans SC."""
    return STATUS[status][0]


def status_label(status: str, language: Language) -> str:
    """Symbol and word of a status, as people see it."""
    return f"{status_symbol(status)} {status_word(status, language)}"


def likelihood(probability: float) -> str:
    """Word of the IPCC likelihood scale for a probability; empty where there is none.

    Source: Mastrandrea et al. (2010), Guidance note for lead authors of the IPCC AR5, table 1.
    """
    if math.isnan(probability):
        return ""
    words = list(LIKELIHOODS)
    return words[sum(probability < edge for edge in LIKELIHOOD_EDGES)]


def likelihood_word(word: str, language: Language) -> str:
    """A likelihood word (English, as in the results) in the reader's language; empty stays empty."""
    return LIKELIHOODS[word] if word and language == "zh" else word


def heading(column: str, language: Language) -> str:
    """Heading of a results column in the reader's language; an unknown column keeps its name."""
    return _of(HEADINGS[column], language) if column in HEADINGS else column


def kind_word(kind: str, language: Language) -> str:
    """A target kind in the reader's language."""
    return _of(KINDS[kind], language) if kind in KINDS else kind


def basis_word(basis: str, language: Language) -> str:
    """An observation's basis in the reader's language."""
    return _of(BASES[basis], language) if basis in BASES else basis


def break_word(kind: str, language: Language) -> str:
    """A kind of break in the reader's language."""
    return _of(BREAK_KINDS[kind], language) if kind in BREAK_KINDS else kind


def evidence_word(grade: str, language: Language) -> str:
    """What an evidence grade rests on, for example ``10 or more yearly figures``."""
    return _of(EVIDENCE[grade], language) if grade in EVIDENCE else grade


def text(key: str, language: Language, **values: object) -> str:
    """A fixed phrase of charts and tables, its ``{names}`` filled in."""
    return _of(TEXTS[key], language).format(**values)


def model_word(model: str, language: Language) -> str:
    """A trend model's name in the reader's language; an unknown one without underscores."""
    return _of(MODELS[model], language) if model in MODELS else model.replace("_", " ")


def source_ids(cell: object) -> list[str]:
    """Source identifiers in a cell, which names several where a figure is derived (``S0001 & S0006``)."""
    return re.findall(r"[^\s&,;]+", cell) if isinstance(cell, str) else []


def format_probability(probability: float, language: Language, *, probability_is: str = "") -> str:
    """A probability in whole per cent, never 0 or 100 unless figures decide.

    Rounding never carries the number over an edge of the likelihood scale, so that number and word agree.

    Parameters
    ----------
    probability_is : ``at most`` or ``at least`` where a bound is known only.
    """
    if math.isnan(probability):
        return NONE
    if probability in (0.0, 1.0):
        return text("certain" if probability else "ruled_out", language)
    space = " " if language == "en" else ""
    bound = "" if not probability_is else text(probability_is, language) + space
    if probability < 0.01:
        return f"{bound}<{space}1{space}%"
    if probability >= 0.99:
        return f"{bound}>{space}99{space}%"
    whole = round(100 * probability)
    if likelihood(whole / 100) != likelihood(probability):
        whole = math.floor(100 * probability) if whole > 100 * probability else math.ceil(100 * probability)
    return f"{bound}{whole}{space}%"


def _of(pair: tuple[str, ...], language: Language) -> str:
    return pair[1 if language == "zh" else 0]
