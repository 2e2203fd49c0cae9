"""Numbers, periods and dates as English and Chinese write them."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Sequence
from decimal import ROUND_HALF_EVEN, Decimal

from babel import dates

from ipplan_analysis.schema import Language

NONE = "–"  # shown where there is no figure
WAN, YI = 10_000, 100_000_000  # Chinese counts in powers of ten thousand
WAN_ALWAYS = 100_000  # below it 万 only where two decimals hold the number: 6.7201万 reads badly
UNIT_FACTORS = {"100 million ": 100_000_000, "10 000 ": 10_000}  # English names of 亿 and 万 in units
MIN_SPAN = 3  # consecutive years that are written as a span
# Patterns of the CLDR (Babel) for a day and for a period of a given precision
PATTERNS: dict[Language, dict[str, str]] = {
    "en": {"day": "d MMMM y", "month": "MMMM y", "quarter": "QQQ y", "year": "y"},
    "zh": {"day": "y年M月d日", "month": "y年M月", "quarter": "y年QQQQ", "year": "y年"},
}
_PERIOD_PART = re.compile(r"(\d{4})(?:-(\d{2})|-Q([1-4]))?")


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
    """A number with its unit: ``119,900 items``, ``11.99万件``.

    A unit that is itself a power of ten is multiplied out: 15 of ``100 million yuan`` is ``1.5 billion yuan``,
    12345 of ``万人`` is ``1.2345亿人``.

    Parameters
    ----------
    unit : in the reader's language; per cent and an empty unit are allowed.
    """
    if value is None or not math.isfinite(value):
        return NONE
    if language == "zh":
        if unit.startswith("万") and abs(value) >= WAN:
            return format_number(float(_rounded(value, decimals) * WAN), decimals, language) + unit[1:]
        return format_number(value, decimals, language) + unit
    for prefix, factor in UNIT_FACTORS.items():
        if unit.startswith(prefix):
            return f"{_with_word(_rounded(value, decimals) * factor)} {unit.removeprefix(prefix)}"
    number = format_number(value, decimals, language)
    return f"{number} {_singular(unit) if number == '1' else unit}".strip()


def format_percent(value: float | None, decimals: int, language: Language, *, signed: bool = False) -> str:
    """A figure in per cent: ``12.5 %`` or ``12.5%``; with `signed`, growth carries its plus."""
    if value is None or not math.isfinite(value):
        return NONE
    plus = "+" if signed and value > 0 else ""
    return plus + format_number(value, decimals, language) + (" %" if language == "en" else "%")


def format_period(period: str, language: Language) -> str:
    """A period of the data contract as people write it: ``2014-01/2014-11`` is January-November 2014."""
    start, _, end = period.rpartition("/")
    if start == "..":
        last = format_period(end, language)
        return f"up to {last} (start not stated)" if language == "en" else f"截至{last}（起点未说明）"
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


def format_periods(periods: Sequence[str], language: Language) -> str:
    """Periods in their order as a list, three calendar years or more in a row as a span: ``2016–2020, 2023``."""
    runs: list[list[str]] = []
    for period in periods:
        if runs and period.isdigit() and runs[-1][-1].isdigit() and int(period) == int(runs[-1][-1]) + 1:
            runs[-1].append(period)
        else:
            runs.append([period])
    spans = [span for run in runs for span in ([f"{run[0]}/{run[-1]}"] if len(run) >= MIN_SPAN else run)]
    return ("、" if language == "zh" else ", ").join(format_period(span, language) for span in spans)


def format_date(date: str, language: Language) -> str:
    """An ISO date as people write it (21 April 2022, 2022年4月21日); other text is returned unchanged."""
    try:
        day = dt.date.fromisoformat(date)
    except ValueError:
        return format_period(date, language) if _PERIOD_PART.fullmatch(date) else date
    return _written(day, "day", language)


def _with_word(exact: Decimal) -> str:
    """An English number in millions or billions where it is that large, every digit kept."""
    for size, word in ((1_000_000_000, " billion"), (1_000_000, " million")):
        if abs(exact) >= size:
            return _minus(f"{(exact / size).normalize():,f}") + word
    return _minus(f"{exact.normalize():,f}")


def _singular(unit: str) -> str:
    """One of a unit: ``items per 10 000 residents`` becomes ``item per 10 000 residents``."""
    first, space, rest = unit.partition(" ")
    return re.sub(r"(?<=[a-z])s$", "", re.sub(r"ies$", "y", first)) + space + rest


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
    precision = "month" if month else "quarter" if quarter else "year"
    first_month = int(month) if month else 3 * int(quarter) - 2 if quarter else 1
    return _written(dt.date(int(year), first_month, 1), precision, language)


def _written(day: dt.date, precision: str, language: Language) -> str:
    return dates.format_date(day, PATTERNS[language][precision], locale=language)
