"""Words of tables: headings, codes and remarks in both languages, and what a heading says."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from ipplan_analysis.messages import basis_word

# column: heading in English, in Chinese, then other headings that people write
COLUMNS: dict[str, tuple[str, ...]] = {
    "indicator": ("Indicator", "指标", "指标代码", "指标编号", "indicator id"),
    "name_zh": ("Chinese name", "指标名称", "中文名称", "名称"),
    "name_en": ("English name", "英文名称", "indicator name", "name"),
    "region": ("Region", "地区", "地区代码", "区域", "region code"),
    "region_name": ("Region name", "地区名称"),
    "period": ("Period", "期间", "时期", "年份", "年度", "year"),
    "value": ("Value", "数值", "值", "数据", "figure"),
    "unit": ("Unit", "单位", "计量单位"),
    "basis": ("Basis", "口径", "指标口径"),
    "scope": ("Scope", "统计范围", "范围"),
    "bound": ("Bound", "下限", "界限"),
    "last_value": ("Last figure", "最近数值", "上次数值"),
    "last_year": ("Last year", "最近年份", "上次年份"),
    "source": ("Source title", "来源", "来源标题", "资料来源", "数据来源", "title"),
    "publisher": ("Publisher", "发布机构", "发布单位"),
    "published": ("Published", "发布日期", "发布时间", "date published"),
    "url": ("Address", "网址", "链接", "web address", "link"),
    "confidence": ("Confidence", "可信度"),
    "known_from": ("Known from", "获知年份"),
    "note": ("Note", "说明", "备注", "notes"),
}
REQUIRED = ("indicator", "region", "period", "value", "unit", "source")
INFORMATION = ("name_zh", "name_en", "region_name", "last_value", "last_year")  # shown to people, never stored

SCOPES: dict[str, tuple[str, ...]] = {
    "mainland": ("mainland", "内地"),
    "incl_hmt": ("with Hong Kong, Macao and Taiwan", "含港澳台"),
    "incl_foreign": ("with foreign holders", "含国外"),
}
BOUNDS: dict[str, tuple[str, ...]] = {
    "lower": ("lower", "at least", "下限", "以上", "≥", ">"),
    "upper": ("upper", "at most", "上限", "以下", "≤", "<"),
}
CONFIDENCES: dict[str, tuple[str, ...]] = {"high": ("high", "高"), "medium": ("medium", "中"), "low": ("low", "低")}
DECIMALS: dict[str, tuple[str, ...]] = {"point": (".", "点"), "comma": (",", "逗号")}

OBSERVATION_BASES: dict[str, tuple[str, ...]] = {
    name: (basis_word(name, "en"), basis_word(name, "zh"))
    for name in (
        "year_end_stock",
        "annual_flow",
        "annual_ratio",
        "running_total",
        "part_year_stock",
        "part_year_flow",
        "multi_year_total",
    )
}
_UNIT_BEHIND = re.compile(r"^(.*?)[(（〔\[]([^()（）〔〕\[\]]+)[)）〕\]]\s*$", re.DOTALL)
_UNIT_ABOVE = re.compile(r"(?:计量)?单位[:：]?\s*(\S+?)[)）]?$|units?:\s*(.+?)\)?$", re.IGNORECASE)
_YEAR = re.compile(r"((?:19|20)\d\d)\s*(?:年|年末|年底|年度)?", re.ASCII)
NO_FIGURE = set(
    "- -- — … .. ... …… ...... n.a. n/a na #n/a nan null none 无 空 暂无 缺 / x *".split()
)  # as tables mark an empty cell
_TOTAL = {"合计", "总计", "总数", "小计", "total", "sum", "subtotal"}


def fold(text: str) -> str:
    """Text for comparison: full-width forms narrowed; case, spaces and underscores dropped."""
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text)).casefold()


HEADINGS = [word for name, words in COLUMNS.items() for word in (name, *words)]
_ALIASES = {fold(word): name for name, words in COLUMNS.items() for word in (name, *words)}


def column_of(heading: str) -> str | None:
    """The column that a heading names, in either language; a heading of several lines counts by any of them."""
    names = (_ALIASES.get(fold(line).rstrip("*")) for line in (heading, *heading.splitlines()))
    return next((name for name in names if name), None)


def split_heading(text: str) -> tuple[str, str]:
    """A heading and the unit in brackets behind it: 数值（万件） is 数值 and 万件; without brackets no unit."""
    match = _UNIT_BEHIND.match(unicodedata.normalize("NFKC", text).strip())
    return (match[1].strip(), match[2].strip()) if match and match[1].strip() else (text, "")


def unit_above(texts: Iterable[str]) -> str:
    """The unit that one of the lines around a table names, such as 单位：万件; empty where none does."""
    matches = (_UNIT_ABOVE.search(unicodedata.normalize("NFKC", text).strip()) for text in texts)
    return next(((match[1] or match[2]).strip() for match in matches if match), "")


def year_of(text: str) -> str | None:
    """The year that a heading is, as 2023 or 2023年; None for anything else."""
    match = _YEAR.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return match[1] if match else None


def is_total(text: str) -> bool:
    """Whether a row's name says that it adds up others."""
    return fold(text) in _TOTAL


def is_missing(text: str) -> bool:
    """Whether a cell of a table says that there is no figure."""
    return fold(text) in NO_FIGURE | {""}


def coded(text: str, words: dict[str, tuple[str, ...]]) -> str | None:
    """The code of a word in a code list, given as code or in either language; None if it is not one."""
    known = {fold(name): code for code, names in words.items() for name in (code, *names, in_both(code, words))}
    return known.get(fold(text))


def in_both(code: str, words: dict[str, tuple[str, ...]]) -> str:
    """A code's words in both languages, as the template's lists show them."""
    return f"{words[code][1]} {words[code][0]}"
