"""Why a target has its status, in one or two sentences, in English and Chinese."""

from __future__ import annotations

import math
from collections.abc import Iterable

from ipplan_analysis.attainment.case import Case, Figure
from ipplan_analysis.attainment.quantity import most_base
from ipplan_analysis.schema import LANGUAGES, Break, Language
from ipplan_analysis.words import (
    format_number,
    format_percent,
    format_period,
    format_periods,
    format_probability,
    format_quantity,
)

Sentence = dict[Language, str]

TEXTS: dict[str, tuple[str, str]] = {
    "listed": ("The plan gives no number.", "规划未给出数值。"),
    "milestone": (
        "Whether it has been published is not known. Ask: {department}.",
        "是否已公布，尚无资料。请向{department}了解。",
    ),
    "milestone_met": ("It has been published ({year}).", "已公布（{year}）。"),
    "milestone_missed": ("It had not been published by the end of {year}.", "截至{year}末尚未公布。"),
    "met": ("{value} in {year} meets the target of {target}.", "{year}年为{value}，达到目标{target}。"),
    "met_early": ("Reached in {year} with {value}, before the target year.", "{year}年为{value}，早于目标年达到。"),
    "holds": (
        "Probability that this still holds in {target_year}: {probability}.",
        "到{target_year}年仍保持的概率：{probability}。",
    ),
    "holds_by_proxy": (
        "Probability that this still holds in {target_year}: {probability}, by the growth of a related "
        "indicator ({proxy}), since only {points} yearly figure of its own is known.",
        "到{target_year}年仍保持的概率：{probability}；自身仅有{points}个年度数值，按相关指标（{proxy}）的增长推算。",
    ),
    "missed": ("{value} in {year} is short of the target of {target}.", "{year}年为{value}，未达到目标{target}。"),
    "sum_met": (
        "The known years {years} already add up to {value} of {target}.",
        "{years}已知数合计{value}，目标{target}。",
    ),
    "running_total": (
        "Running total of {total} by {period}, its start not stated. Less {base} of {base_period}, and if nothing was "
        "registered before {first}, {net} are left against {target}: met unless more than {slack} came before {first}.",
        "截至{period}累计{total}，起始时间未说明。减去{base_period}的{base}，若{first}年以前无登记，则为{net}，目标{target}："
        "仅当{first}年以前登记超过{slack}时才未达到。",
    ),
    "stop": (
        "{effect}; {value} in {last_period} is short of {target}, and the planned route is closed. "
        "This rests on the stop, not on a trend.",
        "{effect}；{last_period}为{value}，低于{target}，规划的途径已关闭。依据是政策终止，而非趋势。",
    ),
    "missing": ("Missing: {missing}. Ask: {department}.", "缺少：{missing}。请向{department}索取。"),
    "takes": (
        "From {base} in {period}, that takes {required}.",
        "以{period}的{base}为基数，需达到{required}。",
    ),
    "takes_at_least": (
        "From {base} or more in {period}, that takes at least {required}.",
        "以{period}的{base}以上为基数，至少需达到{required}。",
    ),
    "if_base": (
        "{value} meets the target of {target} only if the base of {period} is no more than {most}; it is known only as "
        "at least {base}. Ask: {department}.",
        "{value}：仅当{period}基期数不超过{most}时才达到目标{target}；基期仅知不少于{base}。请向{department}索取。",
    ),
    "last": ("Last known: {value} ({period}).", "最近已知：{value}（{period}）。"),
    "last_bound": ("Last known: at least {value} ({period}).", "最近已知：不少于{value}（{period}）。"),
    "proxy_level": (
        "Proxy, computed: about {value} in {year} ({proxy} times the nation's ratio of the two).",
        "替代推算：{year}年约{value}（{proxy}乘以全国两指标之比）。",
    ),
    "forecast": (
        "Median {median} for {year} (80 % range {low} to {high}) against {target}, from {points}.",
        "{year}年中位数{median}（80%区间{low}至{high}），目标{target}；依据{points}。",
    ),
    "forecast_at_most": (
        "Median at most {median} for {year} (80 % range at most {low} to {high}) against {target}, from {points}.",
        "{year}年中位数至多{median}（80%区间至多{low}至{high}），目标{target}；依据{points}。",
    ),
    "later": (
        "Known since: {value} in {period}; a figure within the year is not used by the forecast.",
        "此后已知：{period}{value}；年内数据不用于预测。",
    ),
    "not_published": ("No {year} figure is in the data yet.", "数据中尚无{year}年数值。"),
    "measured": (
        "80 % bands made in this way held {coverage} of past outcomes, most of them of patent series.",
        "以同样方法所得的80%区间在以往检验（多为专利序列）中覆盖了{coverage}的结果。",
    ),
    "not_measured": (
        "How often bands made in this way hold has not been measured yet.",
        "此类区间的覆盖率尚未测量。",
    ),
    "reference": (
        "Elsewhere {hits} of {cases} like cases ({of}) grew as much as is needed; that is no forecast of this series.",
        "其他地区{cases}个类似情形（{of}）中有{hits}个达到所需增长；这并非对本序列的预测。",
    ),
    "at_most": (
        "The base {period} is known only as at least {base}, so this is an upper limit.",
        "基期{period}仅知不少于{base}，故为上限。",
    ),
}
POINTS: dict[str, tuple[str, str]] = {
    "few": ("only {count} yearly figures ({years})", "仅{count}个年度数值（{years}）"),
    "many": ("{count} yearly figures {first}–{last}", "{first}—{last}年共{count}个年度数值"),
    "base": ("the base figure of {period}", "{period}的基期数"),
    "years": ("yearly figures of {years}", "{years}的年度数值"),
    "related": ("related indicators", "相关指标"),
    "any": ("any yearly figure", "任何年度数值"),
}
FEW = 3  # verdicts about two or three points say so in the same sentence


def say(key: str, **values: object) -> Sentence:
    """One sentence in every language; a value that is itself a `Sentence` is taken in the same language."""
    result: Sentence = {}
    for language, template in zip(LANGUAGES, {**TEXTS, **POINTS}[key], strict=True):
        own = {name: value[language] if isinstance(value, dict) else value for name, value in values.items()}
        result[language] = template.format(**own)
    return result


def join(*sentences: Sentence | None) -> Sentence:
    """Sentences one after the other; None is left out."""
    given = [sentence for sentence in sentences if sentence]
    return {"en": " ".join(sentence["en"] for sentence in given), "zh": "".join(sentence["zh"] for sentence in given)}


def in_unit_of_indicator(case: Case, value: float) -> Sentence:
    """A figure of the indicator with its unit."""
    entry = case.indicator
    return {
        language: format_quantity(value, entry.decimals, entry.unit_in(language), language) for language in LANGUAGES
    }


def in_unit_of_target(case: Case, value: float, *, is_goal: bool = False) -> Sentence:
    """A number of the target's unit, such as 10 % per year; a goal is written as the plan writes it."""
    own = case.target.unit != case.indicator.unit
    value = value if is_goal else round(value, 1 if own else case.indicator.decimals)
    decimals = _written_decimals(value)
    if is_goal and case.target.comparator == ">":
        return _prefixed(case, value, decimals)
    return {
        language: format_quantity(value, decimals, case.target.unit_in(language), language) for language in LANGUAGES
    }


def _prefixed(case: Case, value: float, decimals: int) -> Sentence:
    unit = case.target.unit_in
    return {
        "en": "more than " + format_quantity(value, decimals, unit("en"), "en"),
        "zh": "超过" + format_quantity(value, decimals, unit("zh"), "zh"),
    }


def _written_decimals(value: float) -> int:
    return len(f"{value:g}".partition(".")[2]) if abs(value) < 1e6 else 0


def period(text: str) -> Sentence:
    """A period as each language writes it."""
    return {language: format_period(text, language) for language in LANGUAGES}


def probability(value: float, probability_is: str = "") -> Sentence:
    """A probability as each language writes it."""
    return {language: format_probability(value, language, probability_is=probability_is) for language in LANGUAGES}


def measured(case: Case, coverage: float) -> Sentence | None:
    """How often bands like this one held; nothing where there is no forecast."""
    if case.future is None:
        return None
    if math.isnan(coverage):
        return say("not_measured")
    return say("measured", coverage={language: format_percent(100 * coverage, 0, language) for language in LANGUAGES})


def reference(case: Case, hits: int, cases: int, of: str) -> Sentence:
    """How often like cases elsewhere grew as much as is still needed."""
    entry = case.plan.indicators.get(of)
    taken: Sentence = say("related") if entry is None else {"en": entry.name_en, "zh": entry.name_zh}
    return say("reference", hits=hits, cases=cases, of=taken)


def periods(texts: Iterable[str]) -> Sentence:
    """Periods of the data contract as each language lists them."""
    listed = list(texts)
    return {language: format_periods(listed, language) for language in LANGUAGES}


def points(case: Case) -> Sentence:
    """What a forecast rests on; two or three points are said to be only that."""
    assert case.future is not None
    years = [int(year) for year in case.future.history.index]
    if len(years) <= FEW:
        return say("few", count=len(years), years=periods(map(str, years)))
    return say("many", count=len(years), first=years[0], last=years[-1])


def goal(case: Case) -> Sentence:
    """The target's number with its unit."""
    assert case.target.target is not None
    return in_unit_of_target(case, case.target.target, is_goal=True)


def department(case: Case) -> Sentence:
    """Who holds the missing figures."""
    return {language: case.target.department(language) for language in LANGUAGES}


def missing(case: Case) -> Sentence:
    """The figures without which the target cannot be assessed."""
    parts = []
    if (case.needs_base and case.base is None) or case.base_is_bound:
        parts.append(say("base", period=period(case.target.base_period)))
    years = case.missing_years()
    if years:
        parts.append(say("years", years=periods(map(str, years))))
    elif not parts:
        parts.append(say("any"))
    return {"en": " and ".join(part["en"] for part in parts), "zh": "、".join(part["zh"] for part in parts)}


def last_known(case: Case) -> Sentence | None:
    """The newest usable figure of any kind, with its period."""
    row = case.plan.latest(case.target.indicator)
    if row is None:
        return None
    key = "last_bound" if row["bound"] else "last"
    return say(key, value=in_unit_of_indicator(case, float(row["value"])), period=period(str(row["period"])))


def if_base(case: Case, value: float) -> Sentence:
    """What the base must be at most for known figures to meet the target."""
    base, goal_value = case.base, case.target.target
    assert base is not None and goal_value is not None
    most = most_base(case.target, value)
    return say(
        "if_base",
        value=in_unit_of_indicator(case, value),
        target=goal(case),
        period=period(case.target.base_period),
        most=in_unit_of_indicator(case, math.floor(most * (1 + 1e-9)) if case.indicator.decimals == 0 else most),
        base=in_unit_of_indicator(case, base.value),
        department=department(case),
    )


def takes(case: Case) -> Sentence | None:
    """The level that a growth or an addition asks for from its base; nothing where the target is a level."""
    required, base, entry = case.required, case.base, case.indicator
    if required is None or base is None or case.target.kind == "level":
        return None
    decimals = _written_decimals(round(required, entry.decimals + 1))
    level: Sentence = {
        language: format_quantity(required, decimals, entry.unit_in(language), language) for language in LANGUAGES
    }
    key = "takes_at_least" if base.is_bound else "takes"
    start = period(case.target.base_period)
    return say(key, base=in_unit_of_indicator(case, base.value), period=start, required=level)


def stopped(case: Case, stop: Break, last: Figure) -> Sentence:
    """The stop, the last figure and the target."""
    effect: Sentence = {language: stop.effect(language).rstrip("。.") for language in LANGUAGES}
    return say(
        "stop", effect=effect, value=in_unit_of_indicator(case, last.value), last_period=period(last.period),
        target=goal(case),
    )


def later(case: Case) -> Sentence | None:
    """A usable figure newer than the last yearly one, which the forecast does not use."""
    row, last = case.plan.latest(case.target.indicator), case.last
    if row is None or last is None or int(row["end_year"]) <= last.year or row["bound"]:
        return None
    return say("later", value=in_unit_of_indicator(case, float(row["value"])), period=period(str(row["period"])))


def number(case: Case, value: float) -> Sentence:
    """A number of the target's unit without the unit, for ranges whose unit stands beside them."""
    decimals = 1 if case.target.unit != case.indicator.unit else case.indicator.decimals
    return {language: format_number(value, decimals, language) for language in LANGUAGES}
