"""Cells as people write them: words, figures, periods and names, each read in one way or refused with a sentence."""

from __future__ import annotations

import datetime as dt
import itertools
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ipplan_analysis.data.period import FIRST_YEAR, LAST_YEAR, is_period
from ipplan_analysis.intake.faults import Problem, narrow, quoted
from ipplan_analysis.intake.words import NO_FIGURE
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
FLAGS = {"p": "provisional", "e": "estimated", "r": "revised"}  # as statistics offices mark figures
_NUMBER = re.compile(
    rf"(?:(?P<over>{_OVER})|(?P<under>{_UNDER}))?(?P<sign>[+-]?)(?P<whole>\d{{1,3}}(?:[,\x20]\d{{3}})+|\d+)(?:\.(?P<part>\d+))?\x20*"
    r"(?P<scale>[十百千万亿萬億]*)(?P<odd>[余多])?\x20*(?P<flag>[per](?![a-z]))?(?P<unit>[^\d\s.,+-][^\d\s.,+-]*(?:/[^\d\s.,+-]+)?)?(?P<plus>\+)?",
    re.ASCII,
)


@dataclass(frozen=True)
class Figure:
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


def parse_figure(text: str, unit: str, indicator: Indicator) -> Figure:
    """The figure of a cell and its unit, converted to the indicator's unit.

    Understands full-width digits, thousands separators, 万 and 亿 after the number or in the unit, units after the
    number, per cent signs, wordings of a bound (超过, 余, >, 不足, <), of a rounding (约, 接近) and flags (123p).

    Raises
    ------
    Problem : not one number, the wrong unit, or outside the indicator's natural limits.
    """
    if indicator.unit == "是/否":
        return _yes_or_no(text)
    bare = _bare(text)
    about = _ABOUT.search(bare) is not None
    match = _match(_ABOUT.sub("", bare), text)
    number = Decimal(re.sub(r"\D", "", match["whole"]) + "." + (match["part"] or "0"))
    number = -number if match["sign"] == "-" else number
    step = Decimal(1).scaleb(-len(match["part"] or ""))
    suffix, side = _clean_unit(match["unit"] or "")
    factor = _factor(text, match["scale"] + suffix, unit, indicator, scaled_only=bool(match["scale"]) and not suffix)
    value = number * factor
    _check_limits(value, text, indicator)
    over = match["over"] or match["odd"] or match["plus"] or side == "lower"
    bound = "lower" if over else "upper" if match["under"] or side else ""
    note = f"the source says {text.strip()}" if about else FLAGS.get(match["flag"] or "", "")
    return Figure(value, step * factor / 2, bound, note)


def plain(value: Decimal) -> str:
    """A number as the data package writes it: digits and at most one point."""
    return format(value.normalize(), "f") if value else "0"


def _yes_or_no(text: str) -> Figure:
    word = narrow(text, "value").casefold()
    if word not in ("是", "否", "yes", "no", "1", "0"):
        raise Problem("value", quoted(text), "是 or 否 (yes or no)", "Write 是 or 否.")
    return Figure(Decimal(word in ("是", "yes", "1")), Decimal(0), "")


def _bare(text: str) -> str:
    """The cell's text without spaces around words, numbers such as 8万8千 written out."""
    digits = narrow(text, "value").replace("−", "-").replace("–", "-")
    bare = re.sub(r"(?<=[^\d])\s+|\s+(?=[^\d])|\s+$", "", digits.casefold())
    if bare in NO_FIGURE:
        raise Problem("value", quoted(text), "a number", "Leave the cell blank where there is no figure.")
    return _COMPOUND.sub(_written_out, bare)


def _written_out(match: re.Match[str]) -> str:
    parts = [(Decimal(number), SCALES[scale]) for number, scale in re.findall(r"([\d.]+)([亿万千百])", match.group())]
    falling = all(one[1] > two[1] for one, two in itertools.pairwise(parts))
    return plain(sum((number * scale for number, scale in parts), Decimal(0))) if falling else match.group()


def _match(bare: str, text: str) -> re.Match[str]:
    match = _NUMBER.fullmatch(bare) if len(bare) <= LONGEST else None
    if match is None:
        remedy = "Write digits, at most one point, and separators only between groups of three."
        raise Problem("value", quoted(text), "one number such as 12345, 12,345 or 1.2345万", remedy)
    return match


def _clean_unit(suffix: str) -> tuple[str, str]:
    """The unit behind a number, and the side on which the figure lies: 件以上 is 件 and lower."""
    for words, side in ((("以上",), "lower"), (("以下", "以内"), "upper")):
        for word in words:
            if suffix.endswith(word):
                return suffix.removesuffix(word), side
    return suffix, ""


def _check_limits(value: Decimal, text: str, indicator: Indicator) -> None:
    limits = [f"at least {indicator.lower:g}"] if indicator.lower is not None else []
    limits += [f"at most {indicator.upper:g}"] if indicator.upper is not None else []
    low = indicator.lower is not None and value < Decimal(str(indicator.lower))
    high = indicator.upper is not None and value > Decimal(str(indicator.upper))
    if low or high:
        raise Problem(
            "value", quoted(text), f"{' and '.join(limits)} {indicator.unit}", "Correct the figure or its unit."
        )
    if abs(value) >= LARGEST or len(value.normalize().as_tuple().digits) > MAX_DIGITS:
        raise Problem(
            "value",
            quoted(text),
            f"a figure below {LARGEST:.0e} of at most {MAX_DIGITS} digits",
            "Correct the figure or its unit.",
        )


def _factor(text: str, suffix: str, unit: str, indicator: Indicator, *, scaled_only: bool) -> Decimal:
    """By what a number with `suffix` behind it and `unit` beside it is multiplied to stand in the indicator's unit."""
    wanted_scale, wanted = split_unit(indicator.unit, indicator)
    given_scale, given = split_unit(unit, indicator)
    scale, base = split_unit(suffix, indicator)
    if scaled_only and given_scale != 1:
        raise Problem(
            "value",
            quoted(suffix),
            f"{suffix} once, in the value or in the unit {unit!r}",
            f"Write the number alone with unit {unit}, or the number with its whole unit in the value.",
        )
    if base and base != wanted:
        raise Problem(
            "value", quoted(text), f"a number in {indicator.unit}", "Correct the number or what stands behind it."
        )
    if base and given and base != given:
        raise Problem("unit", quoted(unit), f"the unit that the value is written in, {suffix}", "Make the two agree.")
    if suffix and base:
        given_scale = 1
    if not (base or given):
        raise Problem(
            "unit",
            quoted(unit),
            indicator.unit,
            f"Write the unit of the figure; this indicator is kept in {indicator.unit}.",
        )
    if (base or given) != wanted:
        hint = nearest(base or given, [wanted])
        raise Problem(
            "unit",
            quoted(unit or suffix),
            f"{indicator.unit}, or a multiple of it by 万 or 亿",
            f"Convert the figure into {indicator.unit}, or correct the indicator. {hint}".strip(),
        )
    return Decimal(scale) * given_scale / wanted_scale


def split_unit(unit: str, indicator: Indicator) -> tuple[int, str]:
    """Multiplier and base of a unit: 万元 is (10000, 元), 件/万人 is (1, 件/万人)."""
    word = re.sub(r"\s+", "", unicodedata.normalize("NFKC", unit)).casefold()
    if word and word == re.sub(r"\s+", "", indicator.unit_en).casefold():
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
_EXCEL_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)


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
    plain = narrow(text, "period").translate(str.maketrans("—–−―~～", "------"))
    plain = re.sub(r"\s+|-(?=-)", "", plain).casefold()
    if excel_date:
        plain = _month_of(plain, text)
    plan = PLAN_NUMBERS.get(plain.strip("“”\"'「」").removesuffix("时期").removesuffix("期间").strip("“”\"'"))
    if plan is not None:
        start = FOURTEENTH_STARTS + 5 * (plan - 14)
        return f"{start}/{start + 4}"
    until, bare = _UNTIL.match(plain) is not None, _UNTIL.sub("", plain)
    period = _formed(bare)
    if running and until and "/" not in period:
        period = f"../{period}"
    if not is_period(period, FIRST_YEAR, LAST_YEAR):
        raise Problem(
            "period",
            quoted(text),
            f"a period between {FIRST_YEAR} and {LAST_YEAR}",
            "Write 2025, 2025-09, 2025-Q2, 2021/2025 or 2025年.",
        )
    return period


def _month_of(plain: str, text: str) -> str:
    match = _EXCEL_DATE.fullmatch(plain)
    if match is None or match.group(3) != "01":
        raise Problem(
            "period",
            f"the date {text}",
            "a year, month, quarter or span of years",
            "Format the cell as text and write, for example, 2025 or 2025-09.",
        )
    return plain[:7]


def _formed(plain: str) -> str:
    for pattern, form in _FORMS:
        match = pattern.fullmatch(plain)
        if match is not None:
            return form.format(*(QUARTERS.get(part, part) for part in match.groups()))
    return ""


def last_day(period: str) -> dt.date:
    """Last day of a period of the data contract."""
    end = period.rpartition("/")[2]
    year, _, part = end.partition("-")
    month = 12 if not part else 3 * int(part[1]) if part.startswith("Q") else int(part)
    first_after = dt.date(int(year) + month // 12, month % 12 + 1, 1)
    return first_after - dt.timedelta(days=1)


def latest_day(date: str) -> dt.date:
    """Last day that a date of publication, as exact as it is given, can mean."""
    return dt.date.fromisoformat(date) if len(date) == len("2025-04-30") else last_day(date)


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
    if match is None:
        raise _not_a_date(text)
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        earliest = dt.date(year or 0, month or 1, day or 1)
    except ValueError:
        raise _not_a_date(text) from None
    if earliest.year < FIRST_YEAR:
        raise _not_a_date(text)
    if earliest > today:
        raise Problem("published", quoted(text), f"a day up to today, {today}", "Correct the date of publication.")
    return "-".join([f"{year}", *(f"{part:02d}" for part in (month, day) if part is not None)])


def _not_a_date(text: str) -> Problem:
    return Problem(
        "published", quoted(text), "a date such as 2025-04-30, 2025-04 or 2025", "Write the date in this form."
    )


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
        """The code that a text names, with or without footnote marks behind it, or None."""
        return self.codes.get(squeeze(text)) or self.codes.get(squeeze(without_marks(text)))

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


_MARKS = re.compile(r"(?:\s*(?:\d{1,2}[)）]|[(（\[]\d{1,2}[)）\]]|[①-⑳]|[*†‡]|[⁰¹²³⁴-⁹]+))+\s*$")


def without_marks(text: str) -> str:
    """A name without the footnote marks behind it: 宁夏1), 宁夏① and 宁夏* are 宁夏."""
    return _MARKS.sub("", text)


def squeeze(text: str) -> str:
    """Text for comparison of names: full-width forms narrowed; case, spaces and underscores dropped."""
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text)).casefold()
