"""The one vocabulary, English and Chinese: status, likelihood, headings, numbers, periods."""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import ROUND_HALF_EVEN, Decimal

from ipplan_analysis.schema import Language
from ipplan_analysis.wordlists import (
    BASES,
    BREAK_KINDS,
    EVIDENCE,
    HEADINGS,
    KINDS,
    LIKELIHOODS,
    STATUS,
    TEXTS,
)

NONE = "–"  # shown where there is no figure
WAN, YI = 10_000, 100_000_000  # Chinese counts in powers of ten thousand
WAN_ALWAYS = 100_000  # below it 万 only where two decimals hold the number: 6.7201万 reads badly
MONTHS = ("January", "February", "March", "April", "May", "June", "July",
          "August", "September", "October", "November", "December")
QUARTERS_ZH = "一二三四"
LIKELIHOOD_EDGES = (0.99, 0.90, 0.66, 0.33, 0.10, 0.01)  # IPCC scale, lower edge included
_PERIOD_PART = re.compile(r"(\d{4})(?:-(\d{2})|-Q([1-4]))?")


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


def format_number(value: float | None, decimals: int, language: Language) -> str:
    """A number as the language writes it; a dash where there is none.

    English separates thousands with commas. Chinese counts in 万 and 亿 where that is natural, and loses no
    digit: 119900 is 11.99万, 124157 is 12.4157万, 67201 stays 67,201.
    """
    if value is None or not math.isfinite(value):
        return NONE
    exact = _rounded(value, decimals)
    size = abs(exact)
    if language == "zh" and size >= WAN:
        unit, word = (YI, "亿") if size >= YI else (WAN, "万")
        scaled = (exact / unit).normalize()
        if size >= WAN_ALWAYS or scaled == _rounded(scaled, 2):
            return _minus(f"{scaled:,f}") + word
    return _minus(f"{exact:,f}")


def natural_decimals(value: float) -> int:
    """Decimals worth showing where no indicator says how many: none from 1000 up, else at most two."""
    if not math.isfinite(value) or abs(value) >= 1000:
        return 0
    exponent = _rounded(value, 2).normalize().as_tuple().exponent
    return max(0, -int(exponent))


def format_plain(value: float | None, language: Language) -> str:
    """A number with its natural decimals (see `natural_decimals`)."""
    return format_number(value, 0 if value is None else natural_decimals(value), language)


def format_rough(value: float, language: Language) -> str:
    """A simulated figure with the three digits that it deserves: 152109 becomes 152,000."""
    return format_plain(float(f"{value:.3g}"), language) if math.isfinite(value) else NONE


def format_quantity(value: float | None, decimals: int, unit: str, language: Language) -> str:
    """A number with its unit: ``119,900 pieces``, ``11.99万件``; a unit that counts in 万 passes to 亿.

    Parameters
    ----------
    unit : in the reader's language; per cent and an empty unit are allowed.
    """
    if value is None or not math.isfinite(value):
        return NONE
    if language == "en":
        return f"{format_number(value, decimals, language)} {unit}".strip()
    if unit.startswith("万") and abs(value) >= WAN:
        return format_number(float(_rounded(value, decimals) * WAN), decimals, language) + unit[1:]
    return format_number(value, decimals, language) + unit


def format_percent(value: float | None, decimals: int, language: Language, *, signed: bool = False) -> str:
    """A figure in per cent: ``12.5 %`` or ``12.5%``; with `signed`, growth carries its plus."""
    if value is None or not math.isfinite(value):
        return NONE
    plus = "+" if signed and value > 0 else ""
    return plus + format_number(value, decimals, language) + (" %" if language == "en" else "%")


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
    bound = "" if not probability_is else text(probability_is, language) + " "
    if probability < 0.01:
        return f"{bound}<{space}1{space}%"
    if probability >= 0.99:
        return f"{bound}>{space}99{space}%"
    whole = round(100 * probability)
    if likelihood(whole / 100) != likelihood(probability):
        whole = math.floor(100 * probability) if whole > 100 * probability else math.ceil(100 * probability)
    return f"{bound}{whole}{space}%"


def format_period(period: str, language: Language) -> str:
    """A period of the data contract as people write it: ``2014-01/2014-11`` is January-November 2014."""
    start, _, end = period.rpartition("/")
    if start == "..":
        return text("up_to", language, end=format_period(end, language))
    if not start:
        return _point(end, language)
    if "-" not in start + end:
        return f"{start}–{end}" if language == "en" else f"{start}—{end}年"
    first, last = _point(start, language), _point(end, language)
    if start[:4] == end[:4] and language == "en":
        first = first.removesuffix(" " + start[:4])
    if start[:4] == end[:4] and language == "zh":
        first, last = first.removesuffix("月"), last.removeprefix(f"{end[:4]}年")
    return f"{first}–{last}" if language == "en" else f"{first}—{last}"


def format_date(date: str, language: Language) -> str:
    """An ISO date as people write it (21 April 2022, 2022年4月21日); other text is returned unchanged."""
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        return format_period(date, language) if _PERIOD_PART.fullmatch(date) else date
    if language == "zh":
        return f"{day.year}年{day.month}月{day.day}日"
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def _of(pair: tuple[str, ...], language: Language) -> str:
    return pair[1 if language == "zh" else 0]


def _rounded(value: float | Decimal, decimals: int) -> Decimal:
    exact = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return abs(exact) if exact == 0 else exact  # no minus before a zero


def _minus(number: str) -> str:
    return number.replace("-", "−")


def _point(point: str, language: Language) -> str:
    match = _PERIOD_PART.fullmatch(point)
    if match is None:
        return point
    year, month, quarter = match.groups()
    if language == "zh":
        part = f"{int(month)}月" if month else f"第{QUARTERS_ZH[int(quarter) - 1]}季度" if quarter else ""
        return f"{year}年{part}"
    return f"{MONTHS[int(month) - 1]} {year}" if month else f"Q{quarter} {year}" if quarter else year
