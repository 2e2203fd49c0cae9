"""Measured coverage and reliability, by the year through which outcomes were counted."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from ipplan_analysis import trend
from ipplan_analysis.data import Plan
from ipplan_analysis.data.measured import FILES, load_measured, measured_dir
from ipplan_analysis.data.package import tables_sha256
from ipplan_analysis.evaluation.measured import ANY, BANDS, TUNED_THROUGH, coverage_cases, event_cases
from ipplan_analysis.evaluation.reliability import reliability
from ipplan_analysis.intake.transaction import disk_errors, put_whole
from ipplan_analysis.schema import PlanError

LEAST_CASES = 200  # a share of fewer cases says too little: they share a few years' shocks
ROUNDS, LEAST_YEARS = 500, 3  # resamples of target years, and how many years make them worth drawing


def calibrate(plan: Plan, *, today: dt.date) -> dict[str, pd.DataFrame]:
    """Measure coverage and reliability on outcomes after those that the method's constants were chosen on.

    Parameters
    ----------
    plan : any plan of the data package, with every figure.
    today : date written into the tables.

    Returns
    -------
    calibration : coverage of the reported model by evidence grade and horizon.
    coverage : coverage of every model by horizon and by indicator.
    reliability : observed share by tenth of probability, for attainment events.
    Each has outcomes_through, measured_on and inputs_sha256.
    """
    cases, events = coverage_cases(plan), event_cases(plan)
    stamp = {"measured_on": today.isoformat(), "inputs_sha256": inputs_sha256(plan)}
    tables = {
        "calibration": _by_year(
            cases[cases["evidence"].ne(ANY)], lambda part: _coverage(part, ["evidence", "horizon"])
        ),
        "coverage": _by_year(cases[cases["evidence"].eq(ANY)], _model_coverage),
        "reliability": _by_year(events, _reliability),
    }
    return {name: table.assign(**stamp) for name, table in tables.items()}


def save_calibration(tables: dict[str, pd.DataFrame], folder: Path | None = None) -> list[Path]:
    """Write the measured tables as CSV; by default where the suite reads them.

    Raises
    ------
    PlanError : a table has no row, which would take away what was measured before; nothing is written.
    StoreError : the disk refuses.
    """
    if empty := [name for name in FILES if tables[name].empty]:
        raise PlanError(
            f"Too little could be measured on these data ({', '.join(empty)} would be empty). Nothing was written."
        )
    paths = []
    for name in FILES:
        path = (folder or measured_dir()) / f"{name}.csv"
        text = tables[name].to_csv(index=False, float_format="%.4f", lineterminator="\n")
        with disk_errors(path.parent):
            put_whole(path, text.encode())
        paths.append(path)
    return paths


def inputs_sha256(plan: Plan) -> str:
    """Hash of what a calibration depends on: the data package and the code of the trend models."""
    digest = hashlib.sha256(tables_sha256(plan.data_dir).encode())
    for path in sorted(Path(trend.__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def is_current(plan: Plan) -> bool:
    """Whether the shipped measurement was made on these data with this code."""
    shipped = load_measured("calibration", data_through=9999)
    return not shipped.empty and bool(shipped["inputs_sha256"].eq(inputs_sha256(plan)).all())


def _by_year(cases: pd.DataFrame, table_of: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """One table for every year through which outcomes may have been known."""
    years = range(TUNED_THROUGH + 1, int(cases["year"].max()) + 1)
    parts = []
    for year in years:
        table = table_of(cases[cases["year"].le(year)])
        table.insert(0, "outcomes_through", year)
        parts.append(table)
    return pd.concat(parts, ignore_index=True)


def _reliability(cases: pd.DataFrame) -> pd.DataFrame:
    """Reliability by tenth of probability, with the 80 % range when whole target years are drawn anew.

    With fewer than `LEAST_YEARS` target years there is no range: one year drawn again and again never varies.
    """
    table = reliability(cases["happened"], cases["probability"])
    tenth = pd.cut(cases["probability"], [-0.1, *table["high"].iloc[:-1], 1.1], right=False, labels=False)
    counts = cases.assign(tenth=tenth).groupby(["year", "tenth"])["happened"].agg(["sum", "size"]).unstack(fill_value=0)
    hits, sizes = counts["sum"].to_numpy(), counts["size"].to_numpy()
    drawn = np.random.default_rng(0).integers(0, len(hits), (ROUNDS, len(hits)))
    cases_drawn = sizes[drawn].sum(axis=1)
    shares = np.where(cases_drawn > 0, hits[drawn].sum(axis=1) / np.maximum(cases_drawn, 1), np.nan)
    low, high = np.nanquantile(shares, (0.1, 0.9), axis=0) if len(hits) >= LEAST_YEARS else (np.nan, np.nan)
    names = {
        "low": "bin_low",
        "high": "bin_high",
        "cases": "n",
        "mean_probability": "forecast",
        "share_happened": "observed",
    }
    return table.rename(columns=names).drop(columns="gap").assign(low=low, high=high)


def _coverage(cases: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    names = [f"in{band}" for band in BANDS]
    grouped = cases.groupby(by)
    table = grouped[names].mean().rename(columns={name: name.replace("in", "coverage") for name in names})
    table.insert(0, "n", grouped.size())
    return table[table["n"].ge(LEAST_CASES)].reset_index()


def _model_coverage(cases: pd.DataFrame) -> pd.DataFrame:
    by_horizon = _coverage(cases, ["model", "horizon"]).assign(indicator="")
    by_indicator = _coverage(cases, ["model", "indicator"]).assign(horizon=0)  # 0: all horizons together
    return pd.concat([by_horizon, by_indicator], ignore_index=True)[
        ["model", "horizon", "indicator", "n", "coverage50", "coverage80", "coverage95"]
    ]
