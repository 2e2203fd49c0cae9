"""Tables: what people see, where numbers lead, and that data never become markup."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipplan_analysis.attainment import assess, figures_to_ask
from ipplan_analysis.attainment.peers import peers
from ipplan_analysis.data import Plan
from ipplan_analysis.schema import LANGUAGES, TABLE_MIME, Language
from ipplan_analysis.tables import (
    Export,
    Table,
    ask_table,
    latest_table,
    peers_table,
    reasons_table,
    results_table,
    sources_table,
)
from ipplan_analysis.words import heading


class Page(HTMLParser):
    """Tags, attributes and texts of a piece of HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    def count(self, tag: str) -> int:
        return sum(name == tag for name, _ in self.tags)


@pytest.fixture(scope="module")
def results(plan: Plan) -> pd.DataFrame:
    return assess(plan, draws=400)


def html_of(table: Table) -> str:
    return table._repr_html_()


@pytest.mark.parametrize("language", LANGUAGES)
def test_results_table_has_one_row_a_target_with_word_and_symbol(results: pd.DataFrame, language: Language) -> None:
    table = results_table(results, language)
    page = Page(html_of(table))
    assert len(table.frame) == len(results) == 20
    assert page.count("tr") == 21 and page.count("caption") == 1
    scopes = [attrs.get("scope") for tag, attrs in page.tags if tag == "th"]
    assert scopes.count("col") == len(table.frame.columns) and scopes.count("row") == 20
    assert {"✓ met", "? not assessable"} <= set(page.texts) if language == "en" else "✓ 已实现" in page.texts
    assert ("td", {"class": "status status-met"}) in page.tags
    assert not any("style" in attrs for _, attrs in page.tags)


def test_results_table_keeps_raw_numbers(results: pd.DataFrame) -> None:
    frame = results_table(results, "en").frame
    trademarks = frame[frame["Target"].eq("T03")].iloc[0]
    row = results[results["target_id"].eq("T03")].iloc[0]
    assert trademarks["Latest yearly figure"] == row["last_value"] > 100_000
    assert trademarks["Probability"] == row["probability"]
    pledge = frame[frame["Target"].eq("T10")].iloc[0]
    assert pledge["Latest yearly figure"] == pytest.approx(20.9)
    assert pledge["Target value"] == "≥ 1.5 billion yuan"


def test_every_source_of_a_number_is_a_link_to_an_anchor(plan: Plan, results: pd.DataFrame) -> None:
    table, sources = results_table(results, "en"), sources_table(plan, results["source"], "en")
    links = {str(attrs["href"]) for tag, attrs in Page(html_of(table)).tags if tag == "a"}
    anchors = {"#" + str(attrs["id"]) for _, attrs in Page(html_of(sources)).tags if "id" in attrs}
    assert links and links <= anchors
    assert all(re.fullmatch(r"#source-S\d+", link) for link in links)
    raw = " ".join(table.frame["Source"]).split()
    assert {f"#source-{name}" for name in raw} == anchors


def test_a_file_read_back_gives_the_same_table(results: pd.DataFrame) -> None:
    back = pd.read_csv(io.StringIO(results.to_csv(index=False)), dtype={"region": str})
    assert str(results_table(back, "en")) == str(results_table(results, "en"))
    assert str(reasons_table(back, "zh")) == str(reasons_table(results, "zh"))


def test_a_region_without_targets_has_forecasts_instead(plan: Plan) -> None:
    from ipplan_analysis.data import load_plan

    other = load_plan(data_through=2020, region="310000")
    table = results_table(assess(other, draws=200), "en")
    assert "Target value" not in table.frame.columns and "Status" not in table.frame.columns
    assert table.frame["Median forecast"].notna().all() and len(table.frame) > 5


@pytest.mark.parametrize("language", LANGUAGES)
def test_other_tables(plan: Plan, results: pd.DataFrame, language: Language) -> None:
    asked = ask_table(figures_to_ask(plan), language)
    assert len(asked.frame) < len(figures_to_ask(plan))
    assert asked.frame[heading("department", language)].str.len().min() > 3
    others = peers_table(peers(plan, "invention_patents_per_10k"), language)
    assert others.frame[heading("value", language)].gt(0).all()
    assert len(latest_table(plan, language).frame) == 20
    assert reasons_table(results, language).frame[heading("reason", language)].str.len().min() > 5


HOSTILE = [
    "<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "O'Neill & \"Sons\"", "\u202eevil\u2066", "🙂",
    '=HYPERLINK("http://x")', "javascript:alert(1)", "https://x.org/\"onmouseover=\"alert(1)",
]  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_data_are_text_and_never_markup(hostile: str) -> None:
    frame = pd.DataFrame({"Source": ["S0001", hostile], hostile: [hostile, "b"], "n": [1.5, np.nan]})
    table = Table(frame, hostile, "en", (hostile,), linked=(hostile,), anchored="Source")
    text = html_of(table)
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= {
        "div", "table", "caption", "thead", "tbody", "tr", "th", "td", "p", "a"}  # fmt: skip
    for _, attrs in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attrs)
        assert not str(attrs.get("href", "")).startswith("javascript")
    assert "\u202e" not in text and "\u2066" not in text
    visible = re.sub("[\u202e\u2066]", "", hostile)
    assert visible in "".join(page.texts) or visible.replace(" ", "") in "".join(page.texts).replace(" ", "")


@pytest.mark.parametrize(
    "to_csv", [lambda frame: Table(frame, "c", "en").to_csv(), lambda frame: Export("n", frame).to_csv()]
)
def test_csv_does_not_carry_formulas(to_csv: Callable[[pd.DataFrame], str]) -> None:
    frame = pd.DataFrame({"a": ['=HYPERLINK("x")', "@SUM(1)", "-cmd", "+8–10 items", "-3", "plain"], "n": range(6)})
    rows = list(csv.reader(io.StringIO(to_csv(frame))))
    assert [row[0] for row in rows[1:]] == ['\'=HYPERLINK("x")', "'@SUM(1)", "'-cmd", "+8–10 items", "-3", "plain"]
    assert [row[1] for row in rows[1:]] == ["0", "1", "2", "3", "4", "5"]


def test_plain_text_is_compact_and_years_have_no_separator() -> None:
    frame = pd.DataFrame({"Year": [2020, 2021], "Value": [12345.678, np.nan]})
    table = Table(frame, "Figures", "en", ("A note.",))
    assert str(table) == repr(table) == "Figures\nYear | Value\n2020 | 12,346\n2021 | –\nA note."


def test_bundle_carries_numbers_and_what_is_shown(results: pd.DataFrame) -> None:
    bundle: dict[str, Any] = results_table(results, "zh")._repr_mimebundle_()
    content = bundle[TABLE_MIME]
    assert content["language"] == "zh" and len(content["data"]) == len(content["shown"]) == 20
    place = content["columns"].index(heading("probability", "zh"))
    assert content["data"][0][place] == pytest.approx(results["probability"].iloc[0])
    assert bundle["text/plain"].startswith(content["caption"])
