"""Nothing that became known after `data_through` touches a run: planted later figures, revisions and breaks leave no trace."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from ipplan_analysis.attainment import (
    assess,
    figures_to_ask,
    forecasts,
    official_labels,
    outside_view,
    peers_of_targets,
    province_ranks,
    required_pace,
    spells,
    target_levels,
    tornado,
)
from ipplan_analysis.data import load_plan
from ipplan_analysis.data.measured import load_measured, measured_coverage, measured_dir

Row = dict[str, str]
YEAR = 2020
MARK = "PLANTED"


def _observation(rows: list[Row], **values: str) -> Row:
    model = next(
        row
        for row in rows
        if row["region"] == "640000" and row["indicator"] == "registered_trademarks" and row["period"] == "2020"
    )
    return model | values


def _later_value(rows: list[Row]) -> list[Row]:
    planted = _observation(rows, observation="O90001", period="2021", value="987654", known_from="2021", note=MARK)
    neighbour = planted | {"observation": "O90002", "region": "420000", "source": "S0212"}
    return [*rows, planted, neighbour]


def _later_revision(rows: list[Row]) -> list[Row]:
    planted = _observation(rows, observation="O90003", value="987654", known_from="2022", note=MARK)
    cousin = next(
        row
        for row in rows
        if row["region"] == "330000"
        and row["indicator"] == "patent_grants"
        and row["period"] == "2019"
        and row["use"] == "yes"
    )
    return [*rows, planted, cousin | {"observation": "O90004", "value": "1", "known_from": "2023", "note": MARK}]


def _later_break(rows: list[Row]) -> list[Row]:
    stop = {
        "break": "B900",
        "indicator": "registered_trademarks",
        "region": "*",
        "year": "2019",
        "known_from": "2021",
        "kind": "policy_stop",
        "effect_zh": MARK,
        "effect_en": MARK,
        "source": "S0001",
    }
    return [*rows, stop, stop | {"break": "B901", "indicator": "pct_applications", "kind": "definition"}]


PLANTS = {
    "value": ("observations", _later_value),
    "revision": ("observations", _later_revision),
    "break": ("breaks", _later_break),
}


def _everything(folder: Path | None, year: int) -> dict[str, pd.DataFrame]:
    plan = load_plan(data_dir=folder, data_through=year)
    quantiles = {name: forecast.quantiles() for name, forecast in forecasts(plan, draws=300).items()}
    return {
        "results": assess(plan, draws=300),
        "forecasts": pd.concat(quantiles),
        "ask": figures_to_ask(plan),
        "peers": peers_of_targets(plan),
        "outside": outside_view(plan),
        "labels": official_labels(plan, draws=300),
        "levels": target_levels(plan, draws=300),
        "paces": required_pace(plan),
        "scenarios": tornado(plan, draws=300),
        "ranks": province_ranks(plan, "patent_grants"),
        "spells": spells(plan, "registered_trademarks", years=2),
        "panel": plan.panel(),
        "breaks": plan.snapshot.break_table,
    }


@pytest.fixture(scope="module")
def clean() -> dict[str, pd.DataFrame]:
    return _everything(None, YEAR)


@pytest.mark.parametrize("plant", PLANTS)
def test_what_became_known_later_leaves_no_trace(
    plant: str, clean: dict[str, pd.DataFrame], edit_table: Callable[..., Path]
) -> None:
    table, change = PLANTS[plant]
    planted = _everything(edit_table(table, change), YEAR)
    for name, frame in clean.items():
        pd.testing.assert_frame_equal(planted[name], frame)
        text = planted[name].to_csv()
        assert MARK not in text and "987654" not in text


@pytest.mark.parametrize("plant", PLANTS)
def test_the_same_plants_are_seen_once_they_are_known(plant: str, edit_table: Callable[..., Path]) -> None:
    table, change = PLANTS[plant]
    planted, plain = load_plan(data_dir=edit_table(table, change), data_through=2023), load_plan(data_through=2023)
    assert not (
        planted.yearly.equals(plain.yearly) and len(planted.snapshot.break_table) == len(plain.snapshot.break_table)
    )


def test_measured_coverage_counts_only_outcomes_known_then() -> None:
    with (measured_dir() / "calibration.csv").open(encoding="utf-8") as stream:
        first = min(int(row["outcomes_through"]) for row in csv.DictReader(stream))
    assert load_measured("calibration", data_through=first - 1).empty
    assert pd.isna(measured_coverage("A", 1, data_through=first - 1))
    for year in (2016, 2020, 2024):
        assert load_measured("reliability", data_through=year)["outcomes_through"].unique().tolist() == [year]


def test_no_word_of_a_later_year_in_a_run_of_2020(clean: dict[str, pd.DataFrame]) -> None:
    results = clean["results"]
    assert max(year for year in results["last_year"] if year != "") <= YEAR
    assert max(year for year in results["origin"] if year != "") <= YEAR
    observations = set(" ".join(results["observations"]).split())
    rows = pd.read_csv(Path(__file__).resolve().parents[1] / "data" / "observations.csv", dtype=str).set_index(
        "observation"
    )
    used = rows.loc[sorted(observations)]
    assert (used["known_from"].astype(int) <= YEAR).all()
