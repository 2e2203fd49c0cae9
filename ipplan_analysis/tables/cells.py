"""How figures are shown: each function gives one cell of a row, as people read it and as a spreadsheet holds it."""

from __future__ import annotations

import math

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import format_probability, likelihood, message
from ipplan_analysis.numbers import (
    NONE,
    format_number,
    format_percent,
    format_period,
    format_plain,
    format_quantity,
    natural_decimals,
)
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.table import Cell, Row, key_in

COMPARATORS = {">=": "≥", ">": ">", "<=": "≤", "<": "<"}
OWN_UNIT = ("level", "increment", "cumulative")  # kinds whose target is in the indicator's own unit
POWERS = ("100 million ", "10 000 ", "万")  # units that are multiplied out in the text
# columns of results that hold numbers; blank cells of a file read back are NaN in the other columns too
NUMBERS = """
    target target_high target_year base origin last_value last_year known_to_date n_points median low80 high80
    probability measured_coverage reference_probability recent_pace_pct required_pace_pct planned_pace_pct
    seen_pace_pct expected_year way_share time_share
""".split()


def rows_of(results: pd.DataFrame) -> list[Row]:
    """Rows with numbers as floats and all else as text, also from a file read back."""
    numbers = [name for name in NUMBERS if name in results]
    clean = results.drop(columns=numbers).astype(object).fillna("").astype(str)
    values = results[numbers].apply(pd.to_numeric, errors="coerce").astype(float)
    rows: list[Row] = clean.assign(**values).to_dict("records")
    return rows


def indicator_rows(frame: pd.DataFrame, plan: Plan) -> list[Row]:
    """Rows that know their indicator's names, units and decimals."""
    names = ["name_en", "name_zh", "unit", "unit_en", "decimals"]
    known = pd.DataFrame(map(vars, plan.indicators.values()), index=[*plan.indicators])[names]
    rows: list[Row] = frame.drop(columns=names, errors="ignore").join(known, on="indicator").to_dict("records")
    return rows


def words(row: Row, key: str, language: Language) -> str:
    """A text of a row in the reader's language."""
    return str(row[key_in(row, key, language)])


def name(row: Row, key: str, language: Language) -> Cell:
    """Name of a target or an indicator, or the identifier where there is none."""
    return Cell(words(row, "name", language) or str(row["indicator"]))


def named_target(row: Row, key: str, language: Language) -> Cell:
    """Identifier and name of a target."""
    return Cell(f"{row['target_id']} {words(row, 'name', language)}")


def year(row: Row, key: str, language: Language) -> Cell:
    """A year or a count, without a separator of thousands."""
    return Cell(NONE) if pd.isna(row[key]) else Cell(str(int(row[key])), int(row[key]), "0")


def number(row: Row, key: str, language: Language) -> Cell:
    """A number with the decimals of its row, after the word for its bound."""
    value, decimals = float(row[key]), row.get("decimals", natural_decimals(float(row[key])))
    before = bound_word(row.get("bound", ""), language)
    return _cell(value, before + format_number(value, decimals, language), _format(decimals, before))


def quantity(row: Row, key: str, language: Language) -> Cell:
    """A number with its unit and the decimals of its row."""
    value = float(row[key])
    return quantity_cell(value, row.get("decimals", natural_decimals(value)), words(row, "unit", language), language)


def rough(row: Row, key: str, language: Language) -> Cell:
    """A simulated figure with the three digits that it deserves, and its unit."""
    return quantity({key: float(f"{row[key]:.3g}"), "unit": row["unit"], "unit_en": row["unit_en"]}, key, language)


def rough_number(row: Row, key: str, language: Language) -> Cell:
    """A simulated figure with the three digits that it deserves, without a unit."""
    return number({key: float(f"{row[key]:.3g}")}, key, language)


def growth(row: Row, key: str, language: Language, *, before: str = "") -> Cell:
    """Growth a year in per cent, with its sign, and its years where the row has them."""
    text = format_percent(row[key], 1, language, signed=True)
    if text == NONE:
        return Cell(text)
    years = row.get(key.removesuffix("_pct") + "_years", "")
    after = f" ({format_period(years, language)})" if years else ""
    sign = " %" if language == "en" else "%"
    return _cell(row[key], before + text + after, _format(1, before, sign + after, signed=True))


def points(row: Row, key: str, language: Language) -> Cell:
    """A change of a probability in percentage points, with its sign."""
    value = 100 * float(row[key])
    plus = "+" if round(value, 1) > 0 else ""
    return _cell(value, plus + format_number(value, 1, language), _format(1, signed=True))


def probability(row: Row, key: str, language: Language) -> Cell:
    """A probability with its bound; in words where whole per cents would leave its class of likelihood."""
    value, bound = float(row[key]), row.get(f"{key}_is", "")
    text = format_probability(value, language, probability_is=bound)
    if not 0.01 <= value < 0.99 or likelihood(round(value, 2)) != likelihood(value):
        return _cell(value, text, _quoted(text))
    space = " " if language == "en" else ""
    return Cell(text, value, _quoted(bound_word(bound, language)) + f"0{_quoted(space)}%")


def share(row: Row, key: str, language: Language) -> Cell:
    """A share of 1 in whole per cent."""
    return _cell(row[key], format_percent(100 * row[key], 0, language), '0" "%' if language == "en" else "0%")


def quantity_cell(value: float, decimals: int, unit: str, language: Language) -> Cell:
    """A number with a unit; a unit that is multiplied out leaves the spreadsheet the words alone."""
    text = format_quantity(value, decimals, unit, language)
    literal = unit.startswith(POWERS) or value == 1
    space = " " if language == "en" and unit else ""
    return _cell(value, text, _quoted(text) if literal else _format(decimals, "", space + unit))


def last_value(row: Row, key: str, language: Language) -> Cell:
    """The latest figure with its unit, or the known part of a sum."""
    so_far = row["kind"] == "cumulative" and pd.notna(row["known_to_date"])
    value = row["known_to_date"] if so_far else row["last_value"]
    own = words(row, "unit", language) if row["kind"] in OWN_UNIT or not row["target_id"] else ""
    shown = quantity_cell(value, natural_decimals(value), own, language)
    if not so_far:
        return shown
    text = message("{known} so far", language, known=shown.text)
    return Cell(text, value, _quoted(text))


def target(row: Row, key: str, language: Language) -> Cell:
    """What the target asks: comparison, number or range, unit."""
    value, high = row["target"], row["target_high"]
    if pd.isna(value):
        return Cell(NONE)
    sign = "+" if row["kind"] == "increment" else ""
    end = value if pd.isna(high) else high
    shown = format_quantity(end, natural_decimals(end), words(row, "unit", language), language)
    if pd.isna(high):
        return Cell(f"{COMPARATORS.get(row['comparator'], '')} {sign}{shown}".strip())
    return Cell(f"{sign}{format_plain(value, language)}–{shown}")


def required_pace(row: Row, key: str, language: Language) -> Cell:
    """The growth a year that is required; from a base known only as a lower bound it is a lower limit."""
    return growth(row, key, language, before="≥ " if row["base_is"] else "")


def bound_word(bound: str, language: Language) -> str:
    """What is written before a figure that is a bound; nothing before any other."""
    if not bound:
        return ""
    word = message("at most", language) if bound in ("upper", "at most", "<=") else message("at least", language)
    return word + (" " if language == "en" else "")


def _cell(value: float, text: str, form: str) -> Cell:
    return Cell(text, value, form) if math.isfinite(value) else Cell(text)


def _format(decimals: int, before: str = "", after: str = "", *, signed: bool = False) -> str:
    digits = "#,##0" + ("." + "0" * decimals if decimals else "")
    signs = ("+", "−", "") if signed else ("",)
    return ";".join(f"{_quoted(before + sign)}{digits}{_quoted(after)}" for sign in signs)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "”") + '"' if text else ""
