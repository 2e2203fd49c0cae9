"""The verdict on one target: the first status of the design that holds."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ipplan_analysis.attainment import reasons
from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.decided import by_figures, level_reason, listed
from ipplan_analysis.attainment.future import national_share_proxy
from ipplan_analysis.attainment.probability import share_of_paths, status_word
from ipplan_analysis.attainment.quantity import MissingFigureError, meets, quantity
from ipplan_analysis.attainment.sentences import Sentence, join, say
from ipplan_analysis.attainment.verdict import NAN, Verdict


def judge(case: Case) -> Verdict:
    """Verdict on one target (design.md section 2: the first status that holds)."""
    rules: tuple[Callable[[Case], Verdict | None], ...] = (listed, by_figures, _stopped, _by_probability)
    return next(verdict for rule in rules if (verdict := rule(case)) is not None)


def _stopped(case: Case) -> Verdict | None:
    last = case.newest
    if case.stop is None or last is None or not case.is_level or case.reached(last):
        return None  # sums keep what they have, and paths stay flat from the stop on
    none_of_many = share_of_paths(np.zeros(_draws(case), dtype=bool))
    return Verdict("out of reach", reasons.stopped(case, case.stop, last), none_of_many, basis="stop", figures=(last,))


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
    return Verdict(
        status_word(probability, is_limit=case.base_is_bound),
        _forecast_reason(case, values),
        probability,
        "at most" if case.base_is_bound else "",
        values,
        known_to_date=_so_far(case),
        basis=case.future.basis,
    )


def _so_far(case: Case) -> float:
    """What figures already secure of a sum or an addition."""
    if case.target.kind == "cumulative":
        figures = [case.figure(year).value for year in case.known_years()]
        return math.fsum(figures) if figures else NAN
    if case.target.kind == "increment" and case.last is not None and case.base is not None:
        return case.last.value - case.base.value if case.last.year > case.base.year else NAN
    return NAN


def _forecast_reason(case: Case, values: NDArray[np.float64]) -> Sentence:
    low, median, high = (float(value) for value in np.quantile(values, (0.1, 0.5, 0.9)))
    amount = reasons.in_unit_of_target
    main = say(
        "forecast_at_most" if case.base_is_bound else "forecast",
        median=amount(case, median),
        low=reasons.number(case, low),
        high=reasons.number(case, high),
        year=case.target.target_year,
        target=reasons.goal(case),
        points=reasons.points(case),
    )
    bound = None
    if case.base_is_bound and case.base is not None:
        bound = say(
            "at_most",
            period=reasons.period(case.target.base_period),
            base=reasons.in_unit_of_indicator(case, case.base.value),
        )
    late = (
        say("not_published", year=case.target.target_year)
        if case.plan.data_through >= case.target.target_year and case.target.target_year not in case.known.index
        else None
    )
    return join(main, bound, reasons.later(case), late, _reached_early(case))


def _reached_early(case: Case) -> Sentence | None:
    """A flow or ratio that stood above the level in an earlier year is said to have been there, not to be met."""
    required = case.required
    if case.is_stock or required is None or case.target.kind != "level":
        return None
    years = [year for year in case.known_years() if case.known.at[year, "value"] >= required]
    return level_reason(case, "met_early", case.figure(years[0])) if years else None


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
