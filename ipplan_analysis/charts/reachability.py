"""All targets of a plan at a glance: probability, status, and what is missing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Literal

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.phrases import listed, say
from ipplan_analysis.charts.rows import (
    UNIT_PER_INCH,
    above,
    beside_status,
    empty_chart,
    name_of,
    row_plot,
    short_name,
)
from ipplan_analysis.charts.sheet import source_note, sources_of
from ipplan_analysis.charts.theme import INK, MUTED, PAPER, SMALL, WIDTH, ZONE, theme, wrap
from ipplan_analysis.messages import format_probability, heading, likelihood, likelihood_word, status_label, status_word
from ipplan_analysis.schema import STATUSES, Language
from ipplan_analysis.style import STATUS_COLOURS
from ipplan_analysis.tables.cells import rows_of

ZONES = (0.0, 0.10, 0.33, 0.66, 0.90, 1.0)  # IPCC edges; the two outermost words have less than a dot's width
RIGHT = 1.25  # inches for the status
TURN = 0.6  # from this probability on the label stands left of its dot


def reachability(results: pd.DataFrame, *, language: Language, order: Literal["plan", "status"] = "plan") -> Chart:
    """Probability of each target on the likelihood scale, with its status in word, symbol and colour.

    Parameters
    ----------
    results : one row per target, columns of `assess`.
    order : the plan's order, or by status and falling probability.
    """
    title = say("reach_title", language)
    rows = rows_of(_sorted(results[results["status"].fillna("").ne("")], order))
    if not rows:
        return empty_chart(title, language)
    names = [(row["target_id"], name_of(row, language)) for row in rows]
    with theme():
        paper, axes = row_plot(
            names, title, say("reach_sub", language), source_note(sources_of(rows), language), right=RIGHT, above=0.3
        )
        _zones(axes, language)
        for place, row in enumerate(rows):
            _draw(axes, place, row, language)
    return Chart(paper.figure, _alt(rows, language), _data(rows, language), language)


def _sorted(results: pd.DataFrame, order: str) -> pd.DataFrame:
    if order == "plan":
        return results
    rank = results["status"].map({status: place for place, status in enumerate(STATUSES)})
    ranked = results.assign(_rank=rank).sort_values(["_rank", "probability"], ascending=[True, False], kind="stable")
    return ranked.drop(columns="_rank")


def _zones(axes: Axes, language: Language) -> None:
    axes.set_xlim(-0.02, 1.02)
    axes.set_xticks(ZONES, [f"{round(100 * edge)}" for edge in ZONES])
    for low, high in zip(ZONES[:-1:2], ZONES[1::2], strict=True):
        axes.axvspan(low, high, color=ZONE, lw=0)
    for low, high in pairwise(ZONES):
        word = likelihood_word(likelihood((low + high) / 2), language)
        axes_word = word.replace("about as likely as not", "about as likely\nas not").replace("very ", "very\n")
        above(axes, (low + high) / 2, axes_word.replace("可能与否各半", "可能与否\n各半"))


def _draw(axes: Axes, place: int, row: dict[str, Any], language: Language) -> None:
    colour, probability = STATUS_COLOURS[row["status"]], row["probability"]
    beside_status(axes, place, row["status"], language)
    if math.isnan(probability):
        room = axes.get_position().width * WIDTH * UNIT_PER_INCH * 1.1
        reason = str((row.get("reason_zh") if language == "zh" else row.get("reason")) or "")
        axes.text(0.01, place, wrap(reason, room), va="center", size=SMALL - 0.5, color=MUTED, linespacing=1.05)
        return
    _dot(axes, place, probability, str(row.get("probability_is") or ""), colour, language)


def _dot(axes: Axes, place: int, probability: float, bound: str, colour: str, language: Language) -> None:
    crowded = probability > TURN and bound == "at most"  # the line fills the side where the label goes
    if bound:
        edge = 0.0 if bound == "at most" else 1.0
        axes.plot([edge, probability], [place, place], color=colour, lw=1.2, solid_capstyle="butt")
    axes.plot(probability, place, "o", ms=6, mfc=PAPER if bound else colour, mec=colour, mew=1.3, clip_on=False)
    side = -1 if probability > TURN else 1
    crowded |= probability <= TURN and bound == "at least"
    axes.annotate(
        format_probability(probability, language, probability_is=bound),
        (probability, place),
        xytext=(7 * side, 6 if crowded else 0),
        textcoords="offset points",
        ha="right" if side < 0 else "left",
        va="center",
        color=INK,
        size=SMALL + 0.5,
    )


def _alt(rows: Sequence[dict[str, Any]], language: Language) -> str:
    statuses = [row["status"] for row in rows]
    counts = [
        say("count", language, n=statuses.count(status), word=status_word(status, language))
        for status in STATUSES
        if status in statuses
    ]
    alt = say("reach_alt", language, n=len(rows), counts=listed(counts, language))
    known = sorted((row for row in rows if not math.isnan(row["probability"])), key=lambda row: row["probability"])
    if known:
        low, high = known[0], known[-1]
        alt += say(
            "reach_range",
            language,
            low=_chance(low, language),
            low_name=short_name(low, language),
            high=_chance(high, language),
            high_name=short_name(high, language),
        )
    return alt


def _chance(row: dict[str, Any], language: Language) -> str:
    return format_probability(row["probability"], language, probability_is=str(row.get("probability_is") or ""))


def _data(rows: Sequence[dict[str, Any]], language: Language) -> pd.DataFrame:
    return pd.DataFrame(
        {
            heading("target_id", language): [row["target_id"] for row in rows],
            heading("name", language): [name_of(row, language) for row in rows],
            heading("probability", language): [_chance(row, language) for row in rows],
            heading("likelihood", language): [
                likelihood_word(str(row.get("likelihood") or ""), language) for row in rows
            ],
            heading("status", language): [status_label(row["status"], language) for row in rows],
        }
    )
