"""Trend models of one series."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipplan_analysis.attainment.futures import future
from ipplan_analysis.data import Plan
from ipplan_analysis.trend import COMBINATION, fit_models, with_counting_noise, within_limits

INVENTIONS = pd.Series([200, 256, 322, 450, 603, 790, 1148, 1680, 2216, 2820], index=range(2009, 2019))
PCT = pd.Series([4, 13, 13, 17, 25, 23], index=[2015, 2016, 2018, 2021, 2022, 2023])


def test_drift_median_is_the_compound_growth() -> None:
    forecasts, _ = fit_models(PCT, 2, draws=10_000)
    growth = (23 / 4) ** (1 / 8)
    assert np.median(forecasts["drift"].year(2025)) == pytest.approx(23 * growth**2, rel=0.05)


def test_log_linear_trend_agrees_with_least_squares_by_hand() -> None:
    forecasts, _ = fit_models(INVENTIONS, 3, draws=10_000)
    slope, intercept = np.polyfit(INVENTIONS.index, np.log(INVENTIONS), 1)
    assert np.median(forecasts["log_linear"].year(2021)) == pytest.approx(np.exp(intercept + slope * 2021), rel=0.03)


def test_log_linear_spread_is_the_textbook_prediction_interval() -> None:
    forecasts, _ = fit_models(INVENTIONS, 1, draws=40_000)
    x, y = INVENTIONS.index.to_numpy(float), np.log(INVENTIONS.to_numpy(float))
    slope, intercept = np.polyfit(x, y, 1)
    s = np.sqrt(((y - intercept - slope * x) ** 2).sum() / 8)
    half = s * np.sqrt(1 + 1 / 10 + (2019 - x.mean()) ** 2 / ((x - x.mean()) ** 2).sum()) * 1.3968  # t, 8 df, 90 %
    low, high = np.log(np.quantile(forecasts["log_linear"].year(2019), [0.1, 0.9]))
    assert (high - low) / 2 == pytest.approx(half, rel=0.05)


def test_short_series_are_refused_with_what_is_needed() -> None:
    forecasts, refusals = fit_models(pd.Series([4.0, 16.0], index=[2015, 2020]), 5)
    assert set(forecasts) == {"drift", COMBINATION}
    assert refusals["local_linear"] == "needs 5 figures, has 2"
    assert "unbroken" in refusals["damped_smoothing"]


def test_gaps_are_missing_years_not_steps() -> None:
    forecasts, _ = fit_models(PCT, 2)
    assert list(forecasts["local_linear"].years) == [2024, 2025]
    assert forecasts["local_linear"].origin == 2023


@pytest.mark.parametrize(
    "values", [range(1, 11), [5] * 10, [0] * 6, [-3, 2, 5, 1.5, 4, 3, 2, 1], [1, 1, 100, 100, 1, 1]]
)
def test_awkward_series_have_finite_draws_and_some_spread(values: list[float]) -> None:
    series = pd.Series(list(values), index=range(2010, 2010 + len(list(values))), dtype=float)
    forecasts, _ = fit_models(series, 5, draws=500)
    for forecast in forecasts.values():
        assert np.isfinite(forecast.draws).all()
        assert np.ptp(forecast.year(forecast.years[-1])) > 0


def test_the_same_seed_gives_the_same_draws() -> None:
    first, again, other = (fit_models(INVENTIONS, 2, draws=300, seed=seed)[0][COMBINATION].draws for seed in (5, 5, 6))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_combination_takes_whole_paths_in_equal_shares() -> None:
    forecasts, _ = fit_models(INVENTIONS, 3, draws=400)
    combined = forecasts[COMBINATION].draws
    assert len(combined) == 400
    share = np.isin(combined[:, 2], forecasts["drift"].draws[:, 2]).mean()
    assert share == pytest.approx(0.25)


@given(st.integers(0, 60), st.floats(0.1, 50), st.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_limits_hold_on_every_path(last: int, spread: float, seed: int) -> None:
    draws = last + spread * np.random.default_rng(seed).standard_normal((200, 4)).cumsum(axis=1)
    bounded = within_limits(draws, last, lower=0, upper=100)
    assert bounded.min() >= 0 and bounded.max() <= 100
    rising = within_limits(draws, last, can_fall=False)
    assert (np.diff(rising, axis=1, prepend=last) >= 0).all()


def test_counting_noise_of_a_flow_is_poisson() -> None:
    noisy = with_counting_noise(np.full((100_000, 1), 23.0), 25.0, is_stock=False, rng=np.random.default_rng(1))
    assert noisy.mean() == pytest.approx(23, abs=0.06)
    assert noisy.var() == pytest.approx(23, rel=0.03)


def test_counting_noise_of_a_stock_falls_on_its_change() -> None:
    draws = np.tile([30.0, 34.0], (100_000, 1))
    noisy = with_counting_noise(draws, 27.0, is_stock=True, rng=np.random.default_rng(1))
    assert noisy[:, 1].mean() == pytest.approx(34, abs=0.06)
    assert noisy[:, 1].var() == pytest.approx(7, rel=0.03)
    assert (noisy[:, 0] >= 27).all()


def test_large_counts_keep_their_trend() -> None:
    draws = np.full((10, 2), 5000.0)
    assert np.array_equal(with_counting_noise(draws, 4000.0, is_stock=False, rng=np.random.default_rng(1)), draws)


def test_counts_given_in_ten_thousands_are_no_single_items(plan: Plan) -> None:
    entry = plan.indicators["technical_professionals"]
    assert entry.unit.startswith("万") and not entry.counts_items
    assert plan.indicators["registered_trademarks"].counts_items
    drawn = future(plan, "population", draws=200)
    assert drawn is not None
    assert drawn.forecast.year(drawn.forecast.origin + 1).std() < 0.03 * drawn.history["value"].iloc[-1]
