"""Why a target has its status, in one or two sentences, in English and Chinese."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from ipplan_analysis.attainment.case import Case, Figure
from ipplan_analysis.attainment.quantity import largest_base
from ipplan_analysis.data.slips import Slip
from ipplan_analysis.messages import format_probability, likelihood, likelihood_word, message, status_word, translatable
from ipplan_analysis.numbers import (
    UNIT_FACTORS,
    format_number,
    format_percent,
    format_period,
    format_periods,
    format_quantity,
)
from ipplan_analysis.schema import LANGUAGES, TOTAL_BASIS, Break, Indicator, Language, Reading, Status, Target

Sentence = dict[Language, str]
PIECES = ("items",)  # an English unit that says nothing beside what is counted
FEW = 3  # verdicts about two or three points say so in the same sentence


def sentence(text: str, **values: object) -> Sentence:
    """A text of the catalogue in every language; a value that is itself a `Sentence` is taken in the same language."""
    result: Sentence = {}
    for language in LANGUAGES:
        own: dict[str, Any] = {
            name: value[language] if isinstance(value, dict) else value for name, value in values.items()
        }
        result[language] = message(text, language, **own)
    return result


def join(*parts: Sentence | None) -> Sentence:
    """Sentences one after the other; None is left out."""
    given = [part for part in parts if part and part["en"]]
    return {"en": " ".join(part["en"] for part in given), "zh": "".join(part["zh"] for part in given)}


def both(words: Callable[[Language], str]) -> Sentence:
    """What a function of the language gives in each."""
    return {language: words(language) for language in LANGUAGES}


def in_unit_of_indicator(case: Case, value: float) -> Sentence:
    """A figure of the indicator with its unit."""
    return _quantity(case.indicator, value, case.indicator.decimals)


def _quantity(entry: Indicator | Target, value: float, decimals: int) -> Sentence:
    def words(language: Language) -> str:
        unit = entry.unit_in(language)
        return format_quantity(value, decimals, "" if unit in PIECES else unit, language)

    return both(words)


def in_unit_of_target(case: Case, value: float, *, is_goal: bool = False) -> Sentence:
    """A number of the target's unit, such as 10 % per year; a goal is written as the plan writes it."""
    amount = _amount(case, value, is_goal=is_goal)
    if case.target.kind == "increment":
        return {"en": "+" + amount["en"], "zh": "新增" + amount["zh"]}
    if is_goal and case.target.comparator == ">":
        return {"en": "more than " + amount["en"], "zh": "超过" + amount["zh"]}
    return amount


def _amount(case: Case, value: float, *, is_goal: bool = False) -> Sentence:
    own = case.target.unit != case.indicator.unit
    value = value if is_goal else round(value, 1 if own else case.indicator.decimals)
    return _quantity(case.target, value, _written_decimals(value))


def _written_decimals(value: float) -> int:
    return len(f"{value:g}".partition(".")[2]) if abs(value) < 1e6 else 0


def period(text: str) -> Sentence:
    """A period as each language writes it."""
    return both(lambda language: format_period(text, language))


def probability(value: float, probability_is: str = "") -> Sentence:
    """A probability as each language writes it."""
    return both(lambda language: format_probability(value, language, probability_is=probability_is))


def still_holds(case: Case, chance: float) -> Sentence:
    """How sure it is that a target met early is still met in its year."""
    return sentence(
        "That it still holds at the end of {year} is {word} ({probability}).",
        year=case.target.target_year,
        word=both(lambda language: likelihood_word(likelihood(chance), language)),
        probability=probability(chance),
    )


def measured(coverage: float) -> Sentence:
    """How often ranges like this one held for series of the same kind."""
    if math.isnan(coverage):
        return sentence("How often such ranges hold has not been checked for series of this kind.")
    return sentence(
        "Such ranges (80 %) held {coverage} of past outcomes of series of this kind.",
        coverage=both(lambda language: format_percent(100 * coverage, 0, language)),
    )


def elsewhere(hits: int, cases: int) -> Sentence:
    """How often like series elsewhere grew as much as is still needed."""
    return sentence(
        "In other provinces {hits} of {cases} similar series grew as much as is needed.", hits=hits, cases=cases
    )


def periods(texts: Iterable[str]) -> Sentence:
    """Periods of the data contract as each language lists them."""
    listed = list(texts)
    return both(lambda language: format_periods(listed, language))


def points(case: Case) -> Sentence:
    """What a forecast rests on; two or three points are said to be only that."""
    assert case.future is not None
    years = [int(year) for year in case.future.history.index]
    if len(years) <= FEW:
        return sentence("only {count} yearly figures ({years})", count=len(years), years=periods(map(str, years)))
    return sentence("{count} yearly figures {first}–{last}", count=len(years), first=years[0], last=years[-1])


def goal(case: Case) -> Sentence:
    """The target's number with its unit."""
    assert case.target.target is not None
    return in_unit_of_target(case, case.target.target, is_goal=True)


def ask(case: Case) -> Sentence:
    """Whom to ask for the missing figures."""
    return sentence("Ask: {department}.", department=both(case.target.department))


def missing(case: Case) -> Sentence:
    """The figures without which the target cannot be assessed."""
    parts = []
    if (case.needs_base and case.base is None) or case.base_is_bound:
        parts.append(sentence("the base figure of {period}", period=period(case.target.base_period)))
    years = case.missing_years()
    if years:
        parts.append(sentence("yearly figures of {years}", years=periods(map(str, years))))
    elif not parts:
        parts.append(sentence("a second yearly figure"))
    return {"en": " and ".join(part["en"] for part in parts), "zh": "、".join(part["zh"] for part in parts)}


def last_known(case: Case) -> Sentence | None:
    """The newest usable figure of any kind, with its period."""
    row = case.plan.latest(case.target.indicator)
    if row is None:
        return None
    text = (
        translatable("Last known: at least {value} ({period}).")
        if row["bound"]
        else translatable("Last known: {value} ({period}).")
    )
    return sentence(text, value=in_unit_of_indicator(case, float(row["value"])), period=period(str(row["period"])))


def if_base(case: Case, value: float) -> Sentence:
    """What the base must be at most for known figures to meet the target."""
    base, goal_value = case.base, case.target.target
    assert base is not None and goal_value is not None
    limit = largest_base(case.target, value)
    return sentence(
        "{value} meets the target of {target} only if the base of {period} is no more than "
        "{most}; it is known only as at least {base}.",
        value=in_unit_of_indicator(case, value),
        target=goal(case),
        period=period(case.target.base_period),
        most=in_unit_of_indicator(case, math.floor(limit * (1 + 1e-9)) if case.indicator.decimals == 0 else limit),
        base=in_unit_of_indicator(case, base.value),
    )


def takes(case: Case) -> Sentence | None:
    """The level that a growth or an addition asks for from its base; nothing where the target is a level."""
    required, base, entry = case.required, case.base, case.indicator
    if required is None or base is None or case.target.kind == "level":
        return None
    decimals = _written_decimals(round(required, entry.decimals + 1))
    level = both(lambda language: format_quantity(required, decimals, entry.unit_in(language), language))
    text = (
        translatable("From {base} or more in {period}, that takes at least {required}.")
        if base.is_bound
        else translatable("From {base} in {period}, that takes {required}.")
    )
    start = period(case.target.base_period)
    return sentence(text, base=in_unit_of_indicator(case, base.value), period=start, required=level)


def stopped(case: Case, stop: Break, last: Figure) -> Sentence:
    """The stop, how well it is known, the last figure and the target."""
    effect = both(lambda language: stop.effect(language).rstrip("。."))
    text = (
        translatable("{effect}; {value} in {last_period} is short of {target}.")
        if case.plan.is_seen(stop.source)
        else translatable(
            "As reported (we have not seen the notice): {effect}; {value} in {last_period} is short of {target}."
        )
    )
    own = {"value": in_unit_of_indicator(case, last.value), "last_period": period(last.period), "target": goal(case)}
    return sentence(text, effect=effect, **own)


def few_figures(case: Case, low: float, median: float, high: float) -> tuple[Sentence, Sentence]:
    """What a forecast from two figures, none of them of the plan's own years, can say, and its middle."""
    assert case.future is not None
    figures = [
        sentence("{value} in {year}", value=in_unit_of_indicator(case, float(value)), year=year)
        for year, value in case.future.history["value"].items()
    ]
    possible = sentence(
        "Only {count} figures, none of the plan's own years ({figures}): anything from {low} to {high} is possible by {year}.",
        count=len(figures),
        figures={"en": ", ".join(part["en"] for part in figures), "zh": "、".join(part["zh"] for part in figures)},
        low=number(case, low),
        high=_amount(case, high),
        year=case.target.target_year,
    )
    grown = sentence(
        "About {median} if it grows as similar series did; the target is {target}.",
        median=in_unit_of_target(case, median),
        target=goal(case),
    )
    return possible, grown


def later(case: Case) -> Sentence | None:
    """A usable figure newer than the last yearly one, which the forecast does not use."""
    row, last = case.plan.latest(case.target.indicator), case.last
    if row is None or last is None or int(row["end_year"]) <= last.year or row["bound"]:
        return None
    text = (
        translatable("A total, {value} in {period}, is not used in the forecast.")
        if row["basis"] == TOTAL_BASIS
        else translatable("A figure within the year, {value} in {period}, came later and is not used in the forecast.")
    )
    return sentence(
        text,
        value=in_unit_of_indicator(case, float(row["value"])),
        period=period(str(row["period"])),
    )


def number(case: Case, value: float) -> Sentence:
    """A number of the target's unit without the unit, for ranges whose unit stands beside them."""
    if case.target.unit_en.startswith(tuple(UNIT_FACTORS)):
        return _amount(case, value)  # English multiplies such units out
    decimals = 1 if case.target.unit != case.indicator.unit else case.indicator.decimals
    return both(lambda language: format_number(value, decimals, language))


def doubtful(case: Case, slip: Slip) -> Sentence:
    """An implausible last figure, to be checked before anything is made of the verdict."""
    return sentence(
        "Check first: {value} in {year} after {before} in {year_before} looks like a slip of unit or row ({observation}).",
        value=in_unit_of_indicator(case, slip.value),
        year=slip.year,
        before=in_unit_of_indicator(case, slip.value_before),
        year_before=slip.year_before,
        observation=slip.observation,
    )


def readings(case: Case, found: Sequence[tuple[Reading, Figure, bool]]) -> Sentence:
    """What each reading's figure says of the target, and who has to choose where they differ."""
    parts: list[Sentence | None] = []
    for entry, figure, is_met in found:
        text = (
            translatable("Read {words}: {value} in {period}, {target} is met.")
            if is_met
            else translatable("Read {words}: {value} in {period}, short of {target}.")
        )
        value = in_unit_of_indicator(case, figure.value)
        parts.append(
            sentence(text, words=both(entry.words), value=value, period=period(figure.period), target=goal(case))
        )
    if len({is_met for _, _, is_met in found}) > 1:
        parts.append(sentence("Which reading counts is for the plan's owner to say."))
    return join(*parts)


def other_reading(entry: Reading, status: Status, chance: float, chance_is: str) -> Sentence:
    """The verdict on the target as another reading takes it."""
    word = both(lambda language: status_word(status, language))
    if math.isnan(chance):
        return sentence("Read {words}: {status}.", words=both(entry.words), status=word)
    number = probability(chance, chance_is)
    return sentence("Read {words}: {status} ({probability}).", words=both(entry.words), status=word, probability=number)
