"""Scores against values worked out by hand or by other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from _scores import mase, mean_abs_log_error, msis, naive_scale, skill, smape
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from ipplan_analysis.evaluation.scores import (
    brier,
    covered,
    log_floor,
    log_score,
    pinball,
    wis,
)
from ipplan_analysis.schema import PlanError

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
finite = st.floats(-1e6, 1e6)


def test_pinball_by_hand() -> None:
    assert pinball([10.0, 4.0], [7.0, 7.0], 0.9).tolist() == pytest.approx([2.7, 0.3])


def test_wis_by_hand() -> None:
    # outcome 12, quantiles 8 / 10 / 15 at .1 / .5 / .9: 2 * (.1 * 4 + .5 * 2 + .1 * 3) / 3
    assert wis([12.0], [[8.0, 10.0, 15.0]], (0.1, 0.5, 0.9)) == pytest.approx([3.4 / 3])


@given(finite, st.lists(finite, min_size=7, max_size=7))
def test_wis_equals_its_interval_form(outcome: float, values: list[float]) -> None:
    q = np.sort(values)
    total = abs(outcome - q[3])
    for k, alpha in enumerate((0.05, 0.2, 0.5)):
        low, high = q[k], q[6 - k]
        score = high - low + 2 / alpha * (max(low - outcome, 0) + max(outcome - high, 0))
        total += alpha * score
    assert wis([outcome], [q], LEVELS)[0] == pytest.approx(total / 7, rel=1e-9, abs=1e-6)


def test_many_levels_approach_the_crps_of_a_normal() -> None:
    levels = tuple((np.arange(2000) + 0.5) / 2000)
    z = (1.7 - 0.4) / 2.0
    crps = 2.0 * (z * (2 * stats.norm.cdf(z) - 1) + 2 * stats.norm.pdf(z) - 1 / np.sqrt(np.pi))
    quantiles = stats.norm.ppf(levels, 0.4, 2.0)
    assert wis([1.7], [quantiles], levels)[0] == pytest.approx(crps, rel=2e-3)


def test_wis_refuses_wrong_shapes() -> None:
    with pytest.raises(PlanError, match="expected"):
        wis([1.0, 2.0], [[1.0, 2.0, 3.0]], (0.1, 0.5, 0.9))


def test_point_errors_by_hand() -> None:
    assert mean_abs_log_error([100.0, 0.0], [50.0, 1.0]) == pytest.approx((np.log(2) + np.log(2)) / 2)
    assert smape([100.0, 0.0], [60.0, 0.0]) == pytest.approx((200 * 40 / 160 + 0) / 2)
    assert naive_scale([3.0, 7.0, 5.0]) == 3.0
    assert mase([10.0, 20.0], [13.0, 18.0], [3.0, 4.0]) == pytest.approx((1 + 0.5) / 2)
    assert log_floor([0.0, 3.0]).tolist() == pytest.approx([np.log(0.5), np.log(3)])


def test_msis_by_hand() -> None:
    # inside: width 10; above by 2: 10 + 40 * 2; both over a scale of 5
    assert msis([4.0, 12.0], [0.0, 0.0], [10.0, 10.0], [5.0, 5.0]) == pytest.approx((2 + 18) / 2)


def test_coverage_counts_the_ends() -> None:
    assert covered([1.0, 2.0, 3.5], [1.0, 1.0, 1.0], [3.0, 3.0, 3.0]).tolist() == [True, True, False]


def test_event_scores_by_hand() -> None:
    assert brier([1, 0, 1], [0.8, 0.3, 0.5]) == pytest.approx((0.04 + 0.09 + 0.25) / 3)
    assert log_score([1, 0], [0.8, 0.3]) == pytest.approx(-(np.log(0.8) + np.log(0.7)) / 2)
    assert np.isfinite(log_score([1], [0.0]))
    assert skill(0.15, 0.2) == pytest.approx(0.25)
    with pytest.raises(PlanError):
        skill(0.1, 0.0)


@given(st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_brier_and_log_score_are_proper(truth: float, said: float) -> None:
    def expected(score: object, p: float) -> float:
        return truth * score([1], [p]) + (1 - truth) * score([0], [p])  # type: ignore[operator]

    for score in (brier, log_score):
        assert expected(score, truth) <= expected(score, said) + 1e-12
