"""Published forecasts, scored by the outturns that have arrived since."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from ipplan_analysis.data import Plan
from ipplan_analysis.data.package import VINTAGES
from ipplan_analysis.evaluation.scores import covered, log_floor, wis
from ipplan_analysis.schema import USUAL_LAG, DataError, Fault, cause

KINDS = {
    "run": str,
    "data_through": int,
    "indicator": str,
    "region": str,
    "year": int,
    "quantile": float,
    "value": float,
}
COLUMNS = [
    "run",
    "data_through",
    "indicator",
    "region",
    "year",
    "median",
    "low80",
    "high80",
    "outturn",
    "in80",
    "wis",
    "source",
]


def read_vintages(data_dir: Path) -> pd.DataFrame:
    """Every published quantile: run, data_through, indicator, region, year, quantile, value.

    Raises
    ------
    DataError : a file there is not one that `publish` wrote.
    """
    paths = sorted(path for path in (data_dir / VINTAGES).glob("*.csv") if path.name[0] not in ".~")
    frames = [_read(path) for path in paths]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(KINDS))


def _read(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=KINDS, encoding="utf-8")
        if missing := set(KINDS) - set(table.columns):
            raise ValueError(f"no column {', '.join(sorted(missing))}")
    except (OSError, ValueError) as error:  # among them pandas' own, for a file that is empty or cut off
        found, expected = f"no forecasts that can be read ({cause(error)})", "a file as ipplan publish writes it"
        raise DataError([Fault(str(path), None, "", found, expected, "Restore the file from a copy.")]) from None
    return table


def scored_vintages(plan: Plan) -> pd.DataFrame:
    """Published forecasts of the plan's region beside the outturns known by the run's `data_through`.

    Only years after the vintage's own `data_through` count, and not those that were over a year and more before the
    day of its run: neither was a forecast.

    Returns
    -------
    Columns `COLUMNS`; figures in the indicator's unit, WIS on the natural log, the worst first.
    """
    told = read_vintages(plan.data_dir)
    told = told[
        told["region"].eq(plan.region) & told["data_through"].lt(told["year"]) & told["year"].le(plan.data_through)
    ]
    made = pd.to_numeric(
        told["run"].astype(str).str.extract(r"-(\d{4})-\d\d-\d\d$", expand=False)
    )  # an id ends in its day
    told = told[made.isna() | told["year"].ge(made - USUAL_LAG)]
    rows = []
    for (run, through, indicator, year), quantiles in told.groupby(["run", "data_through", "indicator", "year"]):
        series = plan.series(indicator) if indicator in plan.indicators else pd.DataFrame()
        if year in series.index:
            floor = 0.5 * 10.0 ** -plan.indicators[indicator].decimals  # half of the last digit that is shown
            rows.append(_scored(run, through, indicator, plan.region, year, quantiles, series.loc[year], floor))
    return pd.DataFrame(rows, columns=COLUMNS).sort_values("wis", ascending=False, ignore_index=True)


def _scored(
    run: str,
    through: int,
    indicator: str,
    region: str,
    year: int,
    quantiles: pd.DataFrame,
    outturn: pd.Series,
    floor: float,
) -> dict[str, object]:
    ordered = quantiles.sort_values("quantile")
    levels, values = ordered["quantile"].to_numpy(), ordered["value"].to_numpy()
    low, median, high = np.interp((0.1, 0.5, 0.9), levels, values)
    happened = np.array([float(outturn["value"])])
    return {
        "run": run,
        "data_through": through,
        "indicator": indicator,
        "region": region,
        "year": year,
        "median": median,
        "low80": low,
        "high80": high,
        "outturn": happened[0],
        "in80": bool(covered(happened, [low], [high])[0]),
        "wis": float(wis(log_floor(happened, floor=floor), log_floor(values, floor=floor)[None], list(levels))[0]),
        "source": outturn["source"],
    }
