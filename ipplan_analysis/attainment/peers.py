"""The nation's and other provinces' latest figures of the same indicator."""

from __future__ import annotations

import pandas as pd

from ipplan_analysis.attainment.quantity import recent_pace
from ipplan_analysis.data import Plan
from ipplan_analysis.schema import NATION

COLUMNS = ["indicator", "region", "name_en", "name_zh", "year", "value", "recent_pace_pct", "n_points", "source", "observation"]


def peers(plan: Plan, indicator: str) -> pd.DataFrame:
    """Latest yearly figure of the nation and of every province that has one, highest first, the nation on top.

    Returns
    -------
    Columns `COLUMNS`; `value` in the indicator's unit, `recent_pace_pct` in per cent per year over up to five years.
    """
    level = plan.regions["level"]
    regions = [region for region in level.index if level[region] in ("nation", "province")]
    rows = []
    for region in regions:
        series = plan.series(indicator, region)
        if series.empty:
            continue
        last = series.iloc[-1]
        rows.append({
            "indicator": indicator, "region": region, "name_en": plan.region_name("en", region),
            "name_zh": plan.region_name("zh", region), "year": int(series.index[-1]), "value": float(last["value"]),
            "recent_pace_pct": recent_pace(series["value"]) if len(series) > 1 else float("nan"),
            "n_points": len(series), "source": last["source"], "observation": last["observation"],
        })
    table = pd.DataFrame(rows, columns=COLUMNS)
    table["is_nation"] = table["region"].eq(NATION)
    table = table.sort_values(["is_nation", "value"], ascending=[False, False], kind="stable")
    return table.drop(columns="is_nation").reset_index(drop=True)
