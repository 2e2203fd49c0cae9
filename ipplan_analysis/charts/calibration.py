"""Whether probabilities and bands hold what they promise."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle

import pandas as pd
from matplotlib.figure import Figure

from ipplan_analysis import style
from ipplan_analysis.charts.canvas import ABOVE, canvas, label, separate_labels, wrap
from ipplan_analysis.charts.chart import Chart, empty_chart, labelled
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import message, model_word
from ipplan_analysis.numbers import format_number, format_percent
from ipplan_analysis.schema import Language

SQUARE = 3.9  # inches, with its axis
NAME_WIDTH = 20  # Chinese characters
REPORTED, MAIN = "pooled", 0.8  # the model and the band that verdicts rest on
STYLES = ((style.BLUE, "o"), (style.ORANGE, "D"), (style.INK, "s"), (style.MUTED, "^"))
OF_THE_MEASUREMENT = ["outcomes_through", "measured_on", "inputs_sha256"]  # not shown


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
    subtitle = message(
        "Share of past cases that came true, by stated probability, with 80 % ranges "
        "when whole target years are drawn anew; on the diagonal the two agree. Numbers: "
        "cases.",
        language,
    )
    ticks = (0, 0.2, 0.4, 0.6, 0.8, 1.0)
    words = [f"{round(100 * tick)}" for tick in ticks]
    with canvas(SQUARE, title, subtitle) as figure:
        axes = figure.add_subplot(aspect="equal", xlim=(-0.02, 1.02), ylim=(-0.02, 1.02))
        axes.axline((0, 0), (1, 1), color=style.MUTED, lw=0.9, ls=style.DASHED)
        label(axes, message("agreement", language), (1, 1), (7, 0))
        low, high = (pd.to_numeric(rows[edge]) for edge in ("low", "high"))  # text where some have no range
        axes.vlines(rows["forecast"], low, high, color=style.BLUE, lw=1.4, alpha=0.6)
        axes.plot(rows["forecast"], rows["observed"], "-o", color=style.BLUE, ms=6, lw=0.9)
        for forecast, observed, n in zip(rows["forecast"], rows["observed"], rows["n"], strict=True):
            label(axes, format_number(n, 0, language), (forecast, observed), (7, -7))
        axes.set(xticks=ticks, yticks=ticks, xticklabels=words, yticklabels=words)
        axes.set(xlabel=message("stated probability, %", language), ylabel=message("came true, %", language))
        axes.grid()
    return Chart(figure, _reliability_alt(rows, language), _shown(rows, language), language)


def coverage(table: pd.DataFrame, *, language: Language) -> Chart:
    """Measured against promised coverage of bands by years ahead, a column per model.

    Parameters
    ----------
    table : columns model, horizon (years), nominal, coverage (shares 0-1) and n.
    """
    if table.empty:
        return empty_chart(message("Do the bands hold what they promise?", language), language)
    figure = _bands(table, "horizon", list(dict.fromkeys(table["horizon"])), language)
    return Chart(figure, _coverage_alt(table, language), _shown(table, language), language)


def coverage_by_indicator(table: pd.DataFrame, plan: Plan, *, language: Language) -> Chart:
    """Measured against promised coverage of bands, a row per indicator and a column per model, the reported one first.

    Parameters
    ----------
    table : columns model, indicator, nominal, coverage (shares 0-1) and n.
    """
    if table.empty:
        return empty_chart(message("Do the bands hold what they promise?", language), language)
    known = {name: entry.name(language) for name, entry in plan.indicators.items()}
    named = table.assign(indicator=table["indicator"].replace(known))  # a package may lack what was measured
    reported = named[named["model"].eq(REPORTED) & named["nominal"].eq(MAIN)]
    figure = _bands(named, "indicator", list(reported.sort_values("coverage", kind="stable")["indicator"]), language)
    return Chart(figure, _indicator_alt(reported, language), _shown(named, language), language)


def _bands(table: pd.DataFrame, key: str, names: Sequence[str | int], language: Language) -> Figure:
    """Shares inside each band against what it promises, a row per name and a column per model, the reported one first."""
    title = message("Do the bands hold what they promise?", language)
    subtitle = message("Share of past outcomes inside the band, in per cent; dashed: what the band promises.", language)
    by_year = key == "horizon"
    models = sorted(dict.fromkeys(table["model"]), key=lambda name: name != REPORTED)
    table = table.assign(row=table[key].map({name: row for row, name in enumerate(names)}))
    with canvas(0.9 * style.ROW * len(names) + 0.7, title, subtitle) as figure:
        for place, model in enumerate(models):
            axes = figure.add_subplot(1, len(models), place + 1, xlim=(-0.03, 1.03), ylim=(len(names) - 0.5, -0.5))
            axes.set_title(
                wrap(model_word(str(model), language), 20), size=style.SMALL, color=style.INK, loc="left", pad=14
            )
            bands = table[table["model"].eq(model)].groupby("nominal")
            tops = separate_labels(list(bands.groups), 0.2)
            for (nominal, part), top, (colour, shape) in zip(bands, tops, cycle(STYLES), strict=False):
                axes.axvline(nominal, color=colour, lw=0.9, ls=style.DASHED)
                axes.plot(part["coverage"], part["row"], shape, ls="-" if by_year else "", lw=1.2, ms=4.5, color=colour)
                text = format_percent(100 * nominal, 0, language)
                label(axes, text, (top, 1), (0, 6), ABOVE, color=colour, size=style.SMALL - 1, ha="center")
            axes.set(xticks=(0, 0.5, 1), xticklabels=("0", "50", "100"))
            words = [wrap(str(name), NAME_WIDTH) for name in names] if place == 0 else [""] * len(names)
            axes.set_yticks(range(len(names)), words, color=style.INK)
            axes.grid(axis="y")
            if by_year and place == 0:
                axes.set_ylabel(message("years ahead", language))
    return figure


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


def _shown(table: pd.DataFrame, language: Language) -> pd.DataFrame:
    if "model" in table:
        table = table.assign(model=[model_word(str(name), language) for name in table["model"]])
    return labelled(table.drop(columns=OF_THE_MEASUREMENT, errors="ignore").round(3), language)
