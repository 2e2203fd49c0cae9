"""Rolling origins see no future; reliability and bootstrap say what they count."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from benchmarks._rolling import at_offsets, bootstrap_range, holds, rolling_forecasts, summary
from ipplan_analysis.evaluation.backtest import last_points, unbroken_runs
from ipplan_analysis.evaluation.scores import reliability
from ipplan_analysis.schema import PlanError

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)


def panel() -> pd.DataFrame:
    whole = pd.DataFrame({"series": "a", "year": range(2001, 2013), "value": np.arange(1.0, 13.0)})
    broken = pd.DataFrame({"series": "b", "year": [2001, 2003, 2004, 2005, 2006, 2007], "value": 5.0})
    return pd.concat([whole, broken]).assign(group="g")


def last_value(known: pd.DataFrame, horizon: int) -> pd.DataFrame:
    rows = []
    for name, part in known.groupby("series"):
        origin, value = part["year"].max(), part.sort_values("year")["value"].iloc[-1]
        rows += [
            {"series": name, "origin": origin, "year": origin + h, "quantile": q, "value": value * (0.5 + q)}
            for h in range(1, horizon + 1)
            for q in LEVELS
        ]
    return pd.DataFrame(rows)


def test_runs_end_at_the_origin_without_a_gap() -> None:
    run = unbroken_runs(panel(), 2007)
    assert run.groupby("series")["year"].min().to_dict() == {"a": 2001, "b": 2003}
    assert set(unbroken_runs(panel(), 2007, min_run=6)["series"]) == {"a"}
    assert set(unbroken_runs(panel(), 2008)["series"]) == {"a"}


def test_cuts_of_a_panel() -> None:
    assert last_points(panel(), 2).groupby("series")["year"].min().to_dict() == {"a": 2011, "b": 2006}
    assert sorted(at_offsets(panel(), 2007, (-4, 0))["year"].unique()) == [2003, 2007]


def test_a_method_never_sees_what_came_later() -> None:
    seen: list[int] = []

    def spying(known: pd.DataFrame, horizon: int) -> pd.DataFrame:
        seen.append(int(known["year"].max()))
        return last_value(known, horizon)

    table = rolling_forecasts(panel(), range(2006, 2009), 3, spying)
    assert seen == [2006, 2007, 2008]
    assert (table["year"] > table["origin"]).all()
    assert table.loc[table["series"].eq("a") & table["origin"].eq(2006) & table["year"].eq(2008), "value"].item() == 8


def test_summary_is_the_scores_on_logs() -> None:
    table = rolling_forecasts(panel(), [2006], 2, last_value)
    rows = table[table["series"] == "a"]
    scores = summary(rows)
    said = np.log(6.0)
    assert scores["male"] == pytest.approx(np.mean([np.log(7) - said, np.log(8) - said]))
    assert scores["bias"] == pytest.approx(-scores["male"])
    assert scores["male_last"] == pytest.approx(np.log(8) - said)
    assert scores["coverage_80"] == holds(rows) == 1.0


def test_no_series_long_enough_is_said() -> None:
    with pytest.raises(PlanError, match="unbroken"):
        rolling_forecasts(panel(), [2002], 3, last_value)


def test_reliability_by_hand() -> None:
    table = reliability([0, 1, 1, 1, 0], [0.12, 0.18, 0.95, 1.0, 0.3])
    assert table["bin_low"].tolist() == pytest.approx([0.1, 0.3, 0.9])
    assert table["n"].tolist() == [2, 1, 2]
    assert table["observed"].tolist() == [0.5, 0, 1]
    assert table["forecast"].tolist() == pytest.approx([0.15, 0.3, 0.975])


def test_bootstrap_resamples_whole_groups() -> None:
    table = pd.DataFrame({"year": [1] * 50 + [2] * 50, "hit": [1.0] * 50 + [0.0] * 50})
    low, high = bootstrap_range(table, lambda rows: float(rows["hit"].mean()), by="year", rounds=200)
    assert (low, high) == (0.0, 1.0)  # with two groups a quarter of the rounds has only one of them
