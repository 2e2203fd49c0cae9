"""Periods as the data write them: 2020, 2020-09, 2020-Q2, 2016/2020, 2014-01/2014-11, ../2018."""

from __future__ import annotations

import re
from functools import cache

FIRST_YEAR, LAST_YEAR = 1949, 2100  # a year outside is a typing error
_POINT = r"(\d{4})(?:-(0[1-9]|1[0-2]|Q[1-4]))?"
_PERIOD = re.compile(rf"(?:(?:{_POINT}|(\.\.))/)?{_POINT}")


@cache
def is_period(text: str, first_year: int, last_year: int) -> bool:
    """Whether `text` is a period of the contract within the given years, its start not after its end."""
    match = _PERIOD.fullmatch(text)
    if match is None:
        return False
    start, start_part, _, end, end_part = match.groups()
    if not first_year <= int(end) <= last_year:
        return False
    return start is None or (int(start) >= first_year and (start, start_part or "") <= (end, end_part or "99"))


@cache
def end_year(period: str) -> int:
    """Calendar year in which the period ends.

    Raises
    ------
    ValueError : `period` is not of the contract's form.
    """
    match = _PERIOD.fullmatch(period)
    if match is None:
        raise ValueError(f"not a period: {period!r}")
    return int(match.group(4))


@cache
def is_within(period: str, whole: str) -> bool:
    """Whether a period with a stated start, or a single point, lies in the years of another.

    Raises
    ------
    ValueError : one of the two is not of the contract's form.
    """
    start = period.partition("/")[0]
    first, last = whole.partition("/")[0], end_year(whole)
    return start != ".." and int(first[:4]) <= int(start[:4]) and end_year(period) <= last


def is_plain_year(period: str) -> bool:
    """Whether the period is one whole calendar year."""
    return re.fullmatch(r"\d{4}", period) is not None
