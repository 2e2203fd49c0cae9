"""The smaller tables and lines of the notebooks, in both languages, against the frames they show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipplan_analysis import tables
from ipplan_analysis.attainment import assess, forecasts, forecasts_by_model, peers_of_targets, shown_indicator
from ipplan_analysis.attainment.change import changes
from ipplan_analysis.attainment.quantity import target_at_probability
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.measured import load_measured
from ipplan_analysis.evaluation.scorecard import COLUMNS as SCORECARD
from ipplan_analysis.evaluation.scorecard import PUBLISHED_COLUMNS as VINTAGES
from ipplan_analysis.run.compare import changes_since
from ipplan_analysis.run.files import read_run_file
from ipplan_analysis.run.inputs import save_inputs, unpack_inputs
from ipplan_analysis.schema import Language, ParameterError, PlanError
from ipplan_analysis.trend import COMBINATION

BOTH: tuple[Language, ...] = ("en", "zh")


@pytest.fixture(scope="module")
def results(plan: Plan) -> pd.DataFrame:
    return assess(plan, draws=300)


@pytest.mark.parametrize("language", BOTH)
def test_lines_name_plan_and_every_status(plan: Plan, results: pd.DataFrame, language: Language) -> None:
    assert plan.name(language) in tables.run_line(plan, language)
    lines = tables.status_lines(results, language).splitlines()
    assert len(lines) == 20 and lines[0].startswith("T01  ✓")


@pytest.mark.parametrize("language", BOTH)
def test_forecast_table_shows_the_quantiles(plan: Plan, language: Language) -> None:
    known = forecasts(plan, draws=300)
    table = tables.forecast_table(known, plan, language)
    assert len(table.frame) == len(known) and table.linked
    low, median, high = np.quantile(known["registered_trademarks"].year(2025), [0.1, 0.5, 0.9])
    row = table.frame.iloc[list(known).index("registered_trademarks")]
    assert [low, median, high] == pytest.approx([value for value in row if isinstance(value, float)][-3:])


def test_quantile_frame_is_long_and_ordered(plan: Plan) -> None:
    frame = tables.quantile_frame(forecasts(plan, draws=300), "640000")
    one = frame[frame["indicator"].eq("pct_applications") & frame["year"].eq(2025)]
    assert list(one["quantile"]) == [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
    assert one["value"].is_monotonic_increasing and set(frame["region"]) == {"640000"}
    assert tables.quantile_frame({}, "640000").empty


@pytest.mark.parametrize("language", BOTH)
def test_peers_reference_and_sources(plan: Plan, results: pd.DataFrame, language: Language) -> None:
    others = peers_of_targets(plan)
    table = tables.target_peers_table(others, plan, language)
    assert "T03" in str(table)
    assert others.set_index("target_id").loc["T03", "provinces"] == 30
    assert "T04" in str(tables.reference_table(results, plan, language))
    sources = tables.sources_table(plan, tables.cited(table), language)
    assert set(sources.frame.iloc[:, 0]) == {name for cell in others["source"] for name in cell.split()}


@pytest.mark.parametrize("language", BOTH)
def test_changes_show_what_moved_and_only_that(plan: Plan, results: pd.DataFrame, language: Language) -> None:
    recorded = results.copy()
    recorded.loc[recorded["target_id"].eq("T13"), "probability"] = 0.2
    text = str(tables.changes_table(changes(recorded, plan, plan, draws=300, seed=0), language))
    assert "T13" in text and "T03" not in text and "20" in text
    assert changes_since(None, plan, draws=300, seed=0).empty
    none = tables.changes_table(changes_since(None, plan, draws=300, seed=0), language)
    assert none.notes and none.frame.empty


def test_a_run_compared_with_itself_has_not_moved(plan: Plan) -> None:
    recorded = assess(plan, draws=300, seed=0)
    recorded["probability"] = [float(f"{value:.10g}") for value in recorded["probability"]]  # as a run records it
    assert tables.changes_table(changes(recorded, plan, plan, draws=300, seed=0), "en").frame.empty


def test_a_region_without_targets_has_nothing_to_compare() -> None:
    here = load_plan(region="110000", data_through=2022)
    assert changes(assess(here, draws=50), here, here, draws=50, seed=0).empty


@pytest.mark.parametrize("language", BOTH)
def test_scorecard_and_vintages(plan: Plan, language: Language) -> None:
    row = dict.fromkeys(SCORECARD, "") | {
        "plan": "ningxia-ip-14",
        "target_id": "T03",
        "name_en": "Trademarks",
        "name_zh": "商标",
        "said_in": 2018,
        "probability": 0.25,
        "status": "off course",
        "outturn": 1.0,
        "outturn_year": 2024,
        "source": "S0006",
        "surprise": 0.75,
    }
    frame = pd.DataFrame([row])
    assert "25" in str(tables.scorecard_table(frame, language))
    line = tables.scorecard_line(frame, language)
    assert "0.562" in line and "T03" in line
    assert tables.scorecard_line(frame.iloc[:0], language)
    told = dict(
        zip(
            VINTAGES,
            ["r", 2022, "pct_applications", "640000", 2023, 26.0, 18.0, 40.0, 23.0, True, 0.1, "S0017"],
            strict=True,
        )
    )
    assert "23" in str(tables.vintages_table(pd.DataFrame([told]), plan, language))
    assert tables.vintages_table(pd.DataFrame(columns=VINTAGES), plan, language).notes


@pytest.mark.parametrize("language", BOTH)
def test_measured_line(language: Language) -> None:
    table = load_measured("calibration", data_through=9999)
    assert "80" in tables.measured_line(table, language)
    assert tables.measured_line(table.iloc[:0], language) != tables.measured_line(table, language)


def test_exports_are_stable_text() -> None:
    export = tables.Export("x", pd.DataFrame({"a": [1 / 3, 119900.0], "名": ["甲", "乙"]}))
    assert export.to_csv() == "a,名\n0.3333333333,甲\n119900,乙\n"
    assert export._repr_mimebundle_()["application/vnd.ipplan.csv+json"]["name"] == "x"


def test_models_stand_beside_the_reported_one(plan: Plan) -> None:
    by_model = forecasts_by_model(plan, "registered_trademarks", draws=300)
    assert next(iter(by_model)) == "pooled" and {"drift", "log_linear", COMBINATION} <= set(by_model)
    with pytest.raises(PlanError, match="fewer than two"):
        forecasts_by_model(plan, "fine_copyright_works", draws=300)


def test_an_indicator_without_forecast_gives_way_to_one_that_has(plan: Plan) -> None:
    known = forecasts(plan, draws=300)
    assert shown_indicator(known, "pct_applications") == "pct_applications"
    assert shown_indicator(known, "fine_copyright_works") in known
    with pytest.raises(PlanError, match="later data_through"):
        shown_indicator({}, "pct_applications")


def test_target_at_probability_inverts_the_assessment(plan: Plan) -> None:
    forecast = forecasts(plan, draws=2000)["registered_trademarks"]
    target = plan.target_of("registered_trademarks")
    assert target is not None
    level = target_at_probability(forecast, 0.8, target=target)
    assert (forecast.year(2025) >= level).mean() == pytest.approx(0.8, abs=0.002)
    with pytest.raises(PlanError, match="between 0 and 1"):
        target_at_probability(forecast, 1.0, target=target)


@pytest.mark.parametrize("content", ["region = 010000", 'plan = "x', "draws = [1]", "when = 2024-01-01"])
def test_run_files_guess_nothing(content: str, tmp_path: Path) -> None:
    path = tmp_path / "run.toml"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"run\.toml"):
        read_run_file(path)
    with pytest.raises(ParameterError, match="no such file"):
        read_run_file(tmp_path / "other.toml")


def test_inputs_are_packed_byte_for_byte(plan: Plan, tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        save_inputs(plan.data_dir, folder)
    assert (first / "inputs.zip").read_bytes() == (second / "inputs.zip").read_bytes()
    unpacked = unpack_inputs(first, tmp_path / "c")
    assert (unpacked / "observations.csv").read_bytes() == (plan.data_dir / "observations.csv").read_bytes()
    with pytest.raises(ParameterError, match="no usable input tables"):
        unpack_inputs(tmp_path, tmp_path / "d")
