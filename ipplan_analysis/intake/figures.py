"""Figures as people write them, into numbers in the indicator's unit."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal

from ipplan_analysis.intake.faults import Problem, narrow, quoted
from ipplan_analysis.schema import Indicator, nearest

SCALES = {"十": 10, "百": 100, "千": 1000, "万": 10**4, "亿": 10**8, "萬": 10**4, "億": 10**8}
LARGEST = Decimal(10) ** 15  # above any statistic in any unit; a larger one is two numbers run together
MOST_DIGITS = 15  # a double holds no more
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
    if abs(value) >= LARGEST or len(value.normalize().as_tuple().digits) > MOST_DIGITS:
        raise Problem(
            "value",
            quoted(text),
            f"a figure below {LARGEST:.0e} of at most {MOST_DIGITS} digits",
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
