"""Periods and dates as people write them, into those of the data contract."""

from __future__ import annotations

import datetime as dt
import re

from ipplan_analysis.data.period import FIRST_YEAR, LAST_YEAR, is_period
from ipplan_analysis.intake.faults import Problem, narrow, quoted

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
