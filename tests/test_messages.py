"""The catalogue of Chinese texts: complete, in step with the code, with the same places to fill in."""

from __future__ import annotations

import ast
import math
import re
import string
from collections import Counter
from pathlib import Path

import matplotlib
import pytest
from babel.messages.extract import extract_from_dir
from fontTools.ttLib import TTFont
from hypothesis import given
from hypothesis import strategies as st

import ipplan_analysis
from ipplan_analysis import messages
from ipplan_analysis.messages import CATALOG, counted, message
from ipplan_analysis.messages import _catalog as catalog
from ipplan_analysis.schema import LANGUAGES, STATUSES, Language
from ipplan_analysis.style import font_path

KEYWORDS = {"sentence": None, "message": None, "both": None, "counted": (1, 2), "translatable": None}


def texts_in_code() -> set[str]:
    root = Path(ipplan_analysis.__file__).parent
    in_pages = extract_from_dir(str(root), method_map=[("**.j2", "jinja2.ext:babel_extract")], keywords=KEYWORDS)
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in root.rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    firsts = [call.args[0] for call in calls if getattr(call.func, "id", None) in KEYWORDS]
    in_code = {first.value for first in firsts if isinstance(first, ast.Constant)}
    return in_code | {text if isinstance(text, str) else text[0] for _, _, text, _, _ in in_pages}


def places(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_every_text_is_translated_and_none_is_left_over() -> None:
    known = {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in catalog() if entry.id}
    assert texts_in_code() - known == set()
    assert known - texts_in_code() == set()


def test_translations_have_the_same_places_and_are_chinese() -> None:
    for entry in catalog():
        if not entry.id:
            continue
        english = entry.id if isinstance(entry.id, str) else entry.id[-1]
        chinese = entry.string if isinstance(entry.string, str) else entry.string[0]
        assert chinese, english
        assert places(english) == places(chinese), english
        assert not entry.fuzzy, english


def test_no_text_stands_twice_in_the_catalogue() -> None:
    entries = re.findall(r"^(?:msgctxt .*\n)?msgid (?:.*\n)+?(?=msgstr)", CATALOG.read_text(encoding="utf-8"), re.M)
    assert [entry for entry, count in Counter(entries).items() if count > 1] == []


def test_values_are_never_templates() -> None:
    with pytest.raises(KeyError):
        message("{missing}", "en")
    assert counted("{n} {what}", "{n} {what}s", 1, "en", what="{n}") == "1 {n}"
    assert counted("{n} {what}", "{n} {what}s", 2, "en", what="figure") == "2 figures"


def test_every_status_has_a_symbol_in_both_fonts() -> None:
    dejavu = TTFont(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf").getBestCmap()
    noto = TTFont(font_path()).getBestCmap()
    symbols = [messages.status_symbol(status) for status in STATUSES]
    assert len(set(symbols)) == len(STATUSES)
    assert all(ord(symbol) in dejavu and ord(symbol) in noto for symbol in symbols)


@pytest.mark.parametrize("language", LANGUAGES)
def test_status_words_differ_from_each_other(language: Language) -> None:
    labels = {messages.status_label(status, language) for status in STATUSES}
    assert len(labels) == len(STATUSES)
    assert messages.status_label("met", "zh") == "✓ 已实现"
    assert messages.status_label("out of reach", "en") == "⊘ hardly reachable"


def test_likelihood_edges_belong_to_the_stronger_word() -> None:
    by_hand = {
        0.99: "virtually certain",
        0.9899: "very likely",
        0.90: "very likely",
        0.8999: "likely",
        0.66: "likely",
        0.6599: "about as likely as not",
        0.33: "about as likely as not",
        0.3299: "unlikely",
        0.10: "unlikely",
        0.0999: "very unlikely",
        0.01: "very unlikely",
        0.0099: "exceptionally unlikely",
    }
    assert {chance: messages.likelihood(chance) for chance in by_hand} == by_hand
    assert messages.likelihood(math.nan) == ""
    assert messages.likelihood_word("likely", "zh") == "可能"
    assert messages.likelihood_word("", "zh") == ""


def test_probabilities_never_claim_certainty_from_draws() -> None:
    assert messages.format_probability(0.8741, "en") == "87 %"
    assert messages.format_probability(0.8741, "zh") == "87%"
    assert messages.format_probability(1 / 8002, "en") == "< 1 %"
    assert messages.format_probability(0.99988, "zh") == ">99%"
    assert messages.format_probability(1.0, "en") == "certain"
    assert messages.format_probability(0.0, "zh") == "已排除"
    assert messages.format_probability(0.2339, "en", probability_is="at most") == "at most 23 %"
    assert messages.format_probability(math.nan, "en") == "–"


@given(st.floats(0.01, 0.9899))
def test_probability_and_word_agree(chance: float) -> None:
    whole = int(messages.format_probability(chance, "en").removesuffix(" %"))
    assert messages.likelihood(whole / 100) == messages.likelihood(chance)
    assert abs(whole - 100 * chance) < 1


def test_source_ids_of_derived_figures() -> None:
    assert messages.source_ids("S0001 & S0006 S0010") == ["S0001", "S0006", "S0010"]
    assert messages.source_ids(math.nan) == []


def test_headings_models_and_fallbacks() -> None:
    assert messages.heading("probability", "zh") == "实现概率"
    assert messages.heading("unknown_column", "zh") == "unknown_column"
    assert messages.model_word("damped_smoothing", "en") == "damped smoothing"
    assert messages.model_word("my_model", "zh") == "my model"
    assert messages.heading("department_en", "zh") != messages.heading("department", "zh")
    assert messages.break_word("shock", "zh") == "冲击"
    assert messages.basis_word("annual_flow", "en") == "annual flow"
