"""Series of other fields, five years ahead: `python benchmarks/world.py world_dev.csv`.

The file has the columns set, series, year, value and part (known or outcome). For each set, and for the last six and ten
known years, without and with the set as `group`: MASE and MSIS (95 %) over the mean absolute first difference of the
known years, averaged over series, and the share of outcomes inside the 80 % interval.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pandas as pd

from ipplan_analysis import forecast_panel

HORIZON, LEVELS, ALPHA = 5, (0.025, 0.1, 0.5, 0.9, 0.975), 0.05


def scores(known: pd.DataFrame, outcomes: pd.DataFrame, *, grouped: bool) -> tuple[float, float, float]:
    """MASE, MSIS and coverage of the 80 % interval for one set."""
    panel = known[["series", "year", "value"]]
    table = forecast_panel(panel.assign(group="set") if grouped else panel, HORIZON, quantiles=LEVELS)
    wide = table.pivot(index=["series", "year"], columns="quantile", values="value").reset_index()
    rows = wide.merge(outcomes[["series", "year", "value"]], on=["series", "year"])
    step = known.sort_values("year").groupby("series")["value"].agg(lambda values: np.abs(np.diff(values)).mean())
    rows["step"] = rows["series"].map(step)
    rows = rows[rows["step"] > 0]
    low, high, actual = rows[0.025], rows[0.975], rows["value"]
    penalty = 2 / ALPHA * (np.maximum(low - actual, 0) + np.maximum(actual - high, 0))
    rows["mase"] = (rows["value"] - rows[0.5]).abs() / rows["step"]
    rows["msis"] = (high - low + penalty) / rows["step"]
    rows["held"] = rows["value"].between(rows[0.1], rows[0.9])
    return tuple(rows.groupby("series")[["mase", "msis", "held"]].mean().mean())


def main(path: Path) -> None:
    """Print one line for each set and length."""
    data = pd.read_csv(path)
    print(f"{'set, last':<58}{'no group: MASE MSIS cov80':>28}{'grouped: MASE MSIS cov80':>28}")
    for name, rows in data.groupby("set"):
        known, outcomes = (rows[rows["part"].eq(part)] for part in ("known", "outcome"))
        for length in (6, 10):
            last = known[known["year"] > known["year"].max() - length]
            alone, together = (scores(last, outcomes, grouped=grouped) for grouped in (False, True))
            cells = [f"{mase:10.2f} {msis:9.1f}   {held:.3f}" for mase, msis, held in (alone, together)]
            print(f"{str(name)[:54] + ', ' + str(length):<58}{'   '.join(cells)}")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
