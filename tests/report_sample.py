"""A small executed run, made by hand, for the tests of the report."""

from __future__ import annotations

import base64
import math
from typing import Any

import nbformat
import pandas as pd
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ipplan_analysis.charts.canvas import theme
from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.messages import heading
from ipplan_analysis.report.briefing import Briefing, Dossier
from ipplan_analysis.report.document import RULE
from ipplan_analysis.schema import CHART_MIME, TABLE_MIME
from ipplan_analysis.tables import Table, cells
from ipplan_analysis.tables.overview import Bar
from ipplan_analysis.tables.table import Cell, Column

HASH = "3f" * 32
HOSTILE = {
    "script": "<script>alert(1)</script>",
    "formula": '=HYPERLINK("http://example.invalid","x")',
    "title": "“A” 'b' \"c\" & <i>d</i> \u202eevil\u202c \u05d0\u05d1\u05d2 \U0001f600 \u200f!",
    "controls": "a\x00b\x0bc\x1bd",
}
RESULTS = [  # target, English name, Chinese name, status, probability, bound, latest figure, source
    (
        "T01",
        "High-value invention patents per 10,000 people",
        "每万人口高价值发明专利拥有量",
        "on course",
        0.723,
        "",
        3.57,
        "S0006",
    ),
    ("T02", "PCT applications", "PCT国际专利申请量", "off course", 0.234, "at most", 26.0, "S0001"),
    ("T03", "Registered trademarks", "有效注册商标量", "met", 0.97, "", 119900.0, "S0035"),
    ("T06", "Geographical indications", "地理标志", "out of reach", 0.0001, "", 60.0, "S0006"),
    ("T11", "Pledge financing", "质押融资额", "not assessable", math.nan, "", math.nan, "S0001"),
]
FACTS = [{"what": "Why", "words": "S0006 says so"}]
SOURCES = [
    ("S0001", "宁夏回族自治区知识产权保护和运用“十四五”规划", "宁夏回族自治区人民政府办公厅", "2022-04-21", ""),
    (
        "S0006",
        "Statistical communiqué of Ningxia 2023",
        "Ningxia Bureau of Statistics",
        "2024-03-29",
        "https://example.invalid/6",
    ),
    ("S0035", "2024年宁夏知识产权统计", "宁夏市场监管厅", "2025-01-15", ""),
]


def manifest(language: Any = "en", **changes: Any) -> dict[str, Any]:
    """What a run records about itself."""
    return {
        "plan": "ningxia-ip-14",
        "region": "640000",
        "data_through": 2024,
        "seed": 0,
        "data_sha256": HASH,
        "plan_name": {
            "en": "14th five-year plan of Ningxia for IP protection and use",
            "zh": "宁夏回族自治区知识产权保护和运用“十四五”规划",
        },
        "region_name": {"en": "Ningxia", "zh": "宁夏"},
        "python": "3.11.7",
        "git_commit": "0123abc",
        "parameters": {"plan": "ningxia-ip-14", "language": language, "draws": 4000, "data_dir": None},
        "packages": {"ipplan-analysis": "0.1.0", "numpy": "2.4.0"},
        "started": "2025-11-22T10:00:00+08:00",
        "duration_seconds": 21.4,
    } | changes


def executed(language: Any = "en", *, hostile: bool = False) -> dict[str, nbformat.NotebookNode]:
    """Two executed notebooks: one with a chart and a table, one with the results; both with sources."""
    note = HOSTILE["script"] if hostile else "Probabilities are calibrated."
    first = new_notebook(
        cells=[
            _both("# Where we stand\n\nThe latest figures. " + note, "# 目前进展\n\n最新数值。" + note),
            _both("## Parameters", "## 参数"),
            new_code_cell('plan = "x"', metadata={"tags": ["parameters"]}),
            _both("## Loading", "## 读取"),
            new_code_cell("results = assess(known)"),
            _both("## Share of the way", "## 已走路程"),
            new_code_cell("progress", outputs=[_display(chart(language, hostile=hostile))]),
            new_code_cell(
                "print(progress.claim)", outputs=[new_output("stream", name="stdout", text=claim(language) + "\n")]
            ),
            _both("## Sources", "## 来源"),
            new_code_cell("sources", outputs=[_display(sources(language, hostile=hostile))]),
        ]
    )
    second = new_notebook(
        cells=[
            _both("# Which targets will be reached", "# 哪些目标能够达到"),
            _both("## The verdicts", "## 结论"),
            new_code_cell("brief", outputs=[_display(brief(language, hostile=hostile))]),
            _both("## All numbers", "## 全部数值"),
            new_code_cell("table", outputs=[_display(results(language, hostile=hostile))]),
            _both("## Lines", "## 各行"),
            new_code_cell("print(lines)", outputs=[new_output("stream", name="stdout", text="T01 S0006\nT02 S9999\n")]),
            _both("## Peers", "## 其他地区"),
            new_code_cell("peers", outputs=[_display(peers(language))]),
            _both("## What changed\n\nSince then.", "## 变化\n\n此后。"),
            new_code_cell("changes", outputs=[_display(nothing(language))]),
        ]
    )
    return {"01_where_we_stand": first, "03_target_reachability": second}


def claim(language: Any) -> str:
    """The finding of the sample chart."""
    return "2 of 3 targets are ahead of the time." if language == "en" else "3项目标中2项快于时间进度。"


def chart(language: Any, *, hostile: bool = False) -> dict[str, Any]:
    """Mime bundle of a small real chart."""
    with theme():
        figure = Figure(figsize=(7, 2))
        axes = figure.add_subplot()
        axes.barh(["T01", "T02", "T03"], [0.4, 0.9, 1.2])
        axes.set_title("已走路程" if language == "zh" else "Share of the way")
    data = pd.DataFrame(
        {
            heading("target_id", "en"): ["T01", "T02"],
            "x": [0.4, 12345.678],
            "note": [HOSTILE["script"] if hostile else "S0006", HOSTILE["formula"] if hostile else "-"],
        }
    )
    made, _ = Chart(figure, claim(language), data, language)._repr_mimebundle_()
    made["image/png"] = base64.b64encode(made["image/png"]).decode("ascii")
    return made


def results(language: Any, *, hostile: bool = False) -> dict[str, Any]:
    """Mime bundle of a results table."""
    rows = []
    for target, name_en, name_zh, status, probability, bound, value, source in RESULTS:
        own = {"target_id": target, "name_en": name_en, "name_zh": name_zh, "status": status, "source": source}
        if hostile and target == "T02":
            own |= {"name_en": HOSTILE["formula"], "name_zh": HOSTILE["formula"]}
        figures = {"probability": probability, "last_value": value, "decimals": 2 if value == 3.57 else 0}
        rows.append(own | figures | {"probability_is": bound, "recent_pace_pct": 1.5, "evidence": "C"})
    columns = (
        Column("target_id"),
        Column("name", show=cells.name),
        Column("status", kind="status"),
        Column("probability", kind="number", show=cells.probability),
        Column("last_value", kind="figure", show=cells.number),
        Column("recent_pace_pct", kind="number", show=cells.growth),
        Column("evidence"),
        Column("source", kind="sources"),
    )
    caption = "状态与概率" if language == "zh" else "Status and probability"
    notes = (HOSTILE["script"] if hostile else "Plan: S0001",)
    return Table.of("results", caption, language, columns, rows, notes)._repr_mimebundle_()


def sources(language: Any, *, hostile: bool = False) -> dict[str, Any]:
    """Mime bundle of a table of sources."""
    rows = [list(row) for row in SOURCES]
    if hostile:
        rows[0][1], rows[1][1], rows[2][4] = HOSTILE["title"], HOSTILE["controls"], "javascript:alert(1)"
    keys = ["source", "title", "publisher", "published", "url"]
    columns = [Column(key, kind="address" if key == "url" else "text") for key in keys]
    named = [dict(zip(keys, row, strict=True)) for row in rows]
    return Table.of("sources", "Sources", language, columns, named)._repr_mimebundle_()


def peers(language: Any) -> dict[str, Any]:
    """Mime bundle of a plain table, one of whose sources is not in the list of sources."""
    columns = (
        Column("region"),
        Column("year", kind="number", show=cells.year),
        Column("value", kind="figure", show=cells.number),
        Column("recent_pace_pct", kind="number", show=cells.growth),
        Column("source", kind="sources"),
    )
    figures = [("北京", 2024, 235467.5, 12.5, "S7777"), ("Ningxia", 2023, 3.6, -0.4, "S0006")]
    rows = [dict(zip([column.key for column in columns], row, strict=True)) for row in figures]
    caption = "地区" if language == "zh" else "Regions"
    return Table.of("peers", caption, language, columns, rows)._repr_mimebundle_()


def nothing(language: Any) -> dict[str, Any]:
    """Mime bundle of a table without rows: nothing was asked."""
    return Table.of("changes", "Nothing", language, (Column("region"),), [])._repr_mimebundle_()


def brief(language: Any, *, hostile: bool = False) -> dict[str, Any]:
    """Mime bundle of a briefing on the sample's targets, the first with a chart."""
    overview = Table.from_bundle(results(language, hostile=hostile)[TABLE_MIME])
    said = HOSTILE["script"] if hostile else "1 of 5 targets is met."
    keys = ("target_id", "name", "status", "last_value", "target", "likelihood", "why")
    shown = [
        {
            "target_id": row[0].text,
            "name": row[1].text,
            "status": row[2].value,
            "last_value": row[4].text,
            "source": "S0006",
        }
        | {"target": "100", "likelihood": row[3].text, "why": said}
        for row in overview.rows
    ]
    columns = [Column(key, kind="status" if key == "status" else "text") for key in keys]
    table = Table.of("overview", "Overview", language, columns, shown)
    facts = Table.of("dossier", "Facts", language, (Column("what", "What"), Column("words", "In words")), FACTS)
    sourced = Column("source", "Published by", "sources", lambda row, key, language: Cell("Ningxia Bureau", "S0006"))
    figures = Table.of("figures", "Figures", language, (Column("last_value", "Value"), sourced), shown[:1])
    picture = {
        name: made for name, made in chart(language, hostile=hostile).items() if name in ("image/png", CHART_MIME)
    }
    titles = [(row["target_id"], f"{row['target_id']} {row['name']}", str(row["status"])) for row in shown]
    dossiers = [Dossier(*title, (facts, figures), None if number else picture) for number, title in enumerate(titles)]
    bars = (Bar(0.4, 0.9, True), *[None] * (len(shown) - 1))
    asked = Table.of("figures_to_ask", "To ask for", language, (Column("region"),), [{"region": "S0001"}])
    return Briefing(
        "Which targets?", "What is known.", (said,), table, bars, asked, tuple(dossiers)
    )._repr_mimebundle_()


def _display(bundle: dict[str, Any]) -> nbformat.NotebookNode:
    return new_output("display_data", data=bundle, metadata={})


def _both(english: str, chinese: str) -> nbformat.NotebookNode:
    return new_markdown_cell(f"{english}{RULE}{chinese}")
