"""Fixed phrases of reports: pairs (English, Chinese), nothing else."""

from __future__ import annotations

from ipplan_analysis.schema import Language

PHRASES: dict[str, tuple[str, str]] = {
    "kind": ("Will the targets be reached?", "规划目标能否实现"),
    "region": ("Region", "地区"),
    "data_year": ("Data to", "数据截至"),
    "data_year_value": ("{year}", "{year}年"),
    "made": ("Made on", "生成日期"),
    "glance": ("At a glance", "总览"),
    "count_line": ("{total} targets: {parts}.", "共{total}项目标：{parts}。"),
    "count_part": ("{count} {word}", "{word}{count}项"),
    "no_targets": (
        "This region has no targets of its own; its indicators are shown with their forecasts.",
        "该地区没有自己的规划目标；以下列出其各项指标及预测。",
    ),
    "contents": ("Contents", "目录"),
    "skip": ("Skip to the contents of the report", "跳到正文"),
    "code": ("Code of this part", "本部分代码"),
    "chart_data": ("Figures behind this chart", "图中数据"),
    "chart": ("Chart {number}", "图{number}"),
    "table": ("Table {number}", "表{number}"),
    "sources": ("Sources", "资料来源"),
    "made_from": ("How this report was made", "本报告的生成信息"),
    "cite": ("How to cite", "引用方式"),
    "licences": ("Licences", "许可"),
    "licences_text": (
        "Code and text of the suite: MIT. Figures: facts from the publishers named under Sources, each under its own "
        "terms. Embedded font: a subset of Noto Sans SC, SIL Open Font License 1.1.",
        "程序与说明文字：MIT许可。数据：为“资料来源”所列各发布机构公布的事实数据，分别适用其自身条款。"
        "内嵌字体：Noto Sans SC子集，SIL开放字体许可1.1版。",
    ),
    "citation": (
        "{suite}, version {version}: {title}, {region}, data to {year}. Run of {date}, data {hash}.",
        "{suite}（{version}版）：《{title}》，{region}，数据截至{year}年。{date}生成，数据校验值{hash}。",
    ),
    "parameters": ("Parameters", "参数"),
    "data_hash": ("Data (SHA-256)", "数据校验值（SHA-256）"),
    "versions": ("Versions", "软件版本"),
    "commit": ("Commit", "代码版本"),
    "coverage": ("Measured coverage of the 80 % range", "80%区间的实测覆盖率"),
    "not_measured": ("not yet measured", "尚未测定"),
    "unknown": ("not recorded", "未记录"),
    "lag": ("What is assumed", "假定"),
    "lag_text": (
        "A figure counts as known in its own year unless the data say otherwise; delays of publication within a year "
        "are not modelled.",
        "除数据另有说明外，数值视为在其所属年份已知；未考虑年内发布的滞后。",
    ),
    "page": ("Page", "第"),
    "index_title": ("Reports", "报告目录"),
    "index_none": ("No run has been made yet.", "尚无报告。"),
    "plan": ("Plan", "规划"),
    "language": ("Language", "语言"),
    "files": ("Files", "文件"),
    "index_order": ("By plan, region, data year and language.", "按规划、地区、数据年份和语言排列。"),
    "units_field": ("Units", "单位"),
    "sources_field": ("Sources", "来源"),
    "notes_field": ("Notes", "说明"),
    "about_sheet": ("About", "说明"),
    "see_headings": ("as in the column headings and cells", "见列标题及单元格"),
    "see_sources": ("see the sheet “{sheet}”", "见工作表“{sheet}”"),
    "and": (", ", "，"),
}


def say(key: str, language: Language, **values: object) -> str:
    """A fixed phrase of reports, its ``{names}`` filled in."""
    return PHRASES[key][1 if language == "zh" else 0].format(**values)
