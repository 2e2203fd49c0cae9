"""What if: the probability of a target on the same simulated paths, with one thing changed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.judge import share_of_paths
from ipplan_analysis.attainment.levels import forecast_case, simulated
from ipplan_analysis.attainment.quantity import Array, MissingFigureError, meets
from ipplan_analysis.data import Plan
from ipplan_analysis.schema import PlanError, Target
from ipplan_analysis.trend import within_limits

POINTS = 3.0  # per cent a year by which growth is varied; the texts of the tables name both sizes
SHARE = 10.0  # per cent of the last figure and of the target's number, by which they are varied


@dataclass(frozen=True)
class Change:
    """What is different in a scenario; the default changes nothing.

    Attributes
    ----------
    growth : per cent a year on top of every path's growth, from the first year without a figure on.
    stop : year from which on every path stays at its value of the year before.
    jump : one-off change in the indicator's unit in `jump_year` (the first year without a figure by default); of a
        stock it stays.
    number : another number to reach, in the target's unit.
    year : another deadline; a window ends with it, the base stays.
    """

    growth: float = 0.0
    stop: int | None = None
    jump: float = 0.0
    jump_year: int | None = None
    number: float | None = None
    year: int | None = None


def what_if(plan: Plan, target: Target, change: Change | None = None, *, draws: int = 4000, seed: int = 0) -> float:
    """Probability of a target under a change, on the paths behind the probabilities of `assess`.

    Returns
    -------
    Share of the paths (see `judge.share_of_paths`); 0 or 1 where figures alone decide. Without a change it is
    the probability that `assess` gives.

    Raises
    ------
    PlanError : the target has no number, its indicator no forecast, or the deadline lies before its window.
    MissingFigureError : the paths or the base do not give the quantity.
    """
    change = change or Change()
    if target.target is None:
        raise PlanError(f"{target.target_id} has no number to reach.")
    case = forecast_case(plan, _changed_target(target, change), draws, seed)
    expected, paths = case.future, _changed_paths(case, change)
    assert expected is not None
    values = simulated(replace(case, future=replace(expected, forecast=replace(expected.forecast, draws=paths))))
    hits = meets(case.target, values)
    return float(hits[0]) if hits.size == 1 else share_of_paths(hits)


def _changed_target(target: Target, change: Change) -> Target:
    number = target.target if change.number is None else change.number
    year = target.target_year if change.year is None else change.year
    first = target.window_years[0]
    if "/" in target.window and year < first:
        raise PlanError(f"The deadline {year} lies before {first}, the first year of {target.target_id}.")
    window = f"{first}/{year}" if "/" in target.window else target.window
    return replace(target, target=number, target_year=year, window=window)


def _changed_paths(case: Case, change: Change) -> Array:
    assert case.future is not None
    found, entry = case.future.forecast, case.indicator
    draws = found.draws * np.power(1 + change.growth / 100, np.arange(1, found.horizon + 1))
    column = 0 if change.jump_year is None else change.jump_year - found.origin - 1
    if change.jump:
        draws[:, column : None if case.is_stock else column + 1] += change.jump
    if change.stop is not None and (first := max(change.stop - found.origin - 1, 0)) < found.horizon:
        last = draws[:, [first - 1]] if first else np.full((len(draws), 1), float(found.history.iloc[-1]))
        draws[:, first:] = last
    last_known = float(found.history.iloc[-1])
    return within_limits(draws, last_known, lower=entry.lower, upper=entry.upper, can_fall=entry.can_fall)


def change_of(
    case: Case, *, growth: float = 0.0, jump: float = 0.0, number: float = 0.0, years: int = 0, stop: bool = False
) -> Change:
    """A change of one target in sizes that mean the same for every target.

    Parameters
    ----------
    growth : per cent a year, as in `Change`.
    jump : per cent of the last figure; of a flow it comes in the target's year.
    number : per cent by which the number to reach rises.
    years : by which the deadline moves; earlier where negative.
    stop : whether nothing more happens from the first year without a figure on.
    """
    assert case.future is not None and case.target.target is not None
    forecast, target = case.future.forecast, case.target
    raised = case.target.target * (1 + number / 100)
    return Change(
        growth=growth,
        stop=forecast.origin + 1 if stop else None,
        jump=jump / 100 * float(forecast.history.iloc[-1]),
        jump_year=None if case.is_stock else target.target_year + years,
        number=raised if number else None,
        year=target.target_year + years if years else None,
    )


def usual_changes(case: Case) -> dict[str, tuple[Change, Change]]:
    """Changes worth comparing, each as a pair for the worse and for the better (equal where there is one only)."""
    sign = -1 if case.target.comparator.startswith("<") else 1
    growth, jump, number = sign * POINTS, sign * SHARE, -sign * SHARE
    one_year = "/" in case.target.window and len(case.target.window_years) == 1  # has no earlier deadline
    earlier, stop = change_of(case, years=0 if one_year else -1), change_of(case, stop=True)
    return {
        "growth": (change_of(case, growth=-growth), change_of(case, growth=growth)),
        "jump": (change_of(case, jump=-jump), change_of(case, jump=jump)),
        "number": (change_of(case, number=-number), change_of(case, number=number)),
        "deadline": (earlier, earlier),
        "stop": (stop, stop),
    }


def tornado(plan: Plan, *, draws: int = 4000, seed: int = 0) -> pd.DataFrame:
    """What moves the probability of each target that a forecast decides, by the changes of `usual_changes`.

    Returns
    -------
    One row per target and change: target_id, name_en, name_zh, probability, bound (`at most` where the base is known
    only as a bound), change, low and high (of the probabilities as things are, for the worse and for the better),
    the widest first; targets in the plan's order.
    """
    rows = []
    for target in plan.targets:
        try:
            case = forecast_case(plan, target, draws, seed)
            now = what_if(plan, target, draws=draws, seed=seed)
        except (PlanError, MissingFigureError, ValueError):
            continue
        if now in (0.0, 1.0):
            continue  # figures have decided
        found = []
        names = {name: getattr(target, name) for name in ("target_id", "name_en", "name_zh")}
        names |= {"probability": now, "bound": "at most" if case.base_is_bound else ""}
        for kind, pair in usual_changes(case).items():
            low, high = (what_if(plan, target, change, draws=draws, seed=seed) for change in pair)
            found.append({**names, "change": kind, "low": min(low, high, now), "high": max(low, high, now)})
        rows += sorted(found, key=lambda row: row["low"] - row["high"])
    return pd.DataFrame(rows, columns=[*"target_id name_en name_zh probability bound change low high".split()])
