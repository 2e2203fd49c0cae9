"""Numbers, periods and dates as English and Chinese write them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipplan_analysis import numbers


@pytest.mark.parametrize(
    ("value", "decimals", "english", "chinese"),
    [
        (119900, 0, "119,900", "11.99万"),
        (124157, 0, "124,157", "12.4157万"),
        (67201, 0, "67,201", "67,201"),
        (30000, 0, "30,000", "3万"),
        (123456789, 0, "123,456,789", "1.23456789亿"),
        (-25000.5, 1, "−25,000.5", "−25,000.5"),
        (5.985, 2, "5.98", "5.98"),
        (-0.001, 1, "0.0", "0.0"),
        (math.nan, 2, "–", "–"),
        (None, 2, "–", "–"),
    ],
)
def test_numbers(value: float | None, decimals: int, english: str, chinese: str) -> None:
    assert numbers.format_number(value, decimals, "en") == english
    assert numbers.format_number(value, decimals, "zh") == chinese


@given(st.integers(-(10**12), 10**12))
def test_no_digit_is_lost(value: int) -> None:
    sizes = {"万": 4, "亿": 8}
    text = numbers.format_number(value, 0, "zh").replace("−", "-").replace(",", "")
    digits, shift = (text[:-1], sizes[text[-1]]) if text[-1] in sizes else (text, 0)
    whole, _, part = digits.partition(".")
    assert int(whole + part.ljust(shift, "0")) == value
    assert int(numbers.format_number(value, 0, "en").replace("−", "-").replace(",", "")) == value


@pytest.mark.parametrize(
    ("value", "unit_en", "unit_zh", "english", "chinese"),
    [
        (119900, "items", "件", "119,900 items", "11.99万件"),
        (15, "100 million yuan", "亿元", "1.5 billion yuan", "15亿元"),
        (7.68, "100 million yuan", "亿元", "768 million yuan", "7.68亿元"),
        (729, "10 000 persons", "万人", "7.29 million persons", "729万人"),
        (12345, "10 000 persons", "万人", "123.45 million persons", "1.2345亿人"),
        (1, "items per 10 000 residents", "件/万人", "1 item per 10 000 residents", "1件/万人"),
        (1, "agencies", "家", "1 agency", "1家"),
    ],
)
def test_quantities_multiply_out_powers_of_ten(
    value: float, unit_en: str, unit_zh: str, english: str, chinese: str
) -> None:
    decimals = numbers.natural_decimals(value)
    assert numbers.format_quantity(value, decimals, unit_en, "en") == english
    assert numbers.format_quantity(value, decimals, unit_zh, "zh") == chinese


@pytest.mark.parametrize(
    ("period", "english", "chinese"),
    [
        ("2020", "2020", "2020年"),
        ("2020-09", "September 2020", "2020年9月"),
        ("2020-Q2", "Q2 2020", "2020年第二季度"),
        ("2016/2020", "2016–2020", "2016—2020年"),
        ("2014-01/2014-11", "January–November 2014", "2014年1—11月"),
        ("2014-11/2015-02", "November 2014–February 2015", "2014年11月—2015年2月"),
        ("../2024-05", "up to May 2024 (start not stated)", "截至2024年5月\uff08起点未说明\uff09"),
    ],
)
def test_periods(period: str, english: str, chinese: str) -> None:
    assert numbers.format_period(period, "en") == english
    assert numbers.format_period(period, "zh") == chinese


@pytest.mark.parametrize(
    ("periods", "english", "chinese"),
    [
        (["2020", "2024", "2025"], "2020, 2024, 2025", "2020年、2024年、2025年"),
        (
            ["2016/2020", "2021", "2022", "2023", "2025"],
            "2016–2020, 2021–2023, 2025",
            "2016—2020年、2021—2023年、2025年",
        ),
        (["2023", "2024", "2024-05"], "2023, 2024, May 2024", "2023年、2024年、2024年5月"),
        ([], "", ""),
    ],
)
def test_three_years_in_a_row_are_a_span(periods: list[str], english: str, chinese: str) -> None:
    assert numbers.format_periods(periods, "en") == english
    assert numbers.format_periods(periods, "zh") == chinese


def test_dates() -> None:
    assert numbers.format_date("2022-04-21", "en") == "21 April 2022"
    assert numbers.format_date("2022-04-21", "zh") == "2022年4月21日"
    assert numbers.format_date("2022-04", "en") == "April 2022"
    assert numbers.format_date("in spring", "zh") == "in spring"
