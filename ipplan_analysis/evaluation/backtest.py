"""What the suite would have said in past years beside what happened: coverage and reliability as measured.

Every forecast is made with what was known at its origin; only outcomes after those that the method was tuned on count.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from scipy import stats

from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.measured import EVENT_INDICATORS, FILES, HORIZON, PROMISED, SCORED_GROUPS, measured_dir
from ipplan_analysis.data.package import tables_sha256
from ipplan_analysis.evaluation.scores import covered, log_floor, reliability
from ipplan_analysis.schema import PlanError
from ipplan_analysis.trend import fit_pool, pool_quantiles

FIRST_ORIGIN = 2010
TUNED_THROUGH = 2014  # the method's constants were chosen on outcomes up to here; only later ones are counted
BANDS = {50: (0.25, 0.75), 80: (0.1, 0.9), 95: (0.025, 0.975)}
LEVELS = (0.025, 0.1, 0.2, 0.25, 0.5, 0.75, 0.9, 0.975)
REACHED = {chance: round(1 - chance, 3) for chance in PROMISED}  # the quantile that is reached with this chance
# As long as it is (10 figures and more); cut to what each lower evidence grade typically has.
CUTS = {"A": (10, None), "B": (5, 7), "C": (2, 3)}
MULTIPLES = (0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0)  # targets: last figure times m within five years
FINE = tuple(float(level) for level in np.round(np.arange(1, 200) / 200, 3))
ANY = ""  # evidence of cases on which models are compared: every unbroken run of five years and more
POOLED, DRIFT_LEVEL, DRIFT_LOG = "pooled", "drift_level", "drift_log"
MIN_CASES = 200  # a share of fewer cases says too little: they share a few years' shocks
ROUNDS, MIN_YEARS = 500, 3  # resamples of target years, and how many years make them worth drawing


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
    levels : how often levels that were given a chance were reached, by horizon.
    Each has outcomes_through, measured_on and inputs_sha256.
    """
    cases, events = coverage_cases(plan), event_cases(plan)
    stamp = {"measured_on": today.isoformat(), "inputs_sha256": tables_sha256(plan.data_dir)}
    tables = {
        "calibration": _by_year(
            cases[cases["evidence"].ne(ANY)], lambda part: _coverage(part, ["evidence", "horizon"])
        ),
        "coverage": _by_year(cases[cases["evidence"].eq(ANY)], _model_coverage),
        "reliability": _by_year(events, _reliability),
        "levels": _by_year(cases[cases["evidence"].eq(ANY) & cases["model"].eq(POOLED)], _levels_reached),
    }
    return {name: table.assign(**stamp) for name, table in tables.items()}


def save_calibration(tables: dict[str, pd.DataFrame], folder: Path | None = None) -> list[Path]:
    """Write the measured tables as CSV; by default where the suite reads them.

    Raises
    ------
    PlanError : a table has no row, which would take away what was measured before; nothing is written.
    OSError : the disk refuses.
    """
    if empty := [name for name in FILES if tables[name].empty]:
        raise PlanError(
            f"Too little could be measured on these data ({', '.join(empty)} would be empty). Nothing was written."
        )
    paths = []
    for name in FILES:
        path = (folder or measured_dir()) / f"{name}.csv"
        text = tables[name].to_csv(index=False, float_format="%.4f", lineterminator="\n")
        half_made = path.with_suffix(".new")
        half_made.write_text(text, encoding="utf-8")
        half_made.replace(path)
        paths.append(path)
    return paths


def _by_year(cases: pd.DataFrame, table_of: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
    """One table for every year through which outcomes may have been known."""
    tables = {
        year: table_of(cases[cases["year"].le(year)]) for year in range(TUNED_THROUGH + 1, int(cases["year"].max()) + 1)
    }
    return pd.concat(tables, names=["outcomes_through"]).reset_index("outcomes_through").reset_index(drop=True)


def _reliability(cases: pd.DataFrame) -> pd.DataFrame:
    """Reliability by tenth of probability, with the 80 % range when whole target years are drawn anew.

    With fewer than `MIN_YEARS` target years there is no range: one year drawn again and again never varies.
    """
    table = reliability(cases["happened"], cases["probability"])
    tenth = pd.cut(cases["probability"], [-0.1, *table["bin_high"].iloc[:-1], 1.1], right=False, labels=False)
    counts = cases.assign(tenth=tenth).groupby(["year", "tenth"])["happened"].agg(["sum", "size"]).unstack(fill_value=0)
    low, high = _range_of_shares(counts["sum"].to_numpy(), counts["size"].to_numpy())
    return table.assign(low=low, high=high)


def _range_of_shares(hits: np.ndarray, sizes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """80 % range of shares when whole target years (rows) are drawn anew; NaN with fewer than `MIN_YEARS`."""
    if len(hits) < MIN_YEARS:
        return np.full(hits.shape[1], np.nan), np.full(hits.shape[1], np.nan)
    drawn = np.random.default_rng(0).integers(0, len(hits), (ROUNDS, len(hits)))
    cases_drawn = sizes[drawn].sum(axis=1)
    shares = np.where(cases_drawn > 0, hits[drawn].sum(axis=1) / np.maximum(cases_drawn, 1), np.nan)
    low, high = np.nanquantile(shares, (0.1, 0.9), axis=0)
    return low, high


def _levels_reached(cases: pd.DataFrame) -> pd.DataFrame:
    """How often a level that was given a chance was reached, by horizon, with the years that the cases come from."""
    names = [f"reached{chance}" for chance in REACHED]
    tables = []
    for horizon, part in cases.groupby("horizon"):
        counts = part.groupby("year")[names].agg("sum").to_numpy(dtype=float)
        sizes = part.groupby("year").size().to_numpy()[:, None]
        low, high = _range_of_shares(counts, sizes)
        shares = {"probability": list(REACHED), "n": len(part), "years": len(sizes), "reached": part[names].mean()}
        tables.append(pd.DataFrame(shares | {"low": low, "high": high}).assign(horizon=horizon))
    return pd.concat(tables, ignore_index=True)


def _coverage(cases: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    names = [f"in{band}" for band in BANDS]
    grouped = cases.groupby(by)
    table = grouped[names].mean().rename(columns={name: name.replace("in", "coverage") for name in names})
    table.insert(0, "n", grouped.size())
    return table[table["n"].ge(MIN_CASES)].reset_index()


def _model_coverage(cases: pd.DataFrame) -> pd.DataFrame:
    by_horizon = _coverage(cases, ["model", "horizon"]).assign(indicator="")
    by_indicator = _coverage(cases, ["model", "indicator"]).assign(horizon=0)  # 0: all horizons together
    return pd.concat([by_horizon, by_indicator], ignore_index=True)[
        ["model", "horizon", "indicator", "n", "coverage50", "coverage80", "coverage95"]
    ]


def as_of(plan: Plan, year: int) -> pd.DataFrame:
    """The panel as it could be seen in a year: later figures and revisions are absent."""
    return load_plan(plan.plan, data_dir=plan.data_dir, data_through=year).panel()


def coverage_cases(plan: Plan) -> pd.DataFrame:
    """Forecasts from every origin at every evidence grade, with whether the bands held the outcome.

    Returns
    -------
    Columns series, indicator, origin, year, horizon, evidence, model, in50, in80, in95, and reached0.8 (and so on).

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
    for grade, (min_points, cut) in CUTS.items():
        points = current.groupby("series")["year"].transform("size")
        series = current[points >= min_points]
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
    flags |= {f"reached{chance}": table["value"] >= table[level] for chance, level in REACHED.items()}
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
    rows = wide[["series", "origin", "year", "horizon"]]
    frames = []
    for multiple in MULTIPLES:
        target = last * multiple ** (wide["horizon"] / HORIZON)
        probability = _reached(wide[list(FINE)].to_numpy(), target.to_numpy())
        frames.append(rows.assign(multiple=multiple, happened=wide["value"] >= target, probability=probability))
    return pd.concat(frames, ignore_index=True)


def _reached(quantiles: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Probability of the target or more, read from quantiles at `FINE`, linear between them on the log."""
    levels = np.array(FINE)
    rows = zip(log_floor(quantiles), log_floor(target), strict=True)
    return np.array(
        [1 - np.interp(goal, row, levels, left=levels[0] / 2, right=(1 + levels[-1]) / 2) for row, goal in rows]
    )


def unbroken_runs(panel: pd.DataFrame, origin: int, *, min_run: int = 5) -> pd.DataFrame:
    """Rows of every series' unbroken run of years that ends at `origin`, runs shorter than `min_run` left out."""
    known = panel[panel["year"] <= origin].sort_values(["series", "year"])
    steps_back = known.groupby("series").cumcount(ascending=False)
    run = known[(known["year"] + steps_back) == origin]
    size = run.groupby("series")["year"].transform("size")
    return run[size >= min_run]


def last_points(panel: pd.DataFrame, points: int) -> pd.DataFrame:
    """The last `points` rows of every series."""
    ordered = panel.sort_values(["series", "year"])
    return ordered[ordered.groupby("series").cumcount(ascending=False) < points]


def with_outcomes(forecasts: pd.DataFrame, panel: pd.DataFrame) -> pd.DataFrame:
    """Quantiles as columns beside the outcome and the horizon; years without an outcome are dropped."""
    wide = forecasts.pivot(index=["series", "origin", "year"], columns="quantile", values="value").reset_index()
    wide.columns.name = None
    keep = ["series", "year", "value"] + (["group"] if "group" in panel.columns else [])
    joined = wide.merge(panel[keep], on=["series", "year"], how="inner")
    return joined.assign(horizon=joined["year"] - joined["origin"])


def drift_quantiles(panel: pd.DataFrame, horizon: int, *, levels: Sequence[float], on_log: bool) -> pd.DataFrame:
    """Quantiles of drift whose interval knows that drift and spread are estimated.

    Spread after h years: s sqrt(h + h²/k) with k changes, t with k - 1 degrees of freedom (Hyndman & Athanasopoulos,
    Forecasting: Principles and Practice, 3rd ed., table 5.2).

    Parameters
    ----------
    panel : columns series, year, value; unbroken years, at least three of each series.
    on_log : whether the walk is on logs instead of levels.

    Returns
    -------
    Columns series, origin, year, quantile, value.
    """
    steps = np.arange(1, horizon + 1)
    frames = []
    for name, part in panel.sort_values("year").groupby("series"):
        values = part["value"].to_numpy(dtype=float)
        values = log_floor(values) if on_log else values
        change, origin = np.diff(values), int(part["year"].iloc[-1])
        spread = change.std(ddof=1) * np.sqrt(steps + steps**2 / len(change))
        table = values[-1] + change.mean() * steps[:, None] + spread[:, None] * stats.t.ppf(levels, len(change) - 1)
        frames.append(
            pd.DataFrame(
                {
                    "series": name,
                    "origin": origin,
                    "year": np.repeat(origin + steps, len(levels)),
                    "quantile": np.tile(levels, horizon),
                    "value": (np.exp(table) if on_log else table).ravel(),
                }
            )
        )
    return pd.concat(frames, ignore_index=True)
