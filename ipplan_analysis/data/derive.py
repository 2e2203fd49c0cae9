"""Derived series: computed from published ones, never typed in."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from ipplan_analysis.schema import Indicator

SeriesOf = Callable[[str], pd.DataFrame]


def derived_series(indicator: Indicator, series_of: SeriesOf) -> pd.DataFrame:
    """Yearly figures computed from other indicators' figures of the same year.

    Parameters
    ----------
    indicator : its `derived_kind` is `per_head` (``a/b``: a per 10 000 residents when b counts 10 000 persons)
        or `sum` (``a+b``); any other kind gives an empty frame.
    series_of : gives the published series of an indicator (columns value, observation, source; index year).

    Returns
    -------
    The same columns; `observation` and `source` name every figure that entered, joined by `` & ``.
    Only years in which every part is published, and no divisor is zero, are there.
    """
    if indicator.derived_kind not in ("per_head", "sum"):
        return pd.DataFrame(columns=["value", "observation", "source"], index=pd.Index([], name="year", dtype="int64"))
    sign = "/" if indicator.derived_kind == "per_head" else "+"
    parts = [series_of(name) for name in indicator.derived_from.split(sign)]
    years = parts[0].index
    for part in parts[1:]:
        years = years.intersection(part.index)
    if sign == "/":
        for part in parts[1:]:
            years = years[part.loc[years, "value"].ne(0).to_numpy(dtype=bool)]
    cut = [part.loc[years] for part in parts]
    value = cut[0]["value"]
    for part in cut[1:]:
        value = value / part["value"] if sign == "/" else value + part["value"]
    joined = {name: _join([part[name] for part in cut]) for name in ("observation", "source")}
    return pd.DataFrame({"value": value, **joined}, index=years).rename_axis("year")


def _join(columns: list[pd.Series]) -> pd.Series:
    text = columns[0].astype(str)
    for column in columns[1:]:
        text = text + " & " + column.astype(str)
    return text
