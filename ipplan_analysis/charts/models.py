"""What the models disagree on."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ipplan_analysis.charts.chart import Chart
from ipplan_analysis.charts.phrases import say
from ipplan_analysis.charts.rows import above, beside, empty_chart, row_plot
from ipplan_analysis.charts.series import target_path
from ipplan_analysis.charts.sheet import source_note
from ipplan_analysis.charts.theme import BACKED, BLUE, GRID, INK, MUTED, ORANGE, PAPER, SMALL, theme
from ipplan_analysis.data.plan import Plan
from ipplan_analysis.messages import heading, model_word
from ipplan_analysis.numbers import format_number, format_plain, format_rough
from ipplan_analysis.schema import Language, Target
from ipplan_analysis.trend.forecast import Forecast

LEVELS = (0.1, 0.5, 0.9)


def models(
    forecasts_by_model: Mapping[str, Forecast],
    plan: Plan,
    *,
    indicator: str,
    year: int,
    reported: str,
    target: Target | None = None,
    language: Language,
) -> Chart:
    """Median and central 80 % of each model in one year, against the target, the reported model marked.

    Parameters
    ----------
    forecasts_by_model : forecasts of one indicator by the model's name, each covering `year`.
    reported : name of the model whose figures are reported elsewhere.
    """
    entry = plan.indicators[indicator]
    title = say("models_title", language, name=entry.name(language), year=year)
    if not forecasts_by_model:
        return empty_chart(title, language)
    table = _quantiles(forecasts_by_model, year)
    some = next(iter(forecasts_by_model.values()))
    path = target_path(target, some.history) if target else None
    goal = path.get(year) if path else None
    unit = entry.unit_in(language)
    with theme():
        paper, axes = row_plot(
            [("", model_word(str(name), language)) for name in table.index],
            title,
            say("models_sub", language, unit=unit[:1].upper() + unit[1:]),
            source_note(list(plan.series(indicator)["source"]), language, through=plan.data_through),
            right=0.95,
            above=0.24,
        )
        axes.locator_params(axis="x", nbins=6)
        axes.grid(axis="x", color=GRID, lw=0.6)
        axes.xaxis.set_major_formatter(lambda value, _: format_plain(value, language))
        for place, (name, row) in enumerate(table.iterrows()):
            _draw(axes, place, row, name == reported, language)
        if goal is not None:
            axes.axvline(goal, color=ORANGE, lw=1.2, ls=(0, (5, 2)))
            label = say("target_is", language, target=format_number(goal, entry.decimals, language))
            above(axes, goal, label, color=ORANGE)
    return Chart(paper.figure, _alt(table, year, reported, language), _data(table, entry.decimals, language), language)


def _quantiles(forecasts: Mapping[str, Forecast], year: int) -> pd.DataFrame:
    table = {name: np.quantile(forecast.year(year), LEVELS) for name, forecast in forecasts.items()}
    return pd.DataFrame(table, index=list(LEVELS)).T


def _draw(axes: Axes, place: int, row: pd.Series, chosen: bool, language: Language) -> None:
    colour, thick = (BLUE, 2.6) if chosen else (MUTED, 1.3)
    axes.plot([row[0.1], row[0.9]], [place, place], color=colour, lw=thick, solid_capstyle="butt")
    axes.plot(row[0.5], place, "o", ms=7 if chosen else 5.5, mfc=colour if chosen else PAPER, mec=colour, mew=1.4)
    axes.annotate(format_rough(row[0.5], language), (row[0.5], place), xytext=(0, 5.5), textcoords="offset points",
                  ha="center", va="bottom", size=SMALL, color=INK if chosen else MUTED, bbox=BACKED)  # fmt: skip
    if chosen:
        beside(axes, place, "◀ " + say("reported", language), color=BLUE, size=SMALL + 0.5)


def _alt(table: pd.DataFrame, year: int, reported: str, language: Language) -> str:
    medians = table[0.5].sort_values()
    chosen = table.loc[reported] if reported in table.index else table.iloc[0]
    low80, median, high80 = (format_rough(float(chosen[level]), language) for level in LEVELS)
    return say(
        "models_alt",
        language,
        year=year,
        n=len(table),
        low=format_rough(float(medians.iloc[0]), language),
        low_name=model_word(medians.index[0], language),
        high=format_rough(float(medians.iloc[-1]), language),
        median=median,
        high_name=model_word(medians.index[-1], language),
        reported=model_word(str(chosen.name), language),
        low80=low80,
        high80=high80,
    )


def _data(table: pd.DataFrame, decimals: int, language: Language) -> pd.DataFrame:
    named = table.round(decimals).rename(
        columns=dict(zip(LEVELS, (heading(name, language) for name in ("low80", "median", "high80")), strict=True))
    )
    named.index = [model_word(str(name), language) for name in named.index]
    return named.rename_axis(heading("model", language)).reset_index()
