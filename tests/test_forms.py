"""Panels as people have them, limits, and whatever else a panel may hold: a forecast, or one sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipplan_analysis import forecast_panel
from ipplan_analysis.schema import PlanError

VALUES = [100, 104, 110, 113, 120, 124, 131, 137, 141, 150, 155, 163.0]
YEARS = list(range(2010, 2022))
LONG = pd.concat(
    [
        pd.DataFrame({"series": name, "year": YEARS, "value": np.multiply(VALUES, scale)})
        for name, scale in (("a", 1.0), ("b", 3.0))
    ],
    ignore_index=True,
)
WIDE = LONG.pivot(index="series", columns="year", values="value")
EXPECTED = forecast_panel(LONG, 3)


class Arrow:
    """What an Arrow table offers to others."""

    def to_pydict(self) -> dict[str, list[Any]]:
        return dict(LONG.to_dict("list"))


SAME: dict[str, Callable[[], Any]] = {
    "dates of 1 January": lambda: LONG.assign(year=pd.to_datetime(LONG["year"].astype(str) + "-01-01")),
    "dates of 31 December": lambda: LONG.assign(year=[dt.date(year, 12, 31) for year in LONG["year"]]),
    "periods": lambda: LONG.assign(year=pd.PeriodIndex(LONG["year"].astype(str), freq="Y")),
    "2019年": lambda: LONG.assign(year=LONG["year"].astype(str) + "年"),
    "2019-12-31": lambda: LONG.assign(year=LONG["year"].astype(str) + "-12-31"),
    "text": lambda: LONG.assign(year=LONG["year"].astype(str)),
    "floats": lambda: LONG.astype({"year": float}),
    "unique_id, ds, y": lambda: LONG.set_axis(["unique_id", "ds", "y"], axis=1),
    "index of names": lambda: LONG.set_index("series"),
    "index of names and years": lambda: LONG.set_index(["series", "year"]),
    "years across": lambda: WIDE,
    "years across as text": lambda: WIDE.set_axis([f"{year}年" for year in WIDE.columns], axis=1),
    "years down": lambda: WIDE.T,
    "years down as dates": lambda: WIDE.T.set_axis(pd.date_range("2010-01-01", periods=12, freq="YS"), axis=0),
    "Arrow": Arrow,
    "extra columns": lambda: LONG.assign(unit="件"),
    "index of the same name": lambda: LONG.set_index("series", drop=False),
}


@pytest.mark.parametrize("name", SAME)
def test_every_form_gives_the_same_forecast(name: str) -> None:
    pd.testing.assert_frame_equal(forecast_panel(SAME[name](), 3), EXPECTED)


def test_one_series_and_one_quantile_are_enough() -> None:
    table = forecast_panel(pd.Series(VALUES, index=YEARS, name="a"), 3, quantiles=0.5)
    assert table["series"].unique().tolist() == ["a"] and table["origin"].unique().tolist() == [2021]
    assert table["year"].tolist() == [2022, 2023, 2024] and table["quantile"].eq(0.5).all()


@pytest.mark.parametrize(
    ("panel", "words"),
    [
        (LONG.to_dict("list"), "not dict"),
        (LONG.rename(columns={"value": "figure"}), r"lacks the column\(s\) value; it has series, year, figure"),
        (
            LONG.assign(year=pd.date_range("2010-03-05", periods=24, freq="YS-MAR")),
            "not indexed by whole years.*Timestamp",
        ),
        (LONG.assign(year=pd.period_range("2010-01", periods=24, freq="M")), "not indexed by whole years.*Period"),
        (LONG.assign(value=pd.to_datetime("2020-01-01")), "holds dates"),
        (LONG.assign(value=pd.to_timedelta(range(24), unit="D")), "holds dates, durations"),
        (LONG.assign(value=pd.PeriodIndex(LONG["year"].astype(str), freq="Y")), "holds dates"),
        (LONG.assign(value=LONG["value"] + 1j), "complex numbers"),
        (pd.Series(VALUES, name="a"), "indexed by its years"),
        (pd.concat([LONG, LONG[["value"]]], axis=1), "the column 'value' twice"),
        (LONG.assign(year=LONG["year"].replace(2010, 1100)), "from 1100 straight to 2011"),
        (LONG.assign(value=LONG["value"].astype(str).replace("100.0", "about 100")), "no finite value"),
        (LONG[:0], "no rows"),
    ],
)
def test_what_is_no_panel_is_refused_in_one_sentence(panel: Any, words: str) -> None:
    with pytest.raises(PlanError, match=words):
        forecast_panel(panel, 3)


# limits

SHARES = st.lists(st.floats(0.01, 0.99), min_size=2, max_size=12)


@settings(max_examples=40, deadline=None)
@given(values=SHARES, monotone=st.booleans())
def test_limits_are_kept_by_every_quantile(values: list[float], monotone: bool) -> None:
    panel = pd.DataFrame({"series": "s", "year": range(2022 - len(values), 2022), "value": values})
    levels = [0.001, 0.1, 0.5, 0.9, 0.999]
    table = forecast_panel(panel, 5, quantiles=levels, lower=0, upper=1, monotone=monotone, draws=200)
    assert table["value"].between(values[-1] * (1 - 1e-9) if monotone else 0, 1).all()
    wide = table.pivot(index="year", columns="quantile", values="value")
    assert (wide.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None)
    if monotone:
        assert (wide.diff().iloc[1:] >= 0).all(axis=None)


def test_a_limit_moves_no_probability_elsewhere() -> None:
    free, limited = (forecast_panel(LONG, 5, upper=upper)["value"] for upper in (None, 500.0))
    assert (limited == np.minimum(free, 500.0)).all() and (limited < free).any()


@pytest.mark.parametrize(
    ("limits", "words"), [({"lower": 1, "upper": 0}, "not below"), ({"upper": 100}, "'a', 163, is beyond the limits")]
)
def test_limits_that_cannot_be_are_refused(limits: dict[str, float], words: str) -> None:
    with pytest.raises(PlanError, match=words):
        forecast_panel(LONG, 3, **limits)


# whatever a panel may hold

DTYPES = ["int64", "float64", "float32", "Int64", "object", "str"]


@settings(max_examples=150, deadline=None)
@given(
    series=st.lists(
        st.lists(
            st.one_of(st.none(), st.just(0.0), st.floats(1e-9, 1e12), st.floats(-1e6, 1e6), st.integers(0, 9)),
            min_size=1,
            max_size=9,
        ),
        min_size=1,
        max_size=4,
    ),
    dtype=st.sampled_from(DTYPES),
    grouped=st.booleans(),
)
def test_any_panel_gives_finite_ordered_quantiles_or_one_sentence(
    series: list[list[float | None]], dtype: str, grouped: bool
) -> None:
    rows = [
        {"series": f"s{place}", "year": 2000 + year, "value": value} | ({"group": "g"} if grouped else {})
        for place, values in enumerate(series)
        for year, value in enumerate(values)
        if value is not None
    ]
    panel = pd.DataFrame(rows, columns=["series", "year", "value", *(["group"] if grouped else [])])
    try:
        panel = panel.assign(
            value=panel["value"].round().astype(dtype) if "nt" in dtype else panel["value"].astype(dtype)
        )
    except (OverflowError, TypeError, ValueError):
        return
    try:
        table = forecast_panel(panel, 3)
    except PlanError as error:
        assert "\n" not in str(error)
        return
    wide = table.pivot(index=["series", "year"], columns="quantile", values="value")
    assert np.isfinite(wide.to_numpy()).all() and (np.diff(wide.to_numpy(), axis=1) >= 0).all()
