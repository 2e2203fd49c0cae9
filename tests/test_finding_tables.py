"""Forecasts beside each other, targets at a probability, run files and packed inputs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipplan_analysis.attainment import forecasts, forecasts_by_model, shown_indicator
from ipplan_analysis.attainment.levels import target_at_probability
from ipplan_analysis.data import Plan
from ipplan_analysis.run.compare import unpack_inputs
from ipplan_analysis.run.make import save_inputs
from ipplan_analysis.run.parameters import checked_run_file
from ipplan_analysis.schema import ParameterError, PlanError
from ipplan_analysis.trend import COMBINATION


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
        checked_run_file(path)
    with pytest.raises(ParameterError, match="no such file"):
        checked_run_file(tmp_path / "other.toml")


def test_inputs_are_packed_byte_for_byte(plan: Plan, tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        save_inputs(plan.data_dir, folder)
    assert (first / "inputs.zip").read_bytes() == (second / "inputs.zip").read_bytes()
    unpacked = unpack_inputs(first, tmp_path / "c")
    assert (unpacked / "observations.csv").read_bytes() == (plan.data_dir / "observations.csv").read_bytes()
    with pytest.raises(ParameterError, match="no input tables that can be read"):
        unpack_inputs(tmp_path, tmp_path / "d")
