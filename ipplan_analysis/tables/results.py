"""The tables of a plan's results: verdicts, reasons, latest figures, forecasts, figures to ask for, sources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.data.snapshot import NATION
from ipplan_analysis.messages import likelihood_word, message, sentences, source_ids, translatable
from ipplan_analysis.numbers import NONE, format_date, format_number, format_periods
from ipplan_analysis.schema import Language
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.table import NO_NUMBER, NOT_COMPUTED, SOURCES, Cell, Column, Row, Table, key_in

if TYPE_CHECKING:  # it comes with statsmodels, which whoever only reads tables need not load
    from ipplan_analysis.trend.forecast import Forecast

LEVELS = (0.025, 0.1, 0.25, 0.5, 0.75, 0.9, 0.975)
BAND = {"low80": 0.1, "median": 0.5, "high80": 0.9}


def results_table(results: pd.DataFrame, language: Language) -> Table:
    """The one table that matters: status, probability, latest figure, target, pace and evidence of every target.

    For a region without targets: its indicators with latest figure, forecast, pace and evidence.

    Parameters
    ----------
    results : one row per target, columns of `assess`.
    """
    rows = cells.rows_of(results)
    evidence = message("Evidence: A, 10 or more yearly figures; B, 5 to 9; C, 2 to 4; D, one or none.", language)
    if rows and not any(row["target_id"] for row in rows):
        caption = _indicators_caption(int(rows[0]["target_year"]), language)
        return Table.of("results", caption, language, OF_INDICATORS, rows, [evidence])
    caption = message("Targets: status, probability, latest yearly figure and pace", language)
    shares = message(
        "Status on the figures known; a probability is the share of simulated paths that meet the target.", language
    )
    stop = message("Where a stop of the planned route decides, < 1 % is a judgement, not a share of paths.", language)
    notes = [shares, *([stop] if any(row["basis"] == "stop" for row in rows) else []), evidence]
    return Table.of("results", caption, language, OF_TARGETS, rows, notes)


def _likelihood(row: Row, key: str, language: Language) -> Cell:
    return Cell(likelihood_word(row[key], language) or NONE)


def _coverage(row: Row, key: str, language: Language) -> Cell:
    """How often bands like this row's held; a simulated quantity that was never checked says so."""
    if pd.isna(row[key]) and pd.notna(row["median"]):
        return Cell(message("not yet measured", language))
    return cells.share(row, key, language)


TARGET_ID, NAME = Column("target_id"), Column("name", show=cells.name)
LAST_VALUE = Column("last_value", kind="figure", show=cells.last_value)
LAST_YEAR = Column("last_year", kind="number", show=cells.year)
RECENT_PACE = Column("recent_pace_pct", kind="number", show=cells.growth, absent=NOT_COMPUTED)
SOURCE = Column("source", kind="sources")
FORECAST = tuple(Column(name, kind="number", show=cells.rough) for name in ("median", "low80", "high80"))
OF_INDICATORS = (NAME, LAST_VALUE, LAST_YEAR, *FORECAST, RECENT_PACE, Column("evidence"), SOURCE)
OF_TARGETS = (
    TARGET_ID,
    NAME,
    Column("status", kind="status"),
    Column("probability", kind="number", show=cells.probability, absent=NOT_COMPUTED),
    Column("likelihood", show=_likelihood, absent=NOT_COMPUTED),
    Column("measured_coverage", kind="number", show=_coverage, absent=translatable("no range")),
    LAST_VALUE,
    LAST_YEAR,
    Column("target", show=cells.target, absent=NO_NUMBER),
    RECENT_PACE,
    Column("required_pace_pct", kind="number", show=cells.required_pace, absent=NOT_COMPUTED),
    Column("evidence"),
    SOURCE,
)


def forecast_table(forecasts: Mapping[str, Forecast], plan: Plan, language: Language) -> Table:
    """Median and central 80 % of every indicator in the plan's last year (or its first simulated one after that)."""
    frame = pd.DataFrame([_forecast(plan, indicator, forecast) for indicator, forecast in forecasts.items()])
    columns = (
        Column("indicator", show=cells.name),
        Column("unit"),
        Column("origin", kind="number", show=cells.year),
        Column("last_value", kind="figure", show=cells.number),
        Column("target_year", kind="number", show=cells.year),
        *(Column(key, kind="number", show=cells.rough_number) for key in BAND),
        SOURCE,
    )
    caption = _indicators_caption(plan.end_year, language)
    return Table.of("forecasts", caption, language, columns, cells.indicator_rows(frame, plan))


def _forecast(plan: Plan, indicator: str, forecast: Forecast) -> dict[str, Any]:
    year = max(plan.end_year, forecast.origin + 1)
    band = forecast.quantiles(tuple(BAND.values())).loc[year]
    published, derived = plan.series(indicator), plan.derived(indicator)
    newest = published if len(published) else derived  # of a computed figure: the source of each of its parts
    return {
        "indicator": indicator,
        "origin": forecast.origin,
        "last_value": float(forecast.history.iloc[-1]),
        "target_year": year,
        "source": " ".join(source_ids(newest["source"].iloc[-1])) if len(newest) else "",
        **{key: float(band[level]) for key, level in BAND.items()},
    }


def _indicators_caption(year: int, language: Language) -> str:
    return message("Indicators: latest figure, forecast for {year} and pace", language, year=year)


def quantile_frame(forecasts: Mapping[str, Forecast], region: str) -> pd.DataFrame:
    """Quantiles of every forecast: columns indicator, region, model, origin, year, quantile, value (indicator's unit)."""
    columns = ["indicator", "region", "model", "origin", "year", "quantile", "value"]
    frames = []
    for indicator, forecast in forecasts.items():
        long = forecast.quantiles(LEVELS).reset_index().melt("year", var_name="quantile")
        own = {"indicator": indicator, "region": region, "model": forecast.model, "origin": forecast.origin}
        frames.append(long.sort_values(["year", "quantile"]).assign(**own)[columns])
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=columns)


def ask_table(frame: pd.DataFrame, language: Language) -> Table:
    """Figures to ask for, by department; the periods of one figure stand in one row.

    Parameters
    ----------
    frame : columns department, department_en, target_id, name_en, name_zh, figure_en, figure_zh, period, unit, unit_en.
    """
    own = {key_in(frame, key, language): key for key in ("department", "target_id", "name", "figure", "unit")}
    keys = list(own.values())
    groups = frame[[*own, "period"]].rename(columns=own).astype(str).groupby(keys, sort=False)["period"]
    rows = [
        dict(zip(keys, key, strict=True)) | {"period": format_periods(list(periods), language)}
        for key, periods in groups
    ]
    caption = message("Figures to ask for, by department", language)
    return Table.of("figures_to_ask", caption, language, [Column(key) for key in (*keys, "period")], rows)


def sources_table(plan: Plan, ids: Iterable[str], language: Language) -> Table:
    """Title, publisher, date and address of the named sources; each row is where links to it lead."""
    wanted = sorted({source for cell in ids for source in source_ids(cell)} & set(plan.sources.index))
    shown = plan.sources.loc[wanted].rename_axis("source").reset_index()
    dates = shown["published"].map(lambda date: format_date(date, language) or NONE)
    columns = (
        Column("source"),
        Column("title"),
        Column("publisher"),
        Column("published", absent=translatable("no date")),
        Column("url", kind="address", absent=translatable("no address")),
    )
    return Table.of(
        SOURCES, message("Sources", language), language, columns, shown.assign(published=dates).to_dict("records")
    )


def run_line(plan: Plan, language: Language) -> str:
    """Plan, region and what may be used, in one line."""
    return message(
        "{plan}. Region: {region}. Figures known through {year}: {count}, of which {own} for {region}.",
        language,
        plan=plan.name(language),
        region=plan.region_name(language),
        year=plan.data_through,
        count=format_number(len(plan.observations), 0, language),
        own=format_number(plan.observations["region"].eq(plan.region).sum(), 0, language),
    )


PEERS = (
    Column("target_id"),
    Column("indicator", show=cells.name),
    Column("own_value", translatable("Own figure"), "figure", cells.quantity),
    Column("own_year", translatable("Year"), "number", cells.year),
    Column("nation_value", translatable("Nation"), "number", cells.quantity),
    Column("nation_year", translatable("Nation's year"), "number", cells.year),
    Column("province_median", translatable("Median of other provinces"), "number", cells.quantity),
    Column("provinces", translatable("Other provinces with a figure"), "number", cells.year),
    Column("source", kind="sources"),
)


def target_peers_table(frame: pd.DataFrame, plan: Plan, language: Language) -> Table:
    """Own figure, the nation's and the provinces' median for every target that others publish.

    Parameters
    ----------
    frame : from `attainment.peers_of_targets`.
    """
    caption = message("The same indicators elsewhere: latest yearly figures, each in its own year", language)
    changed = [
        message("{target}, {year}: {effect}.", language, target=target, year=entry.year, effect=entry.effect(language))
        for target, indicator in zip(frame["target_id"], frame["indicator"], strict=True)
        for entry in plan.breaks(str(indicator), NATION)
        if entry.kind == "definition" and entry.year >= plan.start_year
    ]
    notes = (
        [message("Counted otherwise since: {changes}", language, changes=sentences(changed, language))]
        if changed
        else []
    )
    return Table.of("peers", caption, language, PEERS, cells.indicator_rows(frame, plan), notes)


SIDE_BY_SIDE = (
    Column("name", show=cells.name),
    Column("plan"),
    Column("region", translatable("Region")),
    Column("target", show=cells.target),
    LAST_VALUE,
    LAST_YEAR,
    Column("status", kind="status"),
    Column("probability", kind="number", show=cells.probability, absent=NOT_COMPUTED),
    Column("why", translatable("Why")),
)


def side_by_side_table(results: pd.DataFrame, language: Language) -> Table:
    """Targets on the same indicator, of the same kind, in several plans or regions; the rest is left out.

    Parameters
    ----------
    results : columns of `assess`, of several runs, with the plan's and the region's names in `plan` and `region`.
    """
    same = results.groupby(["indicator", "kind"], sort=False)["target_id"].transform("size") > 1
    rows = cells.rows_of(results[same & results["target"].notna()].sort_values(["indicator", "kind"], kind="stable"))
    caption = message("The same targets side by side", language)
    return Table.of("side_by_side", caption, language, SIDE_BY_SIDE, rows)
