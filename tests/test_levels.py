"""Levels at a probability: the inverse of the probability of a target, for every kind of target."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipplan_analysis.attainment import assess, target_at_probability, target_levels
from ipplan_analysis.attainment.futures import future
from ipplan_analysis.attainment.levels import moved
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.measured import PROMISED, load_measured
from ipplan_analysis.schema import Kind, PlanError, Target

DRAWS = 1000
KINDS: tuple[Kind, ...] = ("level", "annual_growth", "increment", "cumulative", "multiple")


@pytest.fixture(scope="module")
def plan_2023() -> Plan:
    return load_plan(data_through=2023)


def of_kind(plan: Plan, kind: Kind, comparator: str, indicator: str) -> Target:
    model = next(target for target in plan.targets if target.kind == "annual_growth")
    base = "2016/2020" if kind == "multiple" else "2020"
    figures = plan.series(indicator)["value"]
    value = float(figures.loc[2016:2020].sum()) if kind == "multiple" else float(figures.loc[2020])
    window = "" if kind == "level" else model.window
    own = {"indicator": indicator, "kind": kind, "window": window, "base_period": base, "base": value, "unit": "x"}
    return replace(model, comparator=comparator, target=1.0, **own)


@settings(max_examples=40, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    comparator=st.sampled_from([">=", ">", "<=", "<"]),
    indicator=st.sampled_from(["patent_grants", "invention_applications"]),
    chance=st.floats(0.02, 0.98),
)
def test_the_level_has_the_probability(kind: Kind, comparator: str, indicator: str, chance: float) -> None:
    """`assess` gives a target with this number the wanted probability, within what 1,000 draws can tell."""
    plan_2023 = load_plan(data_through=2023)
    target = of_kind(plan_2023, kind, comparator, indicator)
    level = target_at_probability(plan_2023, chance, target=target, draws=DRAWS)
    row = assess(replace(plan_2023, targets=(replace(target, target=level),)), draws=DRAWS).iloc[0]
    assert row["probability"] >= chance - 0.004
    if kind != "increment":  # what is added is never less than nothing: many paths add exactly that
        assert row["probability"] == pytest.approx(chance, abs=0.004)


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
