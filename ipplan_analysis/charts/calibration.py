"""Whether probabilities and bands hold what they promise."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.canvas import (
    BLUE,
    EDGE,
    GRID,
    INK,
    MUTED,
    ORANGE,
    SIZE,
    SMALL,
    WIDTH,
    blank_canvas,
    separate_labels,
    theme,
    wrap,
)
from ipplan_analysis.charts.chart import Chart, empty_chart
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import (
    heading,
    message,
    model_word,
)
from ipplan_analysis.numbers import format_number, format_percent
from ipplan_analysis.schema import Language

SQUARE = 3.6  # inches: a square, so that the diagonal is one
COLUMNS, PANEL, STEP = 3, 1.25, 1.95  # panels in a row, height of a plot and of a panel with its name
ROW, NAME_WIDTH = 0.3, 2.1  # inches: of an indicator, and of its name
REPORTED, MAIN = "pooled", 0.8  # the model and the band that verdicts rest on
SHADES = (BLUE, ORANGE, INK, MUTED)
SHAPES = ("o", "D", "s", "^")


def reliability(table: pd.DataFrame, *, language: Language) -> Chart:
    """Observed frequency against stated probability, with ranges and numbers of cases.

    Parameters
    ----------
    table : one row per bin; columns bin_low, bin_high, forecast, observed, n, low, high (shares 0-1).
    """
    title = message("Do the probabilities hold?", language)
    rows = table[table["n"].gt(0)].sort_values("forecast")
    if rows.empty:
        return empty_chart(title, language)
    with theme():
        canvas = blank_canvas(
            SQUARE + 0.6,
            title,
            message(
                "Share of past cases that came true, by stated probability, with 80 % ranges "
                "when whole target years are drawn anew; on the diagonal the two agree. Numbers: "
                "cases.",
                language,
            ),
            "",
        )
        axes = canvas.axes((WIDTH - SQUARE) / 2, SQUARE, below=0.5, height=SQUARE)
        axes.plot([0, 1], [0, 1], color=MUTED, lw=0.9, ls=(0, (5, 3)))
        axes.text(1.03, 1.0, message("agreement", language), size=SMALL, color=MUTED, va="center")
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
    return Chart(canvas.figure, _reliability_alt(rows, language), _labelled(rows, language), language)


def coverage(table: pd.DataFrame, *, language: Language) -> Chart:
    """Measured against promised coverage of bands by years ahead, one panel per model.

    Parameters
    ----------
    table : columns model, horizon (years), nominal, coverage (shares 0-1) and n.
    """
    title = message("Do the bands hold what they promise?", language)
    if table.empty:
        return empty_chart(title, language)
    names = list(dict.fromkeys(table["model"]))
    lines = -(-len(names) // COLUMNS)
    with theme():
        canvas = blank_canvas(
            STEP * lines,
            title,
            message("Share of past outcomes inside the band, in per cent; dashed: what the band promises.", language),
            "",
        )
        width = (WIDTH - 2 * EDGE) / COLUMNS
        for place, name in enumerate(names):
            left, top = EDGE + (place % COLUMNS) * width, STEP * (lines - place // COLUMNS)
            axes = canvas.axes(left + 0.4, width - 0.85, below=top - STEP + 0.45, height=PANEL)
            canvas.write(left, top - 0.09, wrap(model_word(str(name), language), width * 72 / SIZE, lines=1), size=SIZE)
            _coverage_panel(axes, table[table["model"].eq(name)], language)
    return Chart(canvas.figure, _coverage_alt(table, language), _labelled(table, language), language)


def coverage_by_indicator(table: pd.DataFrame, plan: Plan, *, language: Language) -> Chart:
    """Measured against promised coverage of bands, a row per indicator and a column per model, the reported one first.

    Parameters
    ----------
    table : columns model, indicator, nominal, coverage (shares 0-1) and n.
    """
    title = message("Do the bands hold what they promise?", language)
    if table.empty:
        return empty_chart(title, language)
    known = {
        name: entry.name(language) for name, entry in plan.indicators.items()
    }  # a package may lack what was measured
    named = table.assign(indicator=[known.get(name, name) for name in table["indicator"]])
    reported = named[named["model"].eq(REPORTED) & named["nominal"].eq(MAIN)]
    names = list(reported.sort_values("coverage", kind="stable")["indicator"])
    models = [REPORTED, *(name for name in dict.fromkeys(named["model"]) if name != REPORTED)]
    with theme():
        canvas = blank_canvas(
            ROW * len(names) + 0.75,
            title,
            message("Share of past outcomes inside the band, in per cent; dashed: what the band promises.", language),
            "",
        )
        left = EDGE + NAME_WIDTH + 0.1
        width = (WIDTH - left - EDGE) / len(models)
        for line, name in enumerate(names):
            height = 0.3 + ROW * (len(names) - line - 0.5)
            canvas.write(EDGE, height, wrap(name, NAME_WIDTH * 72 / SMALL), size=SMALL, va="center")
        for place, model in enumerate(models):
            axes = canvas.axes(left + place * width, width - 0.15, below=0.3, height=ROW * len(names))
            _indicator_panel(axes, named[named["model"].eq(model)], names, language)
            axes.set_title(
                wrap(model_word(model, language), width * 72 / SMALL), size=SMALL, color=INK, loc="left", pad=14
            )
    return Chart(canvas.figure, _indicator_alt(reported, language), _labelled(named, language), language)


def _unit_square(axes: Axes, language: Language) -> None:
    ticks = [0, 0.2, 0.4, 0.6, 0.8, 1.0]
    axes.set_xticks(ticks, [f"{round(100 * tick)}" for tick in ticks])
    axes.set_yticks(ticks, [f"{round(100 * tick)}" for tick in ticks])
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.grid(color=GRID, lw=0.6)
    axes.set_xlabel(message("stated probability, %", language), labelpad=4)
    axes.set_ylabel(message("came true, %", language), labelpad=4)


def _indicator_panel(axes: Axes, rows: pd.DataFrame, names: list[str], language: Language) -> None:
    for line in range(len(names)):
        axes.axhline(line, color=GRID, lw=0.6)
    for step, nominal in enumerate(sorted(rows["nominal"].unique())):
        part = rows[rows["nominal"].eq(nominal) & rows["indicator"].isin(names)]
        colour = SHADES[step % len(SHADES)]
        axes.axvline(nominal, color=colour, lw=0.9, ls=(0, (5, 3)))
        axes.plot(
            part["coverage"],
            [names.index(name) for name in part["indicator"]],
            ls="",
            ms=4.5,
            color=colour,
            marker=SHAPES[step % len(SHAPES)],
        )
        axes.annotate(
            format_percent(100 * nominal, 0, language),
            (nominal, 1.0),
            xycoords=axes.get_xaxis_transform(),
            xytext=(2 if nominal > MAIN else 0, 3),
            textcoords="offset points",
            color=colour,
            size=SMALL - 1,
            ha="right" if nominal == MAIN else "left" if nominal > MAIN else "center",
        )
    axes.set_xlim(-0.03, 1.03)
    axes.set_xticks([0, 0.5, 1.0], ["0", "50", "100"])
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_yticks([])


def _indicator_alt(reported: pd.DataFrame, language: Language) -> str:
    worst, best = (reported.loc[place] for place in (reported["coverage"].idxmin(), reported["coverage"].idxmax()))
    return message(
        "The {nominal} bands of the model used in this report held {low} ({low_name}) to {high} "
        "({high_name}) of the outcomes of an indicator.",
        language,
        nominal=format_percent(100 * MAIN, 0, language),
        low=format_percent(100 * float(worst["coverage"]), 0, language),
        low_name=worst["indicator"],
        high=format_percent(100 * float(best["coverage"]), 0, language),
        high_name=best["indicator"],
    )


def _coverage_panel(axes: Axes, rows: pd.DataFrame, language: Language) -> None:
    places = list(dict.fromkeys(rows["horizon"]))
    ends = []
    nominals = sorted(rows["nominal"].unique())
    for step, nominal in enumerate(nominals):
        part = rows[rows["nominal"].eq(nominal)]
        x = [places.index(value) for value in part["horizon"]]
        colour = SHADES[step % len(SHADES)]
        axes.axhline(nominal, color=colour, lw=0.9, ls=(0, (5, 3)))
        axes.plot(x, part["coverage"], "-" + SHAPES[step % len(SHAPES)], color=colour, ms=4, lw=1.2)
        ends.append(float(part["coverage"].iloc[-1]))
    for place, nominal, step in zip(separate_labels(ends, 0.12), nominals, range(len(nominals)), strict=True):
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
    axes.set_xlabel(message("years ahead", language), labelpad=2)


def _reliability_alt(rows: pd.DataFrame, language: Language) -> str:
    low, high = rows.iloc[0], rows.iloc[-1]
    gap = (rows["forecast"] - rows["observed"]).abs().max()

    def percent(share: float) -> str:
        return format_percent(100 * share, 0, language)

    return message(
        "In {n} past cases, stated probabilities around {low} came true in {low_seen} of cases "
        "and those around {high} in {high_seen}; the largest gap is {gap} points.",
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
    return message(
        "The {nominal} bands held {low} ({low_name}) to {high} ({high_name}) of {n} outcomes.",
        language,
        nominal=nominal,
        low=format_percent(100 * per_model[low], 0, language),
        low_name=model_word(low, language),
        high=format_percent(100 * per_model[high], 0, language),
        high_name=model_word(high, language),
        n=format_number(widest.groupby("model")["n"].sum().max(), 0, language),
    )


def _labelled(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    if "model" in table.columns:
        table = table.assign(model=[model_word(str(name), language) for name in table["model"]])
    of_the_measurement = ["outcomes_through", "measured_on", "inputs_sha256"]
    table = table.drop(columns=of_the_measurement, errors="ignore")
    return table.round(3).rename(columns=lambda name: heading(str(name), language)).reset_index(drop=True)
