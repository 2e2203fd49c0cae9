"""Verdicts that need no forecast: what published figures decide."""

from __future__ import annotations

import math

import numpy as np

from ipplan_analysis.attainment import reasons
from ipplan_analysis.attainment.case import Case, Figure
from ipplan_analysis.attainment.probability import share_of_paths
from ipplan_analysis.attainment.quantity import meets, quantity
from ipplan_analysis.attainment.sentences import Sentence, join, say
from ipplan_analysis.attainment.verdict import NAN, Verdict


def listed(case: Case) -> Verdict | None:
    """A target without a number: listed, or a milestone that is known to have come or not."""
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


def by_figures(case: Case) -> Verdict | None:
    """What known figures alone decide, and a stock that already stands at its target."""
    if case.target.kind == "cumulative":
        return _sum_decides(case)
    return _level_decides(case) if case.is_level else _multiple_decides(case)


def _level_decides(case: Case) -> Verdict | None:
    required, last = case.required, case.last
    if required is None or last is None:
        return None
    if case.target.target_year in case.known.index:
        last = case.figure(case.target.target_year)
        if not case.reached(last):
            return Verdict("missed", level_reason(case, "missed", last), 0.0, basis="figures", figures=(last,))
        if case.base_is_bound:
            return _met_if_base(case, last.value, last)
        return Verdict("met", level_reason(case, "met", last), 1.0, basis="figures", figures=(last,))
    if case.is_stock and case.reached(last) and last.year < case.target.target_year:
        return _held(case, last)
    return None


def _met_if_base(case: Case, value: float, *figures: Figure) -> Verdict:
    """The figures are all in, and whether they meet the target depends on a base of which only a bound is known."""
    return Verdict("not assessable", reasons.if_base(case, value), figures=figures)


def level_reason(case: Case, key: str, last: Figure) -> Sentence:
    """A figure and the goal it is compared with; where the goal is a growth or an addition, also its level."""
    figure = reasons.in_unit_of_indicator(case, last.value)
    return join(say(key, value=figure, year=last.period, target=reasons.goal(case)), reasons.takes(case))


def _held(case: Case, last: Figure) -> Verdict:
    """A stock that meets its target before the target year: met, with the probability that it still does then."""
    known = NAN
    if case.target.kind == "increment" and case.base is not None:
        known = last.value - case.base.value
    reason = level_reason(case, "met", last)
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
        join(reason, holds, reasons.later(case)),
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
    known = math.fsum(figure.value for figure in figures)
    if bool(meets(case.target, np.array([known]))[0]):
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
    if not bool(meets(case.target, np.array([net]))[0]):
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
    if case.base is None or case.base.value <= 0 or len(case.known_years()) < len(case.target.window_years):
        return None
    figures = tuple(case.figure(year) for year in case.known_years())
    value = float(quantity(case.target, case.paths, case.base.value)[0])
    reached = bool(meets(case.target, np.array([value]))[0])
    if reached and case.base.is_bound:
        return _met_if_base(case, value * case.base.value, *figures)
    reason = say(
        "met" if reached else "missed",
        value=reasons.in_unit_of_target(case, value),
        year=case.target.window.replace("/", "-"),
        target=reasons.goal(case),
    )
    return Verdict("met" if reached else "missed", reason, float(reached), basis="figures", figures=figures)
