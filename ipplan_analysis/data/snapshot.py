"""`Snapshot`: every figure, of all regions, that was known by a year. The one place that forbids looking ahead."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipplan_analysis.data.check import Tables
from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.schema import STOCK_BASIS, Break, Indicator, Language

NATION = "000000"
SCOPE_ORDER = ("mainland", "", "incl_hmt", "incl_foreign")  # of scopes with equally many years, the narrowest first
NOWHERE = np.array([], dtype=np.intp)
SERIES_COLUMNS = ["value", "observation", "source"]
CELL = ["region", "indicator", "period", "basis", "scope"]
YEAR_CELL = ["region", "indicator", "scope", "year"]
UNPOOLED_GROUPS = ("copyright", "none")  # voluntary registrations jump tenfold within a year (data/README.md)
SUMS = {
    "patent_applications": ("invention_applications", "utility_model_applications", "design_applications"),
    "patent_grants": ("invention_grants", "utility_model_grants", "design_grants"),
    "valid_patents_total": ("valid_invention_patents", "valid_utility_models", "valid_designs"),
}
STOCK_AND_INFLOW = ("valid_invention_patents", "invention_grants")


@dataclass(frozen=True, eq=False)  # a snapshot is equal to itself alone, so that results can be kept by it
class Snapshot:
    """The data package as it could be seen with figures known by `data_through`.

    Attributes
    ----------
    data_through : no figure, revision or break that became known later is in any attribute.
    indicators : every indicator by its identifier.
    observations : all visible rows of `observations.csv`, used or not, with the `end_year` of their period.
    yearly : the used rows that form yearly series: region, indicator, scope, year, value, observation, source.
    break_table : visible rows of `breaks.csv`.
    sources, regions : tables by identifier.
    data_dir, data_sha256 : folder of the data package, and its hash as read.
    """

    data_through: int
    indicators: dict[str, Indicator]
    observations: pd.DataFrame
    yearly: pd.DataFrame
    break_table: pd.DataFrame
    sources: pd.DataFrame
    regions: pd.DataFrame
    data_dir: Path
    data_sha256: str

    def region_name(self, region: str, language: Language) -> str:
        """A region's name in the reader's language."""
        return str(self.regions.at[region, f"name_{language}"])

    def series(self, indicator: str, region: str) -> pd.DataFrame:
        """Published yearly figures: columns value, observation, source; index year, ascending, gaps left open.

        Of several scopes the one with the most years is taken; scopes are never mixed.
        """
        return _published(self._of("yearly", indicator, region))

    def _of(self, table: str, indicator: str, region: str) -> pd.DataFrame:
        """Rows of a table about one region's indicator."""
        return self._tables[table].take(self._places[table].get((region, indicator), NOWHERE))

    @cached_property
    def _tables(self) -> dict[str, pd.DataFrame]:
        """`yearly`, and `observations` in the order of `rows`: a year's end after its parts, revisions after the first."""
        whole = self.observations["period"].map(is_plain_year)
        ordered = self.observations.assign(whole=whole).sort_values(
            ["end_year", "whole", "period", "known_from"], kind="stable"
        )
        return {"observations": ordered.drop(columns="whole"), "yearly": self.yearly}

    @cached_property
    def _places(self) -> dict[str, dict[tuple[str, str], NDArray[np.intp]]]:
        """Positions of every region's indicators in `_tables`."""
        return {name: table.groupby(["region", "indicator"]).indices for name, table in self._tables.items()}

    def derived(self, indicator: str, region: str) -> pd.DataFrame:
        """Computed yearly figures of a derived indicator, shaped as `series`; empty for other indicators."""
        return derived_series(self.indicators[indicator], lambda part: self.series(part, region))

    def breaks(self, indicator: str, region: str) -> tuple[Break, ...]:
        """Breaks of a series that were known by `data_through`, in order of year."""
        table = self.break_table
        here = table["indicator"].eq(indicator) & table["region"].isin(["*", region])
        return tuple(
            Break(int(row["year"]), row["kind"], row["effect_en"], row["effect_zh"], row["source"])
            for row in cast(list[dict[str, Any]], table[here].sort_values("year").to_dict("records"))
        )

    def panel(self) -> pd.DataFrame:
        """The provinces' yearly series as a pool: columns series (`region:indicator`), year, value, group.

        Voluntary registrations are left out: their growth says nothing about other series.
        """
        provinces = self.regions.index[self.regions["level"].eq("province")]
        rows = self.yearly[self.yearly["region"].isin(provinces)]
        group = rows["indicator"].map({name: entry.pool_group for name, entry in self.indicators.items()})
        rows = rows.assign(series=rows["region"] + ":" + rows["indicator"], group=group)
        rows = rows[~group.isin(UNPOOLED_GROUPS)].drop_duplicates(["series", "year"])
        return rows[["series", "year", "value", "group"]].reset_index(drop=True)

    def rows(self, indicator: str, region: str) -> pd.DataFrame:
        """All visible observations of an indicator, used or not, in order of period and of when they became known."""
        return self._of("observations", indicator, region)

    def with_revisions(self, later: Snapshot) -> Snapshot:
        """These cells with a later snapshot's values: no cell that was not here before."""
        return replace(
            self,
            observations=_cells_of(later.observations, self.observations, CELL),
            yearly=_cells_of(later.yearly, self.yearly, YEAR_CELL),
        )


def known_by(tables: Tables, year: int, *, data_dir: Path, data_sha256: str) -> Snapshot:
    """Cut the tables of a package to what was known by a year: by their period and by when they became known."""
    rows, breaks, indicators = tables["observations"], tables["breaks"], indicators_of(tables)
    rows = rows.assign(end_year=[end_year(period) for period in rows["period"]])
    visible = rows[rows["end_year"].le(year) & rows["known_from"].le(year)]
    return Snapshot(
        data_through=year,
        indicators=indicators,
        observations=visible.reset_index(drop=True),
        yearly=_yearly(visible, indicators),
        break_table=breaks[breaks["known_from"].le(year)],
        sources=tables["sources"].set_index("source"),
        regions=tables["regions"].set_index("region"),
        data_dir=data_dir,
        data_sha256=data_sha256,
    )


def indicators_of(tables: Tables) -> dict[str, Indicator]:
    """Every indicator of the package by its identifier."""
    return {row["indicator"]: _indicator(row) for row in tables["indicators"].to_dict("records")}


def _indicator(row: dict[str, Any]) -> Indicator:
    names = Indicator.__dataclass_fields__
    fields = {name: row[name] for name in names if name not in ("lower", "upper", "decimals")}
    return Indicator(**fields, lower=number(row["lower"]), upper=number(row["upper"]), decimals=int(row["decimals"]))


def number(value: Any) -> float | None:
    """A number of a table; None for an empty cell."""
    return None if pd.isna(value) else float(value)


def _yearly(visible: pd.DataFrame, indicators: dict[str, Indicator]) -> pd.DataFrame:
    basis = visible["indicator"].map({name: entry.basis for name, entry in indicators.items()})
    plain = visible["period"].map(is_plain_year).astype(bool)
    bounded = visible["bound"].ne("")
    rows = visible[visible["use"] & plain & visible["basis"].eq(basis) & ~bounded].copy()
    rows["year"] = rows["end_year"]
    latest_known = rows.sort_values("known_from", kind="stable").drop_duplicates(
        ["region", "indicator", "scope", "year"], keep="last"
    )
    columns = ["region", "indicator", "scope", "year", *SERIES_COLUMNS]
    return latest_known[columns].sort_values(["region", "indicator", "scope", "year"]).reset_index(drop=True)


def _published(rows: pd.DataFrame) -> pd.DataFrame:
    if rows["scope"].nunique() > 1:
        years = rows["scope"].value_counts()
        scope = max(years.index, key=lambda name: (years[name], -SCOPE_ORDER.index(name)))
        rows = rows[rows["scope"].eq(scope)]
    return rows.set_index("year")[SERIES_COLUMNS]


def _cells_of(values: pd.DataFrame, cells: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    known = pd.MultiIndex.from_frame(cells[key])
    kept = values[pd.MultiIndex.from_frame(values[key]).isin(known)]
    gone = cells[~known.isin(pd.MultiIndex.from_frame(kept[key]))]
    return pd.concat([kept, gone]).sort_values(key, kind="stable").reset_index(drop=True)


def derived_series(indicator: Indicator, series_of: Callable[[str], pd.DataFrame]) -> pd.DataFrame:
    """Yearly figures computed from other indicators' figures of the same year.

    Parameters
    ----------
    indicator : its `derived_kind` is `per_head` (``a/b``: a per 10 000 residents when b counts 10 000 persons)
        or `sum` (``a+b``); any other kind gives an empty frame.
    series_of : gives the published series of an indicator (columns value, observation, source; index year).

    Returns
    -------
    The same columns; `observation` and `source` name every figure that entered, joined by `` & ``.
    Only years in which every part is published, and no divisor is zero, are there.
    """
    if indicator.derived_kind not in ("per_head", "sum"):
        return pd.DataFrame(columns=["value", "observation", "source"], index=pd.Index([], name="year", dtype="int64"))
    sign = "/" if indicator.derived_kind == "per_head" else "+"
    parts = [series_of(name) for name in indicator.derived_from.split(sign)]
    years = parts[0].index
    for part in parts[1:]:
        years = years.intersection(part.index)
    if sign == "/":
        for part in parts[1:]:
            years = years[part.loc[years, "value"].ne(0).to_numpy(dtype=bool)]
    cut = [part.loc[years] for part in parts]
    value = cut[0]["value"]
    for part in cut[1:]:
        value = value / part["value"] if sign == "/" else value + part["value"]
    joined = {name: _join([part[name] for part in cut]) for name in ("observation", "source")}
    return pd.DataFrame({"value": value, **joined}, index=years).rename_axis("year")


def _join(columns: list[pd.Series]) -> pd.Series:
    text = columns[0].astype(str)
    for column in columns[1:]:
        text = text + " & " + column.astype(str)
    return text


def violations(snapshot: Snapshot) -> list[str]:
    """One line for every published figure, of any region, that contradicts another.

    Three identities: inventions + utility models + designs = total; a stock rises by no more than the year's
    inflow; a cumulative count never falls.
    """
    wide = snapshot.yearly.drop_duplicates(["region", "indicator", "year"]).pivot_table(
        index=["region", "year"], columns="indicator", values="value"
    )
    names = snapshot.regions["name_en"].to_dict()
    found = [*_broken_sums(wide), *_fast_stocks(wide), *_fallen_totals(snapshot, wide)]
    return [f"{names[region]} {year}: {text}" for region, year, text in found]


def _broken_sums(wide: pd.DataFrame) -> Iterator[tuple[str, int, str]]:
    for total, parts in SUMS.items():
        if not {total, *parts} <= set(wide.columns):
            continue
        complete = wide[[total, *parts]].dropna()
        gap = complete[list(parts)].sum(axis=1) - complete[total]
        for (region, year), amount in gap[gap.ne(0)].items():
            yield region, year, f"the parts of {total} differ from it by {amount:+g}"


def _fast_stocks(wide: pd.DataFrame) -> Iterator[tuple[str, int, str]]:
    stock, inflow = STOCK_AND_INFLOW
    if not {stock, inflow} <= set(wide.columns):
        return
    for region, rows in wide[[stock, inflow]].groupby(level="region"):
        own = rows.droplevel("region")
        rise = own[stock] - own[stock].reindex(own.index - 1).to_numpy()
        excess = rise - own[inflow]
        for year, amount in excess[excess > 0].items():
            yield region, year, f"{stock} rose by {amount:g} more than the year's {inflow}"


def _fallen_totals(snapshot: Snapshot, wide: pd.DataFrame) -> Iterator[tuple[str, int, str]]:
    rising = [
        name
        for name in wide.columns
        if snapshot.indicators[name].basis == STOCK_BASIS and not snapshot.indicators[name].can_fall
    ]
    for name in rising:
        for region, values in wide[name].dropna().groupby(level="region"):
            step = values.droplevel("region").diff()
            for year, amount in step[step < 0].items():
                yield region, year, f"the cumulative count {name} fell by {-amount:g}"
