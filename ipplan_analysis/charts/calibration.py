"""Whether probabilities and bands hold what they promise."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.phrases import say
from ipplan_analysis.charts.rows import empty_chart
from ipplan_analysis.charts.sheet import EDGE, sheet
from ipplan_analysis.charts.theme import BLUE, GRID, INK, MUTED, ORANGE, SIZE, SMALL, WIDTH, spread, theme, wrap
from ipplan_analysis.schema import Language
from ipplan_analysis.words import format_number, format_percent, heading, model_word

SQUARE = 3.6  # inches: a square, so that the diagonal is one
COLUMNS, PANEL, STEP = 3, 1.25, 1.95  # panels in a row, height of a plot and of a panel with its name
SHADES = (BLUE, ORANGE, INK, MUTED)
SHAPES = ("o", "D", "s", "^")


def reliability(table: pd.DataFrame, *, language: Language) -> Chart:
    """Observed frequency against stated probability, with ranges and numbers of cases.

    Parameters
    ----------
    table : one row per bin; columns bin_low, bin_high, forecast, observed, n, low, high (shares 0-1).
    """
    title = say("reliability_title", language)
    rows = table[table["n"].gt(0)].sort_values("forecast")
    if rows.empty:
        return empty_chart(title, language)
    with theme():
        paper = sheet(SQUARE + 0.6, title, say("reliability_sub", language), "")
        axes = paper.axes((WIDTH - SQUARE) / 2, SQUARE, below=0.5, height=SQUARE)
        axes.plot([0, 1], [0, 1], color=MUTED, lw=0.9, ls=(0, (5, 3)))
        axes.text(1.03, 1.0, say("agree", language), size=SMALL, color=MUTED, va="center")
        axes.vlines(rows["forecast"], rows["low"], rows["high"], color=BLUE, lw=1.4, alpha=0.6)
        axes.plot(rows["forecast"], rows["observed"], "-o", color=BLUE, ms=6, lw=0.9)
        for forecast, observed, n in zip(rows["forecast"], rows["observed"], rows["n"], strict=True):
            axes.annotate(
                format_number(n, 0, language),
                (forecast, observed),
                xytext=(7, -7),
                size=SMALL,
                textcoords="offset points",
                color=MUTED,
            )
        _unit_square(axes, language)
    return Chart(paper.figure, _reliability_alt(rows, language), _labelled(rows, language), language)


def coverage(table: pd.DataFrame, *, language: Language) -> Chart:
    """Measured against promised coverage of bands, one panel per model.

    Parameters
    ----------
    table : columns model, nominal, coverage (shares 0-1), n, and horizon (years) or indicator along the axis.
    """
    title = say("coverage_title", language)
    if table.empty:
        return empty_chart(title, language)
    along = "horizon" if "horizon" in table.columns else "indicator"
    names = list(dict.fromkeys(table["model"]))
    lines = -(-len(names) // COLUMNS)
    with theme():
        paper = sheet(STEP * lines, title, say("coverage_sub", language), "")
        width = (WIDTH - 2 * EDGE) / COLUMNS
        for place, name in enumerate(names):
            left, top = EDGE + (place % COLUMNS) * width, STEP * (lines - place // COLUMNS)
            axes = paper.axes(left + 0.4, width - 0.85, below=top - STEP + 0.45, height=PANEL)
            paper.write(left, top - 0.09, wrap(model_word(str(name), language), width * 72 / SIZE, lines=1), size=SIZE)
            _coverage_panel(axes, table[table["model"].eq(name)], along, language)
    return Chart(paper.figure, _coverage_alt(table, language), _labelled(table, language), language)


def _unit_square(axes: Axes, language: Language) -> None:
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    axes.set_xticks(ticks, [f"{round(100 * tick)}" for tick in ticks])
    axes.set_yticks(ticks, [f"{round(100 * tick)}" for tick in ticks])
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(color=GRID, lw=0.6)
    axes.set_xlabel(say("stated", language), labelpad=4)
    axes.set_ylabel(say("came_true", language), labelpad=4)


def _coverage_panel(axes: Axes, rows: pd.DataFrame, along: str, language: Language) -> None:
    places = list(dict.fromkeys(rows[along]))
    ends = []
    nominals = sorted(rows["nominal"].unique())
    for step, nominal in enumerate(nominals):
        part = rows[rows["nominal"].eq(nominal)]
        x = [places.index(value) for value in part[along]]
        colour = SHADES[step % len(SHADES)]
        axes.axhline(nominal, color=colour, lw=0.9, ls=(0, (5, 3)))
        axes.plot(x, part["coverage"], "-" + SHAPES[step % len(SHAPES)], color=colour, ms=4, lw=1.2)
        ends.append(float(part["coverage"].iloc[-1]))
    for place, nominal, step in zip(spread(ends, 0.12), nominals, range(len(nominals)), strict=True):
        axes.annotate(
            format_percent(100 * nominal, 0, language),
            (1.0, place),
            xycoords=axes.get_yaxis_transform(),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            size=SMALL,
            color=SHADES[step % len(SHADES)],
        )
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.5, 1.0], ["0", "50", "100"])
    axes.set_xlim(-0.3, len(places) - 0.7)
    axes.grid(axis="y", color=GRID, lw=0.6)
    axes.set_xticks(range(len(places)), [str(place) for place in places])
    if along == "horizon":
        axes.set_xlabel(say("years_ahead", language), labelpad=2)
    else:
        axes.tick_params(axis="x", rotation=30)


def _reliability_alt(rows: pd.DataFrame, language: Language) -> str:
    low, high = rows.iloc[0], rows.iloc[-1]
    gap = (rows["forecast"] - rows["observed"]).abs().max()

    def percent(share: float) -> str:
        return format_percent(100 * share, 0, language)

    return say(
        "reliability_alt",
        language,
        n=format_number(rows["n"].sum(), 0, language),
        low=percent(low["forecast"]),
        low_seen=percent(low["observed"]),
        high=percent(high["forecast"]),
        high_seen=percent(high["observed"]),
        gap=format_number(100 * gap, 0, language),
    )


def _coverage_alt(table: pd.DataFrame, language: Language) -> str:
    widest = table[table["nominal"].eq(table["nominal"].max())]
    per_model = {
        name: float((part["coverage"] * part["n"]).sum() / part["n"].sum()) for name, part in widest.groupby("model")
    }
    low, high = min(per_model, key=lambda name: per_model[name]), max(per_model, key=lambda name: per_model[name])
    nominal = format_percent(100 * float(table["nominal"].max()), 0, language)
    return say(
        "coverage_alt",
        language,
        nominal=nominal,
        low=format_percent(100 * per_model[low], 0, language),
        low_name=model_word(low, language),
        high=format_percent(100 * per_model[high], 0, language),
        high_name=model_word(high, language),
        n=format_number(widest["n"].sum(), 0, language),
    )


def _labelled(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    if "model" in table.columns:
        table = table.assign(model=[model_word(str(name), language) for name in table["model"]])
    return table.round(3).rename(columns=lambda name: heading(str(name), language)).reset_index(drop=True)
