"""Verdicts on the twenty targets, with every figure and as they could be seen earlier."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipplan_analysis.attainment import Change, assess, figures_to_ask, futures, outside_view, what_if
from ipplan_analysis.attainment.peers import peers
from ipplan_analysis.data import Plan, load_plan, load_tables
from ipplan_analysis.messages import format_probability
from ipplan_analysis.tables import dossier_table

Row = dict[str, str]
DRAWS = 1000
LISTED = ["T16", "T17", "T19", "T20"]
NOT_ASSESSABLE = ["T04", "T07", "T08", "T09", "T11", "T12", "T14", "T15", "T18"]


@pytest.fixture(scope="module")
def results(plan: Plan) -> pd.DataFrame:
    return assess(plan, draws=DRAWS).set_index("target_id")


@pytest.fixture(scope="module")
def results_2020(plan_2020: Plan) -> pd.DataFrame:
    return assess(plan_2020, draws=DRAWS).set_index("target_id")


def test_one_row_for_every_target_in_order(results: pd.DataFrame) -> None:
    assert list(results.index) == [f"T{number:02d}" for number in range(1, 21)]


@pytest.mark.parametrize(
    ("target", "value", "year"),
    [("T01", "3.57", "2024"), ("T03", "119,900", "2024")],
)
def test_met_targets_name_figure_and_year(results: pd.DataFrame, target: str, value: str, year: str) -> None:
    row = results.loc[target]
    assert row["status"] == "met"
    assert value in row["reason"] and year in row["reason"]


def test_met_stocks_carry_the_probability_that_they_hold(results: pd.DataFrame) -> None:
    for target in ("T01", "T03"):
        assert 0.5 < results.loc[target, "probability"] < 1
        assert "still holds at the end of 2025" in results.loc[target, "reason"]


def test_pledges_say_under_what_condition_they_are_met(results: pd.DataFrame) -> None:
    row = results.loc["T10"]
    assert row["known_to_date"] == pytest.approx(30 - 9.1)
    assert row["status"] == "met on one assumption" and np.isnan(row["probability"])
    assert "no more than 590 million yuan of the running total dates from before 2016" in row["why"]
    assert (
        "2.09 billion yuan" in row["reason"] and "Certain to lie in the plan period: 996 million yuan" in row["reason"]
    )
    assert "20.9亿元" in row["reason_zh"] and "5.9亿元" in row["reason_zh"]


def test_another_reading_of_a_target_has_a_verdict_of_its_own(
    results: pd.DataFrame, edit_table: Callable[..., Path]
) -> None:
    assert "Read as the amount of the year 2025 alone: cannot be judged." in results.loc["T10", "reason"]
    assert "Read with its upper number of 10 more: open." in results.loc["T13", "reason"]  # rough: no percentage

    def change(rows: list[Row]) -> list[Row]:
        new = {"plan": "ningxia-ip-14", "target_id": "T02", "reading": "a", "target": "5"}
        return [*rows, dict.fromkeys(rows[0], "more modestly") | {"observation": "", "kind": ""} | new]

    changed = load_plan(data_dir=edit_table("readings", change))
    row = assess(changed, draws=500).set_index("target_id").loc["T02"]
    target = changed.target("T02")
    other = format_probability(what_if(changed, target, Change(number=5), draws=500), "en", probability_is="at most")
    assert f"Read more modestly: open ({other})." in row["reason"]
    assert row["status"] == results.loc["T02", "status"]


def test_an_unknown_base_gives_an_upper_limit(results: pd.DataFrame) -> None:
    row = results.loc["T02"]
    assert row["probability_is"] == "at most"
    assert 0 < row["probability"] < 1
    assert row["base"] == 22 and "at least 22" in row["reason"]
    assert row["required_pace_pct"] == pytest.approx(100 * ((22 * 1.1**5 / 23) ** 0.5 - 1))


def test_a_forecast_from_two_figures_before_the_plan_is_rough(
    results: pd.DataFrame, results_2020: pd.DataFrame
) -> None:
    """Rule of docs/design.md: it is open whatever the share of paths, and words stand for the percentage."""
    rough = results["probability_is"].eq("rough")
    assert list(results.index[rough]) == ["T05", "T13"] and results.loc["T13", "probability"] > 0.66
    for table in (results, results_2020):
        rows = table[table["probability_is"].eq("rough")]
        assert rows["status"].eq("open").all() and rows["likelihood"].str.contains(" to ").all()
        assert rows["n_points"].le(2).all() and rows["last_year"].lt(2021).all()
        assert rows["reason"].str.startswith("Only 2 figures, none of the plan's own years").all()


def test_a_figure_of_the_plans_own_years_makes_a_short_series_a_measured_one(edit_table: Callable[..., Path]) -> None:
    def change(rows: list[Row]) -> list[Row]:
        mine = {"indicator": "patent_agencies", "region": "640000", "period": "2020"}
        model = next(row for row in rows if mine.items() <= row.items())
        return [*rows, model | {"observation": "O90001", "period": "2022", "value": "30", "known_from": "2022"}]

    row = assess(load_plan(data_dir=edit_table("observations", change)), draws=300).set_index("target_id").loc["T13"]
    assert row["probability_is"] == "" and row["status"] != "open" and " to " not in row["likelihood"]


def test_an_addition_is_never_less_than_nothing(results: pd.DataFrame) -> None:
    additions = results[results["kind"].eq("increment")]
    assert not (additions[["low80", "median", "known_to_date"]] < 0).any(axis=None)


def test_coverage_is_shown_only_for_the_kind_of_series_it_was_measured_on(results: pd.DataFrame) -> None:
    assert results["measured_coverage"].isna().all()  # trademarks, GIs, PCT and agencies were not checked
    patents = assess(load_plan("hubei-ip-14"), draws=300).set_index("indicator")
    assert patents.loc["invention_grants", "measured_coverage"] > 0.5
    assert "series of this kind" in patents.loc["invention_grants", "reason"]


def test_a_pace_names_its_years(results: pd.DataFrame) -> None:
    for pace in ("recent_pace", "required_pace", "seen_pace"):
        assert results[f"{pace}_years"].ne("").equals(results[f"{pace}_pct"].notna())
    row = results.loc["T02"]
    assert (row["recent_pace_years"], row["seen_pace_years"]) == ("2018/2023", "2020/2023")
    assert row["recent_pace_pct"] > row["planned_pace_pct"] > row["seen_pace_pct"]
    assert results.loc["T03", "planned_pace_pct"] == pytest.approx(8.27, abs=0.01)  # kept for a target that is met


def test_no_progress_is_measured_at_the_base_itself(results: pd.DataFrame) -> None:
    assert results.loc[["T04", "T05", "T13"], ["way_share", "time_share"]].isna().all(axis=None)


def test_agricultural_gis_are_stopped_not_extrapolated(results: pd.DataFrame) -> None:
    row = results.loc["T06"]
    assert row["status"] == "out of reach" and row["basis"] == "stop"
    assert np.isnan(row["probability"]) and row["probability_is"] == "judgement"
    assert row["likelihood"] == "very unlikely" and "2022" in row["why"] and "not a calculation" in row["reason"]


@pytest.mark.parametrize("publisher", ["", "Ministry of Agriculture"])
def test_a_judgement_says_whether_its_source_was_seen(publisher: str, edit_table: Callable[..., Path]) -> None:
    def change(rows: list[Row]) -> list[Row]:
        return [row | {"publisher": publisher} if row["source"] == "S0537" else row for row in rows]

    known = load_plan(data_dir=edit_table("sources", change))
    why = assess(known, draws=300).set_index("target_id").loc["T06", "why"]
    assert ("we have not seen the notice" in why) == (not publisher)


def test_what_cannot_be_assessed_says_what_is_missing_and_whom_to_ask(results: pd.DataFrame, plan: Plan) -> None:
    assert list(results.index[results["status"].eq("not assessable")]) == NOT_ASSESSABLE
    for target in plan.targets:
        if target.target_id in NOT_ASSESSABLE:
            row = results.loc[target.target_id]
            assert target.department_to_ask_en in row["reason"] and target.department_to_ask in row["reason_zh"]
            assert np.isnan(row["probability"])


def test_unquantified_targets_are_listed(results: pd.DataFrame) -> None:
    assert list(results.index[results["status"].eq("listed")]) == LISTED


def test_in_2020_trademarks_rest_on_figures_through_2020(results_2020: pd.DataFrame, plan_2020: Plan) -> None:
    row = results_2020.loc["T03"]
    assert row["origin"] == 2020 and row["last_value"] == 67201
    assert 0 < row["probability"] < 1
    assert plan_2020.series("registered_trademarks").index.max() == 2020


def test_in_2020_nothing_is_stopped_and_nothing_later_is_said(results_2020: pd.DataFrame) -> None:
    assert results_2020.loc["T06", "status"] == "not assessable"
    text = " ".join(results_2020[["reason", "reason_zh"]].to_numpy().ravel())
    assert "stopped" not in text and "停止" not in text and "119" not in text


def test_paces_and_shares_of_the_way(results: pd.DataFrame) -> None:
    row = results.loc["T03"]
    assert row["recent_pace_pct"] == pytest.approx(100 * ((119900 / 67201) ** 0.25 - 1))
    assert row["way_share"] == pytest.approx((119900 - 67201) / (100000 - 67201))
    assert row["time_share"] == pytest.approx(0.8)
    assert row["expected_year"] == 2024


def test_same_seed_same_table(plan: Plan) -> None:
    first = assess(plan, draws=300, seed=3)
    pd.testing.assert_frame_equal(first, assess(load_plan(), draws=300, seed=3))


def _target_year_figure(value: str) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        model = next(
            row
            for row in rows
            if row["indicator"] == "gi_trademarks" and row["region"] == "640000" and row["period"] == "2020"
        )
        return [*rows, model | {"observation": "O90001", "period": "2025", "value": value, "known_from": "2025"}]

    return change


@pytest.mark.parametrize(("value", "status", "probability"), [("41", "met", 1.0), ("39", "missed", 0.0)])
def test_the_target_years_figure_decides(
    value: str, status: str, probability: float, edit_table: Callable[..., Path]
) -> None:
    known = load_plan(data_dir=edit_table("observations", _target_year_figure(value)))
    row = assess(known, draws=300).set_index("target_id").loc["T05"]
    assert (row["status"], row["probability"]) == (status, probability)


def test_a_growth_that_falls_short_says_what_it_takes_from_its_base(edit_table: Callable[..., Path]) -> None:
    def change(rows: list[Row]) -> list[Row]:
        model = next(
            row
            for row in rows
            if row["indicator"] == "pct_applications" and row["region"] == "640000" and row["period"] == "2022"
        )
        return [*rows, model | {"observation": "O90001", "period": "2025", "value": "30", "known_from": "2025"}]

    known = load_plan(data_dir=edit_table("observations", change))
    row = assess(known, draws=300).set_index("target_id").loc["T02"]
    base = known.rows("pct_applications").query("basis == 'part_year_flow' and end_year == 2020")["value"].iloc[0]
    needed = f"{base * 1.1**5:.1f}"
    assert row["status"] == "missed"
    assert f"From {base:.0f} or more in 2020" in row["reason"] and f"at least {needed}" in row["reason"]
    assert f"至少需达到{needed}件" in row["reason_zh"]


def test_a_last_known_bound_is_called_one(edit_table: Callable[..., Path]) -> None:
    def change(rows: list[Row]) -> list[Row]:
        model = next(row for row in rows if row["observation"] == "O03017")
        new = {
            "observation": "O90001",
            "indicator": "copyright_demo_units",
            "period": "2023",
            "value": "12",
            "unit": "个",
            "basis": "year_end_stock",
            "known_from": "2023",
        }
        return [*rows, model | new]

    row = assess(load_plan(data_dir=edit_table("observations", change)), draws=300).set_index("target_id").loc["T12"]
    assert "Last known: at least 12" in row["reason"] and "最近已知：不少于12" in row["reason_zh"]


def test_later_figures_of_a_stock_are_told_and_decide_a_stop(results: pd.DataFrame) -> None:
    assert "124,157 in June 2025" in results.loc["T03", "reason"]
    assert "60 in March 2023 is short of 100" in results.loc["T06", "reason"]
    assert {"S0037", "S0537"} <= set(results.loc["T06", "source"].split())  # of the figure and of the stop


def test_numbers_from_a_base_that_is_a_bound_are_called_bounds(results: pd.DataFrame) -> None:
    assert list(results.index[results["base_is"].eq("at least")]) == ["T02"]
    assert "% per year or less" in results.loc["T02", "why"]
    assert results.loc["T02", "why_zh"].startswith("按最乐观的基数")


def test_references_are_told_as_counts(results: pd.DataFrame) -> None:
    row = results.loc["T05"]
    assert row["reference_probability"] == pytest.approx((row["reference_hits"] + 0.5) / (row["reference_cases"] + 1))
    assert f"In other provinces {row['reference_hits']} of {row['reference_cases']} similar series" in row["reason"]


def test_a_region_without_targets_gets_its_indicators(plan: Plan) -> None:
    table = assess(load_plan(region="630000"), draws=300)
    assert set(table["region"]) == {"630000"}
    assert table["target"].isna().all() and table["status"].eq("").all()
    assert {"valid_invention_patents", "patent_grants"} <= set(table["indicator"])


def test_other_plans_run_on_the_same_code() -> None:
    table = assess(load_plan("hubei-ip-14"), draws=300).set_index("indicator")
    assert table.loc["invention_patents_per_10k", "status"] == "on course"  # only computed figures are above it
    assert table.loc["high_value_inventions_per_10k", "status"] == "met"


def test_what_cannot_be_judged_names_its_figures_in_every_plan(plan: Plan) -> None:
    for name in load_tables(plan.data_dir)["plans"]["plan"]:
        known = load_plan(str(name))
        results = assess(known, draws=50)
        unjudged = results.loc[results["status"].eq("not assessable"), "target_id"]
        assert set(unjudged) <= set(figures_to_ask(known)["target_id"]), name


def test_figures_to_ask_name_department_and_period(plan: Plan) -> None:
    table = figures_to_ask(plan)
    pct = table[table["target_id"].eq("T02")]
    assert list(pct["period"]) == ["2020", "2024", "2025"]
    assert set(table["target_id"]) == {f"T{n:02d}" for n in range(1, 21)} - set(LISTED)
    assert (table["department"] != "").all()


def test_peers_start_with_the_nation(plan: Plan) -> None:
    table = peers(plan, "registered_trademarks")
    assert table.loc[0, "name_en"] == "China"
    assert len(table) == 32 and table["value"].iloc[1:].is_monotonic_decreasing


def test_forecasts_reach_ten_years_beyond_the_plan(plan: Plan) -> None:
    known = futures(plan, draws=DRAWS)
    assert known["pct_applications"].forecast.years[-1] == 2035
    assert known["high_value_inventions_per_10k"].basis == "proxy"
    assert known["invention_patents_per_10k"].basis == "derived"
    assert known["gi_trademarks"].forecast.draws.min() >= 27


@pytest.mark.parametrize(
    ("period", "value", "status", "probability", "reason"),
    [
        ("2024", "1", "met", 1.0, "has been published (2024)"),
        ("2025", "0", "missed", 0.0, "not been published by the end of 2025"),
        ("2024", "0", "not assessable", np.nan, "not known"),
    ],
)
def test_a_milestone_is_decided_by_its_figure(
    period: str, value: str, status: str, probability: float, reason: str, edit_table: Callable[..., Path]
) -> None:
    def change(rows: list[Row]) -> list[Row]:
        model = next(row for row in rows if row["indicator"] == "gi_trademarks" and row["region"] == "640000")
        fields = {
            "observation": "O95001",
            "indicator": "ip_public_service_list",
            "unit": "是/否",
            "bound": "",
            "use": "yes",
        }
        return [*rows, model | fields | {"period": period, "value": value, "known_from": period, "scope": ""}]

    plan = load_plan(data_dir=edit_table("observations", change), data_through=2025)
    row = assess(plan, draws=200).set_index("target_id").loc["T18"]
    assert row["status"] == status and reason in row["reason"]
    asked = "T18" in set(figures_to_ask(plan)["target_id"])
    assert asked == (status == "not assessable")
    assert row["probability"] == pytest.approx(probability, nan_ok=True)


def _added(**values: str) -> Callable[[list[Row]], list[Row]]:
    """An observation of Ningxia's PCT applications with these values."""

    def change(rows: list[Row]) -> list[Row]:
        model = next(
            row
            for row in rows
            if row["indicator"] == "pct_applications" and row["region"] == "640000" and row["period"] == "2022"
        )
        new = [
            model | {"observation": f"O9000{number}", "period": year, "value": value, "known_from": year} | rest
            for number, (year, value, rest) in enumerate((period[1:], figure, {}) for period, figure in values.items())
        ]
        return [*rows, *new]

    return change


def test_a_known_figure_never_gets_a_probability_from_one_path(edit_table: Callable[..., Path]) -> None:
    """40 applications are 10 % a year from 24 but not from 25, and 2020 is known only as 22 in ten months."""
    known = load_plan(data_dir=edit_table("observations", _added(y2024="30", y2025="40")))
    row = assess(known, draws=300).set_index("target_id").loc["T02"]
    assert row["status"] == "not assessable" and np.isnan(row["probability"]) and np.isnan(row["median"])
    assert "40 meets the target of 10 % per year only if the base of 2020 is no more than 24" in row["reason"]
    assert 24 * 1.1**5 < 40 < 25 * 1.1**5


def test_an_upper_limit_never_reads_as_on_course(edit_table: Callable[..., Path]) -> None:
    known = load_plan(data_dir=edit_table("observations", _added(y2024="45")))
    row = assess(known, draws=300).set_index("target_id").loc["T02"]
    assert row["probability"] > 0.66 and row["probability_is"] == "at most"
    assert (row["status"], row["likelihood"]) == ("open", "")


@pytest.mark.parametrize(
    ("kind", "goal", "is_out"), [("level", "20", False), ("level", "60", True), ("cumulative", "900", False)]
)
def test_a_stop_decides_only_a_level_that_falls_short(
    kind: str, goal: str, is_out: bool, edit_table: Callable[..., Path]
) -> None:
    """PCT applications, 23 in 2023, stopped in 2024: a goal of 60 is out of reach; 20 was reached; a sum keeps what it has."""

    def targets(rows: list[Row]) -> list[Row]:
        unit = {
            "unit": "件",
            "unit_en": "items",
            "base_period": "",
            "window": "2021/2025" if kind == "cumulative" else "",
        }
        return [row | unit | {"kind": kind, "target": goal} if row["target_id"] == "T02" else row for row in rows]

    def breaks(rows: list[Row]) -> list[Row]:
        model = next(row for row in rows if row["kind"] == "policy_stop")
        stop = {
            "break": "B900",
            "indicator": "pct_applications",
            "region": "640000",
            "year": "2024",
            "known_from": "2024",
        }
        return [*rows, model | stop]

    edit_table("targets", targets)
    row = assess(load_plan(data_dir=edit_table("breaks", breaks)), draws=300).set_index("target_id").loc["T02"]
    assert (row["basis"] == "stop") == is_out
    assert not is_out or row["status"] == "out of reach"


def test_a_stop_after_the_target_year_is_no_obstacle(edit_table: Callable[..., Path]) -> None:
    def change(rows: list[Row]) -> list[Row]:
        return [row | {"year": "2026"} if row["kind"] == "policy_stop" else row for row in rows]

    row = assess(load_plan(data_dir=edit_table("breaks", change)), draws=300).set_index("target_id").loc["T06"]
    assert row["status"] != "out of reach"


def test_a_total_of_years_bounds_no_single_year(edit_table: Callable[..., Path]) -> None:
    def change(rows: list[Row]) -> list[Row]:
        model = next(row for row in rows if row["observation"] == "O03017")
        return [*rows, model | {"observation": "O90001", "indicator": "pct_applications", "unit": "件", "value": "500"}]

    known = load_plan(data_dir=edit_table("observations", change))
    assert assess(known, draws=300).set_index("target_id").loc["T02", "base"] == 22


@pytest.mark.parametrize("data_through", [2019, 2025])
@pytest.mark.parametrize("name", load_plan().plan_names)
def test_every_plan_gets_verdicts_with_reasons_that_agree_with_their_numbers(name: str, data_through: int) -> None:
    plan = load_plan(name, data_through=data_through)
    table = assess(plan, draws=300).set_index("target_id")
    texts = table[["why", "reason", "why_zh", "reason_zh"]]
    assert texts.ne("").all(axis=None)
    assert not texts.apply(lambda column: column.str.contains(r"\b(?:nan|None|inf)\b|\{")).any(axis=None)
    assert not table[["why", "reason"]].apply(lambda column: column.str.contains("[\u4e00-\u9fff]")).any(axis=None)
    assert (
        not table[["why_zh", "reason_zh"]]
        .apply(lambda column: column.str.contains("[a-z]{4}|[年月]年为"))
        .any(axis=None)
    )
    known = table[table["last_year"].ne("")]
    assert known["last_year"].le(known["target_year"]).all()
    by_figures = table[table["basis"].eq("figures") & table["way_share"].notna()]
    assert (by_figures["way_share"].ge(1) == by_figures["status"].eq("met")).all()
    asked = set(figures_to_ask(plan)["target_id"])
    read = {entry.target_id for entry in plan.readings}
    assert set(table.index[table["status"].eq("not assessable")]) - read <= asked


def test_what_comes_after_the_target_year_is_no_news_of_the_target() -> None:
    """7,000 applications in 2023: 6,185 came, from 5,591; that 2025 saw 7,446 does not change it."""
    row = assess(load_plan("shanghai-2023"), draws=300).set_index("target_id").loc["SG02"]
    assert (row["status"], row["last_value"], row["last_year"]) == ("missed", 6185, 2023)
    assert (row["way_share"], row["time_share"]) == pytest.approx(((6185 - 5591) / (7000 - 5591), 1))
    assert row["expected_year"] == 2025


def test_a_stock_that_met_its_target_before_a_year_without_a_figure_is_met(plan: Plan) -> None:
    """There are figures of 2017 and 2020 and none of 2019, which no forecast reaches."""
    aim = replace(plan.targets[2], target=30_000.0, target_year=2019, base=None, base_period="")
    row = assess(replace(plan, targets=(aim,)), draws=300).iloc[0]
    assert (row["status"], row["last_year"], row["basis"]) == ("met", 2017, "figures")


def test_before_a_plan_begins_the_two_last_years_are_asked_for() -> None:
    plan = load_plan("hubei-2026")
    asked = figures_to_ask(plan).groupby("target_id")["period"].agg(" ".join)
    assert asked["HG02"] == "2024" and asked["HG04"] == "2024 2025"
    reasons = assess(plan, draws=300).set_index("target_id")["reason"]
    assert reasons["HG02"].startswith("Missing: yearly figures of 2024. Ask: Hubei Intellectual Property Office.")


def test_reasons_name_earlier_years_at_the_level_and_totals_that_are_not_used() -> None:
    national = load_plan("national-ip-14")
    assert "Reached in 2022 with 387.25 billion yuan" in assess(national, draws=300)["reason"].iloc[3]
    aim = replace(national.targets[3], comparator="<=", target=4500.0)
    assert "Reached in 2022" in assess(replace(national, targets=(aim,)), draws=300)["reason"].iloc[0]
    pledges = assess(load_plan("guangdong-ip-14"), draws=300)["reason"].iloc[2]
    assert "A total, 92.13 billion yuan in 2016–2020, is not used" in pledges and "within the year" not in pledges


def test_a_stock_that_stands_at_its_target_within_the_target_year_is_met() -> None:
    """Guangxi wanted 2 a head of 10 000 in 2023 and had 2.04 in June; there is no yearly figure."""
    for data_through in (2023, 2025):
        row = assess(load_plan("guangxi-2023", data_through=data_through), draws=300).iloc[0]
        assert (row["status"], row["basis"], row["last_value"], row["last_year"]) == ("met", "figures", 2.04, 2023)
        assert "2.04 items per 10 000 residents in June 2023" in row["why"] and "2023年6月" in row["why_zh"]


def _level_targets_by_hand(plan: Plan, year: int) -> list[tuple[str, bool]]:
    """Level targets of other plans up to a year whose year-end figure is in the data, and whether it is high enough."""
    targets, figures = (pd.read_csv(plan.data_dir / f"{name}.csv", dtype=str) for name in ("targets", "observations"))
    figures = figures[figures["use"].eq("yes") & figures["bound"].isna() & figures["known_from"].astype(int).le(year)]
    both = targets[targets["kind"].eq("level") & targets["plan"].ne(plan.plan)].merge(
        figures, left_on=["region", "indicator", "target_year"], right_on=["region", "indicator", "period"]
    )
    both = both[both["target"].notna() & both["target_year"].astype(int).le(year)].drop_duplicates("target_id")
    return list(zip(both["target_id"], both["value"].astype(float) >= both["target"].astype(float), strict=True))


def test_the_outside_view_counts_targets_of_other_plans_as_a_hand_does(plan: Plan) -> None:
    by_hand = dict(_level_targets_by_hand(plan, plan.data_through))
    by_hand["GX01"] = True  # Guangxi's 2.04 of June 2023, no year-end figure
    level, growth, addition = outside_view(plan).to_dict("records")
    assert {name.partition(":")[2] for name in level["targets"].split()} == set(by_hand)
    assert (level["met"], level["cases"]) == (sum(by_hand.values()), len(by_hand)) == (10, 11)
    z, share, n = 1.2815515655, 10 / 11, 11  # Wilson's interval at 80 %
    middle, half = share + z**2 / (2 * n), z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    expected = [(middle + sign * half) / (1 + z**2 / n) for sign in (-1, 1)]
    assert [level["low80"], level["high80"]] == pytest.approx(expected)
    assert growth["cases"] == addition["cases"] == 0 and np.isnan(growth["share"]) and np.isnan(addition["low80"])
    assert "ningxia-ip-14" in outside_view(load_plan("hubei-ip-14"))["targets"][0]


def test_the_outside_view_does_not_look_ahead(plan: Plan, edit_table: Callable[..., Path]) -> None:
    def revise(rows: list[Row]) -> list[Row]:  # Shanghai's figure of 2023 becomes high enough, in 2025
        cell = {"region": "310000", "indicator": "pct_applications", "period": "2023", "use": "yes"}
        short = next(row for row in rows if cell.items() <= row.items())
        return [*rows, short | {"observation": "O90001", "value": "9000", "known_from": "2025"}]

    folder = edit_table("observations", revise)
    then, now = (outside_view(load_plan(plan.plan, data_dir=folder, data_through=year)) for year in (2023, 2025))
    pd.testing.assert_frame_equal(then, outside_view(load_plan(plan.plan, data_through=2023)))
    assert (then["met"][0], then["cases"][0]) == (2, 3)  # none of a target whose year is still to come
    assert (now["met"][0], now["cases"][0]) == (11, 11)


def test_the_outside_view_stands_beside_what_is_not_assessable_and_counts_for_nothing(plan: Plan) -> None:
    found = assess(plan, draws=DRAWS)
    shown = {}
    for target in plan.targets:
        facts = {row[0].text: row[1].text for row in dossier_table(plan, found, target.target_id, "en").rows}
        shown[target.target_id] = facts.get("How comparable targets ended", "")
    assert [name for name, text in shown.items() if text] == [name for name in NOT_ASSESSABLE if name != "T18"]
    assert "Of 11 targets for a level" in shown["T04"] and "74 % to 97 %" in shown["T04"]
    assert shown["T07"] == "No target for a growth in another plan has a known outcome yet."
    pd.testing.assert_frame_equal(assess(plan, draws=DRAWS), found)
    assert found.set_index("target_id").loc[NOT_ASSESSABLE, "probability"].isna().all()
