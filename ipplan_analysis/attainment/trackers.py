"""Official rules that judge progress towards a target from a few figures: one function a rule.

They give labels, not probabilities, and often contradict each other; a report shows them beside its own verdict.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from ipplan_analysis.attainment.quantity import reaches
from ipplan_analysis.messages import translatable

ALMOST_ZERO = 0.001  # Open SDG puts this in place of a zero, which has no growth rate
SPAN, MIN_RUN = 6, 4  # years of the weather symbols: looked at, and needed
ONE_SIDED = statistics.NormalDist().inv_cdf(0.95)  # standard errors of a change that counts as one (Healthy People)
DIGITS = 9  # of a number that is cut: a growth of 1 % is not quite 0.01
NO_FIGURE = translatable("no figure since the base")
ONE_FIGURE = translatable("one figure since the base")
NO_NUMBER = translatable("no number to reach")
OPPOSITE_SIGNS = translatable("no growth rate between opposite signs")
BASE_AT_TARGET = translatable("the base already stood at the target")
ACHIEVED, LIMITED = translatable("target achieved"), translatable("limited progress")
DETERIORATION = translatable("deterioration")
SHORT_RUN = translatable("needs four years in a row")
NO_DIRECTION = translatable("neither up nor down is progress")
SYMBOLS = (translatable("sun"), translatable("sun and cloud"), translatable("cloud"), translatable("thunderstorm"))


class NotApplicableError(ValueError):
    """A rule has no label for these figures; the argument says why, as a text of the catalogue."""


@dataclass(frozen=True)
class Course:
    """What the rules look at.

    Attributes
    ----------
    values : figures by year up to the target year, ascending, in the indicator's unit.
    base_year : year from which progress counts; where it has no figure, the next year that has one.
    target, target_year : the level to be reached, and when; None where there is no number.
    direction : whether `up` or `down` is progress, or what comes nearer to the target (`parity`).
    limit : natural limit of a percentage in the direction of progress (100 or 0), or None.
    errors : standard errors of the base and of the last figure, or None.

    Raises
    ------
    ValueError : another direction, or two figures of one year.
    """

    values: pd.Series
    base_year: int
    target: float | None
    target_year: int
    direction: Literal["up", "down", "parity"]
    limit: float | None = None
    errors: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.direction not in ("up", "down", "parity"):
            raise ValueError(f"progress is up or down or parity, not {self.direction!r}")
        if not self.values.index.is_unique:
            raise ValueError("a year has two figures")

    @property
    def figures(self) -> pd.Series:
        """Figures from the base on, at least one."""
        figures = self.values[self.values.index >= self.base_year]
        if figures.empty:
            raise NotApplicableError(NO_FIGURE)
        return figures

    @property
    def ends(self) -> tuple[float, float]:
        """Base and last figure."""
        return float(self.figures.iloc[0]), float(self.figures.iloc[-1])

    @property
    def years(self) -> tuple[int, int]:
        """Years of base and last figure."""
        return int(self.figures.index[0]), int(self.figures.index[-1])

    @property
    def sign(self) -> int:
        """+1 where up is progress, -1 where down is."""
        if self.direction == "parity":
            raise NotApplicableError(NO_DIRECTION)
        return 1 if self.direction == "up" else -1

    @property
    def goal(self) -> float:
        """The target's number."""
        if self.target is None:
            raise NotApplicableError(NO_NUMBER)
        return self.target

    @property
    def is_met(self) -> bool:
        """Whether the last figure stands at the target."""
        return self.target is not None and self.meets(self.ends[1])

    def meets(self, value: float) -> bool:
        """Whether a value stands at the target; at parity it is the target itself."""
        words = {"up": (">=",), "down": ("<=",), "parity": (">=", "<=")}[self.direction]
        return all(reaches(word, np.array([value]), self.goal)[0] for word in words)

    @property
    def growth(self) -> float:
        """Compound growth per year since the base, positive where it is progress."""
        (base, current), (first, last) = self.ends, self.years
        return (-1 if base < 0 else 1) * self.sign * growth_rate(base, current, last - first)

    @property
    def growth_ratio(self) -> float:
        """Growth since the base, as a share of the growth from base to target that is required."""
        required = abs(growth_rate(self.ends[0], self.goal, self.target_year - self.years[0]))
        if required == 0:
            raise NotApplicableError(BASE_AT_TARGET)
        return self.growth / required

    @property
    def expected(self) -> float:
        """The target year's value at the compound growth so far."""
        first, last = self.years
        with np.errstate(over="ignore"):
            factor = np.power(1 + growth_rate(*self.ends, last - first), self.target_year - last)
            return float(self.ends[1] * factor)

    def way(self, value: float) -> float:
        """Share of the way from base to target that a value has covered, negative where it moved away."""
        distance = abs(self.goal - self.ends[0])
        if distance == 0:
            raise NotApplicableError(BASE_AT_TARGET)
        return self.sign * (value - self.ends[0]) / distance

    def from_parity(self, distance: Callable[[pd.Series, float], pd.Series]) -> Course:
        """The course of the distance from a parity target, down to that of the target itself; others as they are."""
        if self.direction != "parity":
            return self
        end = float(distance(pd.Series([self.goal]), self.goal).iloc[0])
        return replace(self, values=distance(self.values, self.goal), target=end, direction="down")


@dataclass(frozen=True)
class Label:
    """What a rule says.

    Attributes
    ----------
    text : the rule's own class, in English.
    on_course : whether it says that the target is reached or will be; None where it does not speak of that.
    value : the number that it was cut from; NaN where there is none.
    score : the rule's score, where it has one.
    applies : whether it is a label; else `text` says why the rule has none.
    """

    text: str
    on_course: bool | None
    value: float = math.nan
    score: float = math.nan
    applies: bool = True


Rule = Callable[[Course], Label]
Cut = tuple[float, str, bool | None]  # lower edge, class, whether it is on course


def growth_rate(first: float, last: float, years: int) -> float:
    """Compound growth per year of a figure; zeros count as `ALMOST_ZERO`, as in Open SDG 2.4.

    Raises
    ------
    NotApplicableError : the figures have opposite signs, or no year lies between them.
    """
    first, last = first or ALMOST_ZERO, last or ALMOST_ZERO
    if years < 1:
        raise NotApplicableError(ONE_FIGURE)
    if (first > 0) != (last > 0):
        raise NotApplicableError(OPPOSITE_SIGNS)
    return math.expm1((math.log(abs(last)) - math.log(abs(first))) / years)


def _cut(value: float, *cuts: Cut, score: float = math.nan) -> Label:
    """The class of the first edge that the value reaches, edges in falling order, the last one -inf."""
    found = round(value, DIGITS)
    return next(Label(text, on_course, value, score) for edge, text, on_course in cuts if found >= edge)


def _above(edge: float) -> float:
    """The lower edge of a class that begins above this number, not at it."""
    return float(np.nextafter(edge, math.inf))


def growth_ratio(course: Course) -> Label:
    """Actual against required growth, with Eurostat's cuts and the score of Statistics Canada.

    Source: Open SDG 2.4, docs/progress-methodology.md and sdg-build's ProgressMeasure.py. Unlike there, the
    direction has no default.
    """
    course = course.from_parity(_ratio)
    if course.is_met:
        return Label(ACHIEVED, True, score=5.0)
    if course.target is None:
        room, growth = _room_to_limit(course), course.growth
        return _cut(growth, *_open_sdg(0.015 * room, 0.005 * room, 0.0), score=_growth_score(growth, room))
    ratio = course.growth_ratio
    score = min(7.1429 * ratio - 4.2857, 5) if ratio >= 0.6 else max(4.1667 * ratio - 2.5, -5)
    on_track: Cut = (0.95, translatable("on track to achieve target"), True)
    slow: Cut = (0.6, translatable("progress made, but acceleration needed"), False)
    return _cut(ratio, on_track, slow, (0.0, LIMITED, False), (-math.inf, DETERIORATION, False), score=score)


def _ratio(values: pd.Series, goal: float) -> pd.Series:
    values, goal = values.replace(0.0, ALMOST_ZERO), goal or ALMOST_ZERO
    return np.maximum(values / goal, goal / values)


def growth_ratio_of_series(labels: Sequence[Label]) -> Label:
    """One label for several series of an indicator, of whose scores the mean decides; achieved only where each is.

    Source: sdg-build's ProgressMeasure.py.
    """
    if all(label.text == ACHIEVED for label in labels):
        return Label(ACHIEVED, True, score=5.0)
    score = statistics.fmean(label.score for label in labels)
    return _cut(score, *_open_sdg(2.5, 0.0, -2.5), score=score)


def _open_sdg(substantial: float, moderate: float, limited: float) -> tuple[Cut, ...]:
    """Open SDG's classes by their lower edges."""
    return (
        (substantial, translatable("substantial progress"), None),
        (moderate, translatable("moderate progress"), None),
        (limited, LIMITED, False),
        (-math.inf, DETERIORATION, False),
    )


def _room_to_limit(course: Course) -> float:
    """How much growth is asked for near a natural limit: 1 far from it, 0 at it (Open SDG 2.4)."""
    base, limit = abs(course.ends[0]), abs(course.limit or 0.0)
    if base >= 2 * limit:
        return 1.0
    return float(1 - (min(base, 2 * limit - base) / limit) ** 4.44)


def _growth_score(growth: float, room: float) -> float:
    if growth < 0:
        return max(125 * growth - 2.5, -5)
    if room == 0:
        return 5.0
    if growth >= 0.015 * room:
        return min(500 * growth / room - 5, 5)
    return 250 * growth / room - 1.25 if growth >= 0.005 * room else 500 * growth / room - 2.5


def unsd_2022(course: Course) -> Label:
    """Ratio of actual to required growth, cut at 0.95, 0.5 and -0.1; without a target growth itself.

    Source: UN Statistics Division, SDG Progress Chart 2022, technical note.
    """
    course = _from_two(course)
    if _met_or_almost(course):
        return Label(translatable("target met or almost met"), True)
    knows = course.target is not None
    value, edges = (course.growth_ratio, (0.95, 0.5, -0.1)) if knows else (course.growth, (_above(0.01), 0.005, -0.01))
    return _cut(
        value,
        (edges[0], translatable("substantial progress or on track"), True if knows else None),
        (edges[1], translatable("fair progress, acceleration needed"), False if knows else None),
        (edges[2], translatable("limited or no progress"), False),
        (-math.inf, DETERIORATION, False),
    )


def unsd_2023(course: Course) -> Label:
    """Share of the required change that the target year would see at the growth so far, cut at 0.95 and 0.10.

    Source: UN Statistics Division, SDG Progress Chart 2023, technical note, as adopted by Eustat. Without a
    target growth is cut at 2 % and 0.5 %.
    """
    names = (
        translatable("target met or on track"),
        translatable("fair progress, acceleration needed"),
        translatable("stagnation or regression"),
    )
    course, knows = _from_two(course), course.target is not None
    if _met_or_almost(course):
        return Label(names[0], True, 1.0, 3.0)
    value, edges = (course.way(course.expected), (0.95, 0.1)) if knows else (course.growth, (0.02, 0.005))
    place = sum(round(value, DIGITS) < edge for edge in edges)
    return Label(names[place], None if not knows and place < 2 else place == 0, value, 3.0 - place)


def _from_two(course: Course) -> Course:
    """Where the base year and all but one year after it have no figure, an earlier year is the base (UNSD 2023)."""
    years = course.values.index
    if course.base_year in years or len(years) < 2 or years[-2] >= course.base_year:
        return course
    return replace(course, base_year=int(years[-2]))


def _met_or_almost(course: Course) -> bool:
    """Met whatever the trend; of a percentage also within a point of a target of 0 or 100 (UNSD 2023)."""
    at_limit = course.target is not None and course.target == course.limit
    return course.is_met or (at_limit and abs(course.ends[1] - course.goal) <= 1)


def escap_current_status(course: Course) -> Label:
    """Tenths of the way covered since the base, whatever the time.

    Source: UN ESCAP, SDG progress assessment methodology, Current Status Index (baseline 2015; page read in 2026);
    labels of UNICEF's implementation.
    """
    names = (translatable("on track"), translatable("slow progress"), translatable("regression"))
    return _escap(course, course.ends[1], names)


def escap_anticipated_progress(course: Course) -> Label:
    """Tenths of the way covered in the target year, at the growth so far.

    Source: UN ESCAP, Anticipated Progress Index (page read in 2026): geometric growth, `weighted_logit` for shares.
    """
    figures = course.figures
    value = course.expected if len(figures) > 1 else course.ends[1]
    is_share = course.limit is not None and bool((figures > 0).all() and (figures < 100).all())
    if is_share and len(figures) > 1 and course.years[1] < course.target_year:
        value = weighted_logit(figures, course.target_year, 100.0)
    names = (
        translatable("will meet the target"),
        translatable("need to accelerate"),
        translatable("no progress expected"),
    )
    return _escap(course, value, names)


def _escap(course: Course, value: float, names: tuple[str, str, str]) -> Label:
    """The label of a value's share of the way, in tenths; of a single figure it is known only where it is the whole."""
    if course.direction == "parity":
        course, value = course.from_parity(_gap), abs(value - course.goal)
    if not course.meets(value) and len(course.figures) < 2:
        raise NotApplicableError(ONE_FIGURE)
    tenths = 10.0 if course.meets(value) else 10 * course.way(value)
    return _cut(tenths, (_above(9), names[0], True), (_above(0), names[1], False), (-math.inf, names[2], False))


def _gap(values: pd.Series, goal: float) -> pd.Series:
    return (values - goal).abs()


def weighted_logit(figures: pd.Series, year: int, scale: float) -> float:
    """Value of a share in `year` by a straight line in logits, recent figures weighing more.

    Parameters
    ----------
    figures : two or more by year, between 0 and `scale`, all before `year`.

    Source: UN ESCAP technical notes, weights (T - first)/(T - t); UNICEF's code, whose intercept is not weighted.
    """
    years = figures.index.to_numpy(dtype=float)
    share = figures.to_numpy(dtype=float) / scale
    logit, centred = np.log(share / (1 - share)), years - years.mean()
    weight = (year - years[0]) / (year - years)
    mean = np.average(centred, weights=weight)
    slope = (weight * (centred - mean) * logit).sum() / (weight * (centred - mean) ** 2).sum()
    return float(scale / (1 + np.exp(-(logit.mean() + slope * (year - years.mean())))))


def healthy_people(course: Course) -> Label:
    """Per cent of the targeted change achieved, or of the base lost.

    A change counts where a one-sided test at 5 % says so; without standard errors where it comes to 10 %.

    Source: US National Center for Health Statistics, final progress table of Healthy People 2020; 2030 keeps the classes.
    """
    if course.target is None:
        return Label(translatable("informational"), None)
    base, current = course.ends
    if course.is_met:
        achieved = math.nan if course.target == base else 100 * course.way(current)
        return Label(translatable("target met or exceeded"), True, achieved)
    if len(course.figures) < 2:
        return Label(translatable("baseline only"), None)
    change = course.sign * (current - base)
    share = 100 * (course.way(current) if change > 0 else change / abs(base or ALMOST_ZERO))
    counts = round(abs(share), DIGITS) >= 10
    if course.errors is not None:
        counts = abs(change) > ONE_SIDED * math.hypot(*course.errors)
    if not counts:
        return Label(translatable("little or no detectable change"), False, share)
    improving, worse = Label(translatable("improving"), None, share), Label(translatable("getting worse"), False, share)
    return improving if change > 0 else worse


def istat(course: Course) -> Label:
    """Growth over the whole series, cut at 5 % and 1 % either way; knows no target.

    Source: ISTAT / ASTAT, SDG indicators, trend information (page read in 2026).
    """
    growth = replace(course, base_year=0).growth
    return _cut(
        growth,
        (_above(0.05), translatable("clear improvement"), None),  # a growth of exactly 5 % is still slight
        (_above(0.01), translatable("slight improvement"), None),
        (_above(-0.01), translatable("stable"), None),
        (_above(-0.05), translatable("slight worsening"), False),
        (-math.inf, translatable("clear worsening"), False),
    )


def weather(course: Course) -> Label:
    """The mean change of the last five years carried on to the target year; the miss as a share of what remains.

    Source: Federal Statistical Office of Germany, "weather symbols" (2018), as Vanuatu's NSDP methodology words them.
    Without a target: whether the mean and the last change are in the right direction.
    """
    recent = course.values[course.values.index > course.values.index.max() - SPAN]
    unbroken = recent[(recent.index + np.arange(len(recent))[::-1]) == recent.index.max()]
    if len(unbroken) < MIN_RUN:
        raise NotApplicableError(SHORT_RUN)
    steps = course.sign * np.diff(unbroken.to_numpy(dtype=float))
    sun, mixed, cloud, storm = SYMBOLS
    if course.target is None:
        signs = bool(steps.mean() > 0), bool(steps[-1] > 0)
        return Label({(True, True): sun, (True, False): mixed, (False, True): cloud}.get(signs, storm), None)
    if course.is_met:
        return Label(sun, True)
    if steps.mean() <= 0:
        return Label(storm, False, math.inf)
    remaining = course.sign * (course.goal - float(unbroken.iloc[-1]))
    miss = 1 - float(steps.mean()) * (course.target_year - int(unbroken.index[-1])) / remaining
    found = round(miss, DIGITS)
    return Label(sun if found < 0.05 else mixed if found <= 0.2 else cloud, found < 0.05, miss)


def weather_of_targets(labels: Sequence[Label]) -> Label:
    """One symbol for several targets of an indicator: the worst."""
    return max(labels, key=lambda label: SYMBOLS.index(label.text))


def plan_schedule(course: Course) -> Label:
    """Share of the way against share of the time, as China's mid-term evaluations compare them (2023).

    Source: plain reading of "half the time, half the tasks"; no official formula was found.
    """
    first, last = course.years
    if course.is_met:
        return Label(translatable("reached"), True)
    if first == last:
        raise NotApplicableError(ONE_FIGURE)
    lag = course.way(course.ends[1]) - (last - first) / (course.target_year - first)
    return _cut(
        lag,
        (0.0, translatable("on or ahead of schedule"), True),
        (-math.inf, translatable("behind schedule"), False),
    )


GROWTH, WAY = translatable("growth so far"), translatable("the way covered so far")
RULES: dict[Rule, tuple[str, str]] = {  # who uses it, and what it goes by
    growth_ratio: (translatable("Eurostat, Canada"), GROWTH),
    unsd_2022: (translatable("UN 2022"), GROWTH),
    unsd_2023: (translatable("UN 2023"), GROWTH),
    escap_current_status: (translatable("ESCAP, status"), WAY),
    escap_anticipated_progress: (translatable("ESCAP, outlook"), GROWTH),
    healthy_people: (translatable("Healthy People, US"), WAY),
    istat: (translatable("ISTAT, Italy"), translatable("growth of the whole series")),
    weather: (translatable("Weather symbols, Germany"), translatable("the steps of the last five years")),
    plan_schedule: (translatable("Mid-term practice, China"), translatable("the way covered against the time passed")),
}
