"""Cells as people write them: figures, periods and names, each read in one way or refused with a sentence."""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from ipplan_analysis.data.period import FIRST_YEAR, LAST_YEAR, is_period
from ipplan_analysis.intake.faults import QUOTED, Problem, narrow
from ipplan_analysis.intake.words import NO_FIGURE, fold
from ipplan_analysis.schema import Indicator, nearest

SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8}
LARGEST = Decimal(10) ** 15  # above any statistic in any unit; a larger one is two numbers run together
MAX_DIGITS = 15  # a double holds no more
LONGEST = 60  # characters of a cell that can still be one figure
SAME_UNIT = {  # other names of the same unit
    **dict.fromkeys(("名", "位"), "人"),
    **dict.fromkeys(("percent", "percent.", "pct", "百分比"), "%"),
    **dict.fromkeys(("人民币元", "yuan", "圆", "rmb"), "元"),
    **dict.fromkeys(("件每万人", "件/每万人"), "件/万人"),
    **{"millionyuan": "百万元", "billionyuan": "十亿元"},
}
NOT_SCALED = ("百分点", "百分比", "百分")  # begin with 百 and are no multiples of a hundred
_OVER = r"超过|超|突破|逾|大于|不少于|不低于|至少|>=?|≥|over|morethan|atleast"
_UNDER = r"不足|不到|低于|少于|小于|不超过|至多|<=?|≤|under|lessthan|below|atmost"
_ABOUT = re.compile(r"^(?:大约|约为|约|接近|近|about|approx\.?|approximately|~|≈)|左右$")
_COMPOUND = re.compile(r"(?:\d+(?:\.\d+)?[亿万千百]){2,}", re.ASCII)  # 8万8千
SWAPPED = str.maketrans(",.", ".,")
TRUTH = "是/否"  # the unit of indicators that are yes or no
YES_OR_NO = {"是": 1, "yes": 1, "否": 0, "no": 0}
NOT_TRUE_OR_FALSE = ("是 or 否 (yes or no)", "Write 是 or 否.")  # expected, and remedy
FLAGS = {"p": "provisional", "e": "estimated", "r": "revised"}  # as statistics offices mark figures
_NUMBER = re.compile(
    rf"(?:(?P<over>{_OVER})|(?P<under>{_UNDER}))?(?P<sign>[+-]?)(?P<whole>\d{{1,3}}(?:[,\x20]\d{{3}})+|\d+)(?:\.(?P<part>\d+))?\x20*"
    r"(?P<scale>[十百千万亿萬億]*)(?P<odd>[余多])?\x20*(?P<flag>[per](?![a-z]))?"
    r"(?P<unit>[^\d\s.,+-]+?)??(?:(?P<least>以上)|(?P<most>以下|以内))?(?P<plus>\+)?",
    re.ASCII,
)


class Figure(NamedTuple):
    """A number in the indicator's unit, and how the source words it.

    Attributes
    ----------
    half_step : half of the last digit written.
    bound : `lower` (over, at least), `upper` (under, at most) or empty.
    note : what the words or a flag say besides, such as "about" or "provisional".
    """

    value: Decimal
    half_step: Decimal
    bound: str
    note: str = ""


class Written(NamedTuple):
    """A number as a cell has it: a figure in the cell's own unit, the scale (万) and the unit behind it."""

    text: str
    figure: Figure
    scale: str = ""
    unit: str = ""


def parse_number(text: str, *, decimal: str = "point", of: Indicator | None = None) -> Written:
    """The number of a cell, whatever it is of.

    Understands full-width digits, thousands separators, 万 and 亿 after the number, units after the number, per cent
    signs, wordings of a bound (超过, 余, >, 不足, <), of a rounding (约, 接近), flags (123p), and 是 and 否.

    Parameters
    ----------
    decimal : `comma` where 1.234,5 is meant by 1234.5.
    of : the indicator, where it is known: what is expected instead depends on it.

    Raises
    ------
    Problem : not one number.
    """
    bare = _bare(text, SWAPPED if decimal == "comma" else {})
    if bare in YES_OR_NO:
        return Written(text, Figure(Decimal(YES_OR_NO[bare]), Decimal(0), ""), unit=TRUTH)
    about = _ABOUT.search(bare) is not None
    match = _NUMBER.fullmatch(_ABOUT.sub("", bare)) if len(bare) <= LONGEST else None
    if match is None and of is not None and of.unit == TRUTH:
        raise Problem(text, *NOT_TRUE_OR_FALSE)
    if match is None:
        remedy = "Write digits, at most one point, and separators only between groups of three."
        raise Problem(text, "one number such as 12345, 12,345 or 1.2345万", remedy)
    part = match["part"] or ""
    value = Decimal(match["sign"] + re.sub(r"\D", "", match["whole"]) + "." + part)
    over = match["over"] or match["odd"] or match["plus"] or match["least"]
    bound = "lower" if over else "upper" if match["under"] or match["most"] else ""
    note = f"the source says {text.strip()}" if about else FLAGS.get(match["flag"] or "", "")
    figure = Figure(value, Decimal(1).scaleb(-len(part)) / 2, bound, note)
    return Written(text, figure, match["scale"], match["unit"] or "")


def in_unit_of(indicator: Indicator, written: Written, unit: str) -> Figure:
    """A number converted to the indicator's unit, from the one behind it or the one of the cell beside it.

    Raises
    ------
    Problem : the wrong unit, or outside the indicator's natural limits.
    """
    figure = written.figure
    if indicator.unit == TRUTH:
        if written.scale or written.unit not in ("", TRUTH) or figure.value not in (0, 1):
            raise Problem(written.text, *NOT_TRUE_OR_FALSE)
        return figure
    factor = _factor(written, unit, indicator)
    figure = figure._replace(value=figure.value * factor, half_step=figure.half_step * factor)
    _check_limits(figure.value, written.text, indicator)
    return figure


def plain(value: Decimal) -> str:
    """A number as the data package writes it: digits and at most one point."""
    return format(value.normalize(), "f") if value else "0"


def _bare(text: str, marks: dict[int, int]) -> str:
    """The cell's text without spaces around words, numbers such as 8万8千 written out."""
    digits = narrow(text).translate(marks).replace("−", "-").replace("–", "-")
    bare = re.sub(r"(?<=[^\d])\s+|\s+(?=[^\d])|\s+$", "", digits.casefold())
    if bare in NO_FIGURE:
        raise Problem(text, "a number", "Leave the cell blank where there is no figure.")
    return _COMPOUND.sub(_written_out, bare)


def _written_out(match: re.Match[str]) -> str:
    parts = [(Decimal(number), SCALES[scale]) for number, scale in re.findall(r"([\d.]+)([亿万千百])", match.group())]
    falling = all(one[1] > two[1] for one, two in itertools.pairwise(parts))
    return plain(sum((number * scale for number, scale in parts), Decimal(0))) if falling else match.group()


def _check_limits(value: Decimal, text: str, indicator: Indicator) -> None:
    low, high = indicator.lower, indicator.upper
    limits = [f"at least {low:g}"] if low is not None else []
    limits += [f"at most {high:g}"] if high is not None else []
    remedy = "Correct the figure or its unit."
    if (low is not None and value < Decimal(str(low))) or (high is not None and value > Decimal(str(high))):
        raise Problem(text, f"{' and '.join(limits)} {indicator.unit}", remedy)
    if abs(value) >= LARGEST or len(value.normalize().as_tuple().digits) > MAX_DIGITS:
        raise Problem(text, f"a figure below {LARGEST:.0e} of at most {MAX_DIGITS} digits", remedy)


def _factor(written: Written, unit: str, indicator: Indicator) -> Decimal:
    """By what a number with a scale and a unit behind it, and `unit` beside it, is multiplied to stand in its own."""
    text, _, scale, behind = written
    own, suffix = indicator.unit, scale + behind
    (own_scale, wanted), (beside, given), (inside, base) = (_split(word, indicator) for word in (own, unit, suffix))
    if scale and not behind and beside != 1:
        remedy = f"Write the number alone with unit {unit}, or the number with its whole unit in the value."
        raise Problem(suffix, f"{suffix} once, in the value or in the unit {unit!r}", remedy)
    if base and base != wanted:
        raise Problem(text, f"a number in {own}", "Correct the number or what stands behind it.")
    if base and given and base != given:
        expected = f"the unit that the value is written in, {suffix}"
        raise Problem(unit, expected, "Make the two agree.", column="unit")
    if not (base or given):
        remedy = f"Write the unit of the figure; this indicator is kept in {own}."
        raise Problem(unit, own, remedy, column="unit")
    if (base or given) != wanted:
        remedy = f"Convert the figure into {own}, or correct the indicator. {nearest(given, [wanted])}".strip()
        raise Problem(unit, f"{own}, or a multiple of it by 万 or 亿", remedy, column="unit")
    return Decimal(inside) * (1 if base else beside) / own_scale


def _split(unit: str, indicator: Indicator) -> tuple[int, str]:
    """Multiplier and base of a unit: 万元 is (10000, 元), 件/万人 is (1, 件/万人)."""
    word = fold(unit)
    if word and word == fold(indicator.unit_en):
        word = indicator.unit
    word = SAME_UNIT.get(word, word)
    scale = 1
    while word and word[0] in SCALES and not word.startswith(NOT_SCALED):
        scale, word = scale * SCALES[word[0]], word[1:]
    return scale, SAME_UNIT.get(word, word)


PLAN_NUMBERS = {"十一五": 11, "十二五": 12, "十三五": 13, "十四五": 14, "十五五": 15, "十六五": 16}
FOURTEENTH_STARTS = 2021
QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
_UNTIL = re.compile(r"^(?:截至|截止到?|至)")
_MONTH = r"(0?[1-9]|1[0-2])"
_FORMS = tuple(
    (re.compile(pattern, re.ASCII), form)
    for pattern, form in (
        (r"(\d{4})(?:年|年度|年末|年底|年全年|年12月[末底]|年12月31日|年1[-~至]12月)?", "{0}"),
        (rf"(\d{{4}})(?:-|/|年){_MONTH}(?:月|月末|月底|月份)?", "{0}-{1:0>2}"),
        (rf"(\d{{4}})年1[-~至]{_MONTH}月", "{0}-{1:0>2}"),  # January to a month is dated by that month
        (r"(\d{4})(?:-|年)?q([1-4])", "{0}-Q{1}"),
        (r"(\d{4})年第?([一二三四1-4])季度", "{0}-Q{1}"),
        (r"(\d{4})年上半年", "{0}-06"),
        (r"(\d{4})年?(?:-|~|/|至)(\d{4})年?", "{0}/{1}"),
        (rf"(\d{{4}})(?:-|年){_MONTH}月?(?:/|~|至)(\d{{4}})(?:-|年){_MONTH}月?", "{0}-{1:0>2}/{2}-{3:0>2}"),
        (r"\.\./(\d{4})", "../{0}"),
        (rf"\.\./(\d{{4}})-{_MONTH}", "../{0}-{1:0>2}"),
    )
)
_DATE = re.compile(rf"(\d{{4}})(?:[-/.年]{_MONTH}(?:[-/.月](0?[1-9]|[12]\d|3[01])日?|月)?|年)?", re.ASCII)


def parse_period(text: str, *, excel_date: bool = False, running: bool = False) -> str:
    """A period of the data contract: ``2025年9月`` is 2025-09, ``2021-2025`` and ``“十四五”`` are 2021/2025.

    Parameters
    ----------
    excel_date : the cell is an Excel date; Excel turns a typed 2025-09 into 1 September: a first day means its month.
    running : a total whose start is unstated; ``截至2024年5月`` then becomes ../2024-05.

    Raises
    ------
    Problem : none of these forms, or outside 1949-2100.
    """
    plain = narrow(text).translate(str.maketrans("—–−―~～", "------"))
    plain = re.sub(r"\s+|-(?=-)", "", plain).casefold()
    if excel_date and not re.fullmatch(r"[0-9]{4}-[0-9]{2}-01", plain):
        remedy = "Format the cell as text and write, for example, 2025 or 2025-09."
        raise Problem(text, "a year, month, quarter or span of years", remedy, found=f"the date {text}")
    plain = plain[:7] if excel_date else plain
    plan = PLAN_NUMBERS.get(plain.strip("“”\"'「」").removesuffix("时期").removesuffix("期间").strip("“”\"'"))
    if plan is not None:
        start = FOURTEENTH_STARTS + 5 * (plan - 14)
        return f"{start}/{start + 4}"
    bare = _UNTIL.sub("", plain)
    matches = ((pattern.fullmatch(bare), form) for pattern, form in _FORMS)
    period = next((form.format(*(QUARTERS.get(n, n) for n in match.groups())) for match, form in matches if match), "")
    if running and bare != plain and "/" not in period:
        period = f"../{period}"
    if not is_period(period, FIRST_YEAR, LAST_YEAR):
        remedy = "Write 2025, 2025-09, 2025-Q2, 2021/2025 or 2025年."
        raise Problem(text, f"a period between {FIRST_YEAR} and {LAST_YEAR}", remedy)
    return period


def last_day(period: str) -> dt.date:
    """Last day of a period of the data contract, or the last that a date as exact as 2025-04-30 or 2025-04 can mean."""
    day: dt.date = pd.Period(period.rpartition("/")[2]).end_time.date()
    return day


def years_in(period: str) -> int:
    """Calendar years that a span of years covers; 1 for anything else."""
    start, _, end = period.rpartition("/")
    return int(end[:4]) - int(start[:4]) + 1 if start[:4].isdigit() else 1


def parse_date(text: str, *, today: dt.date) -> str:
    """A date of publication as ISO text, as exact as given: ``2025年4月30日`` is 2025-04-30, ``2025`` stays 2025.

    Raises
    ------
    Problem : not a date, or after `today`.
    """
    match = _DATE.fullmatch(re.sub(r"\s+", "", narrow(text, "published")))
    date = "-".join(part.zfill(2) for part in match.groups() if part) if match else ""
    try:
        earliest = dt.date.fromisoformat(date + "-01-01"[len(date) - 4 :])
    except ValueError:
        earliest = dt.date.min
    if earliest.year < FIRST_YEAR:
        expected = "a date such as 2025-04-30, 2025-04 or 2025"
        raise Problem(text, expected, "Write the date in this form.", column="published")
    if earliest > today:
        expected = f"a day up to today, {today}"
        raise Problem(text, expected, "Correct the date of publication.", column="published")
    return date


_MARKS = re.compile(r"(?:\s*(?:\d{1,2}[)）]|[(（\[]\d{1,2}[)）\]]|[①-⑳]|[*†‡]|[⁰¹²³⁴-⁹]+))+\s*$")


def without_marks(text: str) -> str:
    """A name without the footnote marks behind it: 宁夏1), 宁夏① and 宁夏* are 宁夏."""
    return _MARKS.sub("", text)


class Names:
    """Codes by any of their names, both languages and common forms; of equal names the first counts."""

    def __init__(self, table: str, names: Iterable[tuple[str, str]]) -> None:
        self.table = table
        self.names = list(names)
        self.codes = {fold(name): code for name, code in reversed(self.names)}

    def find(self, text: str) -> str | None:
        """The code that a text names, with or without footnote marks behind it, or None."""
        return self.codes.get(fold(text)) or self.codes.get(fold(without_marks(text)))

    def code(self, text: str) -> str:
        """The code that a cell names.

        Raises
        ------
        Problem : no such code or name; the nearest ones are suggested.
        """
        code = self.find(text)
        if code is None:
            hint = nearest(text[:QUOTED], (name for name, _ in self.names))
            raise Problem(text, f"a code or name of {self.table}", hint or f"See {self.table} of the data package.")
        return code
