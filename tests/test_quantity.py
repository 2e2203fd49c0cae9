"""Target kinds as functions of a path, against hand computation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipplan_analysis.attainment.judge import evidence_grade, share_of_paths, status_word
from ipplan_analysis.attainment.quantity import (
    MissingFigureError,
    Paths,
    compound_pace,
    largest_base,
    meets,
    quantity,
    reaches,
    recent_pace,
    required_level,
)
from ipplan_analysis.schema import Kind, Target
from ipplan_analysis.trend import Forecast


def target(
    kind: Kind, number: float, *, comparator: str = ">=", window: str = "2021/2025", base: str = "2020"
) -> Target:
    return Target(
        "p",
        "T",
        "640000",
        "i",
        "n",
        "名",
        kind,
        comparator,
        base,
        None,
        number,
        None,
        2025,
        window,
        "件",
        "items",
        "厅",
        "dept",
        "S0001",
    )


HISTORY = pd.Series([10.0, 12.0, 11.0, 14.0], index=[2020, 2021, 2022, 2023])
DRAWS = np.array([[15.0, 16.0], [20.0, 30.0], [9.0, 5.0]])
PATHS = Paths(dict(HISTORY.items()), Forecast("m", HISTORY, DRAWS))


def test_each_kind_by_hand() -> None:
    assert quantity(target("level", 16, window=""), PATHS, None).tolist() == [16, 30, 5]
    assert quantity(target("increment", 6), PATHS, 10.0).tolist() == [
        6,
        20,
        0,
    ]  # nothing is added, not less than nothing
    assert quantity(target("cumulative", 60), PATHS, None).tolist() == [68, 87, 51]
    assert quantity(target("multiple", 2), PATHS, 34.0).tolist() == [2, 87 / 34, 1.5]
    growth = quantity(target("annual_growth", 10), PATHS, 10.0)
    assert growth == pytest.approx(100 * (np.array([1.6, 3.0, 0.5]) ** 0.2 - 1))


def test_comparators_at_the_edge() -> None:
    values = np.array([99.0, 100.0, 101.0])
    assert meets(target("level", 100), values).tolist() == [False, True, True]
    assert meets(target("level", 100, comparator=">"), values).tolist() == [False, False, True]


def test_missing_years_and_bases_are_named() -> None:
    with pytest.raises(MissingFigureError, match="2025"):
        quantity(target("level", 5), Paths({2020: 1.0}), None)
    with pytest.raises(MissingFigureError, match="2020"):
        quantity(target("annual_growth", 10), PATHS, None)


@given(st.floats(1, 1e6), st.floats(-50, 200))
def test_required_level_just_meets_a_growth_target(base: float, growth: float) -> None:
    aim = target("annual_growth", growth)
    level = required_level(aim, base)
    assert level is not None
    assert quantity(aim, Paths({2025: level}), base)[0] == pytest.approx(growth, abs=1e-6)


def test_required_levels() -> None:
    assert required_level(target("annual_growth", 10), 22) == pytest.approx(35.43122)
    assert required_level(target("increment", 8), 16) == 24
    assert required_level(target("cumulative", 15), 9.1) is None


def test_paces() -> None:
    assert compound_pace(67201, 119900, 4) == pytest.approx(15.574, abs=1e-3)
    assert np.isnan(compound_pace(0, 5, 2))
    assert recent_pace(pd.Series([1.0, 10.0, 20.0], index=[2010, 2018, 2023])) == pytest.approx(14.87, abs=0.01)


def test_probability_is_never_zero_or_one() -> None:
    assert share_of_paths(np.ones(4000, dtype=bool)) == pytest.approx(4000.5 / 4001)
    assert share_of_paths(np.zeros(4000, dtype=bool)) == pytest.approx(0.5 / 4001)
    assert share_of_paths(np.array([True, False, False])) == pytest.approx(1.5 / 4)
    with pytest.raises(ValueError, match="at least one path"):
        share_of_paths(np.array([], dtype=bool))


@pytest.mark.parametrize(
    ("p", "word"), [(0.66, "on course"), (0.659, "open"), (0.33, "open"), (0.1, "off course"), (0.0999, "out of reach")]
)
def test_status_edges(p: float, word: str) -> None:
    assert status_word(p) == word


def test_evidence_grades() -> None:
    assert [evidence_grade(n) for n in (0, 1, 2, 4, 5, 9, 10)] == list("DDCCBBA")


@pytest.mark.parametrize("comparator", [">=", ">", "<=", "<"])
def test_rounding_decides_nothing(comparator: str) -> None:
    """Five years of 10 % from 100000 are 161051, which binary numbers miss by a hair; ten tenths are one."""
    for value, goal in ((161051.0, 100000 * 1.1**5), (sum([0.1] * 10), 1.0)):
        assert value != goal
        assert reaches(comparator, np.array([value]), goal)[0] == (comparator in (">=", "<="))
        assert reaches(comparator, np.array([value * 1.001]), goal)[0] == (comparator in (">=", ">"))


@given(st.floats(0.1, 1e6), st.floats(0.1, 50), st.sampled_from(["annual_growth", "increment", "multiple"]))
def test_the_largest_base_just_meets_the_target(value: float, number: float, kind: Kind) -> None:
    aim = target(kind, number)
    base = largest_base(aim, value)
    if base > 0:
        level = required_level(aim, base) if kind != "multiple" else base * number
        assert level == pytest.approx(value)
