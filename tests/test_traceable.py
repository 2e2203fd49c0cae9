"""Every number of the results goes back to `observations.csv`, or to a computation on it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ipplan_analysis.attainment import assess, forecasts
from ipplan_analysis.data import Plan
from ipplan_analysis.data.snapshot import SUMS

DATA = Path(__file__).resolve().parents[1] / "data"
DRAWS = 1000


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    table = pd.read_csv(DATA / "observations.csv", dtype={"region": str, "period": str, "known_from": int})
    return table.set_index("observation")


@pytest.fixture(scope="module")
def results(plan: Plan) -> pd.DataFrame:
    return assess(plan, draws=DRAWS)


def _cited(row: pd.Series, rows: pd.DataFrame) -> pd.DataFrame:
    return rows.loc[row["observations"].split()]


def test_every_cited_observation_and_source_exists(results: pd.DataFrame, rows: pd.DataFrame, plan: Plan) -> None:
    for row in results.to_dict("records"):
        assert set(row["observations"].split()) <= set(rows.index)
        assert row["source"] and set(row["source"].split()) <= set(plan.sources.index)
        assert set(rows.loc[row["observations"].split(), "source"]) <= set(row["source"].split())


def test_last_values_and_bases_stand_in_the_cited_rows(results: pd.DataFrame, rows: pd.DataFrame) -> None:
    for _, row in results.iterrows():
        cited = _cited(row, rows)
        if not np.isnan(row["last_value"]):
            here = cited[cited["period"].eq(str(row["last_year"])) & cited["indicator"].eq(row["indicator"])]
            assert row["last_value"] in here["value"].to_list()
        if not np.isnan(row["base"]):
            assert row["base"] in cited["value"].to_list()


def test_targets_are_the_plan_s(results: pd.DataFrame) -> None:
    targets = pd.read_csv(DATA / "targets.csv").set_index("target_id")
    for _, row in results.iterrows():
        own = targets.loc[row["target_id"]]
        assert row["unit"] == own["unit"] or pd.isna(own["unit"])
        assert row["target"] == own["target"] or (np.isnan(row["target"]) and pd.isna(own["target"]))


def test_paces_are_computed_from_the_published_series(results: pd.DataFrame, plan: Plan) -> None:
    for _, row in results.dropna(subset=["recent_pace_pct"]).iterrows():
        series = plan.series(row["indicator"])["value"]
        recent = series[series.index >= series.index[-1] - 5]
        years = recent.index[-1] - recent.index[0]
        assert row["recent_pace_pct"] == pytest.approx(100 * ((recent.iloc[-1] / recent.iloc[0]) ** (1 / years) - 1))


def test_probabilities_are_shares_of_the_published_draws(results: pd.DataFrame, plan: Plan) -> None:
    expected = forecasts(plan, draws=DRAWS)
    checks = {
        "T03": ("registered_trademarks", 100_000),
        "T05": ("gi_trademarks", 40),
        "T13": ("patent_agencies", 24),
        "T02": ("pct_applications", 22 * 1.1**5),
        "T01": ("high_value_inventions_per_10k", 2),
    }
    table = results.set_index("target_id")
    for target, (indicator, level) in checks.items():
        hits = int((expected[indicator].year(2025) >= level).sum())
        assert table.loc[target, "probability"] == pytest.approx((hits + 0.5) / (DRAWS + 1))


def test_medians_and_bands_are_quantiles_of_the_draws(results: pd.DataFrame, plan: Plan) -> None:
    draws = forecasts(plan, draws=DRAWS)["registered_trademarks"].year(2025)
    row = results.set_index("target_id").loc["T03"]
    assert [row["low80"], row["median"], row["high80"]] == pytest.approx(list(np.quantile(draws, [0.1, 0.5, 0.9])))


def test_the_published_parts_add_up_in_ningxia(plan: Plan) -> None:
    for total, parts in SUMS.items():
        whole = plan.series(total)["value"]
        added = sum(plan.series(part)["value"].reindex(whole.index) for part in parts)
        assert (added - whole).dropna().eq(0).all()
