"""Official progress rules against worked examples of their sources, and their edge cases."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipplan_analysis.attainment import labels_of_target, official_labels, trackers
from ipplan_analysis.attainment.trackers import RULES, Course, NotApplicableError, Rule
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.tables import labels_table, rules_table


def course(values: dict[int, float], target: float | None, *, year: int = 2030, **more: Any) -> Course:
    return Course(
        pd.Series(values, dtype=float),
        more.pop("base_year", min(values)),
        target,
        year,
        **{"direction": "up"} | more,
    )


def steady(*values: float, target: float | None = 100.0, last: int = 2020, **more: Any) -> Course:
    """A series of yearly values that ends in `last`."""
    return course({last - len(values) + 1 + k: value for k, value in enumerate(values)}, target, **more)


@pytest.mark.parametrize(
    ("case", "value", "text", "score"),
    [
        (course({2015: 5, 2016: 6}, 9, limit=9.0), 5.004546, "on track to achieve target", 5),
        (course({2015: 10, 2016: 30}, 1, direction="down", limit=1.0), -14.054409, "deterioration", -5),
        (course({2015: 1.55, 2019: 1.82}, None, direction="down"), -0.040962, "deterioration", -5),
        (course({2015: 1.55, 2019: 1.82}, 0, direction="down"), -0.105788, "deterioration", -2.9408),
        (course({2020: 100, 2021: 120}, None), 0.2, "substantial progress", 5),
        (course({2015: 100, 2020: 100}, None, limit=100.0), 0.0, "substantial progress", 5),
        (course({2015: 40, 2020: 50}, 100), 0.724548, "progress made, but acceleration needed", 0.8897),
    ],
)
def test_open_sdg_examples(case: Course, value: float, text: str, score: float) -> None:
    """O-1 and O-2: browser tests of Open SDG 2.4, where a target's limit is ignored, and values of its code."""
    label = trackers.growth_ratio(case)
    assert (label.text, label.value) == (text, pytest.approx(value, abs=1e-6))
    assert label.score == pytest.approx(score, abs=1e-4)


def test_unsd_2023_examples() -> None:
    """O-3."""
    examples = (
        (course({2015: 40, 2020: 50}, 100), 0.0456396, 78.125, 0.635417, 2),
        (course({2015: 20, 2022: 19.9}, 10, direction="down"), 0.0007158, 19.786326, 0.021368, 1),  # progress is down
    )
    for case, growth, expected, value, score in examples:
        label = trackers.unsd_2023(case)
        assert (case.growth, label.score) == (pytest.approx(growth, abs=1e-7), score)
        assert (case.expected, label.value) == pytest.approx((expected, value), abs=1e-6)


@pytest.mark.parametrize(
    ("values", "target", "text", "value"),
    [
        ({2008: 20.6, 2014: 17.0}, 12.0, "improving", 41.860465),
        ({2009: 19.5, 2013: 15.7}, 16.0, "target met or exceeded", 108.571429),
        ({2008: 20.0, 2014: 22.0}, 12.0, "getting worse", -10.0),
        ({2008: 20.0, 2014: 21.0}, 12.0, "little or no detectable change", -5.0),
        ({2008: 20.0, 2014: 20.0}, 12.0, "little or no detectable change", 0.0),
    ],
)
def test_healthy_people_examples(values: dict[int, float], target: float, text: str, value: float) -> None:
    """O-5, official numbers; then the 10 % rule either way, and no change."""
    label = trackers.healthy_people(course(values, target, year=2020, direction="down"))
    assert (label.text, label.value) == (text, pytest.approx(value, abs=1e-6))


@pytest.mark.parametrize(
    ("value", "target", "direction", "status"),
    [(60, 100, "up", 3.333333), (30, 20, "down", 5.0), (45, 20, "down", -2.5)],
)
def test_escap_current_status_examples(value: float, target: float, direction: Any, status: float) -> None:
    """O-6."""
    case = course({2015: 40, 2020: value}, target, direction=direction)
    assert trackers.escap_current_status(case).value == pytest.approx(status, abs=1e-6)


def test_escap_predictions() -> None:
    """O-6: geometric growth, and the weighted logit of percentages."""
    assert course({2015: 40, 2020: 50}, 100).expected == pytest.approx(78.125)
    two, six = pd.Series({2015: 40.0, 2020: 50.0}), pd.Series([40.0, 42, 44, 47, 50, 54], index=range(2015, 2021))
    assert trackers.weighted_logit(two, 2030, 100) == pytest.approx(69.230769, abs=1e-6)
    assert trackers.weighted_logit(six, 2030, 100) == pytest.approx(78.000432, abs=1e-6)
    for figures, slope in ((two, 0.0810930), (six, 0.1136447)):
        mean = np.log(figures / (100 - figures)).mean()  # the line goes through the plain means
        last = trackers.weighted_logit(figures, 2030, 100)
        assert (math.log(last / (100 - last)) - mean) / (2030 - figures.index.to_numpy().mean()) == pytest.approx(
            slope, abs=1e-7
        )
    share = trackers.escap_anticipated_progress(steady(40, 42, 44, 47, 50, 54, target=90.0, limit=100.0))
    assert share.value == pytest.approx(10 * (78.000432 - 40) / 50, abs=1e-6)


def test_one_series_gets_five_different_labels() -> None:
    """O-X: 40 in 2015, 43 in 2020, 100 wanted in 2030."""
    case = course({2015: 40, 2020: 43}, 100)
    assert case.growth == pytest.approx(0.0145692, abs=1e-7)
    assert case.expected == pytest.approx(49.691875, abs=1e-6)
    labels = {rule.__name__: rule(case) for rule in RULES if rule is not trackers.weather}
    values = {
        "growth_ratio": 0.231293,
        "unsd_2022": 0.231293,
        "unsd_2023": 0.161531,
        "healthy_people": 5.0,
        "escap_current_status": 0.5,
        "plan_schedule": 0.05 - 1 / 3,
    }
    assert {name: labels[name].value for name in values} == pytest.approx(values, abs=1e-6)
    assert labels["growth_ratio"].score == pytest.approx(-1.5363, abs=1e-4)
    assert {name: label.text for name, label in labels.items()} == {
        "growth_ratio": "limited progress",
        "unsd_2022": "limited or no progress",
        "unsd_2023": "fair progress, acceleration needed",
        "escap_current_status": "slow progress",
        "escap_anticipated_progress": "need to accelerate",
        "healthy_people": "little or no detectable change",
        "istat": "slight improvement",
        "plan_schedule": "behind schedule",
    }


@pytest.mark.parametrize(
    ("case", "text", "miss"),
    [
        # steps of 2 a year lead from 50 to 70 by 2030: (target - 70) / (target - 50) is missed
        (steady(40, 42, 44, 46, 48, 50, target=70.9), "sun", 0.9 / 20.9),
        (steady(40, 42, 44, 46, 48, 50, target=74.0), "sun and cloud", 4 / 24),
        (steady(40, 42, 44, 46, 48, 50, target=150.0), "cloud", 80 / 100),
        (steady(60, 58, 56, 54, 52, 50, target=29.1, direction="down"), "sun", 0.9 / 20.9),
        (steady(46, 46, 46, 49, target=70.0), "cloud", 11 / 21),  # four years: 1 a year, to 59
        (steady(40, 42, 44, 46, 48, 50, target=39.0), "sun", math.nan),  # met
        (steady(0, 44, 42, 40, 38, 36, 34, target=60.0), "thunderstorm", math.inf),  # the seventh year is not looked at
        (steady(50, 50, 50, 50, target=60.0), "thunderstorm", math.inf),  # standing still leads nowhere
        (steady(34, 36, 38, 40, target=20.0, direction="down"), "thunderstorm", math.inf),
        (course({2015: 9, 2017: 40, 2018: 42, 2019: 44, 2020: 46}, 70), "sun and cloud", 4 / 24),  # 2016 is missing
        # without a target the mean and the last change count
        (steady(40, 41, 42, 43, target=None), "sun", math.nan),
        (steady(40, 44, 45, 43, target=None), "sun and cloud", math.nan),
        (steady(40, 35, 36, 37, target=None), "cloud", math.nan),
        (steady(40, 39, 38, 37, target=None), "thunderstorm", math.nan),
        (steady(40, 39, 38, 37, target=None, direction="down"), "sun", math.nan),
    ],
)
def test_weather_symbols(case: Course, text: str, miss: float) -> None:
    """F13."""
    label = trackers.weather(case)
    assert (label.text, label.value) == (text, pytest.approx(miss, abs=1e-6, nan_ok=True))


ACHIEVED, ON_TRACK, SPEED_UP = "target achieved", "on track to achieve target", "progress made, but acceleration needed"
MET, ON_COURSE, FAIR = (
    "target met or almost met",
    "substantial progress or on track",
    "fair progress, acceleration needed",
)
OR_ON_TRACK, STAGNATION = "target met or on track", "stagnation or regression"
LIMITED, LIMITED_2022, WORSENS = "limited progress", "limited or no progress", "deterioration"
THERE, SLOW, BACK = "on track", "slow progress", "regression"
WILL, NEED, NONE = "will meet the target", "need to accelerate", "no progress expected"
EXCEEDED, BETTER, LITTLE, WORSE = (
    "target met or exceeded",
    "improving",
    "little or no detectable change",
    "getting worse",
)
UP_5, UP_1, STABLE = "clear improvement", "slight improvement", "stable"
DOWN_1, DOWN_5 = "slight worsening", "clear worsening"
REACHED, AHEAD, BEHIND = "reached", "on or ahead of schedule", "behind schedule"
NOTHING, ONE, SHORT = "no figure since the base", "one figure since the base", "needs four years in a row"
STOOD, SIGNS = "the base already stood at the target", "no growth rate between opposite signs"
NUMBER, NEITHER = "no number to reach", "neither up nor down is progress"


@pytest.mark.parametrize(
    ("case", "expected"),
    [  # what each of RULES says, in their order; by hand: growth a year g, required r, value in 2030 v, share of the way w
        # met is met whatever the trend; at g = -7.8 % v = 26.7 lies below the base
        (
            course({2015: 90, 2020: 60}, 50),
            (ACHIEVED, MET, OR_ON_TRACK, THERE, NONE, EXCEEDED, DOWN_5, SHORT, REACHED),
        ),
        (  # the opposite direction, v = 202.5
            course({2015: 60, 2020: 90}, 100, direction="down"),
            (ACHIEVED, MET, OR_ON_TRACK, THERE, NONE, EXCEEDED, DOWN_5, SHORT, REACHED),
        ),
        # a single figure is enough only where it is met
        (course({2020: 40}, 50), (ONE, ONE, ONE, ONE, ONE, "baseline only", ONE, SHORT, ONE)),
        (
            course({2020: 60}, 50),
            (ACHIEVED, MET, OR_ON_TRACK, THERE, WILL, EXCEEDED, ONE, SHORT, REACHED),
        ),
        # the target is the base: below it by 11 % now, above it
        (
            course({2015: 9, 2020: 8}, 9),
            (STOOD, STOOD, STOOD, STOOD, STOOD, WORSE, DOWN_1, SHORT, STOOD),
        ),
        (
            course({2015: 9, 2020: 10}, 9),
            (ACHIEVED, MET, OR_ON_TRACK, THERE, WILL, EXCEEDED, UP_1, SHORT, REACHED),
        ),
        # a base beyond the target, and a fall below it, is no way covered: w = -2, v = 17.8
        (
            course({2015: 60, 2020: 40}, 50),
            (WORSENS, WORSENS, STAGNATION, BACK, NONE, WORSE, DOWN_5, SHORT, BEHIND),
        ),
        # base 0 counts as 0.001: g = 449 %, r = 83 %; w = 5 / 9
        (
            course({2015: 0, 2020: 5}, 9),
            (ON_TRACK, ON_COURSE, OR_ON_TRACK, SLOW, WILL, BETTER, UP_5, SHORT, AHEAD),
        ),
        # target 0 too: g = 12.9 %, r = 45.9 %; v = 1.25
        (
            course({2015: 10, 2020: 5}, 0, direction="down"),
            (LIMITED, LIMITED_2022, FAIR, SLOW, NEED, BETTER, UP_5, SHORT, AHEAD),
        ),
        # below zero a shrinking figure rises: g = 4.4 %, r = 10.2 %; v = -5.12; then g = -3.7 %, v = -17.28
        (
            course({2015: -10, 2020: -8}, -2),
            (LIMITED, LIMITED_2022, FAIR, SLOW, NEED, BETTER, UP_1, SHORT, BEHIND),
        ),
        (
            course({2015: -10, 2020: -12}, -2),
            (WORSENS, WORSENS, STAGNATION, BACK, NONE, WORSE, DOWN_1, SHORT, BEHIND),
        ),
        # opposite signs of base and figure, w = 8 / 14; then of base and target, w = 1 / 14, v = -2.56
        (
            course({2015: -5, 2020: 3}, 9),
            (SIGNS, SIGNS, SIGNS, SLOW, SIGNS, BETTER, SIGNS, SHORT, AHEAD),
        ),
        (
            course({2015: -5, 2020: -4}, 9),
            (SIGNS, SIGNS, FAIR, SLOW, NEED, LITTLE, UP_1, SHORT, BEHIND),
        ),
        # away, by exactly 10 % of the base: g = -1.9 %, r = 4.5 %; v = 26.62
        (
            course({2015: 20, 2020: 22}, 10, direction="down"),
            (WORSENS, WORSENS, STAGNATION, BACK, NONE, WORSE, DOWN_1, SHORT, BEHIND),
        ),
        # standing still
        (
            course({2015: 20, 2020: 20}, 30),
            (LIMITED, LIMITED_2022, STAGNATION, BACK, NONE, LITTLE, STABLE, SHORT, BEHIND),
        ),
        # no target: g = 1.9 % either way
        (
            course({2015: 100, 2020: 110}, None),
            ("substantial progress", ON_COURSE, FAIR, NUMBER, NUMBER, "informational", UP_1, SHORT, NUMBER),
        ),
        (
            course({2015: 100, 2020: 110}, None, direction="down"),
            (WORSENS, WORSENS, STAGNATION, NUMBER, NUMBER, "informational", DOWN_1, SHORT, NUMBER),
        ),
        # the base year has no figure, the next year counts: g = 7.7 %, r = 6.4 %; v = 10.5; w = 1 / 5 in 3 of 13 years
        (
            course({2012: 3, 2017: 4, 2020: 5}, 9, base_year=2015),
            (ON_TRACK, ON_COURSE, OR_ON_TRACK, SLOW, WILL, BETTER, UP_5, SHORT, BEHIND),
        ),
        # one figure or none since a base year that has none: UNSD goes back, g = 2.8 %, r = 4.6 %, v = 6.6; g = 9.5 %
        (
            course({2012: 4, 2020: 5}, 9, base_year=2015),
            (ONE, FAIR, FAIR, ONE, ONE, "baseline only", UP_1, SHORT, ONE),
        ),
        (
            course({2010: 5, 2012: 6}, 9, base_year=2015),
            (NOTHING, ON_COURSE, OR_ON_TRACK, NOTHING, NOTHING, NOTHING, UP_5, SHORT, NOTHING),
        ),
        # a missing year: g = 3.7 %, r = 4.7 %; v = 69.1; 2 a year lead to 68, 12 of 32 are missed
        (
            course({2015: 40, 2017: 42, 2018: 44, 2019: 46, 2020: 48}, 80),
            (SPEED_UP, FAIR, FAIR, SLOW, NEED, BETTER, UP_1, "cloud", BEHIND),
        ),
        # three years in a row are too few for the weather: g = 1.5 %, r = 2.9 %; v = 48.7
        (
            course({2015: 39, 2016: 39, 2018: 40, 2019: 41, 2020: 42}, 60),
            (LIMITED, FAIR, FAIR, SLOW, NEED, BETTER, UP_1, SHORT, BEHIND),
        ),
        # parity, the gap halved either way: g of max(y, 1/y) = 2.3 and 2.5 %, r = 1.5 %; v = 1.139 and 2.08
        (
            course({2015: 0.8, 2020: 0.9}, 1, direction="parity"),
            (ON_TRACK, NEITHER, NEITHER, SLOW, NEED, NEITHER, NEITHER, SHORT, NEITHER),
        ),
        (
            course({2015: 0.8, 2020: 1.1}, 1, direction="parity"),
            (ON_TRACK, NEITHER, NEITHER, SLOW, NONE, NEITHER, NEITHER, SHORT, NEITHER),
        ),
    ],
)
def test_edge_cases_of_every_rule(case: Course, expected: tuple[str, ...]) -> None:
    assert tuple(said(rule, case) for rule in RULES) == expected


def said(rule: Rule, case: Course) -> str:
    """The rule's label, or why it has none."""
    try:
        return rule(case).text
    except NotApplicableError as refusal:
        return str(refusal)


@pytest.mark.parametrize(
    ("rule", "case", "value"),
    [
        # F6 of parity: 10 - 10 |1 - 0.9| / 0.2, and in 2030 at 0.9 (0.9 / 0.8)^2
        (trackers.escap_current_status, course({2015: 0.8, 2020: 0.9}, 1, direction="parity"), 5.0),
        (
            trackers.escap_anticipated_progress,
            course({2015: 0.8, 2020: 0.9}, 1, direction="parity"),
            10 - 10 * 0.1390625 / 0.2,
        ),
        # F2 of max(y, 1/y)
        (
            trackers.growth_ratio,
            course({2015: 0.8, 2020: 1.1}, 1, direction="parity"),
            (1 - (1.1 / 1.25) ** 0.2) / (1 - 1.25 ** (-1 / 15)),
        ),
        # F9: moving away is a share of the base, also of a negative one
        (trackers.healthy_people, course({2015: -10, 2020: -12}, -2), -20.0),
        (trackers.healthy_people, course({2015: 9, 2020: 8}, 9), -100 / 9),
        # a share of 0 has no logit, so F8 carries on: nothing stays nothing, which is 80 of 10 in the wrong direction
        (trackers.escap_anticipated_progress, course({2015: 80, 2020: 0}, 90, limit=100.0), -80.0),
        # F12
        (trackers.plan_schedule, course({2020: 10, 2022: 12}, 15, year=2025), 0.4 - 0.4),
    ],
)
def test_values_of_edge_cases(rule: Rule, case: Course, value: float) -> None:
    assert rule(case).value == pytest.approx(value, abs=1e-6)


def at_ratio(ratio: float) -> Course:
    """F2: grows by `ratio` times the 10 % a year that the target requires."""
    return course({2015: 100, 2020: 100 * (1 + 0.1 * ratio) ** 5}, 100 * 1.1**15)


def at_growth(growth: float, direction: Any = "up") -> Course:
    """F1: progress of so much a year, without a target."""
    sign = 1 if direction == "up" else -1
    return course({2015: 100, 2020: 100 * (1 + sign * growth) ** 5}, None, direction=direction)


def at_way(share: float) -> Course:
    """Has covered a share of the way from 40 to 20 in a third of the time."""
    return course({2015: 40, 2020: 40 - 20 * share}, 20, direction="down")


def at_expected(share: float) -> Course:
    """F5: 100 (v / 100)^3 in 2030 is so much of the way to 200."""
    return course({2015: 100, 2020: 100 * (1 + share) ** (1 / 3)}, 200)


def at_miss(miss: float) -> Course:
    """F13: 70 in 2030 at 2 a year from 50 misses so much of what remained."""
    return steady(40, 42, 44, 46, 48, 50, target=(70 - 50 * miss) / (1 - miss))


@pytest.mark.parametrize(
    ("rule", "make", "edge", "expected"),
    [  # what is said a millionth below the edge, at it, and a millionth above
        (trackers.growth_ratio, at_ratio, 0.95, (SPEED_UP, ON_TRACK, ON_TRACK)),
        (trackers.growth_ratio, at_ratio, 0.6, (LIMITED, SPEED_UP, SPEED_UP)),
        (trackers.growth_ratio, at_ratio, 0.0, (WORSENS, LIMITED, LIMITED)),
        (
            trackers.growth_ratio,
            at_growth,
            0.015,
            ("moderate progress", "substantial progress", "substantial progress"),
        ),
        (trackers.growth_ratio, at_growth, 0.005, (LIMITED, "moderate progress", "moderate progress")),
        (trackers.growth_ratio, at_growth, 0.0, (WORSENS, LIMITED, LIMITED)),
        (trackers.unsd_2022, at_ratio, 0.95, (FAIR, ON_COURSE, ON_COURSE)),
        (trackers.unsd_2022, at_ratio, 0.5, (LIMITED_2022, FAIR, FAIR)),
        (trackers.unsd_2022, at_ratio, -0.1, (WORSENS, LIMITED_2022, LIMITED_2022)),
        (trackers.unsd_2022, at_growth, 0.01, (FAIR, FAIR, ON_COURSE)),
        (trackers.unsd_2022, at_growth, 0.005, (LIMITED_2022, FAIR, FAIR)),
        (trackers.unsd_2022, at_growth, -0.01, (WORSENS, LIMITED_2022, LIMITED_2022)),
        (trackers.unsd_2023, at_expected, 0.95, (FAIR, OR_ON_TRACK, OR_ON_TRACK)),
        (trackers.unsd_2023, at_expected, 0.1, (STAGNATION, FAIR, FAIR)),
        (trackers.unsd_2023, at_growth, 0.02, (FAIR, OR_ON_TRACK, OR_ON_TRACK)),
        (trackers.unsd_2023, at_growth, 0.005, (STAGNATION, FAIR, FAIR)),
        (trackers.escap_current_status, at_way, 0.9, (SLOW, SLOW, THERE)),
        (trackers.escap_current_status, at_way, 0.0, (BACK, BACK, SLOW)),
        (trackers.escap_anticipated_progress, at_expected, 0.9, (NEED, NEED, WILL)),
        (trackers.escap_anticipated_progress, at_expected, 0.0, (NONE, NONE, NEED)),
        (trackers.healthy_people, at_way, 0.1, (LITTLE, BETTER, BETTER)),
        (trackers.healthy_people, at_way, -0.2, (WORSE, WORSE, LITTLE)),  # 10 % of the base of 40
        (trackers.healthy_people, at_way, 1.0, (BETTER, EXCEEDED, EXCEEDED)),
        (trackers.istat, at_growth, 0.05, (UP_1, UP_1, UP_5)),
        (trackers.istat, at_growth, 0.01, (STABLE, STABLE, UP_1)),
        (trackers.istat, at_growth, -0.01, (DOWN_1, DOWN_1, STABLE)),
        (trackers.istat, at_growth, -0.05, (DOWN_5, DOWN_5, DOWN_1)),
        (trackers.weather, at_miss, 0.05, ("sun", "sun and cloud", "sun and cloud")),
        (trackers.weather, at_miss, 0.2, ("sun and cloud", "sun and cloud", "cloud")),
        (trackers.plan_schedule, at_way, 1 / 3, (BEHIND, AHEAD, AHEAD)),
    ],
)
def test_edges_of_every_class(rule: Rule, make: Any, edge: float, expected: tuple[str, ...]) -> None:
    """Also of numbers that no computer holds exactly: 101 after 100 is growth of 1 %."""
    assert tuple(said(rule, make(edge + step)) for step in (-1e-6, 0.0, 1e-6)) == expected
    if make is at_growth:
        assert tuple(said(rule, make(edge + step, "down")) for step in (-1e-6, 0.0, 1e-6)) == expected


@pytest.mark.parametrize(
    ("growth", "base", "limit", "score"),
    [
        # far from the limit C = 1; F3 below 0, above 1.5 %, above 0.5 %, and above 0; -5 and 5 at most
        (-0.01, 100, None, 125 * -0.01 - 2.5),
        (-0.03, 100, None, -5.0),
        (0.016, 100, None, 500 * 0.016 - 5),
        (0.03, 100, None, 5.0),
        (0.01, 100, None, 250 * 0.01 - 1.25),
        (0.004, 100, None, 500 * 0.004 - 2.5),
        (0.004, 200, 100.0, 500 * 0.004 - 2.5),
        (0.004, 50, 0.0, 500 * 0.004 - 2.5),
        # half of the limit, and as far beyond it: C = 1 - 0.5^4.44 = 0.9539291
        (0.004, 50, 100.0, 500 * 0.004 / 0.9539291 - 2.5),
        (0.01, 150, 100.0, 250 * 0.01 / 0.9539291 - 1.25),
        (0.0145, 50, 100.0, 500 * 0.0145 / 0.9539291 - 5),  # 1.43 % is substantial there
        (0.0145, -50, -100.0, 125 * -0.0145 - 2.5),  # below zero growth falls
        # at the limit C = 0: staying is enough, leaving it is not
        (0.001, 100, 100.0, 5.0),
        (-0.001, 100, 100.0, 125 * -0.001 - 2.5),
    ],
)
def test_scores_near_a_natural_limit(growth: float, base: float, limit: float | None, score: float) -> None:
    """F3: the nearer to the limit, the less growth is asked for."""
    case = course({2015: base, 2020: base * (1 + growth) ** 5}, None, limit=limit)
    assert trackers.growth_ratio(case).score == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize(("ratio", "score"), [(0.8, 7.1429 * 0.8 - 4.2857), (0.3, 4.1667 * 0.3 - 2.5), (-1.0, -5.0)])
def test_scores_of_a_ratio(ratio: float, score: float) -> None:
    """F2."""
    assert trackers.growth_ratio(at_ratio(ratio)).score == pytest.approx(score, abs=1e-6)


@pytest.mark.parametrize(
    ("current", "errors", "text"),
    [  # from 20 to a target of 12; a change counts from 1.645 standard errors on, whatever its size
        (18.5, (1.0, 1.0), LITTLE),  # 18.75 % of the way; 1.5 / 1.41 = 1.06
        (19.5, (0.1, 0.1), BETTER),  # 6.25 %; 0.5 / 0.14 = 3.5
        (23.0, (2.0, 2.0), LITTLE),  # 15 % of the base; 3 / 2.83 = 1.06
        (21.0, (0.3, 0.4), WORSE),  # 5 %; 1 / 0.5 = 2
        (19.0, (0.3, 0.5), BETTER),  # 1 / 0.583 = 1.715: beyond 1.645, which one side takes, not 1.96
        (20.0, (0.0, 0.0), LITTLE),
        (11.9, (9.0, 9.0), EXCEEDED),
    ],
)
def test_standard_errors_decide_what_has_changed(current: float, errors: tuple[float, float], text: str) -> None:
    """F9."""
    case = course({2008: 20.0, 2014: current}, 12, year=2020, direction="down", errors=errors)
    assert trackers.healthy_people(case).text == text


@pytest.mark.parametrize(
    ("cases", "text", "score"),
    [
        # the mean of 5 and 0.8897 (O-2); of 5, 0.8897 and -5; of -5 and -1.5363 (O-X); of two that are met
        ((course({2015: 5, 2016: 6}, 9), course({2015: 40, 2020: 50}, 100)), "substantial progress", 2.94485),
        (
            (course({2015: 9, 2020: 10}, 9), course({2015: 40, 2020: 50}, 100), course({2015: 9, 2016: 3}, 10)),
            "moderate progress",
            0.29657,
        ),
        ((course({2015: 10, 2016: 3}, 20), course({2015: 40, 2020: 43}, 100)), WORSENS, -3.26815),
        ((course({2015: 40, 2020: 43}, 100), course({2015: 40, 2020: 43}, 100)), LIMITED, -1.5363),
        ((course({2015: 9, 2020: 10}, 9), course({2015: 90, 2020: 60}, 50)), ACHIEVED, 5.0),
        ((course({2015: 9, 2020: 10}, 9), course({2015: 5, 2016: 6}, 9)), "substantial progress", 5.0),
    ],
)
def test_the_mean_score_decides_over_several_series(cases: tuple[Course, ...], text: str, score: float) -> None:
    label = trackers.growth_ratio_of_series([trackers.growth_ratio(case) for case in cases])
    assert (label.text, label.score) == (text, pytest.approx(score, abs=1e-4))


def test_the_worst_symbol_decides_over_several_targets() -> None:
    labels = [trackers.weather(steady(40, 42, 44, 46, 48, 50, target=target)) for target in (70.9, 150.0, 74.0)]
    assert [label.text for label in labels] == ["sun", "cloud", "sun and cloud"]
    assert trackers.weather_of_targets(labels) == labels[1]


def test_what_is_within_a_point_of_everything_or_nothing_is_met() -> None:
    """UNSD 2023, whatever the trend; only of a target that is the limit."""
    for values, target, direction, text in (
        ({2015: 99.9, 2020: 99.0}, 100, "up", (MET, OR_ON_TRACK)),
        ({2015: 0.5, 2020: 1.0}, 0, "down", (MET, OR_ON_TRACK)),
        ({2015: 99.9, 2020: 98.9}, 100, "up", (WORSENS, STAGNATION)),
        ({2015: 94.9, 2020: 94.1}, 95, "up", (WORSENS, STAGNATION)),
    ):
        case = course(values, target, direction=direction, limit=100.0 if direction == "up" else 0.0)
        assert (said(trackers.unsd_2022, case), said(trackers.unsd_2023, case)) == text


def test_directions_and_years_are_checked() -> None:
    """Open SDG takes any other word for `down`, and fails on a year given twice."""
    with pytest.raises(ValueError, match="up or down"):
        course({2015: 1}, 2, direction="positive")
    with pytest.raises(ValueError, match="two figures"):
        Course(pd.Series([1.0, 2.0], index=[2015, 2015]), 2015, 9, 2030, "up")


FIGURES = st.floats(-1e6, 1e6).map(lambda value: round(value, 3))


@given(
    st.lists(FIGURES, min_size=1, max_size=8),
    st.one_of(st.none(), FIGURES),
    st.sampled_from(["up", "down", "parity"]),
    st.sampled_from([None, 100.0, 0.0]),
    st.sampled_from([None, (0.5, 2.0), (0.0, 0.0)]),
)
def test_every_rule_answers_or_says_why(
    values: list[float], target: float | None, direction: Any, limit: Any, errors: Any
) -> None:
    case = steady(*values, target=target, direction=direction, limit=limit, errors=errors)
    for rule in RULES:
        try:
            label = rule(case)
        except NotApplicableError as refusal:
            assert str(refusal)
            continue
        assert label.text
        if case.is_met and rule is not trackers.istat:
            assert label.on_course or rule is trackers.escap_anticipated_progress


@given(st.floats(1, 1e6), st.floats(1, 1e6))
def test_growth_rates_compound(first: float, last: float) -> None:
    rate = trackers.growth_rate(first, last, 7)
    assert first * (1 + rate) ** 7 == pytest.approx(last)
    assert trackers.growth_rate(-first, -last, 7) == pytest.approx(rate)
    assert trackers.growth_rate(0.0, math.e * trackers.ALMOST_ZERO, 1) == pytest.approx(math.e - 1)


def test_every_target_has_a_label_or_a_reason_of_every_rule(plan: Plan) -> None:
    table = official_labels(plan, draws=300).set_index("target_id")
    assert list(table.index) == [target.target_id for target in plan.targets]
    assert table[[rule.__name__ for rule in RULES]].ne("").all(axis=None)
    assert table.loc["T03", "plan_schedule"] == "reached" and table.loc["T03", "contradiction"] == ""
    assert set(table.loc["T02", [rule.__name__ for rule in RULES]]) == {"the base is known only as a bound"}
    assert table.loc["T09", "istat"] == "a sum has no growth rate"
    assert set(table.loc["T18", [rule.__name__ for rule in RULES]]) == {"yes or no: no progress to measure"}
    chinese = official_labels(plan, language="zh", draws=300).set_index("target_id")
    assert chinese.loc["T03", "plan_schedule"] == "达到" and chinese.loc["T02", "istat"] == "基数仅知界限"
    assert official_labels(load_plan(region="330000"), draws=300).empty


def test_a_contradiction_names_both_sides_and_why(plan: Plan) -> None:
    """140,000 trademarks: growth so far would do, the way covered is behind, and forecasts see growth fading."""
    aim = replace(plan.targets[2], target=140_000.0)
    table = official_labels(replace(plan, targets=(aim,)), draws=1000)
    assert table["contradiction"].iloc[0] == (
        "On course by growth so far (Eurostat, Canada; UN 2022; UN 2023; ESCAP, outlook). Not on course by the way "
        "covered so far (ESCAP, status); the way covered against the time passed (Mid-term practice, China). Ours for "
        "2025 is 38 %: it rests on all 6 figures of the series, the growth of like series and the errors of past forecasts."
    )
    assert "T03: On course by growth" in str(labels_table(table, "en"))


def test_sums_are_judged_by_the_way_covered(plan: Plan) -> None:
    early = load_plan(data_through=2023)
    grants = replace(
        plan.targets[9], indicator="patent_grants", target=60_000.0, comparator=">=", base=None, base_period=""
    )
    table = labels_of_target(early, grants).set_index("rule")
    assert table.loc["Mid-term practice, China", "label"] == "behind schedule"
    total = float(early.series("patent_grants")["value"].loc[2021:2023].sum())
    assert table.loc["ESCAP, status", "value"] == pytest.approx(10 * total / 60_000)
    assert table.loc["UN 2022", "label"] == "a sum has no growth rate"


def test_years_after_the_target_year_are_not_looked_at(plan: Plan) -> None:
    aim = replace(plan.targets[2], target=65_000.0, target_year=2020, base=None, base_period="")
    row = labels_of_target(plan, aim).set_index("rule").loc["Healthy People, US"]
    figures = plan.series("registered_trademarks")["value"]
    assert row["label"] == "target met or exceeded" and figures.loc[2024] > figures.loc[2020] > 65_000
    assert np.isnan(row["value"]) or row["value"] <= 100 * figures.loc[2020] / 65_000


def test_rules_without_a_label_share_a_row_that_says_why(plan: Plan) -> None:
    shown = {name: rules_table(labels_of_target(plan, plan.target(name)), "en").frame for name in ("T04", "T07")}
    assert len(shown["T07"]) == 1 and shown["T07"].iloc[0, 0].count(";") == len(RULES) - 1
    assert shown["T07"].iloc[0, 2] == "the base is not known"
    labels = shown["T04"].set_index("Rule")["Its label"]
    assert labels["Healthy People, US"] == "baseline only"
    assert list(labels[-2:]) == ["one figure since the base", "needs four years in a row"]
