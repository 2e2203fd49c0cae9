"""Periods of the data contract."""

from __future__ import annotations

import pytest

from ipplan_analysis.data.period import end_year, is_period, is_plain_year

GOOD = {
    "2020": 2020,
    "2020-09": 2020,
    "2020-Q2": 2020,
    "2016/2020": 2020,
    "2014-01/2014-11": 2014,
    "../2018": 2018,
    "../2024-05": 2024,
}


@pytest.mark.parametrize("text", GOOD)
def test_forms_of_the_contract(text: str) -> None:
    assert is_period(text, 1949, 2100)
    assert end_year(text) == GOOD[text]
    assert is_plain_year(text) == (len(text) == 4)


@pytest.mark.parametrize(
    "text", ["", "20", "2020-13", "2020/2016", "2020-Q5", "1900", "2020年", " 2020", "../", "2014-11/2014-01"]
)
def test_anything_else_is_refused(text: str) -> None:
    assert not is_period(text, 1949, 2100)


def test_end_year_of_nonsense() -> None:
    with pytest.raises(ValueError, match="not a period"):
        end_year("soon")
