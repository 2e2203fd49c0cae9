"""Tables: what people see in both languages, where numbers lead, and that data never become markup."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from ipplan_analysis import tables
from ipplan_analysis.attainment import assess, figures_to_ask, forecasts, peers_of_targets
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.measured import load_measured
from ipplan_analysis.evaluation.scorecard import COLUMNS as SCORECARD
from ipplan_analysis.evaluation.scorecard import PUBLISHED_COLUMNS as VINTAGES
from ipplan_analysis.messages import heading
from ipplan_analysis.run.compare import changes, changes_since
from ipplan_analysis.schema import LANGUAGES, TABLE_MIME, Language
from ipplan_analysis.tables import Export, Table, cells
from ipplan_analysis.tables.table import Cell, Column


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
    return assess(plan, draws=300)


@pytest.mark.parametrize("language", LANGUAGES)
def test_results_table_has_one_row_a_target_with_word_and_symbol(results: pd.DataFrame, language: Language) -> None:
    table = tables.results_table(results, language)
    page = Page(table.html())
    assert len(table.frame) == len(results) == 20
    assert page.count("tr") == 21 and page.count("caption") == 1
    scopes = [attrs.get("scope") for tag, attrs in page.tags if tag == "th"]
    assert scopes.count("col") == len(table.columns) and scopes.count("row") == 20
    assert {"✓ met", "? cannot be judged"} <= set(page.texts) if language == "en" else "✓ 已实现" in page.texts
    assert ("span", {"class": "status s-met"}) in page.tags
    assert not any("style" in attrs for _, attrs in page.tags)


def test_results_table_keeps_raw_numbers(results: pd.DataFrame) -> None:
    frame = tables.results_table(results, "en").frame
    trademarks = frame[frame["Target"].eq("T03")].iloc[0]
    row = results[results["target_id"].eq("T03")].iloc[0]
    assert trademarks["Latest yearly figure"] == row["last_value"] > 100_000
    assert trademarks["Probability"] == row["probability"]
    pledge = frame[frame["Target"].eq("T10")].iloc[0]
    assert pledge["Latest yearly figure"] == pytest.approx(20.9)
    assert pledge["Target value"] == "≥ 1.5 billion yuan"


def test_every_source_of_a_number_is_a_link_to_an_anchor(plan: Plan, results: pd.DataFrame) -> None:
    table, sources = tables.results_table(results, "en"), tables.sources_table(plan, results["source"], "en")
    links = {str(attrs["href"]) for tag, attrs in Page(table.html()).tags if tag == "a"}
    anchors = {"#" + str(attrs["id"]) for _, attrs in Page(sources.html()).tags if "id" in attrs}
    assert links and links <= anchors
    assert all(re.fullmatch(r"#source-S\d+", link) for link in links)
    assert {f"#source-{name}" for name in " ".join(tables.cited(table)).split()} == anchors
    assert "<a" not in table.html(known=())


def test_a_file_read_back_gives_the_same_table(plan: Plan, results: pd.DataFrame) -> None:
    back = pd.read_csv(io.StringIO(results.to_csv(index=False)), dtype={"region": str})
    assert str(tables.results_table(back, "en")) == str(tables.results_table(results, "en"))
    assert str(tables.overview_table(plan, back, "zh")) == str(tables.overview_table(plan, results, "zh"))


def test_a_region_without_targets_has_forecasts_instead() -> None:
    other = load_plan(data_through=2020, region="310000")
    table = tables.results_table(assess(other, draws=200), "en")
    assert "Target value" not in table.frame.columns and "Status" not in table.frame.columns
    assert table.frame["Median forecast"].notna().all() and len(table.frame) > 5
    here = load_plan(region="110000", data_through=2022)
    assert changes(assess(here, draws=50), here, here, draws=50, seed=0).empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_to_ask_for(plan: Plan, language: Language) -> None:
    assert plan.name(language) in tables.run_line(plan, language)
    asked = tables.ask_table(figures_to_ask(plan), language)
    assert 0 < len(asked.frame) < len(figures_to_ask(plan))
    assert asked.frame[heading("department", language)].str.len().min() > 3


@pytest.mark.parametrize("language", LANGUAGES)
def test_forecast_table_shows_the_quantiles_with_three_digits(plan: Plan, language: Language) -> None:
    known = forecasts(plan, draws=300)
    table = tables.forecast_table(known, plan, language)
    assert len(table.rows) == len(known) and tables.cited(table)
    row = table.rows[list(known).index("registered_trademarks")]
    shown = [
        cell.number
        for cell, column in zip(row, table.columns, strict=True)
        if column.key in ("low80", "median", "high80")
    ]
    quantiles = np.quantile(known["registered_trademarks"].year(2025), [0.1, 0.5, 0.9])
    assert shown == [float(f"{value:.3g}") for value in quantiles]


def test_quantile_frame_is_long_and_ordered(plan: Plan) -> None:
    frame = tables.quantile_frame(forecasts(plan, draws=300), "640000")
    one = frame[frame["indicator"].eq("pct_applications") & frame["year"].eq(2025)]
    assert list(one["quantile"]) == [0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975]
    assert one["value"].is_monotonic_increasing and set(frame["region"]) == {"640000"}
    assert tables.quantile_frame({}, "640000").empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_peers_reference_and_sources(plan: Plan, results: pd.DataFrame, language: Language) -> None:
    others = peers_of_targets(plan)
    table = tables.target_peers_table(others, plan, language)
    assert "T03" in str(table)
    # 5,066 products of the nation stand beside plans that counted them without converted ones
    assert len(table.notes) == 1 and "T04" in table.notes[0] and "5,066" in table.notes[0].replace("5066", "5,066")
    assert others.set_index("target_id").loc["T03", "provinces"] == 30
    sources = tables.sources_table(plan, tables.cited(table), language)
    assert set(sources.frame.iloc[:, 0]) == {name for cell in others["source"] for name in cell.split()}


@pytest.mark.parametrize("language", LANGUAGES)
def test_changes_show_what_moved_and_only_that(plan: Plan, results: pd.DataFrame, language: Language) -> None:
    recorded = results.copy()
    recorded.loc[recorded["target_id"].eq("T13"), "probability"] = 0.2
    text = str(tables.changes_table(changes(recorded, plan, plan, draws=300, seed=0), language))
    assert "T13" in text and "T03" not in text and "20" in text
    none = tables.changes_table(changes_since(None, plan, draws=300, seed=0), language)
    assert none.notes and none.frame.empty


def test_a_run_compared_with_itself_has_not_moved(plan: Plan) -> None:
    recorded = assess(plan, draws=300, seed=0)
    recorded["probability"] = [float(f"{value:.10g}") for value in recorded["probability"]]  # as a run records it
    assert tables.changes_table(changes(recorded, plan, plan, draws=300, seed=0), "en").frame.empty


@pytest.mark.parametrize("language", LANGUAGES)
def test_scorecard_and_vintages(plan: Plan, language: Language) -> None:
    row = dict.fromkeys(SCORECARD, "") | {
        "plan": "ningxia-ip-14",
        "plan_en": "Plan of Ningxia",
        "plan_zh": "宁夏规划",
        "target_id": "T03",
        "name_en": "Trademarks",
        "name_zh": "商标",
        "said_in": 2018,
        "probability": 0.25,
        "status": "off course",
        "outturn": 1.0,
        "outturn_year": 2024,
        "source": "S0006",
        "surprise": 0.75,
    }
    frame = pd.DataFrame([row])
    shown = str(tables.scorecard_table(frame, language))
    assert "25" in shown and row[f"plan_{language}"] in shown and row["plan"] not in shown
    line = tables.scorecard_line(frame, language)
    assert "0.562" in line and line.startswith("No past miss" if language == "en" else "其中没有未实现的目标")
    missed = tables.scorecard_line(frame.assign(outturn=0.0), language)
    assert missed.startswith("1 of 1" if language == "en" else "1条判断中有1条")
    assert tables.scorecard_line(frame.iloc[:0], language)
    forecast = ["r", 2022, "pct_applications", "640000", 2023, 26.0, 18.0, 40.0, 23.0, True, 0.1, "S0017"]
    published = pd.DataFrame([forecast], columns=VINTAGES)
    assert "23" in str(tables.vintages_table(published, plan, language))
    assert tables.vintages_table(published.iloc[:0], plan, language).notes


@pytest.mark.parametrize("language", LANGUAGES)
def test_measured_line(language: Language) -> None:
    table = load_measured("calibration", data_through=9999)
    assert "80" in tables.measured_line(table, language)
    assert tables.measured_line(table.iloc[:0], language) != tables.measured_line(table, language)


def cell(show: Any, value: float, language: Language, **row: Any) -> Cell:
    found: Cell = show({"x": value, "unit": "件", "unit_en": "items"} | row, "x", language)
    return found


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        (cell(cells.quantity, 119900.0, "en", decimals=0), ("119,900 items", 119900.0, '#,##0" items"')),
        (cell(cells.quantity, 3.57, "en", decimals=2), ("3.57 items", 3.57, '#,##0.00" items"')),
        (cell(cells.quantity, 119900.0, "zh", decimals=0), ("11.99万件", 119900.0, '#,##0"件"')),
        (
            cell(cells.quantity, 20.9, "en", unit_en="100 million yuan"),
            ("2.09 billion yuan", 20.9, '"2.09 billion yuan"'),
        ),
        (cell(cells.quantity, 1.0, "en", decimals=0), ("1 item", 1.0, '"1 item"')),
        (cell(cells.rough_number, 134872.0, "zh"), ("13.5万", 135000.0, "#,##0")),
        (cell(cells.rough_number, 134872.0, "en"), ("135,000", 135000.0, "#,##0")),
        (cell(cells.number, 22.0, "en", decimals=0, bound="lower"), ("at least 22", 22.0, '"at least "#,##0')),
        (cell(cells.probability, 0.234, "en", x_is="at most"), ("at most 23 %", 0.234, '"at most "0" "%')),
        (cell(cells.probability, 0.234, "zh"), ("23%", 0.234, "0%")),
        (cell(cells.probability, 0.6596, "en"), ("65 %", 0.6596, '"65 %"')),  # 66 % would be another word
        (cell(cells.probability, 0.0004, "en"), ("< 1 %", 0.0004, '"< 1 %"')),
        (cell(cells.growth, 12.14, "en"), ("+12.1 %", 12.14, '"+"#,##0.0" %";"−"#,##0.0" %";#,##0.0" %"')),
        (cell(cells.share, 0.83, "zh"), ("83%", 0.83, "0%")),
        (cell(cells.year, 2024.0, "en"), ("2024", 2024, "0")),
        (cell(cells.quantity, math.nan, "en"), ("–", None, "")),
        (cell(cells.growth, math.nan, "zh"), ("–", None, "")),
    ],
)
def test_a_spreadsheet_shows_what_people_read(made: Cell, expected: tuple[str, float | None, str]) -> None:
    assert (made.text, made.number, made.format) == expected


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    'O\'Neill & "Sons"',
    "\u202eevil\u2066",
    "🙂",
    '=HYPERLINK("http://x")',
    "javascript:alert(1)",
    'https://x.org/"onmouseover="alert(1)',
    "a\x00b，（x）",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_data_are_text_and_never_markup(hostile: str) -> None:
    columns = (Column("source", hostile, "sources"), Column("url", "b", "address"), Column("status", "c", "status"))
    rows = ((Cell(hostile), Cell(hostile), Cell(hostile, hostile)), (Cell("S0001"), Cell(""), Cell("", "met")))
    text = Table("sources", hostile, "en", columns, rows, (hostile,)).html()
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= {
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "p",
        "a",
        "span",
    }
    for _, attrs in page.tags:
        assert not any(name.startswith("on") or name == "style" for name in attrs)
        assert not str(attrs.get("href", "")).startswith("javascript")
    visible = re.sub("[\u202e\u2066\x00]", "", hostile)
    assert "\u202e" not in text and "\x00" not in text and visible in "".join(page.texts)


@pytest.mark.parametrize(
    "to_csv",
    [
        lambda frame: Table.of(
            "t", "c", "en", [Column("a"), Column("n", kind="number", show=cells.number)], frame.to_dict("records")
        ).to_csv(),
        lambda frame: Export("n", frame).to_csv(),
    ],
)
def test_csv_does_not_carry_formulas(to_csv: Callable[[pd.DataFrame], str]) -> None:
    frame = pd.DataFrame({"a": ['=HYPERLINK("x")', "@SUM(1)", "-cmd", "+8–10 items", "-3", "plain"], "n": range(6)})
    rows = list(csv.reader(io.StringIO(to_csv(frame))))
    assert [row[0] for row in rows[1:]] == ['\'=HYPERLINK("x")', "'@SUM(1)", "'-cmd", "+8–10 items", "-3", "plain"]
    assert [float(row[1]) for row in rows[1:]] == [0, 1, 2, 3, 4, 5]


def test_exports_are_stable_text() -> None:
    export = Export("x", pd.DataFrame({"a": [1 / 3, 119900.0], "名": ["甲", "乙"]}))
    assert export.to_csv() == "a,名\n0.3333333333,甲\n119900,乙\n"
    assert export._repr_mimebundle_()["application/vnd.ipplan.csv+json"]["name"] == "x"


@pytest.mark.parametrize("language", LANGUAGES)
def test_bundle_gives_the_same_table_back(results: pd.DataFrame, language: Language) -> None:
    table = tables.results_table(results, language)
    bundle: dict[str, Any] = table._repr_mimebundle_()
    back = Table.from_bundle(bundle[TABLE_MIME])
    assert back.name == "results" and back.html() == table.html() == bundle["text/html"]
    assert str(back) == bundle["text/plain"]
    pd.testing.assert_frame_equal(back.frame, table.frame)
