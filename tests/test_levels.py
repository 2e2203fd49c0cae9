"""Levels at a probability: the inverse of the probability of a target, for every kind of target."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import get_args

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipplan_analysis.attainment import assess, target_at_probability, target_levels
from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.futures import future
from ipplan_analysis.attainment.levels import moved, simulated
from ipplan_analysis.attainment.quantity import meets
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.measured import PROMISED, load_measured
from ipplan_analysis.schema import Kind, PlanError, Target

DRAWS, PRECISION = 1000, 0.004
KINDS: tuple[Kind, ...] = ("level", "annual_growth", "increment", "cumulative", "multiple")
KIND, COMPARATOR, CHANCE = st.sampled_from(KINDS), st.sampled_from([">=", ">", "<=", "<"]), st.floats(0.02, 0.98)
INDICATOR = st.sampled_from(  # flows, a stock, a ratio computed from two others, a percentage
    ["patent_grants", "invention_applications", "registered_trademarks", "invention_patents_per_10k", "rd_intensity"]
)


@pytest.fixture(scope="module")
def plan_2023() -> Plan:
    return load_plan(data_through=2023)


def of_kind(plan: Plan, kind: Kind, comparator: str, indicator: str) -> Target:
    model = next(target for target in plan.targets if target.kind == "annual_growth")
    base = "2016/2020" if kind == "multiple" else "2020"
    figures = plan.series(indicator) if len(plan.series(indicator)) else plan.derived(indicator)
    value = float(figures["value"].loc[2016:2020].sum() if kind == "multiple" else figures["value"].loc[2020])
    window = "" if kind == "level" else model.window
    own = {"indicator": indicator, "kind": kind, "window": window, "base_period": base, "base": value, "unit": "x"}
    return replace(model, comparator=comparator, target=1.0, **own)


def keeps_its_promise(chance: float, target: Target, level: float, probability: Callable[[Target], float]) -> None:
    """The level is met with the chance or more, within what the draws can tell, and nothing bolder is."""
    further = 1e-6 * max(abs(level), 1.0) * (1 if target.comparator.startswith(">") else -1)
    assert probability(replace(target, target=level)) >= chance - PRECISION
    assert probability(replace(target, target=level + further)) <= chance + PRECISION


@settings(max_examples=60, deadline=None)
@example("increment", "<", "patent_grants", 0.0625)  # less than next to nothing, which as many add
@example("increment", ">", "patent_grants", 0.95)  # more than nothing, which an eighth of the paths add
@given(kind=KIND, comparator=COMPARATOR, indicator=INDICATOR, chance=CHANCE)
def test_the_level_has_the_probability(kind: Kind, comparator: str, indicator: str, chance: float) -> None:
    """Of every kind of target and of series `assess` gives a target with this number the wanted probability."""
    plan = load_plan(data_through=2023)
    target = of_kind(plan, kind, comparator, indicator)
    level = target_at_probability(plan, chance, target=target, draws=DRAWS)
    keeps_its_promise(chance, target, level, lambda aim: assessed(plan, aim))


def assessed(plan: Plan, target: Target) -> float:
    return float(assess(replace(plan, targets=(target,)), draws=DRAWS)["probability"].iloc[0])


@cache
def cases(data_through: int) -> list[tuple[Plan, Target]]:
    """The targets of all plans that have a probability of a forecast."""
    plans = [load_plan(name, data_through=data_through) for name in load_plan().plan_names]
    results = [assess(plan, draws=DRAWS).set_index("target_id") for plan in plans]
    forecast = [result["median"].notna() & result["basis"].isin(["series", "derived"]) for result in results]
    return [
        (plan, target)
        for plan, has in zip(plans, forecast, strict=True)
        for target in plan.targets
        if has[target.target_id]
    ]


@settings(max_examples=40, deadline=None)
@given(data_through=st.sampled_from([2022, 2024]), place=st.integers(0, 999), chance=CHANCE)
def test_levels_of_every_target_have_the_probability(data_through: int, place: int, chance: float) -> None:
    known = cases(data_through)
    assert len(known) >= 15
    plan, target = known[place % len(known)]
    level = target_at_probability(plan, chance, target=target, draws=DRAWS)
    keeps_its_promise(chance, target, level, lambda aim: assessed(plan, aim))


@settings(max_examples=40, deadline=None)
@given(kind=KIND, comparator=COMPARATOR, indicator=INDICATOR, chance=CHANCE, year=st.sampled_from([2025, 2029, 2034]))
def test_levels_of_another_year_have_the_probability(
    kind: Kind, comparator: str, indicator: str, chance: float, year: int
) -> None:
    """Also where the base is each path's own; of a forecast alone as of the plan, but for a count's noise."""
    plan = load_plan(data_through=2023)
    target = of_kind(plan, kind, comparator, indicator)
    later = moved(target, year)
    expected = future(plan, indicator, draws=DRAWS)
    values = simulated(Case(plan, later, expected))
    level = target_at_probability(plan, chance, target=target, year=year, draws=DRAWS)
    keeps_its_promise(chance, later, level, lambda aim: float(meets(aim, values).mean()))
    assert expected is not None
    if year == target.target_year:
        assert target_at_probability(expected.forecast, chance, target=target) == pytest.approx(level)


@settings(max_examples=60, deadline=None)
@given(
    kind=KIND,
    comparator=COMPARATOR,
    indicator=INDICATOR,
    chances=st.lists(CHANCE, min_size=2, max_size=5).map(sorted),
    year=st.sampled_from([2025, 2030]),
)
def test_levels_never_get_bolder_as_the_probability_rises(
    kind: Kind, comparator: str, indicator: str, chances: list[float], year: int
) -> None:
    plan = load_plan(data_through=2023)
    target = of_kind(plan, kind, comparator, indicator)
    levels = [target_at_probability(plan, chance, target=target, year=year, draws=DRAWS) for chance in chances]
    assert (np.diff(levels) * (1 if comparator.startswith("<") else -1) >= 0).all()


def test_counts_have_steps_and_the_level_is_the_boldest_that_keeps_the_promise(plan: Plan) -> None:
    target = plan.target_of("gi_trademarks")
    assert target is not None
    for chance in PROMISED:
        level = target_at_probability(plan, chance, target=target)
        shares = [
            assess(replace(plan, targets=(replace(target, target=number),))).iloc[0]["probability"]
            for number in (level, level + 1)
        ]
        assert level == round(level) and shares[0] >= chance - 1e-3 > shares[1] - 2e-3


@pytest.mark.parametrize("kind", KINDS)
def test_levels_fall_as_the_probability_rises(plan_2023: Plan, kind: Kind) -> None:
    for comparator, sign in ((">=", -1), ("<=", 1)):
        target = of_kind(plan_2023, kind, comparator, "patent_grants")
        levels = [
            target_at_probability(plan_2023, chance, target=target, draws=DRAWS) for chance in (0.1, 0.3, 0.5, 0.8, 0.9)
        ]
        assert (sign * np.diff(levels) >= 0).all() and len(set(levels)) == 5


def test_a_moved_target_takes_its_base_along(plan_2023: Plan) -> None:
    """A growth of 2026-2030 starts from each path's own 2025; an addition too."""
    growth = of_kind(plan_2023, "annual_growth", ">=", "patent_grants")
    later = moved(growth, 2030)
    assert (later.window, later.base_period, later.base) == ("2026/2030", "2025", None)
    assert moved(growth, 2025) is growth
    expected = target_at_probability(plan_2023, 0.5, target=growth, year=2030, draws=DRAWS)
    found = future(plan_2023, "patent_grants", draws=DRAWS)
    assert found is not None
    ratio = found.forecast.year(2030) / found.forecast.year(2025)
    assert expected == pytest.approx(np.median(100 * (ratio**0.2 - 1)), abs=0.1)


def test_impossible_wishes_are_refused(plan: Plan) -> None:
    target = plan.targets[2]
    for chance in (0.0, 1.0):
        with pytest.raises(PlanError, match="between 0 and 1"):
            target_at_probability(plan, chance, target=target)
    with pytest.raises(PlanError, match="too few"):
        target_at_probability(plan, 0.5, target=plan.targets[7])
    for kind in set(get_args(Kind)) - set(KINDS):
        with pytest.raises(ValueError, match="no quantity"):
            target_at_probability(plan, 0.5, target=of_kind(plan, kind, ">=", "patent_grants"))


def test_the_table_of_levels(plan: Plan) -> None:
    table = target_levels(plan, draws=DRAWS)
    assert set(table["year"]) == {2025, 2030}
    names = [f"p{round(100 * chance)}" for chance in PROMISED]
    assert (np.diff(table[names].to_numpy(), axis=1) <= 0).all()
    growth = table[table["target_id"].eq("T02")].iloc[0]
    assert growth["bound"] == "at most" and growth["year"] == 2025
    assert table.loc[table["year"].eq(2030), "target"].isna().all()
    assert target_levels(load_plan(region="330000"), draws=300).empty


def test_past_levels_were_reached_about_as_often_as_promised() -> None:
    table = load_measured("levels", data_through=9999)
    assert set(table["probability"]) == set(PROMISED) and set(table["horizon"]) == {1, 2, 3, 4, 5}
    assert (table["reached"] - table["probability"]).abs().max() < 0.12
    low, high = pd.to_numeric(table["low"]), pd.to_numeric(table["high"])
    assert low.le(table["reached"]).all() and high.ge(table["reached"]).all()
    assert table["n"].min() > 2000 and table["years"].min() >= 10
    early = load_measured("levels", data_through=2016)
    assert early["outcomes_through"].eq(2016).all() and early["low"].eq("").all()
    assert pd.Series(load_measured("levels", data_through=2010)["n"]).empty
