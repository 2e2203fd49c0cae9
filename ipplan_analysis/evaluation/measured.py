"""What the suite would have said in past years, case by case, beside what happened."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.evaluation.baselines import drift_quantiles
from ipplan_analysis.evaluation.origins import last_points, unbroken_runs, with_outcomes
from ipplan_analysis.evaluation.scores import covered, log_floor
from ipplan_analysis.schema import PlanError
from ipplan_analysis.trend import fit_pool, pool_quantiles

HORIZON = 5
FIRST_ORIGIN = 2010
TUNED_THROUGH = 2014  # the method's constants were chosen on outcomes up to here; only later ones are counted
BANDS = {50: (0.25, 0.75), 80: (0.1, 0.9), 95: (0.025, 0.975)}
LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
SCORED_GROUPS = ("patent_stock", "patent_grant", "patent_application", "trademark", "gi", "pct", "plant_variety")
EVENT_INDICATORS = (
    "valid_invention_patents",
    "patent_grants",
    "invention_grants",
    "patent_applications",
    "invention_applications",
)
# As long as it is (10 figures and more); cut to what each lower evidence grade typically has.
CUTS = {"A": (10, None), "B": (5, 7), "C": (2, 3)}
MULTIPLES = (0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)  # targets: last figure times m within five years
FINE = tuple(float(level) for level in np.round(np.arange(1, 200) / 200, 3))
ANY = ""  # evidence of cases on which models are compared: every unbroken run of five years and more
POOLED, DRIFT_LEVEL, DRIFT_LOG = "pooled", "drift_level", "drift_log"


def as_of(plan: Plan, year: int) -> pd.DataFrame:
    """The panel as it could be seen in a year: later figures and revisions are absent."""
    return load_plan(plan.plan, data_dir=plan.data_dir, data_through=year).panel()


def coverage_cases(plan: Plan) -> pd.DataFrame:
    """Forecasts from every origin at every evidence grade, with whether the bands held the outcome.

    Returns
    -------
    Columns series, indicator, origin, year, horizon, evidence, model, in50, in80, in95.

    Raises
    ------
    PlanError : no province has a series that can be scored.
    """
    outcomes = plan.panel()
    parts = [part for origin in _origins(plan) for part in _cases_at(as_of(plan, origin), outcomes, origin)]
    if not parts:
        raise PlanError("No province has a series that forecasts can be scored by, so coverage cannot be measured.")
    cases = pd.concat(parts, ignore_index=True)
    cases = cases[cases["year"].gt(TUNED_THROUGH)]
    return cases.assign(indicator=cases["series"].str.partition(":")[2])


def _origins(plan: Plan) -> range:
    first = int(plan.observations["end_year"].min()) if len(plan.observations) else plan.data_through
    return range(max(FIRST_ORIGIN, first), plan.data_through)


def _cases_at(known: pd.DataFrame, outcomes: pd.DataFrame, origin: int) -> Iterator[pd.DataFrame]:
    pool = fit_pool(known)
    current = known[known["group"].isin(SCORED_GROUPS)]
    current = current[current["series"].isin(current.loc[current["year"].eq(origin), "series"])]
    for grade, (least, cut) in CUTS.items():
        points = current.groupby("series")["year"].transform("size")
        series = current[points >= least]
        series = series if cut is None else last_points(series, cut)
        if len(series):
            table = pool_quantiles(pool, series, HORIZON, quantiles=LEVELS)
            yield _flags(with_outcomes(table, outcomes), grade, POOLED)
    runs = unbroken_runs(current, origin)
    if len(runs):
        yield _flags(with_outcomes(pool_quantiles(pool, runs, HORIZON, quantiles=LEVELS), outcomes), ANY, POOLED)
        for model, on_log in ((DRIFT_LEVEL, False), (DRIFT_LOG, True)):
            table = drift_quantiles(runs, HORIZON, levels=LEVELS, on_log=on_log)
            yield _flags(with_outcomes(table, outcomes), ANY, model)


def _flags(table: pd.DataFrame, grade: str, model: str) -> pd.DataFrame:
    flags = {f"in{band}": covered(table["value"], table[low], table[high]) for band, (low, high) in BANDS.items()}
    kept = table[["series", "origin", "year", "horizon"]]
    return kept.assign(evidence=grade, model=model, **flags)


def event_cases(plan: Plan) -> pd.DataFrame:
    """Attainment events: does a figure reach its last value times m^(h/5) after h years?

    Returns
    -------
    Columns series, origin, year, horizon, multiple, happened, probability.
    """
    outcomes = plan.panel()
    outcomes = outcomes[outcomes["series"].str.partition(":")[2].isin(EVENT_INDICATORS)]
    parts = [_events_at(as_of(plan, origin), outcomes, origin) for origin in _origins(plan) if origin >= TUNED_THROUGH]
    return pd.concat(parts, ignore_index=True)


def _events_at(known: pd.DataFrame, outcomes: pd.DataFrame, origin: int) -> pd.DataFrame:
    runs = unbroken_runs(known[known["series"].isin(outcomes["series"])], origin)
    if runs.empty:
        return pd.DataFrame()
    wide = with_outcomes(pool_quantiles(fit_pool(known), runs, HORIZON, quantiles=FINE), outcomes)
    last = wide["series"].map(runs[runs["year"].eq(origin)].set_index("series")["value"])
    frames = []
    for multiple in MULTIPLES:
        target = last * multiple ** (wide["horizon"] / HORIZON)
        happened = wide["value"] >= target
        probability = _reached(wide[list(FINE)].to_numpy(), target.to_numpy())
        frames.append(
            wide[["series", "origin", "year", "horizon"]].assign(
                multiple=multiple, happened=happened, probability=probability
            )
        )
    return pd.concat(frames, ignore_index=True)


def _reached(quantiles: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Probability of the target or more, read from quantiles at `FINE`, linear between them on the log."""
    levels = np.array(FINE)
    rows = zip(log_floor(quantiles), log_floor(target), strict=True)
    return np.array(
        [1 - np.interp(goal, row, levels, left=levels[0] / 2, right=(1 + levels[-1]) / 2) for row, goal in rows]
    )
