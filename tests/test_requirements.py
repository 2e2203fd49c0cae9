"""What a target still takes: paces seen elsewhere, and scenarios on the simulated paths."""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace

import nbclient
import nbformat
import numpy as np
import pytest

from ipplan_analysis import charts, tables
from ipplan_analysis.attainment import (
    Change,
    asked_of,
    assess,
    province_ranks,
    required_pace,
    spells,
    target_levels,
    tornado,
    what_if,
)
from ipplan_analysis.attainment.futures import future
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.measured import PROMISED, load_measured
from ipplan_analysis.schema import LANGUAGES, Language, PlanError
from tests.test_levels import KINDS, of_kind

DRAWS = 1000


@pytest.fixture(scope="module")
def plan_2023() -> Plan:
    return load_plan(data_through=2023)


def test_spells_are_every_span_of_every_province(plan: Plan) -> None:
    found = spells(plan, "patent_grants", years=5)
    here = plan.series("patent_grants")["value"]
    own = found[found["region"].eq(plan.region)].set_index("first_year")
    assert set(own.index) == {year for year in here.index if year + 5 in here.index}
    assert own.loc[2018, "pace_pct"] == pytest.approx(100 * ((here[2023] / here[2018]) ** 0.2 - 1))
    assert found["pace_pct"].is_monotonic_decreasing and "000000" not in set(found["region"])
    similar = spells(plan, "patent_grants", years=5, level=10_000)
    assert similar["start"].between(5_000, 20_000).all() and 0 < len(similar) < len(found)


def test_spells_know_nothing_later(plan_2023: Plan) -> None:
    assert spells(plan_2023, "patent_grants", years=2)["last_year"].max() == 2023


def test_required_pace_by_hand(plan: Plan) -> None:
    """T02: 22 in 2020 and 10 % a year ask for 35.4 in 2025; 23 were filed in 2023."""
    table = required_pace(plan).set_index("target_id")
    row = table.loc["T02"]
    assert row["required_pace_pct"] == pytest.approx(100 * ((22 * 1.1**5 / 23) ** 0.5 - 1))
    assert row["path"] == pytest.approx({2024: 28.5468, 2025: 35.4312}, abs=1e-3)
    seen = spells(plan, "pct_applications", years=2, level=23)
    assert row["spells"] == len(seen) and row["did"] == (seen["pace_pct"] >= row["required_pace_pct"]).sum()
    assert row["percentile"] == pytest.approx(100 * (1 - row["did"] / row["spells"]))
    assert "T03" not in table.index, "a target that stands reached asks for no pace"
    assert row["from_level"] == "similar" and table.loc["T05", "from_level"] == "any"
    assert required_pace(load_plan(region="330000")).empty
    assert asked_of(plan, "pct_applications") == pytest.approx((2, 23.0, row["required_pace_pct"]))
    assert asked_of(plan, "registered_trademarks") == (5, 119900.0, None)


@pytest.mark.parametrize("kind", ["cumulative", "multiple"])
def test_the_required_pace_of_a_sum_just_makes_it(plan_2023: Plan, kind: str) -> None:
    target = of_kind(plan_2023, kind, ">=", "patent_grants")  # type: ignore[arg-type]
    goal = 70_000.0 if kind == "cumulative" else 70_000.0 / float(target.base or 1)
    row = required_pace(replace(plan_2023, targets=(replace(target, target=goal),))).iloc[0]
    known = float(plan_2023.series("patent_grants")["value"].loc[2021:2023].sum())
    assert known + sum(row["path"].values()) == pytest.approx(70_000.0)
    assert list(row["path"]) == [2024, 2025]


@pytest.mark.parametrize("plan_name", ["ningxia-ip-14", "hubei-ip-14", "national-15"])
def test_without_a_change_it_is_the_probability(plan_name: str) -> None:
    plan = load_plan(plan_name)
    known = assess(plan, draws=DRAWS).set_index("target_id")
    for target in plan.targets:
        row = known.loc[target.target_id]
        if row["basis"] in ("series", "derived", "proxy"):
            assert what_if(plan, target, draws=DRAWS) == pytest.approx(row["probability"])


@pytest.mark.parametrize("kind", KINDS)
def test_more_growth_never_hurts_and_a_higher_number_never_helps(plan_2023: Plan, kind: str) -> None:
    target = of_kind(plan_2023, kind, ">=", "patent_grants")  # type: ignore[arg-type]
    row = assess(replace(plan_2023, targets=(target,)), draws=DRAWS).iloc[0]
    target = replace(target, target=float(row["median"]) if np.isfinite(row["median"]) else 60_000.0)
    chances = [what_if(plan_2023, target, Change(growth=points), draws=DRAWS) for points in (-20, -5, 0, 5, 20)]
    assert chances == sorted(chances) and chances[0] < chances[-1]
    numbers = [float(target.target or 0) * factor for factor in (0.8, 1.0, 1.2)]
    by_number = [what_if(plan_2023, target, Change(number=number), draws=DRAWS) for number in numbers]
    assert by_number == sorted(by_number, reverse=True)


def test_changes_by_hand(plan: Plan) -> None:
    target, found = plan.targets[2], future(plan, "registered_trademarks", draws=DRAWS)
    assert found is not None
    draws, last = found.forecast.draws, float(found.history["value"].iloc[-1])

    def chance(hits: np.ndarray) -> float:
        return float((hits.sum() + 0.5) / (hits.size + 1))

    aim = replace(target, target=140_000.0)
    assert what_if(plan, aim, Change(growth=10), draws=DRAWS) == chance(draws[:, 0] * 1.1 >= 140_000)
    assert what_if(plan, aim, Change(jump=5_000), draws=DRAWS) == chance(draws[:, 0] + 5_000 >= 140_000)
    assert what_if(plan, aim, Change(stop=2025), draws=DRAWS) == chance(np.full(DRAWS, last) >= 140_000)
    assert what_if(plan, aim, Change(stop=2026), draws=DRAWS) == chance(draws[:, 0] >= 140_000)
    assert what_if(plan, aim, Change(year=2026), draws=DRAWS) == chance(draws[:, 1] >= 140_000)
    assert what_if(plan, aim, Change(year=2024), draws=DRAWS) == 0.0  # the figure of 2024 is known
    assert what_if(plan, aim, Change(number=110_000.0, year=2024), draws=DRAWS) == 1.0
    with pytest.raises(PlanError, match="no number"):
        what_if(plan, plan.targets[15])


def test_the_widest_change_comes_first(plan: Plan) -> None:
    table = tornado(plan, draws=DRAWS)
    assert set(table["change"]) == {"growth", "jump", "number", "deadline", "stop"}
    assert {"T02", "T05"} <= set(table["target_id"]) and "T10" not in set(table["target_id"])
    for _, part in table.groupby("target_id"):
        width = part[["probability", "high"]].max(axis=1) - part[["probability", "low"]].min(axis=1)
        assert width.is_monotonic_decreasing


def test_ranks_are_of_one_year_and_the_same_provinces(plan: Plan) -> None:
    table = province_ranks(plan, "patent_grants").set_index("region")
    last, first, ranked = (int(table[name].iloc[0]) for name in ("rank_year", "before_year", "ranked"))
    values = {region: plan.series("patent_grants", region)["value"] for region in table.index if region != "000000"}
    then = {region: part[last] for region, part in values.items() if {last, first} <= set(part.index)}
    assert last - first == 5
    assert len(then) == ranked == table["rank"].notna().sum() == table["rank_before"].notna().sum()
    assert table.loc[max(then, key=lambda region: then[region]), "rank"] == 1
    assert np.isnan(table.loc["000000", "rank"])
    assert province_ranks(plan, "fine_copyright_works").empty


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("region", [None, "330000"])
def test_every_table_and_chart_in_both_languages_also_without_targets(language: Language, region: str | None) -> None:
    plan = load_plan(region=region)
    asked = asked_of(plan, "patent_grants")
    seen, ranks = spells(plan, "patent_grants", years=asked[0], level=asked[1]), province_ranks(plan, "patent_grants")
    measured, moves = load_measured("levels", data_through=plan.data_through), tornado(plan, draws=DRAWS)
    shown = [
        tables.paces_table(required_pace(plan), language),
        tables.levels_table(target_levels(plan, draws=DRAWS), language),
        tables.hindcast_table(measured, language),
        tables.tornado_table(moves, language),
        tables.ranks_table(ranks, plan, language),
        tables.spells_table(seen, plan, "patent_grants", language),
    ]
    if region is None:
        texts = [str(table) for table in shown]
        assert "+24.1" in texts[0] and "2021" in texts[0] and "T02" in texts[1] and "T02" in texts[3]
        assert ("at most" if language == "en" else "至多") in texts[1]
        assert ("Ningxia" if language == "en" else "宁夏") in texts[4]
        assert ("2 of 9" if language == "en" else "9个时段") in tables.paces_line(required_pace(plan), language)
    assert len(shown[2].rows) == 5 and re.search(r"\(\d+–\d+\)", shown[2].rows[0][3].text)
    for chart in (
        charts.tornado(moves, language=language),
        charts.provinces(ranks, plan, indicator="patent_grants", language=language),
    ):
        assert chart.svg.startswith("<svg") and chart.alt
    assert str(len(seen)) in tables.spells_line(seen, asked, language)


def test_what_was_not_measured_yet_is_not_shown() -> None:
    assert tables.hindcast_table(load_measured("levels", data_through=2010), "en").rows == ()
    early = tables.hindcast_table(load_measured("levels", data_through=2016), "en")
    assert "(" not in early.rows[0][3].text, "two years have no range"
    assert [column.key for column in early.columns[3:]] == [f"p{round(100 * chance)}" for chance in PROMISED]


def test_a_window_of_one_year_has_no_earlier_deadline(plan: Plan) -> None:
    target = replace(plan.target("T02"), window="2025/2025")
    with pytest.raises(PlanError, match="deadline 2024 lies before 2025"):
        what_if(plan, target, Change(year=2024), draws=300)
    moved = tornado(replace(plan, targets=(target,)), draws=300).set_index("change").loc["deadline"]
    assert moved["low"] == moved["high"] == moved["probability"] and 0 < moved["probability"] < 1


def test_sliders_follow_in_a_kernel_and_are_silent_without_one(plan: Plan) -> None:
    scenarios = tornado(plan, draws=DRAWS)
    assert charts.sliders(plan, scenarios, language="en", draws=DRAWS) is None
    source = f"""
        from ipplan_analysis import charts, load_plan, tornado
        plan = load_plan()
        box = charts.sliders(plan, tornado(plan, draws={DRAWS}), language="zh", draws={DRAWS})
        control = {{each.description: each for each in box.children}}
        control["目标"].value = "T05"
        print(box.children[-1].value)
        control["增速变动，每年%"].value, control["目标数变动，%"].value = 5, 10
        print(box.children[-1].value)
        control["目标"].value, control["期限推后或提前，年"].value = "T01", -2
        print(box.children[-1].value)
    """
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(textwrap.dedent(source))])
    nbclient.NotebookClient(notebook, kernel_name="python3").execute()
    text = "".join(output.text for output in notebook.cells[0].outputs if output.output_type == "stream")
    first, target = plan.target("T01"), plan.target("T05")
    now, of_first = (what_if(plan, each, draws=DRAWS) for each in (target, first))
    changed = what_if(plan, target, Change(growth=5, number=1.1 * target.target), draws=DRAWS)
    assert [float(value) for value in re.findall(r'value="([0-9.]+)"', text)] == pytest.approx(
        [now, now, now, changed, of_first], abs=5e-4
    )
    assert "无模拟路径" in text
