"""Texts of the reasons: pairs (English, Chinese) with places to fill in."""

from __future__ import annotations

from ipplan_analysis.schema import LANGUAGES, Language

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
