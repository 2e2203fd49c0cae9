"""What was said beside what happened: of every target in earlier years, and by the forecasts that were published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.futures import future
from ipplan_analysis.attainment.judge import decided, evidence_grade, judge
from ipplan_analysis.attainment.outcomes import outcomes
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.package import VINTAGES
from ipplan_analysis.evaluation.scores import brier, log_floor, log_score, wis
from ipplan_analysis.schema import USUAL_LAG, DataError, cause

SAID_IN = (2018, 2020, 2022)
COLUMNS = [
    *"plan plan_en plan_zh target_id name_en name_zh said_in probability probability_is status".split(),
    *"evidence outturn outturn_year outturn_value surprise source".split(),
]
PUBLISHED_TYPES = {
    "run": str,
    "data_through": int,
    "indicator": str,
    "region": str,
    "year": int,
    "quantile": float,
    "value": float,
}
PUBLISHED_COLUMNS = [*list(PUBLISHED_TYPES)[:5], "median", "low80", "high80", "outturn", "in80", "wis", "source"]


def scorecard(plan: Plan, *, said_in: Iterable[int] = SAID_IN, draws: int = 2000, seed: int = 0) -> pd.DataFrame:
    """Probabilities stated with figures of earlier years for every plan's targets whose outturn is known by now.

    A target counts as reached when figures decide it (`met`), as not reached when the target year's figure is short. What
    figures had decided when a statement was made is left out.

    Parameters
    ----------
    plan : gives the data package and the year through which outturns are known.
    said_in : years through which the statements could see figures; later ones than the plan's are left out.
    draws, seed : number of simulated paths, and the seed.

    Returns
    -------
    Columns `COLUMNS`, the greatest surprises first; `outturn` is 1 or 0, `surprise` its distance from the stated
    probability (NaN where none could be stated).
    """
    rows: list[dict[str, object]] = []
    years = [year for year in dict.fromkeys(said_in) if year < plan.data_through]
    for name in plan.plan_names:
        known = load_plan(name, data_dir=plan.data_dir, data_through=plan.data_through)
        outturns = outcomes(known)
        for year in years if outturns else ():
            if int(known.observations["end_year"].min()) <= year:
                rows += _said(load_plan(name, data_dir=plan.data_dir, data_through=year), outturns, draws, seed)
    table = pd.DataFrame(rows, columns=COLUMNS)
    return table.sort_values("surprise", ascending=False, na_position="last", kind="stable").reset_index(drop=True)


def _said(early: Plan, outturns: dict[str, dict[str, Any]], draws: int, seed: int) -> Iterator[dict[str, object]]:
    """What could be said of each target then; what figures had decided was not foretold."""
    for target in early.targets:
        if target.target_id not in outturns or decided(Case(early, target, None)):
            continue
        case = Case(early, target, future(early, target.indicator, draws=draws, seed=seed))
        verdict, now = judge(case), outturns[target.target_id]
        yield now | {
            "plan": early.plan,
            "plan_en": early.name_en,
            "plan_zh": early.name_zh,
            "target_id": target.target_id,
            "said_in": early.data_through,
            "probability": verdict.probability,
            "probability_is": verdict.probability_is,
            "status": verdict.status,
            "evidence": evidence_grade(case.n_points),
            "surprise": abs(now["outturn"] - verdict.probability),
        }


def scorecard_scores(table: pd.DataFrame) -> dict[str, float]:
    """Brier and log score of the statements that had a probability, and how many had none."""
    stated = table.dropna(subset=["probability"])
    scores = {"stated": float(len(stated)), "not_stated": float(len(table) - len(stated))}
    for score in (brier, log_score):
        scores[score.__name__] = score(stated["outturn"], stated["probability"]) if len(stated) else np.nan
    return scores


def read_vintages(data_dir: Path) -> pd.DataFrame:
    """Every published quantile: run, data_through, indicator, region, year, quantile, value.

    Raises
    ------
    DataError : a file there is not one that `publish` wrote.
    """
    paths = sorted(path for path in (data_dir / VINTAGES).glob("*.csv") if path.name[0] not in ".~")
    frames = [_read_vintage(path) for path in paths]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(PUBLISHED_TYPES))


def _read_vintage(path: Path) -> pd.DataFrame:
    try:
        table = pd.read_csv(path, dtype=PUBLISHED_TYPES, encoding="utf-8")
        if missing := set(PUBLISHED_TYPES) - set(table.columns):
            raise ValueError(f"no column {', '.join(sorted(missing))}")
    except (OSError, ValueError) as error:  # among them pandas' own, for a file that is empty or cut off
        found, expected = f"no forecasts that can be read ({cause(error)})", "a file as ipplan publish writes it"
        raise DataError.at(path, found, expected, "Restore the file from a copy.") from None
    return table


def scored_vintages(plan: Plan) -> pd.DataFrame:
    """Published forecasts of the plan's region beside the outturns known by the run's `data_through`.

    Only years after the vintage's own `data_through` count, and not those that were over a year and more before the
    day of its run: neither was a forecast.

    Returns
    -------
    Columns `PUBLISHED_COLUMNS`; figures in the indicator's unit, WIS on the natural log, the worst first.
    """
    published = read_vintages(plan.data_dir)
    published = published[
        published["region"].eq(plan.region)
        & published["data_through"].lt(published["year"])
        & published["year"].le(plan.data_through)
    ]
    made = pd.to_numeric(
        published["run"].astype(str).str.extract(r"-(\d{4})-\d\d-\d\d$", expand=False)
    )  # an id ends in its day
    published = published[made.isna() | published["year"].ge(made - USUAL_LAG)]
    rows = []
    for (run, through, indicator, year), quantiles in published.groupby(["run", "data_through", "indicator", "year"]):
        series = plan.series(indicator) if indicator in plan.indicators else pd.DataFrame()
        if year not in series.index:
            continue
        ordered = quantiles.sort_values("quantile")
        low, median, high = np.interp((0.1, 0.5, 0.9), ordered["quantile"], ordered["value"])
        outturn = float(series.at[year, "value"])
        floor = 0.5 * 10.0 ** -plan.indicators[indicator].decimals  # half of the last digit that is shown
        row = {"run": run, "data_through": through, "indicator": indicator, "region": plan.region, "year": year}
        row |= {"median": median, "low80": low, "high80": high, "outturn": outturn, "in80": low <= outturn <= high}
        logs = log_floor(outturn, floor=floor), log_floor(ordered["value"], floor=floor)
        score = wis(logs[0][None], logs[1][None], list(ordered["quantile"]))[0]
        rows.append(row | {"wis": float(score), "source": series.at[year, "source"]})
    return pd.DataFrame(rows, columns=PUBLISHED_COLUMNS).sort_values("wis", ascending=False, ignore_index=True)
