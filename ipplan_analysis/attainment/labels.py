"""The official rules' labels of a plan's targets, beside our probability, and where they contradict each other."""

from __future__ import annotations

import math
from typing import Any, Literal

import pandas as pd

from ipplan_analysis.attainment import reasons
from ipplan_analysis.attainment.assess import assess
from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.judge import status_word
from ipplan_analysis.attainment.reasons import Sentence, join, sentence
from ipplan_analysis.attainment.trackers import (
    NO_DIRECTION,
    RULES,
    Course,
    Label,
    NotApplicableError,
    Rule,
    escap_current_status,
    healthy_people,
    plan_schedule,
)
from ipplan_analysis.data import Plan
from ipplan_analysis.data.period import is_plain_year
from ipplan_analysis.messages import clauses, message, translatable
from ipplan_analysis.schema import Language, Target

SUMS = ("cumulative", "multiple")  # kinds whose running sum starts from nothing, which has no growth rate
OF_SUMS = (escap_current_status, healthy_people, plan_schedule)
WHY_FORECAST = translatable(
    "Ours for {year} is {probability}: it rests on all {points} figures of the series, the growth of like series and the errors "
    "of past forecasts."
)
WHY_OURS = {  # by what the verdict rests on, where it is no forecast
    "figures": translatable("Ours is {probability}: figures have decided."),
    "stop": translatable("Ours is {probability}: the channel has been closed, which no rule sees."),
}


def official_labels(plan: Plan, *, language: Language = "en", draws: int = 4000, seed: int = 0) -> pd.DataFrame:
    """Every official rule's label of every target, beside our probability.

    Parameters
    ----------
    language : of the labels and of the sentence.
    draws, seed : of the simulated paths behind our probability.

    Returns
    -------
    One row per target: target_id, name_en, name_zh, probability, probability_is, status, a column for each of `RULES`
    under its name (the label, or why the rule has none), labelled (how many have one), and contradiction (a
    sentence; empty where all agree).
    """
    columns = ["target_id", "name_en", "name_zh", "probability", "probability_is", "status", "basis"]
    table = assess(plan, draws=draws, seed=seed)[columns] if plan.has_targets else pd.DataFrame(columns=columns)
    cases = [Case(plan, target, None) for target in plan.targets]
    labels = [_labels(case) for case in cases]
    for rule in RULES:
        table[rule.__name__] = [message(each[rule].text, language) for each in labels]
    table["labelled"] = [sum(label.applies for label in each.values()) for each in labels]
    results = table.to_dict("records")
    sentences = [_contradiction(*each) for each in zip(cases, labels, results, strict=True)]
    return table.drop(columns="basis").assign(contradiction=[each[language] for each in sentences])


def labels_of_target(plan: Plan, target: Target, *, language: Language = "en") -> pd.DataFrame:
    """Every official rule's label of one target.

    Returns
    -------
    One row per rule: rule (who uses it), looks_at (what it goes by), label (or why there is none), applies (whether
    there is one), on_course (None where the rule does not say), value (that the label was cut from), score.
    """
    rows = [
        {
            "rule": message(RULES[rule][0], language),
            "looks_at": message(RULES[rule][1], language),
            "label": message(label.text, language),
            "applies": label.applies,
            "on_course": label.on_course,
            "value": label.value,
            "score": label.score,
        }
        for rule, label in _labels(Case(plan, target, None)).items()
    ]
    return pd.DataFrame(rows)


def _labels(case: Case) -> dict[Rule, Label]:
    return {rule: _label(rule, case) for rule in RULES}


def _label(rule: Rule, case: Case) -> Label:
    try:
        if case.target.kind in SUMS and rule not in OF_SUMS:
            raise NotApplicableError(translatable("a sum has no growth rate"))
        return rule(_course(case))
    except NotApplicableError as refusal:
        return Label(str(refusal), None, applies=False)


def _course(case: Case) -> Course:
    """The published figures of a target as the rules look at them; of a sum what has come together so far."""
    target, base = case.target, case.base
    if target.kind == "milestone":
        raise NotApplicableError(translatable("yes or no: no progress to measure"))
    if case.base_is_bound:
        raise NotApplicableError(translatable("the base is known only as a bound"))
    if case.needs_base and base is None:
        raise NotApplicableError(translatable("the base is not known"))
    if target.kind in SUMS:
        return _course_of_sum(case)
    values = case.known["value"].astype(float)
    if base is not None and is_plain_year(base.period):
        values = pd.concat([values.drop(base.year, errors="ignore"), pd.Series({base.year: base.value})])
    start = case.plan.start_year - 1 if base is None else base.year
    direction = _direction(case)
    limit = (case.indicator.lower if direction == "down" else 100.0) if case.indicator.upper == 100 else None
    values = values[values.index <= target.target_year].sort_index()
    return Course(values, start, case.required, target.target_year, direction, limit)


def _course_of_sum(case: Case) -> Course:
    """Running sums over the unbroken first years of the window; the year before it stands at nothing."""
    years, goal = case.target.window_years, case.target.target
    if case.target.kind == "multiple" and case.base is not None and goal is not None:
        goal *= case.base.value
    values = case.known["value"].astype(float).reindex(years)
    known = values[values.notna().cummin()]
    if known.empty:
        raise NotApplicableError(translatable("figures of the first years are missing"))
    totals = pd.concat([pd.Series({years[0] - 1: 0.0}), known.cumsum()])
    return Course(totals, years[0] - 1, goal, case.target.target_year, _direction(case))


def _direction(case: Case) -> Literal["up", "down"]:
    word = case.target.comparator[:1] or case.indicator.direction
    if word in ("<", "down"):
        return "down"
    if word in (">", "up"):
        return "up"
    raise NotApplicableError(NO_DIRECTION)


def _contradiction(case: Case, labels: dict[Rule, Label], result: dict[str, Any]) -> Sentence:
    """Who sees the target on course, who does not, and what each goes by; empty where all agree."""
    yes, no = ([rule for rule, label in labels.items() if label.on_course is answer] for answer in (True, False))
    probability, bound = float(result["probability"]), str(result["probability_is"])
    ours = "" if math.isnan(probability) else status_word(probability, is_limit=bool(bound))
    is_against = bool({"on course": no, "open": yes or no, "off course": yes, "out of reach": yes}.get(ours))
    if not (is_against or (yes and no)):
        return join()
    parts = [sentence("On course by {yes}.", yes=_grouped(yes)) if yes else None]
    parts += [sentence("Not on course by {no}.", no=_grouped(no)) if no else None]
    if is_against:
        shown = reasons.probability(probability, bound)
        why = WHY_OURS.get(result["basis"], WHY_FORECAST)
        parts += [sentence(why, probability=shown, points=len(case.known), year=case.target.target_year)]
    return join(*parts)


def _grouped(rules: list[Rule]) -> Sentence:
    """What the rules go by, with those that do."""
    groups: dict[str, list[str]] = {}
    for rule in rules:
        who, looks_at = RULES[rule]
        groups.setdefault(looks_at, []).append(who)

    def words(language: Language) -> str:
        texts = [
            message(
                "{looks_at} ({rules})",
                language,
                looks_at=message(looks_at, language),
                rules=clauses((message(who, language) for who in group), language),
            )
            for looks_at, group in groups.items()
        ]
        return clauses(texts, language)

    return reasons.both(words)
