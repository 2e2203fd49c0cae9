"""Which number a target could have promised: the level that simulated paths reach with a wanted probability."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.futures import future
from ipplan_analysis.attainment.quantity import EQUAL, Array, MissingFigureError, Paths, quantity, total
from ipplan_analysis.data import Plan
from ipplan_analysis.data.measured import PROMISED
from ipplan_analysis.schema import PlanError, Target
from ipplan_analysis.trend import Forecast

OF_THE_TARGET = "target_id indicator name_en name_zh kind comparator target unit unit_en".split()


def target_at_probability(
    known: Plan | Forecast,
    probability: float,
    *,
    target: Target,
    year: int | None = None,
    draws: int = 4000,
    seed: int = 0,
) -> float:
    """Number of a target like this one that simulated paths meet with the wanted probability.

    Source: the target at probability p is the quantile 1 - p of the draws (FPET, United Nations Population Division).

    Parameters
    ----------
    known : a plan, whose paths are those behind the probabilities of `assess`; or a forecast of the indicator alone.
    probability : wanted share of paths, between 0 and 1, both excluded.
    target : gives kind, years, base and comparator; its own number is not used.
    year : moves the target to another year, and its window and base period with it, as a next plan would.
    draws, seed : of a plan's paths.

    Returns
    -------
    The boldest number in the target's unit that is met with the probability or more: with steps, as counts have,
    no number may have it exactly.

    Raises
    ------
    PlanError : the probability is not inside (0, 1), or the indicator has no forecast.
    MissingFigureError : the paths or the base do not give the quantity.
    ValueError : a milestone or a target without a number has none.
    """
    if not 0 < probability < 1:
        raise PlanError(f"a probability lies between 0 and 1, not {probability}")
    wanted = target if year is None else moved(target, year)
    if isinstance(known, Forecast):
        figures = {int(year): float(value) for year, value in known.history.items()}
        values = quantity(wanted, Paths(figures, known), wanted.base)
    else:
        values = simulated(forecast_case(known, wanted, draws, seed))
    return _met_by(values, probability, wanted.comparator)


def moved(target: Target, year: int) -> Target:
    """The same target for another year: its window and its base period move along."""
    shift = year - target.target_year
    if shift == 0:
        return target
    window, base = (
        re.sub(r"\d{4}", lambda found: str(int(found.group()) + shift), text)
        for text in (target.window, target.base_period)
    )
    return replace(target, target_year=year, window=window, base_period=base, base=None, target=None, target_high=None)


def simulated(case: Case) -> Array:
    """The number that is compared with the target, by path; a base that is not known yet is each path's own.

    Raises
    ------
    MissingFigureError : the paths or the base do not give the quantity.
    """
    if case.base is not None or not case.needs_base:
        return case.quantity()
    years = [int(year) for year in re.findall(r"\d{4}", case.target.base_period)]
    if not years:
        raise MissingFigureError(case.target.base_period)
    smallest = 0.5 * 10.0**-case.indicator.decimals  # half of the last digit: from nothing there is no growth
    return quantity(case.target, case.paths, np.maximum(total(range(years[0], years[-1] + 1), case.paths), smallest))


def forecast_case(plan: Plan, target: Target, draws: int, seed: int) -> Case:
    """The target with paths.

    Raises
    ------
    PlanError : the indicator's figures are too few.
    """
    expected = future(plan, target.indicator, draws=draws, seed=seed)
    if expected is None:
        raise PlanError(f"{target.indicator} has too few yearly figures in this region for a forecast.")
    return Case(plan, target, expected)


def _met_by(values: Array, probability: float, comparator: str) -> float:
    """The boldest of the values that at least this share of them meet."""
    if comparator.startswith("<"):
        return -_met_by(-values, probability, comparator.replace("<", ">"))
    level = float(np.quantile(values, 1 - probability, method="lower"))
    # a value does not exceed itself, but what lies just under it
    return level if comparator == ">=" else level - 2 * EQUAL * max(abs(level), 1.0)


def target_levels(
    plan: Plan,
    *,
    years: Sequence[int] | None = None,
    probabilities: Sequence[float] = PROMISED,
    draws: int = 4000,
    seed: int = 0,
) -> pd.DataFrame:
    """Levels with given chances for every target whose indicator has a forecast.

    Parameters
    ----------
    years : by default each target's own year and that of a next plan of the same length.

    Returns
    -------
    One row per target and year: columns `OF_THE_TARGET` (`target` only for the target's own year), last_value and
    last_year (of the indicator), year, basis of the forecast, bound (`at most` where the base is known only as a
    bound), and a column ``p80`` (and so on) for each probability, in the target's unit.
    """
    length = plan.end_year - plan.start_year + 1
    rows = []
    for target in plan.targets:
        for year in years or (target.target_year, target.target_year + length):
            try:
                case = forecast_case(plan, moved(target, year), draws, seed)
                values = simulated(case)
            except (PlanError, MissingFigureError, ValueError):
                continue
            assert case.future is not None
            history = case.future.history["value"]
            basis = "figures" if year in case.known.index else case.future.basis
            row = [getattr(case.target, name) for name in OF_THE_TARGET]
            row += [history.iloc[-1], history.index[-1], year, basis, "at most" if case.base_is_bound else ""]
            rows.append([*row, *(_met_by(values, chance, target.comparator) for chance in probabilities)])
    columns = [*OF_THE_TARGET, "last_value", "last_year", "year", "basis", "bound"]
    return pd.DataFrame(rows, columns=[*columns, *(f"p{round(100 * chance)}" for chance in probabilities)])
