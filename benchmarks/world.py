"""Series of other fields, five years ahead: `python benchmarks/world.py world_dev.csv`.

The file has the columns set, series, year, value and part (known or outcome). For each set, and for the last six and ten
known years, without and with the set as `group`: MASE and MSIS (95 %) over the mean absolute first difference of the
known years, averaged over series, and the share of outcomes inside the 80 % interval.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from _scores import mase, msis, naive_scale

from ipplan_analysis import forecast_panel

HORIZON, LEVELS = 5, (0.025, 0.1, 0.5, 0.9, 0.975)


def scored(known: pd.DataFrame, outcomes: pd.DataFrame, *, grouped: bool) -> tuple[float, float, float]:
    """MASE, MSIS and coverage of the 80 % interval for one set, means of its series."""
    panel = known[["series", "year", "value"]]
    table = forecast_panel(panel.assign(group="set") if grouped else panel, HORIZON, quantiles=LEVELS)
    wide = table.pivot(index=["series", "year"], columns="quantile", values="value").reset_index()
    rows = wide.merge(outcomes[["series", "year", "value"]], on=["series", "year"])
    steps = known.sort_values("year").groupby("series")["value"].agg(naive_scale)
    found = [
        (
            mase(part["value"], part[0.5], steps[name]),
            msis(part["value"], part[0.025], part[0.975], steps[name]),
            part["value"].between(part[0.1], part[0.9]).mean(),
        )
        for name, part in rows.groupby("series")
        if steps[name] > 0
    ]
    return tuple(np.mean(found, axis=0))


def main(path: Path) -> None:
    """Print one line for each set and length."""
    data = pd.read_csv(path)
    print(f"{'set, last':<58}{'no group: MASE MSIS cov80':>28}{'grouped: MASE MSIS cov80':>28}")
    for name, rows in data.groupby("set"):
        known, outcomes = (rows[rows["part"].eq(part)] for part in ("known", "outcome"))
        for length in (6, 10):
            last = known[known["year"] > known["year"].max() - length]
            alone, together = (scored(last, outcomes, grouped=grouped) for grouped in (False, True))
            cells = [f"{mase:10.2f} {msis:9.1f}   {held:.3f}" for mase, msis, held in (alone, together)]
            print(f"{str(name)[:54] + ', ' + str(length):<58}{'   '.join(cells)}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="path of world_dev.csv")
    main(parser.parse_args().data)
