"""The shipped measurement is current and is what the code computes; baselines, scorecard and reference class against oracles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from ipplan_analysis.attainment import assess
from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.peers import growth_elsewhere
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.measured import FILES, coverage_by, load_measured, measured_coverage
from ipplan_analysis.data.package import tables_sha256
from ipplan_analysis.evaluation.backtest import calibrate, drift_quantiles, save_calibration
from ipplan_analysis.evaluation.scorecard import scorecard, scorecard_scores, scored_vintages
from ipplan_analysis.run.compare import changes
from ipplan_analysis.schema import PlanError

Row = dict[str, str]


def test_the_shipped_measurement_is_of_these_data_and_this_code(plan: Plan) -> None:
    assert set(load_measured("calibration", data_through=9999)["inputs_sha256"]) == {tables_sha256(plan.data_dir)}, (
        "data or trend code changed: run `ipplan calibrate`, read the diff, commit it"
    )


def test_the_shipped_measurement_is_what_the_code_computes(plan: Plan, tmp_path: Path) -> None:
    tables = calibrate(plan, today=dt.date(2026, 1, 1))
    for path in save_calibration(tables, tmp_path):
        shipped = load_measured(path.stem, data_through=9999)
        fresh = pd.read_csv(path, dtype={"indicator": str, "evidence": str}, keep_default_na=False)
        fresh = fresh[fresh["outcomes_through"].eq(fresh["outcomes_through"].max())].reset_index(drop=True)
        pd.testing.assert_frame_equal(fresh.drop(columns="measured_on"), shipped.drop(columns="measured_on"), atol=2e-3)


def test_bands_hold_what_they_promise_at_every_grade_and_horizon() -> None:
    table = load_measured("calibration", data_through=9999)
    assert set(table["evidence"]) == {"A", "B", "C"} and set(table["horizon"]) == {1, 2, 3, 4, 5}
    assert table["coverage80"].between(0.74, 0.92).all()
    assert measured_coverage("B", 2, data_through=9999) == pytest.approx(
        table.loc[table["evidence"].eq("B") & table["horizon"].eq(2), "coverage80"].iloc[0]
    )
    assert np.isnan(measured_coverage("D", 1, data_through=9999))


def test_coverage_in_long_form() -> None:
    table = load_measured("coverage", data_through=9999)
    long = coverage_by(table, "horizon")
    assert set(long["nominal"]) == {0.5, 0.8, 0.95} and set(long["model"]) == {"pooled", "drift_level", "drift_log"}
    assert coverage_by(table.iloc[:0], "indicator").empty


def test_another_data_package_is_not_the_measured_one(edit_table: Callable[..., Path]) -> None:
    def change(rows: list[Row]) -> list[Row]:
        rows[100]["note"] += " changed"
        return rows

    measured = set(load_measured("calibration", data_through=9999)["inputs_sha256"])
    assert measured and tables_sha256(edit_table("observations", change)) not in measured


def test_drift_quantiles_agree_with_the_textbook() -> None:
    values = np.array([10.0, 13.0, 15.0, 21.0, 22.0])
    panel = pd.DataFrame({"series": "a", "year": range(2010, 2015), "value": values})
    table = drift_quantiles(panel, 3, levels=[0.1, 0.5, 0.9], on_log=False).set_index(["year", "quantile"])["value"]
    steps = np.diff(values)
    half = stats.t.ppf(0.9, 3) * steps.std(ddof=1) * np.sqrt(2 + 4 / 4)
    assert table[2016, 0.5] == pytest.approx(22 + 2 * 3)
    assert table[2016, 0.9] == pytest.approx(28 + half)
    logs = drift_quantiles(panel, 1, levels=[0.5], on_log=True)["value"].iloc[0]
    assert logs == pytest.approx(22 * (22 / 10) ** 0.25)


def test_reference_growth_by_hand() -> None:
    panel = pd.DataFrame(
        [
            ("a", 2010, 10.0),
            ("a", 2015, 20.0),
            ("b", 2012, 12.0),
            ("b", 2016, 48.0),
            ("c", 2010, 900.0),
            ("c", 2015, 1000.0),
        ],
        columns=["series", "year", "value"],
    )
    similar = np.sort(growth_elsewhere(panel, level=11.0, years=5))
    assert similar == pytest.approx([2.0, 4 ** (5 / 4)])
    assert growth_elsewhere(panel, level=None, years=5).size == 3
    assert growth_elsewhere(panel, level=11.0, years=12).size == 0


def test_reference_classes_are_shown_only_where_figures_are_few(plan: Plan) -> None:
    table = assess(plan, draws=300).set_index("target_id")
    assert list(table.index[table["reference_cases"].gt(0)]) == ["T04", "T05", "T13"]
    assert "In other provinces" in table.loc["T05", "reason"]
    assert "In other provinces" not in table.loc["T04", "reason"]  # it has no forecast that this could stand beside


def test_scorecard_sets_misses_first(plan: Plan) -> None:
    table = scorecard(plan, draws=300)
    stated = table.dropna(subset=["probability"])
    assert stated["surprise"].is_monotonic_decreasing
    assert (stated["surprise"] == (stated["outturn"] - stated["probability"]).abs()).all()
    scores = scorecard_scores(table)
    assert scores["brier"] == pytest.approx(float((stated["surprise"] ** 2).mean()))
    assert scores["stated"] + scores["not_stated"] == len(table)
    assert {"ningxia-ip-14", "national-ip-14", "hubei-ip-14"} <= set(table["plan"])


def test_scorecard_holds_every_target_whose_outcome_is_known(plan: Plan) -> None:
    """Every target of every plan with a figure of its target year, and stocks that stood at their target earlier."""
    table = scorecard(plan, draws=300)
    listed = set(zip(table["plan"], table["target_id"], strict=True))
    plans = [load_plan(name) for name in plan.plan_names]
    known = {
        (each.plan, target.target_id)
        for each in plans
        for target in each.targets
        if target.target_year in Case(each, target, None).known.index
    }
    assert len(known) >= 10 and known <= listed
    assert listed - known == {("ningxia-ip-14", "T01"), ("ningxia-ip-14", "T03"), ("guangxi-2023", "GX01")}


def test_scorecard_counts_only_outturns_known_by_then() -> None:
    early = scorecard(load_plan(data_through=2021), draws=300)
    assert early["said_in"].isin([2018, 2020]).all()
    assert (pd.to_numeric(early["outturn_year"]) <= 2021).all()


def _fill(value: str, period: str, known: str, **extra: str) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        model = next(
            row
            for row in rows
            if row["region"] == "640000" and row["indicator"] == "gi_trademarks" and row["period"] == "2020"
        )
        return [*rows, model | {"observation": "O95000", "period": period, "value": value, "known_from": known} | extra]

    return change


def test_changes_are_attributed_to_new_figures(plan: Plan, edit_table: Callable[..., Path]) -> None:
    after = load_plan(data_dir=edit_table("observations", _fill("33", "2023", "2023")))
    recorded = assess(plan, draws=400)
    moved = changes(recorded, plan, after, draws=400, seed=0).set_index("target_id")
    row = moved.loc["T05"]
    assert row["method"] == 0 and row["revised"] == 0 and row["new"] != 0
    assert row["probability_after"] == pytest.approx(row["probability_before"] + row["new"])


def test_changes_are_attributed_to_revisions(plan: Plan, edit_table: Callable[..., Path]) -> None:
    after = load_plan(data_dir=edit_table("observations", _fill("31", "2020", "2022")))
    moved = changes(assess(plan, draws=400), plan, after, draws=400, seed=0).set_index("target_id")
    assert moved.loc["T05", "revised"] != 0 and moved.loc["T05", "new"] == 0
    mixed = plan.snapshot.with_revisions(after.snapshot)
    assert len(mixed.yearly) == len(plan.yearly)
    assert mixed.series("gi_trademarks", plan.region).loc[2020, "value"] == 31


def test_a_changed_method_is_seen_as_method(plan: Plan) -> None:
    recorded = assess(plan, draws=400)
    recorded.loc[recorded["target_id"].eq("T05"), "probability"] = 0.5
    row = changes(recorded, plan, plan, draws=400, seed=0).set_index("target_id").loc["T05"]
    assert row["method"] == pytest.approx(row["probability_after"] - 0.5) and row["new"] == row["revised"] == 0


def test_vintages_are_scored_only_for_years_they_did_not_know(data_copy: Path) -> None:
    folder = data_copy / "vintages"
    folder.mkdir()
    rows = [
        (f"ningxia-ip-14-640000-2022-{day}", 2022, "pct_applications", "640000", year, level, value)
        for day in ("2023-05-01", "2026-11-22")  # the second was made when the figure of 2023 had long been out
        for year in (2022, 2023)
        for level, value in ((0.1, 18.0), (0.5, 26.0), (0.9, 40.0))
    ]
    names = ["run", "data_through", "indicator", "region", "year", "quantile", "value"]
    pd.DataFrame(rows, columns=names).to_csv(folder / "r1.csv", index=False)
    table = scored_vintages(load_plan(data_dir=data_copy))
    assert list(table["year"]) == [2023]
    row = table.iloc[0]
    assert row["run"].endswith("2023-05-01") and row["outturn"] == 23 and row["in80"] and row["median"] == 26
    pinball = [
        2 * max(a * d, (a - 1) * d) for a, d in zip((0.1, 0.5, 0.9), np.log([23 / 18, 23 / 26, 23 / 40]), strict=True)
    ]
    assert row["wis"] == pytest.approx(np.mean(pinball))


def test_a_measurement_of_nothing_replaces_none(tmp_path: Path) -> None:
    measured = {name: pd.DataFrame({"n": [1]}) for name in FILES}
    with pytest.raises(PlanError, match="reliability would be empty"):
        save_calibration(measured | {"reliability": pd.DataFrame()}, tmp_path)
    assert not list(tmp_path.iterdir())
    assert [path.name for path in save_calibration(measured, tmp_path)] == [f"{name}.csv" for name in FILES]
