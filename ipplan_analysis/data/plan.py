"""`Plan`: a plan's targets and every figure that a run may use."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipplan_analysis.data.derive import derived_series
from ipplan_analysis.data.period import is_plain_year
from ipplan_analysis.schema import Break, Indicator, Language, Target

SCOPE_ORDER = ("mainland", "", "incl_hmt", "incl_foreign")  # of scopes with equally many years, the narrowest first
NOWHERE = np.array([], dtype=np.intp)
SERIES_COLUMNS = ["value", "observation", "source"]
VOLUNTARY_GROUPS = ("copyright",)  # registrations jump tenfold within a year (data/README.md): no growth to learn from


@dataclass(frozen=True)
class Plan:
    """One plan, one region, and the figures known by `data_through`.

    Attributes
    ----------
    plan, name_en, name_zh : the plan's identifier and names.
    region : code of the region looked at; `has_targets` says whether the plan sets targets for it.
    start_year, end_year : first and last year of the plan.
    data_through : no figure, revision or break that became known later is in any attribute.
    targets : the plan's targets for the region, in the plan's order.
    indicators : every indicator by its identifier.
    observations : all visible rows of `observations.csv`, used or not.
    yearly : the used rows that form yearly series: region, indicator, scope, year, value, observation, source.
    sources, regions : tables by identifier.
    data_sha256 : hash of the data package as read.
    plan_names : identifiers of all plans in the package.
    """

    plan: str
    name_en: str
    name_zh: str
    region: str
    start_year: int
    end_year: int
    data_through: int
    targets: tuple[Target, ...]
    indicators: dict[str, Indicator]
    observations: pd.DataFrame
    yearly: pd.DataFrame
    sources: pd.DataFrame
    regions: pd.DataFrame
    break_table: pd.DataFrame
    data_dir: Path
    data_sha256: str
    plan_names: tuple[str, ...] = ()

    @property
    def has_targets(self) -> bool:
        """Whether the plan sets targets for the region looked at."""
        return bool(self.targets)

    def name(self, language: Language) -> str:
        """The plan's name in the reader's language."""
        return self.name_zh if language == "zh" else self.name_en

    def region_name(self, language: Language, region: str | None = None) -> str:
        """A region's name in the reader's language; the plan's own region by default."""
        return str(self.regions.at[region or self.region, f"name_{language}"])

    def series(self, indicator: str, region: str | None = None) -> pd.DataFrame:
        """Published yearly figures: columns value, observation, source; index year, ascending, gaps left open.

        Of several scopes the one with the most years is taken; scopes are never mixed.
        """
        return _published(self.yearly.take(self._places.get((region or self.region, indicator), NOWHERE)))

    @cached_property
    def _places(self) -> dict[tuple[str, str], NDArray[np.intp]]:
        """Positions in `yearly` of every region's indicators."""
        return cast(dict[tuple[str, str], NDArray[np.intp]], self.yearly.groupby(["region", "indicator"]).indices)

    def derived(self, indicator: str, region: str | None = None) -> pd.DataFrame:
        """Computed yearly figures of a derived indicator, shaped as `series`; empty for other indicators."""
        return derived_series(self.indicators[indicator], lambda part: self.series(part, region))

    def breaks(self, indicator: str, region: str | None = None) -> tuple[Break, ...]:
        """Breaks of a series that were known by `data_through`, in order of year."""
        table = self.break_table
        here = table["indicator"].eq(indicator) & table["region"].isin(["*", region or self.region])
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
        rows = rows[~group.isin(VOLUNTARY_GROUPS)].drop_duplicates(["series", "year"])
        return rows[["series", "year", "value", "group"]].reset_index(drop=True)

    def target_of(self, indicator: str) -> Target | None:
        """The plan's target about an indicator, if there is one."""
        return next((target for target in self.targets if target.indicator == indicator), None)

    def rows(self, indicator: str, region: str | None = None) -> pd.DataFrame:
        """All visible observations of an indicator, used or not, in order of period and of when they became known."""
        table = self.observations
        here = table["indicator"].eq(indicator) & table["region"].eq(region or self.region)
        order = table[here].assign(whole=table.loc[here, "period"].map(is_plain_year))
        keys = [
            "end_year",
            "whole",
            "period",
            "known_from",
        ]  # a year's end is after its parts, a revision after the first
        return order.sort_values(keys, kind="stable").drop(columns="whole")

    def latest(self, indicator: str, region: str | None = None) -> pd.Series | None:
        """The newest usable observation, part-year figures included, or None."""
        rows = self.rows(indicator, region)
        rows = rows[rows["use"]]
        return None if rows.empty else rows.iloc[-1]


def _published(rows: pd.DataFrame) -> pd.DataFrame:
    if rows["scope"].nunique() > 1:
        years = rows["scope"].value_counts()
        scope = max(years.index, key=lambda name: (years[name], -SCOPE_ORDER.index(name)))
        rows = rows[rows["scope"].eq(scope)]
    return rows.set_index("year")[SERIES_COLUMNS]
