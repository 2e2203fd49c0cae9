"""`Plan`: a plan's targets and every figure that a run may use."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, cast

import pandas as pd

from ipplan_analysis.data.check import Tables, load_tables
from ipplan_analysis.data.derive import derived_series
from ipplan_analysis.data.package import data_sha256, default_data_dir
from ipplan_analysis.data.period import end_year, is_plain_year
from ipplan_analysis.schema import Break, Fault, Indicator, Language, ParameterError, Target, nearest

SCOPE_ORDER = ("mainland", "", "incl_hmt", "incl_foreign")  # of scopes with equally many years, the narrowest first
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
        return _published(self._series_rows.get((region or self.region, indicator), self.yearly.iloc[:0]))

    @cached_property
    def _series_rows(self) -> dict[tuple[str, str], pd.DataFrame]:
        return {cast(tuple[str, str], key): rows for key, rows in self.yearly.groupby(["region", "indicator"])}

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
        """All visible observations of an indicator, used or not, in order of period."""
        table = self.observations
        here = table["indicator"].eq(indicator) & table["region"].eq(region or self.region)
        order = table[here].assign(whole=table.loc[here, "period"].map(is_plain_year))
        return order.sort_values(["end_year", "whole", "period"]).drop(columns="whole")  # a year's end is after its parts

    def latest(self, indicator: str, region: str | None = None) -> pd.Series | None:
        """The newest usable observation, part-year figures included, or None."""
        rows = self.rows(indicator, region)
        rows = rows[rows["use"]]
        return None if rows.empty else rows.iloc[-1]

    def cite(self, source: str, language: Language = "en") -> str:
        """Publisher, title, date and address of a source in one line."""
        entry = self.sources.loc[source]
        quoted = f"《{entry['title']}》" if language == "zh" else f"“{entry['title']}”"
        parts = [entry["publisher"], quoted, entry["published"], entry["url"]]
        return ", ".join(part for part in parts if part) + f" [{source}]"


def load_plan(
    plan: str = "ningxia-ip-14",
    *,
    data_dir: str | Path | None = None,
    data_through: int | None = None,
    region: str | None = None,
) -> Plan:
    """Read the data package and keep what was known by `data_through`.

    Parameters
    ----------
    plan : identifier in `plans.csv`.
    data_dir : folder of a data package; the checkout's `data/` by default.
    data_through : last year known; the latest year with a figure by default.
    region : region code; the plan's own by default. Another region has no targets from this plan.

    Raises
    ------
    DataError : the data package breaks its contract; every fault is listed.
    ParameterError : unknown plan or region, or no figure as early as `data_through`.
    """
    folder = Path(data_dir) if data_dir is not None else default_data_dir()
    sha256 = data_sha256_or_fault(folder)
    tables = _cached_tables(folder, sha256)
    rows = tables["observations"]
    last, first = int(rows["end_year"].max()), int(rows["end_year"].min())
    faults = _parameter_faults(tables, plan, region, data_through, first, max(last, int(rows["known_from"].max())))
    if faults:
        raise ParameterError(faults)
    return _loaded(folder, sha256, plan, region, last if data_through is None else data_through)


def data_sha256_or_fault(folder: Path) -> str:
    """Hash of the package; files that cannot be read are left to the checks, which name them."""
    try:
        return data_sha256(folder)
    except OSError:
        load_tables(folder)
        raise


@lru_cache(maxsize=2)
def _cached_tables(folder: Path, sha256: str) -> Tables:
    tables = load_tables(folder)
    rows = tables["observations"]
    tables["observations"] = rows.assign(end_year=[end_year(period) for period in rows["period"]])
    return tables


@lru_cache(maxsize=16)  # a scorecard looks back at the years of a plan and before
def _loaded(folder: Path, sha256: str, plan: str, region: str | None, through: int) -> Plan:
    return _build(_cached_tables(folder, sha256), plan, region, through, folder, sha256)


def _parameter_faults(
    tables: Tables, plan: str, region: str | None, data_through: int | None, first: int, last: int
) -> list[Fault]:
    faults = []
    for name, value, known in (("plan", plan, tables["plans"]["plan"]), ("region", region, tables["regions"]["region"])):
        if value is not None and value not in set(known):
            faults.append(Fault("parameters", None, name, repr(value), f"a {name} of the data package",
                                nearest(str(value), known) or f"Known: {', '.join(known[:40])}."))
    if data_through is not None and not first <= data_through <= last:
        faults.append(Fault("parameters", None, "data_through", repr(data_through), f"a year from {first} to {last}",
                            "Name a year that the data reach."))
    return faults


def _build(tables: Tables, plan: str, region: str | None, through: int, folder: Path, sha256: str) -> Plan:
    entry = tables["plans"].set_index("plan").loc[plan]
    indicators = {row["indicator"]: _indicator(row) for row in _records(tables["indicators"])}
    rows = tables["observations"]
    visible = rows[rows["end_year"].le(through) & rows["known_from"].le(through)]
    breaks = tables["breaks"]
    own = region or entry["region"]
    targets = [_target(row) for row in _records(tables["targets"]) if row["plan"] == plan and row["region"] == own]
    return Plan(
        plan=plan, name_en=entry["name_en"], name_zh=entry["name_zh"], region=own,
        start_year=int(entry["start_year"]), end_year=int(entry["end_year"]), data_through=through,
        targets=tuple(_as_known(target, through) for target in targets), indicators=indicators,
        observations=visible.reset_index(drop=True), yearly=_yearly(visible, indicators),
        sources=tables["sources"].set_index("source"), regions=tables["regions"].set_index("region"),
        break_table=breaks[breaks["known_from"].le(through)], data_dir=folder, data_sha256=sha256,
        plan_names=tuple(tables["plans"]["plan"]),
    )


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return cast(list[dict[str, Any]], frame.to_dict("records"))


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


def _number(value: Any) -> float | None:
    return None if pd.isna(value) else float(value)


def _indicator(row: dict[str, Any]) -> Indicator:
    names = Indicator.__dataclass_fields__
    fields = {name: row[name] for name in names if name not in ("lower", "upper", "decimals")}
    return Indicator(**fields, lower=_number(row["lower"]), upper=_number(row["upper"]), decimals=int(row["decimals"]))


def _target(row: dict[str, Any]) -> Target:
    numbers = ("base", "target", "target_high")
    names = [name for name in Target.__dataclass_fields__ if name not in (*numbers, "target_year")]
    fields: dict[str, Any] = {name: row[name] for name in names} | {name: _number(row[name]) for name in numbers}
    return Target(**fields, target_year=int(row["target_year"]))


def _as_known(target: Target, through: int) -> Target:
    """A base figure of a later year than the run may know is hidden."""
    if target.base_period and end_year(target.base_period) > through:
        return replace(target, base=None)
    return target
