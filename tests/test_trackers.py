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
from ipplan_analysis.tables import labels_table


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
        (course({2015: 5, 2016: 6}, 9), 5.004546, "on track to achieve target", 5),
        (course({2015: 10, 2016: 30}, 1, direction="down"), -14.054409, "deterioration", -5),
        (course({2015: 1.55, 2019: 1.82}, None, direction="down"), -0.040962, "deterioration", -5),
        (course({2015: 1.55, 2019: 1.82}, 0, direction="down"), -0.105788, "deterioration", -2.9408),
        (course({2020: 100, 2021: 120}, None), 0.2, "substantial progress", 5),
        (course({2015: 100, 2020: 100}, None, limit=100.0), 0.0, "substantial progress", 5),
        (course({2015: 40, 2020: 50}, 100), 0.724548, "progress made, but acceleration needed", 0.8897),
    ],
)
def test_open_sdg_examples(case: Course, value: float, text: str, score: float) -> None:
    """O-1 and O-2: browser tests of Open SDG 2.4, and values of its code."""
    label = trackers.growth_ratio(case)
    assert (label.text, label.value) == (text, pytest.approx(value, abs=1e-6))
    assert label.score == pytest.approx(score, abs=1e-4)


def test_unsd_2023_examples() -> None:
    """O-3."""
    fair = trackers.unsd_2023(course({2015: 40, 2020: 50}, 100))
    assert (fair.score, fair.value) == (2, pytest.approx(0.635417, abs=1e-6))
    none = trackers.unsd_2023(course({2015: 20, 2022: 19.9}, 10, direction="down"))
    assert (none.score, none.value) == (1, pytest.approx(0.021368, abs=1e-6))
    assert course({2015: 20, 2022: 19.9}, 10, direction="down").expected == pytest.approx(19.786326, abs=1e-6)


@pytest.mark.parametrize(
    ("values", "target", "text", "value"),
    [
        ({2008: 20.6, 2014: 17.0}, 12.0, "improving", 41.860465),
        ({2009: 19.5, 2013: 15.7}, 16.0, "target met or exceeded", 108.571429),
        ({2008: 20.0, 2014: 22.0}, 12.0, "getting worse", -10.0),
        ({2008: 20.0, 2014: 21.0}, 12.0, "little or no detectable change", -12.5),
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
    ("case", "text"),
    [
        (steady(40, 42, 44, 46, 48, 50, target=70.9), "sun"),  # on to 70 by 2030: 4 % of the gap is missed
        (steady(40, 42, 44, 46, 48, 50, target=74.0), "sun and cloud"),
        (steady(40, 42, 44, 46, 48, 50, target=150.0), "cloud"),
        (steady(40, 42, 44, 46, 48, 50, target=39.0), "sun"),
        (steady(0, 44, 42, 40, 38, 36, 34, target=60.0), "thunderstorm"),  # the seventh year back is not looked at
        (steady(40, 41, 42, 43, target=None), "sun"),
        (steady(40, 44, 45, 43, target=None), "sun and cloud"),
        (steady(40, 35, 36, 37, target=None), "cloud"),
        (steady(40, 39, 38, 37, target=None), "thunderstorm"),
    ],
)
def test_weather_symbols(case: Course, text: str) -> None:
    assert trackers.weather(case).text == text


@pytest.mark.parametrize(
    ("rule", "case", "text"),
    [
        # UNSD: without a target the direction counts; a point from 100 % is met
        (trackers.unsd_2022, course({2015: 100, 2016: 102}, None), "substantial progress or on track"),
        (trackers.unsd_2022, course({2015: 100, 2016: 98}, None), "deterioration"),
        (trackers.unsd_2022, course({2015: 100, 2016: 99.6}, 200), "limited or no progress"),
        (trackers.unsd_2022, course({2015: 97, 2016: 99.2}, 100, limit=100.0), "target met or almost met"),
        (trackers.unsd_2023, course({2015: 100, 2016: 98}, None, direction="down"), "target met or on track"),
        # met is met whatever the trend, and of a single figure too
        (trackers.growth_ratio, course({2015: 90, 2020: 60}, 50), "target achieved"),
        (trackers.unsd_2022, course({2020: 60}, 50), "target met or almost met"),
        (trackers.escap_current_status, course({2020: 60}, 50), "on track"),
        (trackers.healthy_people, course({2020: 40}, 50), "baseline only"),
        (trackers.healthy_people, course({2015: 40, 2020: 50}, None), "informational"),
        # a base beyond the target, and a fall below it, is no way covered
        (trackers.escap_current_status, course({2015: 60, 2020: 40}, 50), "regression"),
        # zeros have a growth rate in Open SDG, figures below zero a direction
        (trackers.growth_ratio, course({2015: 0, 2020: 5}, 9), "on track to achieve target"),
        (trackers.growth_ratio, course({2015: -10, 2020: -8}, -2), "limited progress"),
        (trackers.growth_ratio, course({2015: -10, 2020: -12}, -2), "deterioration"),
        # edges: exactly 5 % is slight, exactly -5 % clear
        (trackers.istat, course({2015: 100, 2016: 105}, None), "slight improvement"),
        (trackers.istat, course({2015: 100, 2016: 95}, None), "clear worsening"),
        (trackers.istat, course({2010: 100, 2015: 50, 2016: 101}, None, base_year=2015), "stable"),
        # the base year has no figure: the next one has
        (trackers.plan_schedule, course({2017: 4, 2020: 5}, 9, base_year=2015), "behind schedule"),
        (trackers.plan_schedule, course({2020: 10, 2022: 12}, 15, year=2025), "on or ahead of schedule"),
    ],
)
def test_edge_cases(rule: Rule, case: Course, text: str) -> None:
    assert rule(case).text == text


@pytest.mark.parametrize(
    ("rule", "case", "why"),
    [
        (trackers.growth_ratio, course({2020: 9}, 9), "one figure"),
        (trackers.growth_ratio, course({2015: -5, 2020: 3}, 9), "opposite signs"),
        (trackers.growth_ratio, course({2015: 9, 2020: 8}, 9), "already stood"),
        (trackers.unsd_2023, course({2015: 9, 2020: 8}, 9), "already stood"),
        (trackers.growth_ratio, course({2020: 5}, 9, base_year=2025), "no figure"),
        (trackers.escap_current_status, course({2020: 5}, 9), "one figure"),
        (trackers.plan_schedule, course({2015: 4, 2020: 5}, None), "no number"),
        (trackers.escap_anticipated_progress, course({2015: 4, 2020: 5}, None), "no number"),
        (trackers.weather, steady(40, 41, 42), "four years"),
        (trackers.weather, course({2015: 39, 2016: 39, 2018: 40, 2019: 41, 2020: 42}, 60), "four years"),
    ],
)
def test_what_cannot_be_labelled_says_why(rule: Rule, case: Course, why: str) -> None:
    with pytest.raises(NotApplicableError, match=why):
        rule(case)


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
    st.sampled_from(["up", "down"]),
    st.sampled_from([None, 100.0, 0.0]),
)
def test_every_rule_answers_or_says_why(values: list[float], target: float | None, direction: Any, limit: Any) -> None:
    case = steady(*values, target=target, direction=direction, limit=limit)
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
