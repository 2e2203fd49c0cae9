"""Verdict on one target: the first status of the design that holds, with probability and reason."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ipplan_analysis.attainment import reasons
from ipplan_analysis.attainment.case import Case, Figure
from ipplan_analysis.attainment.future import national_share_proxy
from ipplan_analysis.attainment.probability import share_of_paths, status_word
from ipplan_analysis.attainment.quantity import COMPARE, MissingFigureError, meets, quantity
from ipplan_analysis.attainment.reasons import Sentence, join, say
from ipplan_analysis.schema import Status

NAN = float("nan")


@dataclass(frozen=True)
class Verdict:
    """Status of a target, and the numbers it rests on.

    Attributes
    ----------
    probability : share of simulated paths that meet the target; NaN where there is none.
    probability_is : `at most` where only a lower bound of the base is known.
    values : the quantity compared with the target, by path, in the target's unit; empty where there is none.
    known_to_date : what figures already secure of a sum or an addition, in the target's unit.
    basis : what decided: `series`, `derived`, `proxy` (a forecast), `figures`, `stop`, or nothing.
    """

    status: Status
    reason: Sentence
    probability: float = NAN
    probability_is: str = ""
    values: NDArray[np.float64] = field(default_factory=lambda: np.array([]))
    known_to_date: float = NAN
    basis: str = ""
    figures: tuple[Figure, ...] = ()


def judge(case: Case) -> Verdict:
    """Verdict on one target (design.md section 2: the first status that holds)."""
    rules: tuple[Callable[[Case], Verdict | None], ...] = (_listed, _figures_decide, _stopped, _by_probability)
    return next(verdict for rule in rules if (verdict := rule(case)) is not None)


def _listed(case: Case) -> Verdict | None:
    if case.target.kind == "milestone":
        return _milestone(case)
    if case.target.kind == "qualitative" or case.target.target is None:
        return Verdict("listed", say("listed"))
    return None


def _milestone(case: Case) -> Verdict:
    """A yes or no: 1 in any year is a yes, 0 in the target year a no."""
    last = case.last
    if last is not None and last.value >= 1:
        reason = say("milestone_met", year=reasons.period(last.period))
        return Verdict("met", reason, 1.0, basis="figures", figures=(last,))
    if last is not None and last.year >= case.target.target_year:
        reason = say("milestone_missed", year=reasons.period(last.period))
        return Verdict("missed", reason, 0.0, basis="figures", figures=(last,))
    return Verdict("not assessable", say("milestone", department=reasons.department(case)))


def _figures_decide(case: Case) -> Verdict | None:
    if case.target.kind == "cumulative":
        return _sum_decides(case)
    return _level_decides(case) if case.is_level else _multiple_decides(case)


def _level_decides(case: Case) -> Verdict | None:
    required, last = case.required, case.last
    if required is None or last is None:
        return None
    final = case.target.target_year in case.known.index
    reached = bool(COMPARE[case.target.comparator](np.array([last.value]), required)[0])
    is_bound = case.needs_base and case.base is not None and case.base.is_bound
    if final:
        last = case.figure(case.target.target_year)
        reached = bool(COMPARE[case.target.comparator](np.array([last.value]), required)[0])
        if reached and not is_bound:
            return Verdict("met", _level_reason(case, "met", last), 1.0, basis="figures", figures=(last,))
        if not reached:
            return Verdict("missed", _level_reason(case, "missed", last), 0.0, basis="figures", figures=(last,))
        return None
    if case.is_stock and reached and last.year < case.target.target_year:
        return _held(case, last)
    return None


def _level_reason(case: Case, key: str, last: Figure) -> Sentence:
    return say(key, value=reasons.in_unit_of_indicator(case, last.value), year=last.period, target=reasons.goal(case))


def _held(case: Case, last: Figure) -> Verdict:
    """A stock that meets its target before the target year: met, with the probability that it still does then."""
    known = NAN
    if case.target.kind == "increment" and case.base is not None:
        known = last.value - case.base.value
    reason = _level_reason(case, "met", last)
    if case.future is None:
        return Verdict("met", reason, known_to_date=known, basis="figures", figures=(last,))
    values = quantity(case.target, case.paths, case.base.value if case.base is not None else None)
    probability = share_of_paths(meets(case.target, values))
    own = {"target_year": case.target.target_year, "probability": reasons.probability(probability)}
    if case.future.basis == "proxy":
        proxy = case.plan.indicators[case.indicator.proxy]
        holds = say(
            "holds_by_proxy", **own, points=case.future.n_points, proxy={"en": proxy.name_en, "zh": proxy.name_zh}
        )
    else:
        holds = say("holds", **own)
    return Verdict(
        "met",
        join(reason, holds),
        probability,
        values=values,
        known_to_date=known,
        basis=case.future.basis,
        figures=(last,),
    )


def _sum_decides(case: Case) -> Verdict | None:
    goal = case.target.target
    assert goal is not None
    figures = tuple(case.figure(year) for year in case.known_years())
    known = sum(figure.value for figure in figures)
    if known >= goal:
        reason = say(
            "sum_met",
            years=reasons.periods(figure.period for figure in figures),
            value=reasons.in_unit_of_target(case, known),
            target=reasons.goal(case),
        )
        return Verdict("met", reason, 1.0, known_to_date=known, basis="figures", figures=figures)
    if len(figures) == len(case.target.window_years):
        reason = say(
            "missed",
            value=reasons.in_unit_of_target(case, known),
            year=case.target.window.replace("/", "-"),
            target=reasons.goal(case),
        )
        return Verdict("missed", reason, 0.0, known_to_date=known, basis="figures", figures=figures)
    return _running_total_decides(case, goal)


def _running_total_decides(case: Case, goal: float) -> Verdict | None:
    """A running total less the base period's total is a lower bound, up to what preceded the base period."""
    total, base = case.running_total(), case.base
    if total is None or base is None or "/" not in base.period or total.year not in case.target.window_years:
        return None
    net = total.value - base.value
    if net < goal:
        return None
    amount = reasons.in_unit_of_target
    reason = say(
        "running_total",
        total=amount(case, total.value),
        period=reasons.period(total.period.rpartition("/")[2]),
        base=amount(case, base.value),
        base_period=reasons.period(base.period),
        net=amount(case, net),
        target=reasons.goal(case),
        slack=amount(case, net - goal),
        first=base.period.split("/")[0],
    )
    return Verdict("met", reason, known_to_date=net, basis="figures", figures=(total, base))


def _multiple_decides(case: Case) -> Verdict | None:
    if case.base is None or len(case.known_years()) < len(case.target.window_years):
        return None
    figures = tuple(case.figure(year) for year in case.known_years())
    value = float(quantity(case.target, case.paths, case.base.value)[0])
    reached = bool(meets(case.target, np.array([value]))[0])
    if reached and case.base.is_bound:
        return None
    reason = say(
        "met" if reached else "missed",
        value=reasons.in_unit_of_target(case, value),
        year=case.target.window.replace("/", "-"),
        target=reasons.goal(case),
    )
    return Verdict("met" if reached else "missed", reason, float(reached), basis="figures", figures=figures)


def _stopped(case: Case) -> Verdict | None:
    if case.stop is None or case.last is None:
        return None
    none_of_many = share_of_paths(np.zeros(_draws(case), dtype=bool))
    return Verdict(
        "out of reach", reasons.stopped(case, case.stop, case.last), none_of_many, basis="stop", figures=(case.last,)
    )


def _draws(case: Case) -> int:
    return case.future.forecast.draws.shape[0] if case.future is not None else 4000


def _by_probability(case: Case) -> Verdict:
    if case.future is None or case.future.basis == "proxy":
        return _not_assessable(case)
    try:
        values = quantity(case.target, case.paths, None if case.base is None else case.base.value)
    except MissingFigureError:
        return _not_assessable(case)
    probability = share_of_paths(meets(case.target, values))
    is_bound = case.needs_base and case.base is not None and case.base.is_bound
    return Verdict(
        status_word(probability),
        _forecast_reason(case, values),
        probability,
        "at most" if is_bound else "",
        values,
        known_to_date=_added(case),
        basis=case.future.basis,
    )


def _added(case: Case) -> float:
    if case.target.kind == "increment" and case.last is not None and case.base is not None:
        return case.last.value - case.base.value if case.last.year > case.base.year else NAN
    return NAN


def _forecast_reason(case: Case, values: NDArray[np.float64]) -> Sentence:
    low, median, high = (float(value) for value in np.quantile(values, (0.1, 0.5, 0.9)))
    amount = reasons.in_unit_of_target
    main = say(
        "forecast",
        median=amount(case, median),
        low=reasons.number(case, low),
        high=reasons.number(case, high),
        year=case.target.target_year,
        target=reasons.goal(case),
        points=reasons.points(case),
    )
    bound = None
    if case.needs_base and case.base is not None and case.base.is_bound:
        bound = say(
            "at_most",
            period=reasons.period(case.target.base_period),
            base=reasons.in_unit_of_indicator(case, case.base.value),
        )
    late = (
        say("not_published", year=case.target.target_year)
        if case.plan.data_through >= case.target.target_year
        else None
    )
    return join(main, bound, late, _reached_early(case))


def _reached_early(case: Case) -> Sentence | None:
    """A flow or ratio that stood above the level in an earlier year is said to have been there, not to be met."""
    required = case.required
    if case.is_stock or required is None or case.target.kind != "level":
        return None
    years = [year for year in case.known_years() if case.known.at[year, "value"] >= required]
    return _level_reason(case, "met_early", case.figure(years[0])) if years else None


def _not_assessable(case: Case) -> Verdict:
    proxy = None
    levels = national_share_proxy(case.plan, case.target.indicator)
    if len(levels):
        entry = case.plan.indicators[case.indicator.proxy]
        proxy = say(
            "proxy_level",
            value=reasons.in_unit_of_indicator(case, float(levels["value"].iloc[-1])),
            year=levels.index[-1],
            proxy={"en": entry.name_en, "zh": entry.name_zh},
        )
    reason = join(
        say("missing", missing=reasons.missing(case), department=reasons.department(case)),
        reasons.last_known(case),
        proxy,
    )
    return Verdict("not assessable", reason)
