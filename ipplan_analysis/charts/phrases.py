"""Texts of the charts: pairs (English, Chinese) with names to fill in."""

from __future__ import annotations

from collections.abc import Iterable

from ipplan_analysis.schema import Language

TEXT: dict[str, tuple[str, str]] = {
    # reachability
    "reach_title": ("How likely each target is to be reached", "各目标实现的可能性"),
    "reach_sub": (
        "Probability in per cent with the likelihood scale; a hollow dot with a line is an upper or lower "
        "bound. Without a probability: what decides or what is missing.",
        "概率（%）与可能性等级；带横线的空心点表示上限或下限。无概率者写明判定依据或所缺数据。",
    ),
    "reach_alt": ("{n} targets: {counts}.", "{n}项目标：{counts}。"),
    "reach_range": (
        " Probabilities run from {low} ({low_name}) to {high} ({high_name}).",
        "概率最低为{low_name}（{low}），最高为{high_name}（{high}）。",
    ),
    "count": ("{n} {word}", "{word}{n}项"),
    "no_targets": ("There are no targets to show.", "没有可显示的目标。"),
    # progress
    "progress_title": ("Share of the way and share of the time", "各目标完成进度与时间进度"),
    "progress_sub": (
        "Dot: share of the way from base to target covered by the latest figure. "
        "Upright line: share of the time gone by then.",
        "圆点：最新数据对应的目标完成率（从基期到目标）；竖线：届时的时间进度。",
    ),
    "progress_left_out": (
        " Not drawn, because the base or a later yearly figure is missing, or the target is a sum or has no number: {ids}.",
        "未画出（缺基期数、缺基期以后的年度数据，或为累计、定性目标）：{ids}。",
    ),
    "progress_alt": (
        "{ahead} of {n} targets with a figure are as far along as the time gone or further; furthest is "
        "{high_name} with {high} of the way, least far {low_name} with {low}.",
        "{n}项有数据的目标中，{ahead}项的进度不落后于时间；最快为{high_name}（完成率{high}），最慢为{low_name}（{low}）。",
    ),
    "progress_alt_one": (
        "Only {high_name} has a figure later than its base: {high} of the way with {time} of the time gone.",
        "仅{high_name}有基期之后的数据：完成率{high}，时间进度{time}。",
    ),
    "time_gone": ("time gone {share}", "时间进度{share}"),
    "figure_of": ("figure of", "数据年份"),
    # pace
    "pace_title": ("Recent pace and the pace required from the latest figure on", "近年增速与自最新数据起所需增速"),
    "pace_sub": (
        "Growth per year in per cent. Dot: recent pace, over up to the last five years. "
        "Diamond: required from the latest figure to the target year.",
        "年均增速（%）。圆点：近年增速（至多近五年）；菱形：从最新数据到目标年所需增速。",
    ),
    "pace_alt": (
        "In {fast} of {n} targets the recent pace is at least the required one; the largest shortfall is "
        "{name}: {recent} a year recently, {required} required.",
        "{n}项目标中，{fast}项近年增速不低于所需增速；缺口最大的是{name}：近年每年{recent}，所需{required}。",
    ),
    "pace_alt_all": (
        "In all {n} targets the recent pace is at least the required one; the smallest margin is "
        "{name}: {recent} a year recently, {required} required.",
        "{n}项目标的近年增速均不低于所需增速；余地最小的是{name}：近年每年{recent}，所需{required}。",
    ),
    "recent": ("recent", "近年"),
    "required": ("required", "所需"),
    "pace_left_out": (
        " Not drawn, because already reached or because figures are missing: {ids}.",
        "未画出（已达到或缺数据）：{ids}。",
    ),
    # evidence
    "evidence_title": ("Which years have a figure", "哪些年份有数据"),
    "evidence_sub": (
        "By indicator and year; to the right how many published yearly figures there are in all.",
        "按指标和年份；右侧为公布的年度数据总个数。",
    ),
    "evidence_alt": (
        "Of {n} indicators, {none} have no published yearly figure from {first} to {last}; most figures, "
        "{count}, are known of: {name}.",
        "{n}个指标中，{none}个在{first}—{last}年没有公布的年度数据；数据最多的是{name}，共{count}个。",
    ),
    "published": ("published yearly figure", "公布的年度数据"),
    "partial": ("part-year figure or bound", "年内数据或上下限"),
    "derived": ("computed from other series", "由其他序列推算"),
    "none": ("no figure", "无数据"),
    "figures": ("figures", "个数"),
    # fan and small multiples
    "fan_title": ("{name}, {region}", "{region}{name}"),
    "fan_sub": (
        "{unit}. Figures to {origin}; then median and central 50 % and 80 % of {n} simulated paths.",
        "单位：{unit}。数据至{origin}年；其后为{n}条模拟路径的中位数及中间50%、80%范围。",
    ),
    "fan_few": (" Only {n} yearly figures.", "仅有{n}个年度数据。"),
    "fan_alt": (
        "{name}: {last} in {origin}; the median forecast for {year} is {median}, with 80 % of paths between "
        "{low} and {high}.",
        "{name}：{origin}年为{last}；{year}年预测中位数为{median}，80%的路径在{low}至{high}之间。",
    ),
    "fan_alt_target": (" The target is {target} in {year}.", "目标为{year}年{target}。"),
    "last_used": ("last figure {year}", "最后数据{year}年"),
    "target_is": ("target {target}", "目标{target}"),
    "median": ("median", "中位数"),
    "gap": ("Dotted: no figure for the years between.", "虚线：其间无数据。"),
    "break_line": ("{number} {years}: {kind}. {effect}", "{number} {years}年：{kind}。{effect}"),
    "multiples_title": ("Figures and forecasts at a glance, {region}", "{region}各指标数据与预测一览"),
    "multiples_sub": (
        "Dots: yearly figures; line with bands: median and central 50 % and 80 % of the forecast; "
        "orange: target; upright line: last figure. Each panel has its own scale.",
        "圆点：年度数据；线与色带：预测中位数及中间50%、80%范围；橙色：目标；竖线：最后数据。各图刻度不同。",
    ),
    "multiples_old": (
        " Not drawn, without a target and without a figure since {year}: {n}.",
        "另有{n}项无目标且{year}年以来无数据，未画出。",
    ),
    "multiples_alt": ("{n} forecasts. {parts}.", "{n}项预测。{parts}。"),
    "multiples_part": ("{name}: median {median} in {year}", "{name}：{year}年中位数{median}"),
    "multiples_target": (" (target {target})", "（目标{target}）"),
    # models
    "models_title": ("What the models say: {name}, {year}", "各模型的预测：{name}，{year}年"),
    "models_sub": (
        "{unit}. Dot: median; line: central 80 % of the simulated paths.",
        "单位：{unit}。圆点：中位数；横线：模拟路径的中间80%。",
    ),
    "models_alt": (
        "For {year} the medians of {n} models run from {low} ({low_name}) to {high} ({high_name}); the "
        "model used in this report, {reported}, gives {median} with 80 % of paths between {low80} and {high80}.",
        "{year}年，{n}个模型的中位数在{low}（{low_name}）至{high}（{high_name}）之间；本报告采用的{reported}给出{median}，"
        "80%的路径在{low80}至{high80}之间。",
    ),
    "reported": ("reported", "报告所用"),
    # calibration
    "reliability_title": ("Do the probabilities hold?", "概率可信吗？"),
    "reliability_sub": (
        "Share of past cases that came true, by stated probability, with 80 % ranges when whole target years "
        "are drawn anew; on the diagonal the two agree. Numbers: cases.",
        "按所报概率分组的历史案例实现比例，及按目标年整体重抽的80%范围；落在对角线上即两者一致。数字为例数。",
    ),
    "reliability_alt": (
        "In {n} past cases, stated probabilities around {low} came true in {low_seen} of cases and "
        "those around {high} in {high_seen}; the largest gap is {gap} points.",
        "在{n}个历史案例中，所报概率约{low}者实现了{low_seen}，约{high}者实现了{high_seen}；最大差距为{gap}个百分点。",
    ),
    "stated": ("stated probability, %", "所报概率（%）"),
    "came_true": ("came true, %", "实现比例（%）"),
    "agree": ("agreement", "完全一致"),
    "coverage_title": ("Do the bands hold what they promise?", "预测区间的实际覆盖率是否达到名义水平？"),
    "coverage_sub": (
        "Share of past outcomes inside the band, in per cent; dashed: what the band promises.",
        "历史结果落在区间内的比例（%）；虚线为名义覆盖率。",
    ),
    "coverage_alt": (
        "The {nominal} bands held {low} ({low_name}) to {high} ({high_name}) of {n} outcomes.",
        "{n}个结果中，名义{nominal}区间的实测覆盖率为{low}（{low_name}）至{high}（{high_name}）。",
    ),
    "coverage_by_indicator": (
        "The {nominal} bands of the model used in this report held {low} ({low_name}) to {high} ({high_name}) of the "
        "outcomes of an indicator.",
        "按指标分，本报告所用模型的{nominal}区间实测覆盖率为{low}（{low_name}）至{high}（{high_name}）。",
    ),
    "years_ahead": ("years ahead", "预测年数"),
}


def say(key: str, language: Language, **values: object) -> str:
    """A text of the charts in the reader's language, its names filled in."""
    return TEXT[key][1 if language == "zh" else 0].format(**values)


def listed(items: Iterable[str], language: Language) -> str:
    """Items in a row, separated as the language does."""
    return ("、" if language == "zh" else ", ").join(items)
