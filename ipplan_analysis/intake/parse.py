"""Cells as people write them: words, figures, periods and names, each read in one way or refused with a sentence."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from ipplan_analysis.data.period import FIRST_YEAR, LAST_YEAR, is_period
from ipplan_analysis.intake.faults import Problem, narrow, quoted
from ipplan_analysis.messages import basis_word
from ipplan_analysis.schema import Indicator, Language, nearest

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
CONFIDENCES: dict[str, tuple[str, ...]] = {"high": ("high", "高"), "medium": ("medium", "中"), "low": ("low", "低")}

OUTCOMES: dict[str, tuple[str, str]] = {
    "new": ("new", "新增"),
    "same": ("already there, not added again", "已有，不重复添加"),
    "repeat": ("repeats an existing figure", "与已有数据相同"),
    "rounded": ("agrees within rounding", "四舍五入后一致"),
    "bound": ("agrees with a lower bound", "与下限相符"),
    "revision": ("another version of an existing figure", "已有数据的另一版本"),
    "conflict": ("contradicts an existing figure", "与已有数据不一致"),
}
USED = {
    "new": ("the new figure", "新数据"),
    "old": ("{id}, as before", "仍用{id}"),
    "both": ("from {year} on the new figure, before {id}", "{year}年起用新数据，此前用{id}"),
    "earlier": ("the new figure until {id} became known", "{id}公布以前用新数据"),
}
REMARKS = {
    "ignored": ("Not read, for they have no row of headings: {names}.", "下列工作表没有标题行，未读取：{names}。"),
    "later": (
        "Reports use {names} only with --data-through {year} or later; without it they stop at {last}.",
        "报告加上 --data-through {year}（或以后年份）才采用{names}；默认只用到{last}年。",
    ),
}
TABLE: dict[str, tuple[str, str]] = {
    "row": ("Row", "行"),
    "observation": ("Identifier", "编号"),
    "region": ("Region", "地区"),
    "indicator": ("Indicator", "指标"),
    "period": ("Period", "时期"),
    "basis": ("Basis", "口径"),
    "last_value": ("Last figure", "上期数据"),
    "last_year": ("Year", "年份"),
    "old_value": ("Old value", "原值"),
    "new_value": ("New value", "新值"),
    "unit": ("Unit", "单位"),
    "outcome": ("What happens", "处理"),
    "used": ("Which is used", "采用"),
    "source": ("Source", "来源"),
    "question": ("Needs a reason", "需说明理由"),
}
HOW_TO = (
    (
        "只需填写浅黄色单元格；没有数据的行留空即可。",
        "Fill in the pale yellow cells; leave rows without a figure blank.",
    ),
    (
        "数值可写12345、12,345、1.2345万、9.1亿元、98.9%；“超过100”“100余”按下限录入。",
        "Values may be written 12345, 12,345, 1.2345万, 9.1亿元, 98.9%; 超过100 or 100余 enter as lower bounds.",
    ),
    (
        "单位可从下拉列表改选；万、亿会自动换算。",
        "Another unit can be chosen from the list; 万 and 亿 are converted.",
    ),
    (
        "期间可改写：2025、2025年9月、2025-Q2、2021-2025。一至九月的数写2025年9月。",
        "The period can be changed: 2025, 2025-09, 2025-Q2, 2021-2025. Write 2025-09 for January to September.",
    ),
    (
        "每个数都要有来源：标题，以及发布机构或网址。日期写2026-04-30或2026年4月30日。",
        "Every figure needs a source: its title, and publisher or address. Write dates as 2026-04-30.",
    ),
    (
        "同一指标有不同来源的数，可复制该行分别填写；两个数都会保留，并说明采用哪一个。",
        "Where sources differ, copy the row and fill in both; both are kept, and which is used is stated.",
    ),
    (
        "填好后运行 ipplan add 本文件；写入前会列出全部变化。",
        "Then run ipplan add on this file; it lists every change before writing.",
    ),
)
YES = {"en": "yes", "zh": "是"}


def fold(text: str) -> str:
    """Text for comparison: full-width forms narrowed, case and inner spaces dropped."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def column_of(heading: str) -> str | None:
    """The column that a heading names, in either language; a heading of several lines counts by any of them."""
    for line in [heading, *heading.splitlines()]:
        name = _ALIASES.get(fold(line).rstrip("*"))
        if name is not None:
            return name
    return None


def headings() -> list[str]:
    """Every heading that is understood, for suggestions."""
    return [word for name, words in COLUMNS.items() for word in (name, *words)]


def coded(text: str, words: dict[str, tuple[str, ...]]) -> str | None:
    """The code of a word in a code list, given as code or in either language; None if it is not one."""
    wanted = fold(text)
    return next(
        (code for code, names in words.items() if wanted in map(fold, (code, *names, in_both(code, words)))), None
    )


def pick(pair: tuple[str, ...], language: Language) -> str:
    """The member of a pair (English, Chinese) for the reader's language."""
    return pair[1 if language == "zh" else 0]


def in_both(code: str, words: dict[str, tuple[str, ...]]) -> str:
    """A code's words in both languages, as the template's lists show them."""
    return f"{words[code][1]} {words[code][0]}"


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
_ALIASES = {fold(word).replace("_", ""): name for name, words in COLUMNS.items() for word in (name, *words)}
_ALIASES |= {fold(name): name for name in COLUMNS}


SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8}
LARGEST = Decimal(10) ** 15  # above any statistic in any unit; a larger one is two numbers run together
MAX_DIGITS = 15  # a double holds no more
LONGEST = 60  # characters of a cell that can still be one figure
SAME_UNIT = {  # other names of the same unit
    **dict.fromkeys(("名", "位"), "人"),
    **dict.fromkeys(("percent", "percent.", "pct", "百分比"), "%"),
    **dict.fromkeys(("人民币元", "yuan", "圆", "rmb"), "元"),
    **dict.fromkeys(("件每万人", "件/每万人"), "件/万人"),
    **{"millionyuan": "百万元", "billionyuan": "十亿元"},
}
NOT_SCALED = ("百分点", "百分比", "百分")  # begin with 百 and are no multiples of a hundred
_BEFORE = r"(?:超过|超|突破|逾|大于|不少于|至少|>=?|≥|over|morethan|atleast)"
_NUMBER = re.compile(
    rf"(?P<more>{_BEFORE})?(?P<sign>[+-]?)(?P<whole>\d{{1,3}}(?:[,\x20]\d{{3}})+|\d+)(?:\.(?P<part>\d+))?\x20*"
    r"(?P<scale>[十百千万亿萬億]*)(?P<odd>[余多])?\x20*(?P<unit>[^\d\s.,+-][^\d\s.,+-]*(?:/[^\d\s.,+-]+)?)?",
    re.ASCII,
)
_NO_FIGURE = set("- -- — … ... …… n/a na #n/a nan null none 无 暂无 缺 / x *".split())  # as tables mark an empty cell


@dataclass(frozen=True)
class Figure:
    """A number in the indicator's unit; `half_step` is half of the last digit written, `bound` is lower or empty."""

    value: Decimal
    half_step: Decimal
    bound: str


def parse_figure(text: str, unit: str, indicator: Indicator) -> Figure:
    """The figure of a cell and its unit, converted to the indicator's unit.

    Understands full-width digits, thousands separators, 万 and 亿 after the number or in the unit, units after the
    number, per cent signs, and wordings of a lower bound (超过, 余, >).

    Raises
    ------
    Problem : not one number, the wrong unit, or outside the indicator's natural limits.
    """
    if indicator.unit == "是/否":
        return _yes_or_no(text)
    match = _match(text)
    number = Decimal(re.sub(r"\D", "", match["whole"]) + "." + (match["part"] or "0"))
    number = -number if match["sign"] == "-" else number
    step = Decimal(1).scaleb(-len(match["part"] or ""))
    suffix, above = _clean_unit(match["unit"] or "")
    factor = _factor(text, match["scale"] + suffix, unit, indicator, scaled_only=bool(match["scale"]) and not suffix)
    value = number * factor
    _check_limits(value, text, indicator)
    lower = above or bool(match["more"]) or bool(match["odd"])
    return Figure(value, step * factor / 2, "lower" if lower else "")


def plain(value: Decimal) -> str:
    """A number as the data package writes it: digits and at most one point."""
    return format(value.normalize(), "f") if value else "0"


def _yes_or_no(text: str) -> Figure:
    word = narrow(text, "value").casefold()
    if word not in ("是", "否", "yes", "no", "1", "0"):
        raise Problem("value", quoted(text), "是 or 否 (yes or no)", "Write 是 or 否.")
    return Figure(Decimal(word in ("是", "yes", "1")), Decimal(0), "")


def _match(text: str) -> re.Match[str]:
    digits = narrow(text, "value").replace("−", "-").replace("–", "-")
    bare = re.sub(r"(?<=[^\d])\s+|\s+(?=[^\d])|\s+$", "", digits.casefold())
    if bare in _NO_FIGURE:
        raise Problem("value", quoted(text), "a number", "Leave the cell blank where there is no figure.")
    if re.match(r"(约|近|大约|左右|about|approx|~|≈)", bare) or "左右" in bare:
        raise Problem(
            "value",
            quoted(text),
            "an exact figure or a lower bound",
            "Find the exact figure, or write the rounded one and say so in the note.",
        )
    match = _NUMBER.fullmatch(bare) if len(bare) <= LONGEST else None
    if match is None:
        raise Problem(
            "value",
            quoted(text),
            "one number such as 12345, 12,345 or 1.2345万",
            "Write digits, at most one point, and separators only between groups of three.",
        )
    return match


def _clean_unit(suffix: str) -> tuple[str, bool]:
    above = suffix.endswith("以上")
    return suffix.removesuffix("以上"), above


def _check_limits(value: Decimal, text: str, indicator: Indicator) -> None:
    limits = [f"at least {indicator.lower:g}"] if indicator.lower is not None else []
    limits += [f"at most {indicator.upper:g}"] if indicator.upper is not None else []
    low = indicator.lower is not None and value < Decimal(str(indicator.lower))
    high = indicator.upper is not None and value > Decimal(str(indicator.upper))
    if low or high:
        raise Problem(
            "value", quoted(text), f"{' and '.join(limits)} {indicator.unit}", "Correct the figure or its unit."
        )
    if abs(value) >= LARGEST or len(value.normalize().as_tuple().digits) > MAX_DIGITS:
        raise Problem(
            "value",
            quoted(text),
            f"a figure below {LARGEST:.0e} of at most {MAX_DIGITS} digits",
            "Correct the figure or its unit.",
        )


def _factor(text: str, suffix: str, unit: str, indicator: Indicator, *, scaled_only: bool) -> Decimal:
    """By what a number with `suffix` behind it and `unit` beside it is multiplied to stand in the indicator's unit."""
    wanted_scale, wanted = split_unit(indicator.unit, indicator)
    given_scale, given = split_unit(unit, indicator)
    scale, base = split_unit(suffix, indicator)
    if scaled_only and given_scale != 1:
        raise Problem(
            "value",
            quoted(suffix),
            f"{suffix} once, in the value or in the unit {unit!r}",
            f"Write the number alone with unit {unit}, or the number with its whole unit in the value.",
        )
    if base and base != wanted:
        raise Problem(
            "value", quoted(text), f"a number in {indicator.unit}", "Correct the number or what stands behind it."
        )
    if base and given and base != given:
        raise Problem("unit", quoted(unit), f"the unit that the value is written in, {suffix}", "Make the two agree.")
    if suffix and base:
        given_scale = 1
    if not (base or given):
        raise Problem(
            "unit",
            quoted(unit),
            indicator.unit,
            f"Write the unit of the figure; this indicator is kept in {indicator.unit}.",
        )
    if (base or given) != wanted:
        hint = nearest(base or given, [wanted])
        raise Problem(
            "unit",
            quoted(unit or suffix),
            f"{indicator.unit}, or a multiple of it by 万 or 亿",
            f"Convert the figure into {indicator.unit}, or correct the indicator. {hint}".strip(),
        )
    return Decimal(scale) * given_scale / wanted_scale


def split_unit(unit: str, indicator: Indicator) -> tuple[int, str]:
    """Multiplier and base of a unit: 万元 is (10000, 元), 件/万人 is (1, 件/万人)."""
    word = re.sub(r"\s+", "", unicodedata.normalize("NFKC", unit)).casefold()
    if word and word == re.sub(r"\s+", "", indicator.unit_en).casefold():
        word = indicator.unit
    word = SAME_UNIT.get(word, word)
    scale = 1
    while word and word[0] in SCALES and not word.startswith(NOT_SCALED):
        scale, word = scale * SCALES[word[0]], word[1:]
    return scale, SAME_UNIT.get(word, word)


PLAN_NUMBERS = {"十一五": 11, "十二五": 12, "十三五": 13, "十四五": 14, "十五五": 15, "十六五": 16}
FOURTEENTH_STARTS = 2021
QUARTERS = {"一": "1", "二": "2", "三": "3", "四": "4"}
_UNTIL = re.compile(r"^(?:截至|截止到?|至)")
_MONTH = r"(0?[1-9]|1[0-2])"
_FORMS = tuple(
    (re.compile(pattern, re.ASCII), form)
    for pattern, form in (
        (r"(\d{4})(?:年|年度|年末|年底|年全年|年12月[末底]|年12月31日|年1[-~至]12月)?", "{0}"),
        (rf"(\d{{4}})(?:-|/|年){_MONTH}(?:月|月末|月底|月份)?", "{0}-{1:0>2}"),
        (rf"(\d{{4}})年1[-~至]{_MONTH}月", "{0}-{1:0>2}"),  # January to a month is dated by that month
        (r"(\d{4})(?:-|年)?q([1-4])", "{0}-Q{1}"),
        (r"(\d{4})年第?([一二三四1-4])季度", "{0}-Q{1}"),
        (r"(\d{4})年上半年", "{0}-06"),
        (r"(\d{4})年?(?:-|~|/|至)(\d{4})年?", "{0}/{1}"),
        (rf"(\d{{4}})(?:-|年){_MONTH}月?(?:/|~|至)(\d{{4}})(?:-|年){_MONTH}月?", "{0}-{1:0>2}/{2}-{3:0>2}"),
        (r"\.\./(\d{4})", "../{0}"),
        (rf"\.\./(\d{{4}})-{_MONTH}", "../{0}-{1:0>2}"),
    )
)
_DATE = re.compile(rf"(\d{{4}})(?:[-/.年]{_MONTH}(?:[-/.月](0?[1-9]|[12]\d|3[01])日?|月)?|年)?", re.ASCII)
_EXCEL_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)", re.ASCII)


def parse_period(text: str, *, excel_date: bool = False, running: bool = False) -> str:
    """A period of the data contract: ``2025年9月`` is 2025-09, ``2021-2025`` and ``“十四五”`` are 2021/2025.

    Parameters
    ----------
    excel_date : the cell is an Excel date; Excel turns a typed 2025-09 into 1 September: a first day means its month.
    running : a total whose start is unstated; ``截至2024年5月`` then becomes ../2024-05.

    Raises
    ------
    Problem : none of these forms, or outside 1949-2100.
    """
    plain = narrow(text, "period").translate(str.maketrans("—–−―~～", "------"))
    plain = re.sub(r"\s+|-(?=-)", "", plain).casefold()
    if excel_date:
        plain = _month_of(plain, text)
    plan = PLAN_NUMBERS.get(plain.strip("“”\"'「」").removesuffix("时期").removesuffix("期间").strip("“”\"'"))
    if plan is not None:
        start = FOURTEENTH_STARTS + 5 * (plan - 14)
        return f"{start}/{start + 4}"
    until, bare = _UNTIL.match(plain) is not None, _UNTIL.sub("", plain)
    period = _formed(bare)
    if running and until and "/" not in period:
        period = f"../{period}"
    if not is_period(period, FIRST_YEAR, LAST_YEAR):
        raise Problem(
            "period",
            quoted(text),
            f"a period between {FIRST_YEAR} and {LAST_YEAR}",
            "Write 2025, 2025-09, 2025-Q2, 2021/2025 or 2025年.",
        )
    return period


def _month_of(plain: str, text: str) -> str:
    match = _EXCEL_DATE.fullmatch(plain)
    if match is None or match.group(3) != "01":
        raise Problem(
            "period",
            f"the date {text}",
            "a year, month, quarter or span of years",
            "Format the cell as text and write, for example, 2025 or 2025-09.",
        )
    return plain[:7]


def _formed(plain: str) -> str:
    for pattern, form in _FORMS:
        match = pattern.fullmatch(plain)
        if match is not None:
            return form.format(*(QUARTERS.get(part, part) for part in match.groups()))
    return ""


def last_day(period: str) -> dt.date:
    """Last day of a period of the data contract."""
    end = period.rpartition("/")[2]
    year, _, part = end.partition("-")
    month = 12 if not part else 3 * int(part[1]) if part.startswith("Q") else int(part)
    first_after = dt.date(int(year) + month // 12, month % 12 + 1, 1)
    return first_after - dt.timedelta(days=1)


def latest_day(date: str) -> dt.date:
    """Last day that a date of publication, as exact as it is given, can mean."""
    return dt.date.fromisoformat(date) if len(date) == len("2025-04-30") else last_day(date)


def years_in(period: str) -> int:
    """Calendar years that a span of years covers; 1 for anything else."""
    start, _, end = period.rpartition("/")
    return int(end[:4]) - int(start[:4]) + 1 if start[:4].isdigit() else 1


def parse_date(text: str, *, today: dt.date) -> str:
    """A date of publication as ISO text, as exact as given: ``2025年4月30日`` is 2025-04-30, ``2025`` stays 2025.

    Raises
    ------
    Problem : not a date, or after `today`.
    """
    match = _DATE.fullmatch(re.sub(r"\s+", "", narrow(text, "published")))
    if match is None:
        raise _not_a_date(text)
    year, month, day = (int(part) if part else None for part in match.groups())
    try:
        earliest = dt.date(year or 0, month or 1, day or 1)
    except ValueError:
        raise _not_a_date(text) from None
    if earliest.year < FIRST_YEAR:
        raise _not_a_date(text)
    if earliest > today:
        raise Problem("published", quoted(text), f"a day up to today, {today}", "Correct the date of publication.")
    return "-".join([f"{year}", *(f"{part:02d}" for part in (month, day) if part is not None)])


def _not_a_date(text: str) -> Problem:
    return Problem(
        "published", quoted(text), "a date such as 2025-04-30, 2025-04 or 2025", "Write the date in this form."
    )


LONGEST_NAME = 80  # characters compared when a near name is looked for


class Names:
    """Codes by any of their names, both languages and common forms."""

    def __init__(self, column: str, names: Iterable[tuple[str, str]]) -> None:
        self.column = column
        self.codes: dict[str, str] = {}
        self.names: list[str] = []  # as written, for suggestions
        for name, code in names:
            self.names.append(name)
            self.codes.setdefault(squeeze(name), code)

    def find(self, text: str) -> str | None:
        """The code that a text names, or None."""
        return self.codes.get(squeeze(text))

    def code(self, text: str) -> str:
        """The code that a cell names.

        Raises
        ------
        Problem : no such code or name; the nearest ones are suggested.
        """
        code = self.find(text)
        if code is None:
            hint = nearest(text[:LONGEST_NAME], self.names) or f"See {self.column}s.csv of the data package."
            raise Problem(self.column, quoted(text), f"a code or name of {self.column}s.csv", hint)
        return code


def squeeze(text: str) -> str:
    """Text for comparison of names: full-width forms narrowed; case, spaces and underscores dropped."""
    return re.sub(r"[\s_]+", "", unicodedata.normalize("NFKC", text)).casefold()
