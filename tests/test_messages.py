"""The catalogue of Chinese texts: complete, in step with the code, with the same places to fill in."""

from __future__ import annotations

import string
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir

import ipplan_analysis
from ipplan_analysis.messages import CATALOG, counted, message
from ipplan_analysis.messages import _catalog as catalog

KEYWORDS = {"sentence": None, "message": None, "counted": (1, 2), "translatable": None}


def texts_in_code() -> set[str]:
    root = Path(ipplan_analysis.__file__).parent
    found = extract_from_dir(str(root), method_map=[("**.py", "python")], keywords=KEYWORDS)
    return {texts if isinstance(texts, str) else texts[0] for _, _, texts, _, _ in found}


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
    lines = CATALOG.read_text(encoding="utf-8").split("\n\n")
    keys = Counter(
        block[: block.find("msgstr")].split("msgctxt")[-1].split("msgid")[-1] for block in lines if "msgid" in block
    )
    assert [key for key, count in keys.items() if count > 1] == []


def test_values_are_never_templates() -> None:
    with pytest.raises(KeyError):
        message("{missing}", "en")
    assert counted("{n} {what}", "{n} {what}s", 1, "en", what="{n}") == "1 {n}"
    assert counted("{n} {what}", "{n} {what}s", 2, "en", what="figure") == "2 figures"
