"""Charts: real artists, texts with numbers, both languages, and compact safe SVG."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from xml.etree import ElementTree as ET

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.text import Text
from PIL import Image

from ipplan_analysis import charts, style
from ipplan_analysis.attainment import assess
from ipplan_analysis.charts import canvas
from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.series import target_path, until
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.schema import CHART_MIME, LANGUAGES, Language
from ipplan_analysis.trend import Forecast

Draw = Callable[[Language], Chart]


def walk(plan: Plan, indicator: str, horizon: int, seed: int = 0, drift: float = 0.1) -> Forecast:
    """A log random walk after the published figures."""
    history = plan.series(indicator)["value"].astype(float)
    steps = np.random.default_rng(seed).normal(drift, 0.15, (500, horizon))
    return Forecast("walk", history, history.iloc[-1] * np.exp(steps.cumsum(axis=1)))


@pytest.fixture(scope="module")
def known() -> Plan:
    return load_plan(data_through=2023)


@pytest.fixture(scope="module")
def results(known: Plan) -> pd.DataFrame:
    return assess(known, draws=400)


@pytest.fixture(scope="module")
def reliability_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "bin_low": [0.0, 0.4, 0.8],
            "bin_high": [0.4, 0.8, 1.0],
            "forecast": [0.12, 0.6, 0.93],
            "observed": [0.10, 0.48, 0.95],
            "n": [420, 150, 1310],
            "low": [0.08, 0.4, 0.93],
            "high": [0.13, 0.56, 0.97],
            "outcomes_through": 2024,
            "measured_on": "2026-11-27",
            "inputs_sha256": "0",
        }
    )


@pytest.fixture(scope="module")
def coverage_table() -> pd.DataFrame:
    rows = [
        {"model": model, "horizon": horizon, "nominal": nominal, "coverage": nominal + shift, "n": 50 * horizon}
        for model, shift in (("drift", -0.15), ("combination", 0.01))
        for horizon in (1, 2, 3)
        for nominal in (0.5, 0.8)
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def all_charts(
    known: Plan, results: pd.DataFrame, reliability_table: pd.DataFrame, coverage_table: pd.DataFrame
) -> dict[str, Draw]:
    names = ("registered_trademarks", "pct_applications", "gi_trademarks", "patent_agencies", "patent_grants")
    forecasts = {name: walk(known, name, 8) for name in names}
    models = {
        name: walk(known, "registered_trademarks", 5, seed, seed / 20)
        for seed, name in enumerate(("drift", "log_linear", "combination"))
    }
    trademarks = known.target("T03")
    return {
        "evidence": lambda language: charts.evidence(known, language=language),
        "multiples": lambda language: charts.small_multiples(forecasts, known, results, language=language),
        "fan": lambda language: charts.fan(
            forecasts["patent_grants"],
            known,
            indicator="patent_grants",
            breaks=known.breaks("patent_grants"),
            language=language,
        ),
        "target_fan": lambda language: charts.fan(
            forecasts["registered_trademarks"],
            known,
            indicator="registered_trademarks",
            target=trademarks,
            language=language,
        ),
        "models": lambda language: charts.models(
            models,
            known,
            indicator="registered_trademarks",
            year=2025,
            reported="combination",
            target=trademarks,
            language=language,
        ),
        "reliability": lambda language: charts.reliability(reliability_table, language=language),
        "coverage": lambda language: charts.coverage(coverage_table, language=language),
    }


NAMES = (
    "evidence",
    "multiples",
    "fan",
    "target_fan",
    "models",
    "reliability",
    "coverage",
)


def texts(chart: Chart) -> list[str]:
    return [artist.get_text() for artist in chart.figure.findobj(Text) if artist.get_text()]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_chart_keeps_the_house_rules(all_charts: dict[str, Draw], name: str, language: Language) -> None:
    chart = all_charts[name](language)
    bundle, metadata = chart._repr_mimebundle_()  # a missing glyph warns, and warnings are errors here
    assert plt.get_fignums() == []
    assert re.search(r"\d", chart.alt) and bundle["text/plain"] == chart.alt == chart.claim
    assert metadata == {"image/png": {"alt": chart.alt}}
    content = bundle[CHART_MIME]
    assert content["language"] == language and content["alt"] == chart.alt
    assert len(content["data"]["data"]) == len(chart.data) > 0
    assert [
        column for column in content["data"]["columns"] if "_" in str(column)
    ] == []  # headings, not names of columns
    assert json.loads(json.dumps(content)) == content
    has_chinese = bool(re.search("[\u4e00-\u9fff]", chart.alt))
    assert has_chinese == (language == "zh")
    assert len(bundle["image/png"]) < 90_000 and Image.open(io.BytesIO(bundle["image/png"])).mode == "P"
    limit = 80_000 if name == "multiples" else 25_000
    assert len(content["svg"].encode()) < limit


@pytest.mark.parametrize("name", NAMES)
def test_svg_stands_alone_and_needs_no_styles(all_charts: dict[str, Draw], name: str) -> None:
    chart = all_charts[name]("en")
    root = ET.fromstring(chart.svg)
    assert root.get("role") == "img" and root.get("aria-label") == chart.alt
    ids = [element.get("id") for element in root.iter() if element.get("id")]
    assert len(ids) == len(set(ids))
    for element in root.iter():
        assert "style" not in element.attrib
        assert element.tag.rpartition("}")[2] not in ("script", "style", "image", "metadata", "foreignObject", "a")
        for key, value in element.attrib.items():
            if key.endswith("href"):
                assert value.removeprefix("#") in ids
            assert not re.search(r"https?:|url\((?!#)", value)
    assert chart.svg == all_charts[name]("en").svg
    everything = " ".join(root.itertext())
    assert chart.figure.texts[0].get_text() in everything


@pytest.mark.parametrize("name", NAMES)
def test_no_text_is_cut_off_at_the_edge(all_charts: dict[str, Draw], name: str) -> None:
    for language in LANGUAGES:
        chart = all_charts[name](language)
        with canvas.theme():
            chart.figure.draw_without_rendering()
        width, height = chart.figure.bbox.width, chart.figure.bbox.height
        for artist in chart.figure.findobj(Text):
            if artist.get_text() and artist.get_visible():
                box = artist.get_window_extent()
                assert -1 <= box.x0 and box.x1 <= width + 1, artist.get_text()
                assert -1 <= box.y0 and box.y1 <= height + 1, artist.get_text()


@pytest.mark.parametrize("words", ["未", "2024年10%、", "in words 10,000 "])
def test_a_full_line_stays_within_the_canvas(words: str) -> None:
    with canvas.canvas(1, "title", words * 60, words * 60) as figure:
        figure.add_subplot()
    with canvas.theme():
        ends = [text.get_window_extent().x1 / figure.bbox.width for text in figure.texts]
    assert 0.9 < ends[1] < 1 and ends[2] < 1


YEARS = [[*range(2014, 2021)], [2014, 2015, 2016, 2017, 2020]]  # the line with gaps, and the dotted one below it


def test_fan_draws_bands_median_and_gaps(known: Plan) -> None:
    forecast = walk(known, "registered_trademarks", 5)
    target = known.target("T03")
    chart = charts.fan(forecast, known, indicator="registered_trademarks", target=target, language="en")
    axes = chart.figure.axes[0]
    assert len(axes.collections) == 2  # the two bands
    low, high = np.quantile(forecast.draws[:, -1], (0.1, 0.9))
    tops = [path.vertices[:, 1].max() for band in axes.collections for path in band.get_paths()]
    assert max(tops) == pytest.approx(high) and low > 0
    solid, dotted = (next(line for line in axes.lines if list(line.get_xdata()) == years) for years in YEARS)
    assert solid.get_linestyle() == "-" and list(np.flatnonzero(np.isnan(solid.get_ydata()))) == [4, 5]
    assert dotted.get_linestyle() != "-" and solid.get_zorder() > dotted.get_zorder()
    medians = [line for line in axes.lines if len(line.get_ydata()) == 6]
    assert np.asarray(medians[0].get_ydata())[-1] == pytest.approx(np.median(forecast.draws[:, -1]))
    assert "target 100,000" in texts(chart) and "last figure 2020" in texts(chart)
    assert axes.get_ylim()[0] == 0
    assert "100,000 in 2025" in chart.alt


def test_figures_within_a_year_are_hollow_and_a_known_goal_is_drawn() -> None:
    known = load_plan()
    target = known.target("T10")
    forecast = walk(known, "registered_trademarks", 2)
    chart = charts.fan(forecast, known, indicator="registered_trademarks", target=target, goal=9e4, language="en")
    hollow = [line for line in chart.figure.axes[0].lines if line.get_markerfacecolor() == style.PAPER]
    assert [list(line.get_ydata()) for line in hollow] == [[124157]] and 2024 < hollow[0].get_xdata()[0] < 2025
    assert "target 90,000" in texts(chart) and any("Hollow" in text for text in texts(chart))


def test_fan_lists_the_breaks_it_numbers(known: Plan) -> None:
    breaks = known.breaks("patent_grants")
    chart = charts.fan(walk(known, "patent_grants", 2), known, indicator="patent_grants", breaks=breaks, language="en")
    drawn = texts(chart)
    effects = {entry.effect_en for entry in breaks}
    assert {str(number + 1) for number in range(len(effects))} <= set(drawn)
    assert sum(any(effect[:20] in text for text in drawn) for effect in effects) == len(effects)


def test_until_cuts_a_forecast_but_keeps_a_year(known: Plan) -> None:
    forecast = walk(known, "pct_applications", 12)
    assert until(forecast, 2025).years[-1] == 2025
    assert until(forecast, 1990).horizon == 1
    assert until(forecast, 2100).horizon == 12


def test_target_path_by_kind(known: Plan) -> None:
    by_id = {target.target_id: target for target in known.targets}
    history = pd.Series({2020: 22.0, 2021: 17.0})
    assert target_path(by_id["T03"], history) == {2025: 100000.0}
    growth = target_path(by_id["T02"], history)
    assert growth is not None and growth[2025] == pytest.approx(22 * 1.1**5) and min(growth) == 2020
    assert target_path(by_id["T02"], history.drop(2020)) is None
    assert target_path(by_id["T13"], history) == {2025: 24.0}
    assert target_path(by_id["T10"], history) is None and target_path(by_id["T16"], history) is None


def test_models_marks_the_reported_one(all_charts: dict[str, Draw]) -> None:
    chart = all_charts["models"]("zh")
    assert any("报告所用" in text for text in texts(chart))
    assert list(chart.data["模型"]) == ["带漂移随机游走", "对数线性趋势", "组合模型"]


def test_reliability_draws_the_table(reliability_table: pd.DataFrame) -> None:
    chart = charts.reliability(reliability_table, language="en")
    curve = next(line for line in chart.figure.axes[0].lines if len(line.get_xdata()) == 3)
    assert list(curve.get_ydata()) == list(reliability_table["observed"])
    assert "12 points" in chart.alt and "1,880 past cases" in chart.alt


def test_labels_with_markup_are_drawn_as_text(known: Plan) -> None:
    entry = replace(known.indicators["pct_applications"], name_en='<script>alert(1)</script> $x^2$ "q" \u202e\u200f🙂')
    strange = replace(known.snapshot, indicators=known.indicators | {"pct_applications": entry})
    chart = charts.evidence(replace(known, snapshot=strange), language="en")
    assert "<script" not in chart.svg
    names = " ".join(ET.fromstring(chart.svg).itertext()).replace("\n", "").replace(" ", "")
    assert "<script>alert(1)</script>" in names and "$x^2$" in names and "\u202e" not in names and "\u200f" not in names


def test_callers_settings_are_left_alone(known: Plan) -> None:
    before = dict(mpl.rcParams)
    _ = charts.evidence(known, language="zh").png
    assert dict(mpl.rcParams) == before


def test_another_librarys_namespaces_change_no_chart(known: Plan) -> None:
    expected = charts.evidence(known, language="en").svg
    ET.register_namespace("", "http://schemas.openxmlformats.org/spreadsheetml/2006/main")  # as openpyxl does
    assert expected.startswith("<svg") and charts.evidence(known, language="en").svg == expected


USERS = {
    "text.usetex": True,
    "savefig.bbox": "tight",
    "path.sketch": (1, 100, 2),
    "font.weight": "bold",
    "lines.linestyle": "--",
}


@pytest.mark.parametrize("key", USERS)
def test_a_users_own_settings_change_no_chart(known: Plan, key: str) -> None:
    def drawn() -> str:
        return repr(
            charts.fan(
                walk(known, "patent_grants", 3), known, indicator="patent_grants", language="zh"
            )._repr_mimebundle_()
        )

    expected = drawn()
    with mpl.rc_context({key: USERS[key]}):
        assert drawn() == expected


def test_a_missing_font_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(style, "FONT_FILE", "fonts/absent.ttf")
    style.font_path.cache_clear()
    with pytest.raises(style.FontError, match="pip install"):
        style.font_path()
    style.font_path.cache_clear()


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=8), st.floats(0.1, 50))
def test_spread_keeps_order_and_distance(positions: list[float], gap: float) -> None:
    moved = canvas.separate_labels(positions, gap)
    order = sorted(range(len(positions)), key=lambda index: positions[index])
    placed = [moved[index] for index in order]
    assert all(later - earlier >= gap * (1 - 1e-6) for earlier, later in pairwise(placed))
    assert np.mean(moved) == pytest.approx(np.mean(positions), abs=1e-6)


def test_wrap_breaks_between_words_and_characters() -> None:
    assert canvas.wrap("High-value invention patents per 10 000 residents", 15).count("\n") == 1
    assert "10\u00a0000" in canvas.wrap("patents per 10 000 residents", 10, lines=3)
    chinese = canvas.wrap("地理标志品牌和国家知识产权示范企业", 6, lines=2)
    assert chinese.endswith("…") and all(canvas.width_of(row) <= 7 for row in chinese.split("\n"))


def test_coverage_of_an_indicator_that_the_package_lacks_keeps_its_identifier(known: Plan) -> None:
    rows = [
        {"model": "pooled", "indicator": name, "nominal": 0.8, "coverage": share, "n": 300}
        for name, share in (("patent_grants", 0.9), ("not_in_this_package", 0.7))
    ]
    chart = charts.coverage_by_indicator(pd.DataFrame(rows), known, language="en")
    assert "70 % (not_in_this_package)" in chart.alt and "90 % (Patents granted)" in chart.alt
