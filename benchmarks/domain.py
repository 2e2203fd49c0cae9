"""Protocol 1: five yearly patent indicators of 31 provinces, five years ahead, origins 2013-2018.

Run from a checkout: ``python benchmarks/domain.py``; ``--no-peers`` leaves the peers out (or ``--peers NAME``).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

sys.path.insert(0, str(Path(__file__).resolve().parent))
from _peers import PEERS, drift_t_quantiles, statsforecast_quantiles
from _rolling import at_offsets, bootstrap_range, holds, rolling_forecasts, summary
from _scores import skill

from ipplan_analysis.evaluation.backtest import last_points, unbroken_runs, with_outcomes
from ipplan_analysis.evaluation.scores import brier, log_floor, reliability
from ipplan_analysis.trend.forecast import PANEL_QUANTILES, forecast_panel

DATA = Path(__file__).resolve().parents[1] / "data"
INDICATORS = (
    "valid_invention_patents",
    "patent_grants",
    "invention_grants",
    "patent_applications",
    "invention_applications",
)
BASES = ("year_end_stock", "annual_flow")
ORIGINS = range(2013, 2019)
HORIZON = 5
GAPS = (-6, -4, -3, 0)  # T03 is known for 2014, 2016, 2017 and 2020
MULTIPLES = (0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)
FINE = tuple(np.round(np.arange(1, 200) / 200, 3))  # levels from which event probabilities are read
Method = Callable[[pd.DataFrame, int], pd.DataFrame]


def read_panel(folder: Path) -> pd.DataFrame:
    """The benchmark's panel: yearbook rows win where a province-year has several."""
    rows = pd.read_csv(folder / "observations.csv", dtype=str)
    region = rows["region" if rows["region"].str.fullmatch(r"\d{6}").all() else "region_code"]
    rows = rows.assign(region=region)
    province = rows["region"].str.endswith("0000") & rows["region"].ne("000000")
    yearly = rows["period"].str.fullmatch(r"\d{4}") & rows["basis"].isin(BASES)
    rows = rows[province & yearly & rows["indicator"].isin(INDICATORS)]
    address = pd.read_csv(folder / "sources.csv", dtype=str).set_index("source")["url"].fillna("")
    rows = rows.assign(yearbook=rows["source"].map(address).str.contains("techme"))
    rows = rows.sort_values("yearbook", ascending=False, kind="stable")
    rows = rows.drop_duplicates(["region", "indicator", "period"])
    return pd.DataFrame(
        {
            "series": rows["region"] + ":" + rows["indicator"],
            "group": rows["indicator"],
            "year": rows["period"].astype(int),
            "value": rows["value"].astype(float),
        }
    )


def ours(panel: pd.DataFrame, horizon: int) -> pd.DataFrame:
    """The product, called as a user calls it."""
    return forecast_panel(panel, horizon)


def scored(panel: pd.DataFrame, name: str, method: Method) -> tuple[dict[str, object], pd.DataFrame]:
    """One line of the table, and the forecasts behind it."""
    start = time.perf_counter()
    table = rolling_forecasts(panel, ORIGINS, HORIZON, method)
    return {"method": name, **summary(table), "seconds": time.perf_counter() - start}, table


def peers(names: list[str]) -> dict[str, Method]:
    """Every peer on levels and on logs."""
    out: dict[str, Method] = {}
    for on_log in (True, False):
        fitted = "log" if on_log else "level"
        for name in names:
            out[f"{name} ({fitted})"] = lambda panel, horizon, name=name, on_log=on_log: statsforecast_quantiles(
                panel, horizon, model=name, on_log=on_log
            )
        out[f"drift with Student t ({fitted})"] = lambda panel, horizon, on_log=on_log: drift_t_quantiles(
            panel, horizon, PANEL_QUANTILES, on_log=on_log
        )
    return out


def detail(table: pd.DataFrame) -> None:
    """Coverage of the 80 % interval by horizon, indicator and target year."""
    for key in ("horizon", "group", "year", "origin"):
        shares = {str(value): round(holds(part), 3) for value, part in table.groupby(key)}
        print(f"80 % holds by {key}: {shares}")
    for name, part in [("all", table), *table.groupby("group")]:
        low, high = bootstrap_range(part, holds, by="year")
        print(f"  {name}: {holds(part):.3f}, 80 % bootstrap range by target year {low:.3f}-{high:.3f}")


def regimes(panel: pd.DataFrame) -> dict[str, Method]:
    """The short regimes in which the product is used."""

    def gaps(known: pd.DataFrame, horizon: int) -> pd.DataFrame:
        return ours(at_offsets(known, int(known["year"].max()), GAPS), horizon)

    def left_out(known: pd.DataFrame, horizon: int) -> pd.DataFrame:
        from ipplan_analysis.trend import fit_pool, pool_quantiles

        parts = []
        for indicator, rows in known.groupby("group"):
            pool = fit_pool(known[known["group"] != indicator])
            parts.append(pool_quantiles(pool, rows, horizon))
        return pd.concat(parts)

    cuts = {f"last {n} points": (lambda known, horizon, n=n: ours(last_points(known, n), horizon)) for n in (2, 3, 4)}
    return {**cuts, "gaps of T03": gaps, "indicator left out of the pool": left_out}


def with_full_pool(panel: pd.DataFrame) -> dict[str, Method]:
    """The same cuts of the series forecast, with the other figures of the panel still in the pool."""
    from ipplan_analysis.trend import fit_pool, pool_quantiles

    out: dict[str, Method] = {}
    for n in (2, 3, 4):
        out[f"last {n} points, whole pool"] = lambda known, horizon, n=n: pool_quantiles(
            fit_pool(known), last_points(known, n), horizon
        )
    out["gaps of T03, whole pool"] = lambda known, horizon: pool_quantiles(
        fit_pool(known), at_offsets(known, int(known["year"].max()), GAPS), horizon
    )
    return out


def events(panel: pd.DataFrame) -> pd.DataFrame:
    """Attainment events: does the value reach last value x m**(h/5)? Probabilities of ours and of two drifts."""
    tables = []
    for origin in ORIGINS:
        known = unbroken_runs(panel, origin)
        wide = with_outcomes(forecast_panel(known, HORIZON, quantiles=FINE), panel)
        last = known[known["year"] == origin].set_index("series")["value"]
        for multiple in MULTIPLES:
            start = wide["series"].map(last)
            target = start * multiple ** (wide["horizon"] / HORIZON)
            row = wide[["series", "origin", "year", "horizon", "group"]].assign(
                happened=wide["value"] >= target, pooled=reached(wide[list(FINE)].to_numpy(), target.to_numpy())
            )
            for on_log in (False, True):
                name = "drift_log" if on_log else "drift_level"
                row[name] = drift_probability(known, wide, target.to_numpy(), on_log=on_log)
            tables.append(row)
    return pd.concat(tables, ignore_index=True)


def reached(quantiles: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Probability of the target or more, from quantiles at `FINE`, linear between them on the log."""
    levels = np.array(FINE)
    logs, goal = log_floor(quantiles), log_floor(target)
    return np.array(
        [
            1 - np.interp(x, row, levels, left=levels[0] / 2, right=(1 + levels[-1]) / 2)
            for row, x in zip(logs, goal, strict=True)
        ]
    )


def drift_probability(known: pd.DataFrame, wide: pd.DataFrame, target: np.ndarray, *, on_log: bool) -> np.ndarray:
    """Exact probability of drift with Student t."""
    facts = {}
    for name, part in known.sort_values("year").groupby("series"):
        values = log_floor(part["value"]) if on_log else part["value"].to_numpy(dtype=float)
        change = np.diff(values)
        facts[name] = (values[-1], change.mean(), change.std(ddof=1), len(change))
    last, drift, spread, count = (np.array(v) for v in zip(*wide["series"].map(facts), strict=True))
    steps = wide["horizon"].to_numpy()
    goal = log_floor(target) if on_log else target
    wide_spread = spread * np.sqrt(steps + steps**2 / count)
    return np.asarray(stats.t.sf((goal - last - drift * steps) / wide_spread, count - 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="folder with observations.csv and sources.csv")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), help="statsforecast models to run")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    panel = read_panel(options.data)
    line, table = scored(panel, "pooled (ours)", ours)
    runs = table.drop_duplicates(["series", "origin"])
    print(f"{len(runs)} series-origins, own part {line['seconds']:.1f} s")
    lines = [line]
    if not options.no_peers:
        lines += [scored(panel, name, method)[0] for name, method in peers(options.peers).items()]
    print(pd.DataFrame(lines).round(4).to_string(index=False))
    detail(table)
    cuts = [scored(panel, name, method)[0] for name, method in {**regimes(panel), **with_full_pool(panel)}.items()]
    print(pd.DataFrame(cuts).round(4).to_string(index=False))
    cases = events(panel)
    print(reliability(cases["happened"], cases["pooled"]).round(3).to_string(index=False))
    own = brier(cases["happened"], cases["pooled"])
    for name in ("drift_level", "drift_log"):
        print(f"Brier {own:.4f}; skill against {name}: {skill(own, brier(cases['happened'], cases[name])):.3f}")


if __name__ == "__main__":
    main()
