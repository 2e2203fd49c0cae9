"""The verdict on one target: a list of rules in the order of the design, the first that answers decides."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ipplan_analysis.attainment import reasons
from ipplan_analysis.attainment.case import Case, Figure
from ipplan_analysis.attainment.futures import national_share_proxy
from ipplan_analysis.attainment.quantity import LEVEL_KINDS, MissingFigureError, meets
from ipplan_analysis.attainment.reasons import Sentence, join, sentence
from ipplan_analysis.data.slips import slips
from ipplan_analysis.messages import translatable
from ipplan_analysis.schema import Reading, Status

NAN = float("nan")
MET = translatable("{value} in {year}: the target of {target} is met.")
MET_EARLY = translatable("Reached in {year} with {value}, before the target year.")
MISSED = translatable("{value} in {year} is short of the target of {target}.")
FORECAST = translatable("Middle forecast for {year}: {median} (80 % range {low} to {high}); the target is {target}.")
FORECAST_AT_MOST = translatable(
    "Middle forecast for {year}: {median} or less (80 % range {low} to {high} at best); the target is {target}."
)
MIN_MEASURED = 3  # with fewer figures, none of them of the plan's own years, a forecast is rough
# Lower edges of the status by probability: the IPCC edges, so that word and status never contradict each other.
STATUS_EDGES: tuple[tuple[float, Status], ...] = (
    (0.66, "on course"),
    (0.33, "open"),
    (0.10, "off course"),
    (0.0, "out of reach"),
)
GRADES = ((10, "A"), (5, "B"), (2, "C"), (0, "D"))  # fewest yearly figures for each evidence grade


@dataclass(frozen=True)
class Verdict:
    """Status of a target, and the numbers it rests on.

    Attributes
    ----------
    why : the reason in one sentence; `detail` adds what else there is to say.
    probability : share of simulated paths that meet the target; NaN where there is none.
    probability_is : `at most` where only a lower bound of the base is known; `rough` where too few figures carry it;
        `judgement` where no number does.
    values : the quantity compared with the target, by path, in the target's unit; empty where there is none.
    known_to_date : what figures already secure of a sum or an addition, in the target's unit.
    basis : what decided: `series`, `derived`, `proxy` (a forecast), `figures`, `stop`, or nothing.
    """

    status: Status
    why: Sentence
    detail: Sentence | None = None
    probability: float = NAN
    probability_is: str = ""
    values: NDArray[np.float64] = field(default_factory=lambda: np.array([]))
    known_to_date: float = NAN
    basis: str = ""
    figures: tuple[Figure, ...] = ()


def judge(case: Case) -> Verdict:
    """Verdict on one target (design.md section 2: the first status that holds), with other readings of it.

    It begins with a doubt where the last figure is implausible: its unit may have slipped.
    """
    verdict = _verdict(case)
    found: list[tuple[Reading, Figure, bool]] = []
    for reading in case.readings:
        if reading.value is not None:
            figure = Figure(reading.value, reading.period, reading.source, reading.observation)
            found.append((reading, figure, case.reached(figure)))
            continue
        other = _verdict(_read_as(case, reading))
        number = NAN if other.probability_is in ("rough", "judgement") else other.probability
        text = reasons.other_reading(reading, other.status, number, other.probability_is)
        verdict = replace(verdict, detail=join(verdict.detail, text))
    if found:
        verdict = _begun(verdict, reasons.readings(case, found), *(figure for _, figure, _ in found))
    doubts = slips(case.known, case.plan.snapshot, is_count=case.indicator.counts_items)
    if case.last is not None and doubts and doubts[-1].year == case.last.year:
        verdict = _begun(verdict, reasons.doubtful(case, doubts[-1]))
    return verdict


def _begun(verdict: Verdict, why: Sentence, *figures: Figure) -> Verdict:
    """The verdict with something to be said before its own reason."""
    return replace(verdict, why=why, detail=join(verdict.why, verdict.detail), figures=(*verdict.figures, *figures))


def decided(case: Case) -> Verdict | None:
    """The verdict that figures alone give, whatever a forecast would say: met or missed; else None."""
    verdict = _listed(case) or _by_figures(case)
    return verdict if verdict is not None and verdict.status in ("met", "missed") else None


def _verdict(case: Case) -> Verdict:
    return next(verdict for rule in RULES if (verdict := rule(case)) is not None)


def _read_as(case: Case, reading: Reading) -> Case:
    """The case with the target as a reading takes it; a level needs neither window nor base."""
    target = case.target if reading.target is None else replace(case.target, target=reading.target, target_high=None)
    if reading.kind == "level":
        target = replace(target, kind="level", window="", base_period="", base=None)
    return replace(case, target=target)


def share_of_paths(hits: NDArray[np.bool_]) -> float:
    """Probability (k + 1/2) / (n + 1) for k hits among n paths: never exactly 0 or 1.

    The posterior mean of a proportion under Jeffreys' prior (Brown, Cai & DasGupta 2001,
    doi:10.1214/ss/1009213286).

    Raises
    ------
    ValueError : there are no paths.
    """
    if hits.size == 0:
        raise ValueError("a probability needs at least one path")
    return (float(hits.sum()) + 0.5) / (hits.size + 1)


def status_word(probability: float, *, is_limit: bool = False) -> Status:
    """Status by probability alone, for targets that figures do not decide.

    Parameters
    ----------
    is_limit : the probability is an upper limit; then nothing better than `open` can be said.
    """
    status = next(word for edge, word in STATUS_EDGES if probability >= edge)
    return "open" if is_limit and status == "on course" else status


def evidence_grade(n_points: int) -> str:
    """Evidence grade A to D by the number of yearly figures."""
    return next(grade for least, grade in GRADES if n_points >= least)


def _listed(case: Case) -> Verdict | None:
    """A target without a number: listed, or a milestone that is known to have come or not."""
    if case.target.kind == "milestone":
        return _milestone(case)
    if case.target.kind == "qualitative" or case.target.target is None:
        return Verdict("listed", sentence("The plan gives no number."))
    return None


def _milestone(case: Case) -> Verdict:
    """A yes or no: 1 in any year is a yes, 0 in the target year a no."""
    last = case.last
    if last is not None and last.value >= 1:
        return _settled(True, sentence("It has been published ({year}).", year=reasons.period(last.period)), last)
    if last is not None and last.year >= case.target.target_year:
        why = sentence("It had not been published by the end of {year}.", year=reasons.period(last.period))
        return _settled(False, why, last)
    return Verdict("not assessable", sentence("Whether it has been published is not known."), reasons.ask(case))


def _settled(
    is_met: bool, why: Sentence, *figures: Figure, detail: Sentence | None = None, known_to_date: float = NAN
) -> Verdict:
    """Figures alone decide."""
    word: Status = "met" if is_met else "missed"
    return Verdict(word, why, detail, float(is_met), known_to_date=known_to_date, basis="figures", figures=figures)


def _by_figures(case: Case) -> Verdict | None:
    """What known figures alone decide, and a stock that already stands at its target."""
    if case.target.kind == "cumulative":
        return _sum_decides(case)
    return _level_decides(case) if case.target.kind in LEVEL_KINDS else _multiple_decides(case)


def _level_decides(case: Case) -> Verdict | None:
    if case.required is None:
        return None
    if case.target.target_year in case.known.index:
        final = case.figure(case.target.target_year)
        is_met = case.reached(final)
        if is_met and case.base_is_bound:
            return _met_if_base(case, final.value, final)
        return _settled(is_met, _last_reason(case, MET if is_met else MISSED, final), final, detail=reasons.takes(case))
    # within a year a reading may have another figure
    figures = [case.last] if any(entry.value is not None for entry in case.readings) else [case.last, case.newest]
    reached = [figure for figure in figures if case.is_stock and figure is not None and case.reached(figure)]
    return _met_already(case, reached[0]) if reached else None


def _met_if_base(case: Case, value: float, *figures: Figure) -> Verdict:
    """The figures are all in, and whether they meet the target depends on a base of which only a bound is known."""
    return Verdict("not assessable", reasons.if_base(case, value), reasons.ask(case), figures=figures)


def _last_reason(case: Case, text: str, last: Figure) -> Sentence:
    return _compared(case, text, reasons.in_unit_of_indicator(case, last.value), last.period)


def _compared(case: Case, text: str, value: Sentence, period: str) -> Sentence:
    """A text of what has come in a period beside the target."""
    return sentence(text, value=value, year=reasons.period(period), target=reasons.goal(case))


def _met_already(case: Case, last: Figure) -> Verdict:
    """A stock that meets its target before the target year: met, with the probability that it still does then."""
    why, known = _last_reason(case, MET, last), NAN
    if case.target.kind == "increment" and case.base is not None:
        known = last.value - case.base.value
    met = Verdict("met", why, reasons.takes(case), known_to_date=known, basis="figures", figures=(last,))
    if case.future is None or case.target.target_year not in case.future.forecast.years:
        return met
    values = case.quantity()
    probability = share_of_paths(meets(case.target, values))
    proxy = None
    if case.future.basis == "proxy":
        proxy = sentence(
            "Only one yearly figure of its own is known, so its growth is taken from a related indicator ({proxy}).",
            proxy=reasons.both(case.plan.indicators[case.indicator.proxy].name),
        )
    detail = join(met.detail, reasons.still_holds(case, probability), proxy, reasons.later(case))
    return replace(met, detail=detail, probability=probability, values=values, basis=case.future.basis)


def _sum_decides(case: Case) -> Verdict | None:
    goal = case.target.target
    assert goal is not None
    figures = tuple(case.figure(year) for year in case.known_years())
    known = math.fsum(figure.value for figure in figures)
    met, complete = bool(meets(case.target, np.array([known]))[0]), len(figures) == len(case.target.window_years)
    may_rise_to_it = case.target.comparator.startswith(">")
    if met and (complete or may_rise_to_it):
        why = sentence(
            "The known years {years} already add up to {value} of {target}.",
            years=reasons.periods(figure.period for figure in figures),
            value=reasons.in_unit_of_target(case, known),
            target=reasons.goal(case),
        )
    elif complete or not (met or may_rise_to_it):
        why = _compared(case, MISSED, reasons.in_unit_of_target(case, known), case.target.window)
    else:
        return _running_total_decides(case, goal)
    return _settled(met, why, *figures, known_to_date=known)


def _running_total_decides(case: Case, goal: float) -> Verdict | None:
    """A running total less the base period's total is a lower bound, up to what preceded the base period."""
    total, base = case.running_total(), case.base
    if total is None or base is None or "/" not in base.period or total.year not in case.target.window_years:
        return None
    net = total.value - base.value
    if not bool(meets(case.target, np.array([net]))[0]):
        return None
    amount, first = reasons.in_unit_of_target, base.period.split("/")[0]
    why = sentence(
        "Met only if no more than {slack} of the running total dates from before {first}.",
        slack=amount(case, net - goal),
        first=first,
    )
    detail = sentence(
        "By {period} it came to {total} in all, its start not stated. Less {base} of {base_period} that leaves {net}, "
        "above {target} if the rest is not older. Certain to lie in the plan period: {certain}.",
        total=amount(case, total.value),
        period=reasons.period(total.period.rpartition("/")[2]),
        base=amount(case, base.value),
        base_period=reasons.period(base.period),
        net=amount(case, net),
        target=reasons.goal(case),
        certain=amount(case, case.certain_sum()),
    )
    return Verdict("met on one assumption", why, detail, known_to_date=net, basis="figures", figures=(total, base))


def _multiple_decides(case: Case) -> Verdict | None:
    if case.base is None or case.base.value <= 0 or len(case.known_years()) < len(case.target.window_years):
        return None
    figures = tuple(case.figure(year) for year in case.known_years())
    value = float(case.quantity()[0])
    reached = bool(meets(case.target, np.array([value]))[0])
    if reached and case.base.is_bound:
        return _met_if_base(case, value * case.base.value, *figures)
    why = _compared(case, MET if reached else MISSED, reasons.in_unit_of_target(case, value), case.target.window)
    return _settled(reached, why, *figures)


def _stopped(case: Case) -> Verdict | None:
    last = case.newest
    if case.stop is None or last is None or case.target.kind not in LEVEL_KINDS or case.reached(last):
        return None  # sums keep what they have, and paths stay flat from the stop on
    return Verdict(
        "out of reach",
        reasons.stopped(case, case.stop, last),
        sentence("This is a judgement of a change of policy, not a calculation."),
        probability_is="judgement",
        basis="stop",
        figures=(last,),
    )


def _by_probability(case: Case) -> Verdict:
    if case.future is None or case.future.basis == "proxy":
        return _not_assessable(case)
    try:
        values = case.quantity()
    except MissingFigureError:
        return _not_assessable(case)
    probability = share_of_paths(meets(case.target, values))
    return Verdict(
        "open" if _is_rough(case) else status_word(probability, is_limit=case.base_is_bound),
        *_forecast_reason(case, values),
        probability,
        "rough" if _is_rough(case) else "at most" if case.base_is_bound else "",
        values,
        known_to_date=_so_far(case),
        basis=case.future.basis,
    )


def _is_rough(case: Case) -> bool:
    """Whether a forecast has too few figures to carry a percentage: two, neither of them of the plan's own years."""
    assert case.future is not None
    years = case.future.history.index
    return len(years) < MIN_MEASURED and int(years[-1]) < case.plan.start_year


def _so_far(case: Case) -> float:
    """What figures already secure of a sum or an addition."""
    if case.target.kind == "cumulative":
        figures = [case.figure(year).value for year in case.known_years()]
        return math.fsum(figures) if figures else NAN
    if case.target.kind == "increment" and case.last is not None and case.base is not None:
        return case.last.value - case.base.value if case.last.year > case.base.year else NAN
    return NAN


def _forecast_reason(case: Case, values: NDArray[np.float64]) -> tuple[Sentence, Sentence]:
    low, median, high = (float(value) for value in np.quantile(values, (0.1, 0.5, 0.9)))
    late = (
        sentence("No {year} figure is in the data yet.", year=case.target.target_year)
        if case.plan.data_through >= case.target.target_year and case.target.target_year not in case.known.index
        else None
    )
    if _is_rough(case):
        few, grown = reasons.few_figures(case, low, median, high)
        return few, join(grown, reasons.later(case), late)
    amount = reasons.in_unit_of_target
    main = sentence(
        FORECAST_AT_MOST if case.base_is_bound else FORECAST,
        median=amount(case, median),
        low=reasons.number(case, low),
        high=reasons.number(case, high),
        year=case.target.target_year,
        target=reasons.goal(case),
    )
    rests = sentence("From {points}.", points=reasons.points(case))
    bound = None
    if case.base_is_bound and case.base is not None:
        bound = sentence(
            "The base {period} is known only as at least {base}, so this is an upper limit.",
            period=reasons.period(case.target.base_period),
            base=reasons.in_unit_of_indicator(case, case.base.value),
        )
    return main, join(rests, bound, reasons.later(case), late, _reached_early(case))


def _reached_early(case: Case) -> Sentence | None:
    """A flow or ratio that stood at the level in an earlier year of the plan is said to have been there, not to be met."""
    if case.is_stock or case.target.kind != "level":
        return None
    span = range(case.plan.start_year, case.target.target_year)
    years = [year for year in case.known.index.intersection(span) if case.reached(case.figure(year))]
    return _last_reason(case, MET_EARLY, case.figure(years[0])) if years else None


def _not_assessable(case: Case) -> Verdict:
    proxy = None
    if level := national_share_proxy(case.plan, case.target.indicator):
        proxy = sentence(
            "Proxy, computed: about {value} in {year} ({proxy} times the nation's ratio of the two).",
            value=reasons.in_unit_of_indicator(case, level[1]),
            year=level[0],
            proxy=reasons.both(case.plan.indicators[case.indicator.proxy].name),
        )
    why = sentence("Missing: {missing}.", missing=reasons.missing(case))
    return Verdict("not assessable", why, join(reasons.ask(case), reasons.last_known(case), proxy))


RULES = (_listed, _by_figures, _stopped, _by_probability)
