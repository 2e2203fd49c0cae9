"""What moved between two assessments, and why: the method, revised figures, or new ones."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from ipplan_analysis.attainment.assess import assess
from ipplan_analysis.data import Plan

RECORDED_DIGITS = 9  # results are recorded with ten significant digits; a smaller difference is rounding
STEPS = ("method", "revised", "new")
COLUMNS = [
    *"target_id name_en name_zh status_before status_after probability_before probability_after".split(),
    *STEPS,
    *"last_value_before last_value_after last_year_before last_year_after".split(),
]


def changes(recorded: pd.DataFrame, before: Plan, after: Plan, *, draws: int, seed: int) -> pd.DataFrame:
    """Attribute the change of every target's probability to its causes.

    The causes are applied one after the other: today's code on the first run's figures (method), then the second
    run's values of cells that the first run had (revised), then everything else (new). The order is fixed, so the
    parts add up to the whole.

    Parameters
    ----------
    recorded : results of the first run as it recorded them.
    before, after : what the first and the second run could see.
    draws, seed : of the second run.

    Returns
    -------
    Columns `COLUMNS`, one row per target of the second run, none for a region without targets; `method`, `revised` and
    `new` are differences of probability (blank where a step has none).
    """
    if not after.has_targets:
        return pd.DataFrame(columns=COLUMNS)
    mixed = replace(before, snapshot=before.snapshot.with_revisions(after.snapshot))
    stages = [recorded, *(assess(plan, draws=draws, seed=seed) for plan in (before, mixed, after))]
    first, *_, last = tables = [stage.set_index("target_id") for stage in stages]
    rows = last[["name_en", "name_zh"]].copy()
    for name in ("status", "probability", "last_value", "last_year"):
        rows[f"{name}_before"], rows[f"{name}_after"] = first[name].reindex(last.index), last[name]
    for step, earlier, later in zip(STEPS, tables, tables[1:], strict=False):
        was, now = (pd.to_numeric(table["probability"], errors="coerce") for table in (earlier, later))
        rows[step] = (now - was).reindex(last.index).round(RECORDED_DIGITS)
    return rows.reset_index()[COLUMNS]
