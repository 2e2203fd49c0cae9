"""Word lists behind `words`: pairs (English, Chinese), nothing else."""

from __future__ import annotations

# status: symbol, English, Chinese. Every symbol is in both DejaVu Sans and Noto Sans SC.
STATUS: dict[str, tuple[str, str, str]] = {
    "met": ("✓", "met", "已实现"),
    "on course": ("↗", "on course", "有望实现"),
    "open": ("◐", "open", "前景未定"),
    "off course": ("↘", "off course", "偏离预期"),
    "out of reach": ("⊘", "out of reach", "难以实现"),
    "missed": ("×", "missed", "未实现"),
    "not assessable": ("?", "not assessable", "暂无法评估"),
    "listed": ("·", "listed", "定性目标"),
}

# likelihood, most likely first; after the IPCC's own Chinese, its 不可能 (also "impossible") softened
LIKELIHOODS: dict[str, str] = {
    "virtually certain": "几乎确定",
    "very likely": "很可能",
    "likely": "可能",
    "about as likely as not": "可能与否各半",
    "unlikely": "不太可能",
    "very unlikely": "很不可能",
    "exceptionally unlikely": "几乎不可能",
}

KINDS: dict[str, tuple[str, str]] = {
    "level": ("level in the target year", "目标年水平"),
    "annual_growth": ("average annual growth", "年均增长"),
    "cumulative": ("sum over the plan period", "规划期累计"),
    "multiple": ("multiple of the base period", "为基期的倍数"),
    "increment": ("added since the base year", "基期后新增"),
    "milestone": ("milestone, yes or no", "里程碑（是/否）"),
    "qualitative": ("qualitative, no number", "定性表述"),
}

EVIDENCE: dict[str, tuple[str, str]] = {
    "A": ("10 or more yearly figures", "10个及以上年度数据"),
    "B": ("5 to 9 yearly figures", "5—9个年度数据"),
    "C": ("2 to 4 yearly figures", "2—4个年度数据"),
    "D": ("one yearly figure or none", "至多1个年度数据"),
}

BASES: dict[str, tuple[str, str]] = {
    "year_end_stock": ("year-end stock", "年末存量"),
    "annual_flow": ("annual flow", "年度流量"),
    "annual_ratio": ("annual ratio", "年度比率"),
    "running_total": ("running total, start not stated", "累计值（起点未说明）"),
    "part_year_flow": ("part of a year", "年内部分时段"),
    "part_year_stock": ("stock within the year", "年中存量"),
    "multi_year_total": ("total of several years", "多年合计"),
    "series": ("published yearly series", "公布的年度序列"),
    "derived": ("computed from published series", "由公布序列推算"),
    "proxy": ("related indicator", "替代指标"),
    "figures": ("decided by figures", "由数据判定"),
    "stop": ("registration stopped", "登记已停止"),
}

MODELS: dict[str, tuple[str, str]] = {
    "combination": ("combination", "组合模型"),
    "drift": ("random walk with drift", "带漂移随机游走"),
    "naive": ("no change", "保持不变"),
    "log_linear": ("log-linear trend", "对数线性趋势"),
    "damped_smoothing": ("damped smoothing", "阻尼平滑"),
    "local_linear": ("local linear trend", "局部线性趋势"),
    "pooled": ("pooled", "合并模型"),
    "drift_level": ("drift, on levels", "漂移模型（水平值）"),
    "drift_log": ("drift, on logs", "漂移模型（对数）"),
    "reported": ("reported", "报告所用"),
}

BREAK_KINDS: dict[str, tuple[str, str]] = {
    "definition": ("definition changed", "统计口径变更"),
    "policy_stop": ("stopped by policy", "政策停止"),
    "shock": ("shock", "冲击"),
    "note": ("note", "说明"),
}

HEADINGS: dict[str, tuple[str, str]] = {
    "plan": ("Plan", "规划"),
    "target_id": ("Target", "目标编号"),
    "name": ("What is to be reached", "目标内容"),
    "name_en": ("Name", "英文名称"),
    "name_zh": ("Chinese name", "名称"),
    "region": ("Region", "地区"),
    "indicator": ("Indicator", "指标"),
    "kind": ("Kind of target", "目标类型"),
    "comparator": ("Comparison", "比较方式"),
    "target": ("Target value", "目标值"),
    "target_high": ("Upper end of the target", "目标上限"),
    "unit": ("Unit", "单位"),
    "unit_en": ("Unit (English)", "单位（英文）"),
    "target_year": ("Target year", "目标年"),
    "base": ("Base value", "基期值"),
    "base_year": ("Base year", "基期"),
    "origin": ("Last year used", "所用数据截至年"),
    "last_value": ("Latest yearly figure", "最新年度数据"),
    "last_year": ("Year of figure", "数据年份"),
    "known_to_date": ("Known to date", "已知进展"),
    "n_points": ("Yearly figures", "年度数据个数"),
    "evidence": ("Evidence", "证据等级"),
    "median": ("Median forecast", "预测中位数"),
    "low80": ("80 % range, low", "80%区间下限"),
    "high80": ("80 % range, high", "80%区间上限"),
    "probability": ("Probability", "实现概率"),
    "probability_is": ("Probability is", "概率性质"),
    "likelihood": ("Likelihood", "可能性"),
    "status": ("Status", "状态"),
    "measured_coverage": ("80 % bands held", "80%区间实测覆盖"),
    "reference_probability": ("Reference probability", "参照概率"),
    "recent_pace_pct": ("Recent pace, % a year", "近年增速（%/年）"),
    "required_pace_pct": ("Required pace, % a year", "所需增速（%/年）"),
    "pace": ("Pace: recent / required", "增速：近年/所需"),
    "expected_year": ("Expected year", "预计实现年份"),
    "way_share": ("Share of the way", "目标完成率"),
    "time_share": ("Share of the time", "时间进度"),
    "source": ("Source", "来源"),
    "reason": ("Reason", "依据"),
    "reason_zh": ("Reason (Chinese)", "依据"),
    "department": ("Department", "部门"),
    "department_en": ("Department", "部门（英文）"),
    "figure": ("Figure to ask for", "需索取的数据"),
    "basis": ("Basis", "口径"),
    "year": ("Year", "年份"),
    "period": ("Period", "时期"),
    "value": ("Value", "数值"),
    "model": ("Model", "模型"),
    "horizon": ("Years ahead", "预测年数"),
    "nominal": ("Promised coverage", "名义覆盖率"),
    "coverage": ("Measured coverage", "实测覆盖率"),
    "n": ("Cases", "例数"),
    "forecast": ("Forecast probability", "预测概率"),
    "observed": ("Observed frequency", "实际频率"),
    "low": ("Low", "下限"),
    "high": ("High", "上限"),
    "bin_low": ("Bin from", "分组下限"),
    "bin_high": ("Bin to", "分组上限"),
    "rank": ("Rank", "位次"),
    "title": ("Title", "标题"),
    "publisher": ("Publisher", "发布机构"),
    "published": ("Published", "发布日期"),
    "url": ("Address", "网址"),
    "note": ("Note", "说明"),
    "series": ("Series", "序列"),
    "state": ("What is known", "数据状况"),
}

TEXTS: dict[str, tuple[str, str]] = {
    "certain": ("certain", "确定"),
    "ruled_out": ("ruled out", "已排除"),
    "at most": ("at most", "至多"),
    "at least": ("at least", "至少"),
    "results_caption": (
        "Targets: status, probability, latest yearly figure and pace",
        "各目标：状态、概率、最新年度数据与增速",
    ),
    "results_note": (
        "Status on the figures known; a probability is the share of simulated paths that meet the target.",
        "状态依据已知数据；概率为达到目标的模拟路径所占比例。",
    ),
    "stop_note": (
        "Where a stop of the planned route decides, < 1 % is a judgement, not a share of paths.",
        "由规划途径停止判定的，“<1%”为判断，并非模拟所得。",
    ),
    "evidence_note": (
        "Evidence: A, 10 or more yearly figures; B, 5 to 9; C, 2 to 4; D, one or none.",
        "证据等级：A为10个及以上年度数据；B为5—9个；C为2—4个；D为至多1个。",
    ),
    "so_far": ("{known} so far", "已知{known}"),
    "not_measured": ("not yet measured", "尚未测量"),
    "indicators_caption": (
        "Indicators: latest figure, forecast for {year} and pace",
        "各指标：最新数据、{year}年预测与增速",
    ),
    "reasons_caption": ("Why each target has its status", "各目标状态的依据"),
    "latest_caption": ("Latest figures, known by {year}", "最新数据（截至{year}年）"),
    "ask_caption": ("Figures to ask for, by department", "需向各部门索取的数据"),
    "peers_caption": ("Latest figures of the nation and the provinces", "全国与各省份最新数据"),
    "sources_caption": ("Sources", "数据来源"),
}
