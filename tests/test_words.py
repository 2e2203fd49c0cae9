"""Words, numbers and periods in both languages."""

from __future__ import annotations

import math

import matplotlib
import pytest
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

from ipplan_analysis import words
from ipplan_analysis.schema import LANGUAGES, STATUSES, Language
from ipplan_analysis.style import font_path
from ipplan_analysis.wordlists import BASES, BREAK_KINDS, EVIDENCE, HEADINGS, KINDS, LIKELIHOODS, MODELS, TEXTS


def test_every_status_has_a_symbol_in_both_fonts() -> None:
    dejavu = TTFont(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf").getBestCmap()
    noto = TTFont(font_path()).getBestCmap()
    symbols = [words.status_symbol(status) for status in STATUSES]
    assert len(set(symbols)) == len(STATUSES)
    assert all(ord(symbol) in dejavu and ord(symbol) in noto for symbol in symbols)


@pytest.mark.parametrize("language", LANGUAGES)
def test_status_words_differ_from_each_other(language: Language) -> None:
    labels = {words.status_label(status, language) for status in STATUSES}
    assert len(labels) == len(STATUSES)
    assert words.status_label("met", "zh") == "✓ 已实现"
    assert words.status_label("out of reach", "en") == "⊘ out of reach"


def test_word_lists_are_complete_pairs() -> None:
    for table in (BASES, BREAK_KINDS, EVIDENCE, HEADINGS, KINDS, MODELS, TEXTS):
        for english, chinese in table.values():
            assert english and chinese
            assert any("\u4e00" <= char <= "\u9fff" for char in chinese)
            assert not any("\u4e00" <= char <= "\u9fff" for char in english)


def test_likelihood_edges_belong_to_the_stronger_word() -> None:
    by_hand = {
        0.99: "virtually certain", 0.9899: "very likely", 0.90: "very likely", 0.8999: "likely", 0.66: "likely",
        0.6599: "about as likely as not", 0.33: "about as likely as not", 0.3299: "unlikely", 0.10: "unlikely",
        0.0999: "very unlikely", 0.01: "very unlikely", 0.0099: "exceptionally unlikely",
    }  # fmt: skip
    assert {chance: words.likelihood(chance) for chance in by_hand} == by_hand
    assert words.likelihood(math.nan) == ""
    assert words.likelihood_word("likely", "zh") == LIKELIHOODS["likely"]
    assert words.likelihood_word("", "zh") == ""


@pytest.mark.parametrize(
    ("value", "decimals", "english", "chinese"),
    [
        (119900, 0, "119,900", "11.99万"),
        (124157, 0, "124,157", "12.4157万"),
        (67201, 0, "67,201", "67,201"),
        (30000, 0, "30,000", "3万"),
        (123456789, 0, "123,456,789", "1.23456789亿"),
        (-25000.5, 1, "−25,000.5", "−25,000.5"),
        (5.985, 2, "5.98", "5.98"),
        (-0.001, 1, "0.0", "0.0"),
        (math.nan, 2, "–", "–"),
        (None, 2, "–", "–"),
    ],
)
def test_numbers(value: float | None, decimals: int, english: str, chinese: str) -> None:
    assert words.format_number(value, decimals, "en") == english
    assert words.format_number(value, decimals, "zh") == chinese


@given(st.integers(-(10**12), 10**12))
def test_no_digit_is_lost(value: int) -> None:
    sizes = {"万": 4, "亿": 8}
    text = words.format_number(value, 0, "zh").replace("−", "-").replace(",", "")
    digits, shift = (text[:-1], sizes[text[-1]]) if text[-1] in sizes else (text, 0)
    whole, _, part = digits.partition(".")
    assert int(whole + part.ljust(shift, "0")) == value
    assert int(words.format_number(value, 0, "en").replace("−", "-").replace(",", "")) == value


@pytest.mark.parametrize(
    ("value", "unit_en", "unit_zh", "english", "chinese"),
    [
        (119900, "items", "件", "119,900 items", "11.99万件"),
        (15, "100 million yuan", "亿元", "1.5 billion yuan", "15亿元"),
        (7.68, "100 million yuan", "亿元", "768 million yuan", "7.68亿元"),
        (729, "10 000 persons", "万人", "7.29 million persons", "729万人"),
        (12345, "10 000 persons", "万人", "123.45 million persons", "1.2345亿人"),
        (1, "items per 10 000 residents", "件/万人", "1 item per 10 000 residents", "1件/万人"),
        (1, "agencies", "家", "1 agency", "1家"),
    ],
)
def test_quantities_multiply_out_powers_of_ten(
    value: float, unit_en: str, unit_zh: str, english: str, chinese: str
) -> None:
    decimals = words.natural_decimals(value)
    assert words.format_quantity(value, decimals, unit_en, "en") == english
    assert words.format_quantity(value, decimals, unit_zh, "zh") == chinese


def test_probabilities_never_claim_certainty_from_draws() -> None:
    assert words.format_probability(0.8741, "en") == "87 %"
    assert words.format_probability(0.8741, "zh") == "87%"
    assert words.format_probability(1 / 8002, "en") == "< 1 %"
    assert words.format_probability(0.99988, "zh") == ">99%"
    assert words.format_probability(1.0, "en") == "certain"
    assert words.format_probability(0.0, "zh") == "已排除"
    assert words.format_probability(0.2339, "en", probability_is="at most") == "at most 23 %"
    assert words.format_probability(math.nan, "en") == "–"


@given(st.floats(0.01, 0.9899))
def test_probability_and_word_agree(chance: float) -> None:
    whole = int(words.format_probability(chance, "en").removesuffix(" %"))
    assert words.likelihood(whole / 100) == words.likelihood(chance)
    assert abs(whole - 100 * chance) < 1


@pytest.mark.parametrize(
    ("period", "english", "chinese"),
    [
        ("2020", "2020", "2020年"),
        ("2020-09", "September 2020", "2020年9月"),
        ("2020-Q2", "Q2 2020", "2020年第二季度"),
        ("2016/2020", "2016–2020", "2016—2020年"),
        ("2014-01/2014-11", "January–November 2014", "2014年1—11月"),
        ("2014-11/2015-02", "November 2014–February 2015", "2014年11月—2015年2月"),
        ("../2024-05", "up to May 2024 (start not stated)", "截至2024年5月\uff08起点未说明\uff09"),
    ],
)
def test_periods(period: str, english: str, chinese: str) -> None:
    assert words.format_period(period, "en") == english
    assert words.format_period(period, "zh") == chinese


@pytest.mark.parametrize(
    ("periods", "english", "chinese"),
    [
        (["2020", "2024", "2025"], "2020, 2024, 2025", "2020年、2024年、2025年"),
        (
            ["2016/2020", "2021", "2022", "2023", "2025"],
            "2016–2020, 2021–2023, 2025",
            "2016—2020年、2021—2023年、2025年",
        ),
        (["2023", "2024", "2024-05"], "2023, 2024, May 2024", "2023年、2024年、2024年5月"),
        ([], "", ""),
    ],
)
def test_three_years_in_a_row_are_a_span(periods: list[str], english: str, chinese: str) -> None:
    assert words.format_periods(periods, "en") == english
    assert words.format_periods(periods, "zh") == chinese


def test_dates() -> None:
    assert words.format_date("2022-04-21", "en") == "21 April 2022"
    assert words.format_date("2022-04-21", "zh") == "2022年4月21日"
    assert words.format_date("2022-04", "en") == "April 2022"
    assert words.format_date("in spring", "zh") == "in spring"


def test_source_ids_of_derived_figures() -> None:
    assert words.source_ids("S0001 & S0006 S0010") == ["S0001", "S0006", "S0010"]
    assert words.source_ids(math.nan) == []


def test_headings_models_and_fallbacks() -> None:
    assert words.heading("probability", "zh") == "实现概率"
    assert words.heading("unknown_column", "zh") == "unknown_column"
    assert words.model_word("damped_smoothing", "en") == "damped smoothing"
    assert words.model_word("my_model", "zh") == "my model"
    assert words.kind_word("increment", "en") == "added since the base year"
    assert words.break_word("shock", "zh") == "冲击"
    assert words.basis_word("annual_flow", "en") == "annual flow"
    assert words.evidence_word("A", "en") == "10 or more yearly figures"
