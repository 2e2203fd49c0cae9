"""One row per target: what is known, what is expected, and how sure."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from ipplan_analysis.attainment import reasons
from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.futures import YEARS_BEYOND, IndicatorForecast, future, futures
from ipplan_analysis.attainment.judge import NAN, Verdict, evidence_grade, judge
from ipplan_analysis.attainment.peers import Reference, reference_of
from ipplan_analysis.attainment.quantity import PACE_YEARS, compound_pace, reaches, recent_pace
from ipplan_analysis.attainment.reasons import join
from ipplan_analysis.data import Plan
from ipplan_analysis.data.measured import load_measured, measured_coverage
from ipplan_analysis.messages import likelihood, likelihood_range
from ipplan_analysis.schema import Target

COLUMNS = """
    plan target_id region indicator name_en name_zh kind comparator target target_high unit unit_en target_year
    base base_year base_is origin last_value last_year known_to_date n_points evidence
    median low80 high80 probability probability_is likelihood status measured_coverage
    reference_probability reference_hits reference_cases reference_of
    recent_pace_pct recent_pace_years required_pace_pct required_pace_years planned_pace_pct
    seen_pace_pct seen_pace_years expected_year way_share time_share
    basis source observations department department_en why why_zh reason reason_zh
""".split()
NUMBERS = """
    target target_high base known_to_date probability measured_coverage reference_probability
    required_pace_pct planned_pace_pct seen_pace_pct way_share time_share
""".split()
# what stands where there is no value
BLANK = dict.fromkeys(COLUMNS, "") | dict.fromkeys(NUMBERS, NAN) | {"reference_hits": 0, "reference_cases": 0}
JUDGED = "very unlikely"  # of a judgement, which has no number
OF_THE_TARGET = "plan target_id region indicator name_en name_zh kind comparator unit unit_en target_year".split()


def assess(plan: Plan, *, draws: int = 4000, seed: int = 0) -> pd.DataFrame:
    """Assess every target of a plan.

    Parameters
    ----------
    draws, seed : number of simulated paths, and the seed; the same values give the same table.

    Returns
    -------
    One row per target in the plan's order, columns `COLUMNS`. `target`, `median`, `low80`, `high80` and
    `known_to_date` are in the target's `unit`; `base` and `last_value` in the indicator's unit (`base` of a sum in the
    target's); paces in per cent per year; `way_share` and `time_share` are fractions. For a region without targets of
    its own: one row per forecast indicator, target columns blank.

    Raises
    ------
    PlanError : the trend model refuses a series.
    """
    return _assessed(plan, draws, seed).copy()


@lru_cache(maxsize=64)  # by the plan object itself: a changed plan is another one
def _assessed(plan: Plan, draws: int, seed: int) -> pd.DataFrame:
    if not plan.has_targets:
        known = futures(plan, draws=draws, seed=seed)
        return pd.DataFrame([_indicator_row(plan, entry) for entry in known.values()], columns=COLUMNS)
    panel = plan.panel()
    cases = [Case(plan, target, future(plan, target.indicator, draws=draws, seed=seed)) for target in plan.targets]
    return pd.DataFrame([_row(case, judge(case), reference_of(case, panel)) for case in cases], columns=COLUMNS)


def _row(case: Case, verdict: Verdict, reference: Reference | None) -> dict[str, object]:
    base, last = case.base, case.last or case.newest
    coverage = _coverage(case) if verdict.values.size else NAN
    reason = join(verdict.why, verdict.detail)
    if verdict.values.size:
        like = None if reference is None else reasons.elsewhere(reference.hits, reference.cases)
        reason = join(reason, reasons.measured(coverage), like)
    return BLANK | {
        **_target_columns(case.target),
        "base": NAN if base is None else base.value,
        "base_year": "" if base is None else base.period,
        "base_is": "at least" if case.base_is_bound else "",
        "origin": case.future.forecast.origin if case.future is not None else last.year if last is not None else "",
        "last_value": NAN if last is None else last.value,
        "last_year": "" if last is None else last.year,
        "known_to_date": verdict.known_to_date,
        "n_points": case.n_points,
        "evidence": evidence_grade(case.n_points),
        **_interval(verdict.values),
        "probability": verdict.probability,
        "probability_is": verdict.probability_is,
        "likelihood": _likelihood(verdict),
        "status": verdict.status,
        "measured_coverage": coverage,
        **({} if reference is None else {f"reference_{name}": value for name, value in reference._asdict().items()}),
        **_pace_columns(case),
        "expected_year": _expected_year(case, verdict),
        **_shares(case),
        "basis": verdict.basis,
        **trace(case, verdict),
        "why": verdict.why["en"],
        "why_zh": verdict.why["zh"],
        "reason": reason["en"],
        "reason_zh": reason["zh"],
    }


def _likelihood(verdict: Verdict) -> str:
    """The word for a probability; an upper limit has one only where the word also covers everything below."""
    if verdict.probability_is == "judgement":
        return JUDGED
    if verdict.probability_is == "rough":
        return likelihood_range(verdict.probability)
    is_limit = verdict.probability_is == "at most"
    return "" if is_limit and verdict.status == "open" else likelihood(verdict.probability)


def _coverage(case: Case) -> float:
    """How often the 80 % band held in the past, at this grade and so many years ahead, for series of this kind."""
    through = case.plan.data_through
    checked = load_measured("coverage", data_through=through)
    entries = [case.plan.indicators.get(name) for name in checked.get("indicator", ())]
    if case.future is None or case.indicator.pool_group not in {entry.pool_group for entry in entries if entry}:
        return NAN
    horizon = max(case.target.target_year - case.future.forecast.origin, 1)
    return measured_coverage(evidence_grade(case.n_points), horizon, data_through=through)


def _target_columns(target: Target) -> dict[str, object]:
    columns: dict[str, object] = {name: getattr(target, name) for name in OF_THE_TARGET}
    return columns | {
        "target": NAN if target.target is None else target.target,
        "target_high": NAN if target.target_high is None else target.target_high,
        "department": target.department_to_ask,
        "department_en": target.department_to_ask_en,
    }


def _interval(values: np.ndarray) -> dict[str, float]:
    if values.size == 0:
        return {"median": NAN, "low80": NAN, "high80": NAN}
    low, median, high = np.quantile(values, (0.1, 0.5, 0.9))
    return {"median": float(median), "low80": float(low), "high80": float(high)}


def _pace_columns(case: Case) -> dict[str, object]:
    """Growth a year with the years it is of: seen lately, needed from now on, planned and seen since the base."""
    required, base, last, end = case.required, case.base, case.last, case.target.target_year
    columns: dict[str, object] = {"recent_pace_pct": NAN}
    if len(case.known) > 1:
        columns = _recent_columns(case.known["value"])
    if required is None or last is None:
        return columns
    if last.year < end and not case.reached(last):
        needed = compound_pace(last.value, required, end - last.year)
        columns |= {"required_pace_pct": needed, "required_pace_years": f"{last.year}/{end}"}
    if base is not None and base.year < end:
        columns["planned_pace_pct"] = compound_pace(base.value, required, end - base.year)
    if base is not None and base.year < last.year:
        seen = compound_pace(base.value, last.value, last.year - base.year)
        columns |= {"seen_pace_pct": seen, "seen_pace_years": f"{base.year}/{last.year}"}
    return columns


def _recent_columns(history: pd.Series) -> dict[str, object]:
    first = history.index[history.index >= history.index[-1] - PACE_YEARS][0]
    return {"recent_pace_pct": recent_pace(history), "recent_pace_years": f"{first}/{history.index[-1]}"}


def _shares(case: Case) -> dict[str, float]:
    """Share of the way from base to target that the last figure has covered, beside the share of the time."""
    required, base, last = case.required, case.base, case.last
    if required is None or base is None or last is None or base.value == required or last.year <= base.year:
        return {}
    time = (last.year - base.year) / (case.target.target_year - base.year)
    return {"way_share": (last.value - base.value) / (required - base.value), "time_share": time}


def _expected_year(case: Case, verdict: Verdict) -> object:
    """First year when half the draws have met the target, or the year of the first figure that did."""
    required = case.required
    if required is None or verdict.basis == "stop" or verdict.status in ("listed", "not assessable"):
        return ""
    comparator = case.target.comparator
    for year, value in case.known["value"].items():
        if reaches(comparator, np.array([value]), required)[0] and (case.base is None or year > case.base.year):
            return int(year)
    if case.future is None:
        return ""
    forecast = case.future.forecast
    met = np.logical_or.accumulate(reaches(comparator, forecast.draws, required), axis=1).mean(axis=0)
    years = [year for year, share in zip(forecast.years, met, strict=True) if share >= 0.5]
    return years[0] if years and years[0] <= case.target.target_year + YEARS_BEYOND else ""


def trace(case: Case, verdict: Verdict) -> dict[str, str]:
    """Every source and observation behind the row's numbers."""
    figures = list(verdict.figures)
    figures += [figure for figure in (case.last, case.base) if figure is not None]
    sources = [figure.source for figure in figures]
    if verdict.basis == "stop" and case.stop is not None:
        sources.append(case.stop.source)
    observations = [figure.observation for figure in figures]
    if case.future is not None and verdict.values.size:
        sources += list(case.future.history["source"])
        observations += list(case.future.history["observation"])
    return {"source": _unique(sources) or case.target.source, "observations": _unique(observations)}


def _unique(parts: list[str]) -> str:
    single = [piece for part in parts for piece in part.split(" & ") if piece]
    return " ".join(dict.fromkeys(single))


def _indicator_row(plan: Plan, known: IndicatorForecast) -> dict[str, object]:
    """A row for an indicator without a target; median and range are of the plan's last year."""
    entry, forecast = known.indicator, known.forecast
    year = max(plan.end_year, forecast.origin + 1)
    values = forecast.year(year)
    history = known.history["value"]
    own = {name: getattr(entry, name) for name in ("indicator", "name_en", "name_zh", "unit", "unit_en")}
    return BLANK | {
        "plan": plan.plan,
        "region": plan.region,
        **own,
        "target_year": year,
        "origin": forecast.origin,
        "last_value": float(history.iloc[-1]),
        "last_year": int(history.index[-1]),
        "n_points": known.n_points,
        "evidence": evidence_grade(known.n_points),
        **_interval(values),
        **_recent_columns(history),
        "basis": known.basis,
        "source": _unique(list(known.history["source"])),
        "observations": _unique(list(known.history["observation"])),
    }
