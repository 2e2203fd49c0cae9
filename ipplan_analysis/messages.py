"""Texts in the reader's language: English stands in the code, Chinese in `locale/zh.po` (gettext format).

The machinery first, then the one vocabulary: status, likelihood, headings, bases, models.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po

from ipplan_analysis.numbers import NONE
from ipplan_analysis.schema import Language

CATALOG = Path(__file__).with_name("locale") / "zh.po"


def message(text: str, language: Language, /, *, context: str | None = None, **values: object) -> str:
    """A text in the reader's language, its ``{names}`` filled in.

    Parameters
    ----------
    text : the English text, as it stands in the catalogue.
    context : tells apart two uses of one English text that differ in Chinese (gettext's msgctxt).
    values : what the places in the text stand for; never read as a template themselves.

    Raises
    ------
    KeyError : the catalogue lacks the text, or a place in it has no value.
    """
    return (text if language == "en" else _translation(text, context)).format(**values)


def counted(one: str, many: str, number: int, language: Language, /, **values: object) -> str:
    """`message` for a count: `one` is used for one thing, `many` for any other number; ``{n}`` is the number."""
    template = (one if number == 1 else many) if language == "en" else _translation(one)
    return template.format(n=number, **values)


def listed(items: Iterable[str], language: Language) -> str:
    """Items in a row, separated as the language does."""
    return ("、" if language == "zh" else ", ").join(items)


def clauses(parts: Iterable[str], language: Language) -> str:
    """Parts of one sentence or cell, separated as the language does; empty ones are left out."""
    return ("；" if language == "zh" else "; ").join(filter(None, parts))


def sentences(parts: Iterable[str], language: Language) -> str:
    """Sentences one after the other."""
    return ("" if language == "zh" else " ").join(parts)


def with_stops(parts: Iterable[str], language: Language) -> str:
    """Parts as sentences one after the other, each with its full stop; empty ones are left out."""
    stop = "。" if language == "zh" else "."
    return sentences((part.rstrip("。.") + stop for part in parts if part), language)


def labelled(label: str, text: str, language: Language) -> str:
    """A text after what it is."""
    return label + ("：" if language == "zh" else ": ") + text


def bracketed(text: str, more: str, language: Language) -> str:
    """A text with what belongs to it in brackets."""
    return f"{text}（{more}）" if language == "zh" else f"{text} ({more})"


def capitalized(text: str) -> str:
    """A text that begins a sentence; the rest stays as it is, names too."""
    return text[:1].upper() + text[1:]


def translatable(text: str) -> str:
    """The text itself; marks a text that `message` is given later, so that the catalogue is checked for it."""
    return text


def _translation(text: str, context: str | None = None) -> str:
    entry = _catalog().get(text, context)
    if entry is None or not entry.string:
        raise KeyError(f"{CATALOG.name} does not translate {text!r}")
    return entry.string if isinstance(entry.string, str) else entry.string[0]  # Chinese has one form for all counts


@cache
def _catalog() -> Catalog:
    with CATALOG.open(encoding="utf-8") as stream:
        return read_po(stream, locale="zh")


# Of each status the word that readers see, and its symbol, which DejaVu Sans and Noto Sans SC both draw.
STATUS_SHOWN = {
    "met": (translatable("met"), "✓"),
    "met on one assumption": (translatable("met, on one assumption"), "◇"),
    "on course": (translatable("on course"), "↗"),
    "open": (translatable("open"), "◐"),
    "off course": (translatable("off course"), "↘"),
    "out of reach": (translatable("hardly reachable"), "⊘"),
    "missed": (translatable("missed"), "×"),
    "not assessable": (translatable("cannot be judged"), "?"),
    "listed": (translatable("no number in the plan"), "·"),
}
ROUGH_BY = 0.15  # either side of the probability of a series of two figures; a convention (docs/design.md)
LIKELIHOOD_EDGES = (0.99, 0.90, 0.66, 0.33, 0.10, 0.01)  # IPCC scale, lower edge included
# Most likely first; the Chinese follows the IPCC's own, its 不可能 (also "impossible") softened.
LIKELIHOODS = (
    translatable("virtually certain"),
    translatable("very likely"),
    translatable("likely"),
    translatable("about as likely as not"),
    translatable("unlikely"),
    translatable("very unlikely"),
    translatable("exceptionally unlikely"),
)
BASES: dict[str, str] = {
    "year_end_stock": translatable("year-end stock"),
    "annual_flow": translatable("annual flow"),
    "annual_ratio": translatable("annual ratio"),
    "running_total": translatable("running total, start not stated"),
    "part_year_flow": translatable("part of a year"),
    "part_year_stock": translatable("stock within the year"),
    "multi_year_total": translatable("total of several years"),
    "series": translatable("published yearly series"),
    "derived": translatable("computed from published series"),
    "proxy": translatable("related indicator"),
    "figures": translatable("decided by figures"),
    "stop": translatable("registration stopped"),
}
MODELS: dict[str, str] = {
    "combination": translatable("combination"),
    "drift": translatable("random walk with drift"),
    "naive": translatable("no change"),
    "log_linear": translatable("log-linear trend"),
    "damped_smoothing": translatable("damped smoothing"),
    "local_linear": translatable("local linear trend"),
    "pooled": translatable("pooled"),
    "drift_level": translatable("drift, on levels"),
    "drift_log": translatable("drift, on logs"),
    "reported": translatable("reported"),
}
BREAK_KINDS: dict[str, str] = {
    "definition": translatable("definition changed"),
    "policy_stop": translatable("stopped by policy"),
    "shock": translatable("shock"),
    "note": translatable("note"),
}
HEADINGS: dict[str, str] = {
    "plan": translatable("Plan"),
    "target_id": translatable("Target"),
    "name": translatable("What is to be reached"),
    "name_en": translatable("Name"),
    "name_zh": translatable("Chinese name"),
    "region": translatable("Region"),
    "indicator": translatable("Indicator"),
    "kind": translatable("Kind of target"),
    "comparator": translatable("Comparison"),
    "target": translatable("Target value"),
    "target_high": translatable("Upper end of the target"),
    "unit": translatable("Unit"),
    "unit_en": translatable("Unit (English)"),
    "target_year": translatable("Target year"),
    "base": translatable("Base value"),
    "base_year": translatable("Base year"),
    "origin": translatable("Last year used"),
    "last_value": translatable("Latest yearly figure"),
    "last_year": translatable("Year of figure"),
    "known_to_date": translatable("Known to date"),
    "n_points": translatable("Yearly figures"),
    "evidence": translatable("Evidence"),
    "median": translatable("Median forecast"),
    "low80": translatable("80 % range, low"),
    "high80": translatable("80 % range, high"),
    "probability": translatable("Probability"),
    "probability_is": translatable("Probability is"),
    "likelihood": translatable("Likelihood"),
    "status": translatable("Status"),
    "measured_coverage": translatable("80 % bands held"),
    "reference_probability": translatable("Reference probability"),
    "recent_pace_pct": translatable("Recent pace, % a year"),
    "required_pace_pct": translatable("Required pace, % a year"),
    "pace": translatable("Pace: recent / required"),
    "expected_year": translatable("Expected year"),
    "way_share": translatable("Share of the way"),
    "time_share": translatable("Share of the time"),
    "source": translatable("Source"),
    "reason": translatable("Reason"),
    "reason_zh": translatable("Reason (Chinese)"),
    "department": translatable("Department"),
    "department_en": translatable("Department"),
    "figure": translatable("Figure to ask for"),
    "basis": translatable("Basis"),
    "year": translatable("Year"),
    "period": translatable("Period"),
    "value": translatable("Value"),
    "model": translatable("Model"),
    "horizon": translatable("Years ahead"),
    "nominal": translatable("Promised coverage"),
    "coverage": translatable("Measured coverage"),
    "n": translatable("Cases"),
    "forecast": translatable("Forecast probability"),
    "observed": translatable("Observed frequency"),
    "low": translatable("Low"),
    "high": translatable("High"),
    "bin_low": translatable("Bin from"),
    "bin_high": translatable("Bin to"),
    "title": translatable("Title"),
    "publisher": translatable("Publisher"),
    "published": translatable("Published"),
    "url": translatable("Address"),
    "note": translatable("Note"),
    "series": translatable("Series"),
    "state": translatable("What is known"),
}


def status_word(status: str, language: Language) -> str:
    """A status in the reader's language, without its symbol."""
    return message(STATUS_SHOWN[status][0], language)


def status_symbol(status: str) -> str:
    """The symbol that goes with a status."""
    return STATUS_SHOWN[status][1]


def status_label(status: str, language: Language) -> str:
    """Symbol and word of a status, as people see it."""
    return f"{status_symbol(status)} {status_word(status, language)}"


def likelihood(probability: float) -> str:
    """Word of the IPCC likelihood scale for a probability; empty where there is none.

    Source: Mastrandrea et al. (2010), Guidance note for lead authors of the IPCC AR5, table 1.
    """
    if math.isnan(probability):
        return ""
    return LIKELIHOODS[sum(probability < edge for edge in LIKELIHOOD_EDGES)]


def likelihood_range(probability: float) -> str:
    """Words that a probability may stand for which is rough by `ROUGH_BY` either way: ``likely to very likely``."""
    low, high = (likelihood(min(max(probability + step, 0.0), 1.0)) for step in (-ROUGH_BY, ROUGH_BY))
    return low if low == high else f"{low} to {high}"


def likelihood_word(word: str, language: Language) -> str:
    """A likelihood word or range (English, as in the results) in the reader's language; empty stays empty."""
    low, _, high = word.partition(" to ")
    if high:
        return message("{low} to {high}", language, low=message(low, language), high=message(high, language))
    return message(word, language) if word else ""


def heading(column: str, language: Language) -> str:
    """Heading of a results column in the reader's language; an unknown column keeps its name."""
    context = "department_en" if column == "department_en" else None
    return message(HEADINGS[column], language, context=context) if column in HEADINGS else column


def basis_word(basis: str, language: Language) -> str:
    """An observation's basis in the reader's language; an unknown one as it is."""
    return message(BASES[basis], language) if basis in BASES else basis


def break_word(kind: str, language: Language) -> str:
    """A kind of break in the reader's language; an unknown one as it is."""
    return message(BREAK_KINDS[kind], language) if kind in BREAK_KINDS else kind


def model_word(model: str, language: Language) -> str:
    """A trend model's name in the reader's language; an unknown one without underscores."""
    return message(MODELS[model], language) if model in MODELS else model.replace("_", " ")


def source_ids(cell: object) -> list[str]:
    """Source identifiers in a cell, which names several where a figure is derived (``S0001 & S0006``)."""
    return re.findall(r"[^\s&,;]+", cell) if isinstance(cell, str) else []


def format_probability(probability: float, language: Language, *, probability_is: str = "") -> str:
    """A probability in whole per cent, never 0 or 100 unless figures decide.

    Rounding never carries the number over an edge of the likelihood scale, so that number and word agree.

    Parameters
    ----------
    probability_is : ``at most`` or ``at least`` where a bound is known only; of a ``rough`` one words alone are shown.
    """
    if math.isnan(probability):
        return NONE
    if probability_is == "rough":
        return likelihood_word(likelihood_range(probability), language)
    if probability in (0.0, 1.0):
        return message("certain", language) if probability else message("ruled out", language)
    space = " " if language == "en" else ""
    bound = message(probability_is, language) + space if probability_is else ""
    if probability < 0.01:
        return f"{bound}<{space}1{space}%"
    if probability >= 0.99:
        return f"{bound}>{space}99{space}%"
    whole = round(100 * probability)
    if likelihood(whole / 100) != likelihood(probability):
        whole = math.floor(100 * probability) if whole > 100 * probability else math.ceil(100 * probability)
    return f"{bound}{whole}{space}%"
