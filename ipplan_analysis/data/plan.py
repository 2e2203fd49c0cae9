"""`Plan`: a plan's targets, the region looked at, and what was known by a year; `load_plan` makes one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from ipplan_analysis.data.check import Tables, load_tables
from ipplan_analysis.data.package import data_sha256, default_data_dir
from ipplan_analysis.data.period import end_year
from ipplan_analysis.data.snapshot import Snapshot, known_by, number
from ipplan_analysis.schema import (
    Break,
    DataError,
    Fault,
    Indicator,
    Language,
    ParameterError,
    PlanError,
    Reading,
    Target,
    nearest,
)

DEFAULT_PLAN = "ningxia-ip-14"
# words by which `sources.csv` marks a reprint, a mirror or news of another province
SECOND_HAND = re.compile("转载|镜像|外省|收录|代理|repost|mirror", re.IGNORECASE)


@dataclass(frozen=True, eq=False)  # a plan is equal to itself alone, so that results can be kept by it
class Plan:
    """One plan, one region, and the figures known by `data_through`.

    Attributes
    ----------
    plan, name_en, name_zh : the plan's identifier and names.
    region : code of the region looked at; `has_targets` says whether the plan sets targets for it.
    start_year, end_year : first and last year of the plan.
    targets : the plan's targets for the region, in the plan's order.
    snapshot : every figure that was known by then, of all regions.
    plan_names : identifiers of all plans in the package.
    readings : where a target can be read in more than one way, each with its figure if that is known.
    """

    plan: str
    name_en: str
    name_zh: str
    region: str
    start_year: int
    end_year: int
    targets: tuple[Target, ...]
    snapshot: Snapshot
    plan_names: tuple[str, ...] = ()
    readings: tuple[Reading, ...] = ()

    @property
    def has_targets(self) -> bool:
        """Whether the plan sets targets for the region looked at."""
        return bool(self.targets)

    @property
    def data_through(self) -> int:
        """Last year whose figures may be used."""
        return self.snapshot.data_through

    @property
    def indicators(self) -> dict[str, Indicator]:
        """Every indicator by its identifier."""
        return self.snapshot.indicators

    @property
    def observations(self) -> pd.DataFrame:
        """All visible observations, used or not."""
        return self.snapshot.observations

    @property
    def yearly(self) -> pd.DataFrame:
        """The used observations that form yearly series."""
        return self.snapshot.yearly

    @property
    def sources(self) -> pd.DataFrame:
        """Sources by identifier."""
        return self.snapshot.sources

    @property
    def regions(self) -> pd.DataFrame:
        """Regions by code."""
        return self.snapshot.regions

    @property
    def data_dir(self) -> Path:
        """Folder of the data package."""
        return self.snapshot.data_dir

    @property
    def data_sha256(self) -> str:
        """Hash of the data package as read."""
        return self.snapshot.data_sha256

    def name(self, language: Language) -> str:
        """The plan's name in the reader's language."""
        return self.name_zh if language == "zh" else self.name_en

    def region_name(self, language: Language, region: str | None = None) -> str:
        """A region's name in the reader's language; the plan's own region by default."""
        return self.snapshot.region_name(region or self.region, language)

    def series(self, indicator: str, region: str | None = None) -> pd.DataFrame:
        """Published yearly figures, by default of the plan's region (see `Snapshot.series`)."""
        return self.snapshot.series(indicator, region or self.region)

    def derived(self, indicator: str, region: str | None = None) -> pd.DataFrame:
        """Computed yearly figures of a derived indicator (see `Snapshot.derived`)."""
        return self.snapshot.derived(indicator, region or self.region)

    def breaks(self, indicator: str, region: str | None = None) -> tuple[Break, ...]:
        """Breaks of a series, in order of year."""
        return self.snapshot.breaks(indicator, region or self.region)

    def rows(self, indicator: str, region: str | None = None) -> pd.DataFrame:
        """All visible observations of an indicator, used or not (see `Snapshot.rows`)."""
        return self.snapshot.rows(indicator, region or self.region)

    def latest(self, indicator: str, region: str | None = None) -> pd.Series | None:
        """The newest usable observation, part-year figures and lower bounds included, or None."""
        rows = self.rows(indicator, region)
        rows = rows[rows["use"] & rows["bound"].ne("upper")]
        return None if rows.empty else rows.iloc[-1]

    def is_seen(self, source: str) -> bool:
        """Whether a source can be looked up: one without publisher, date and address was only heard of."""
        if source not in self.sources.index:
            return False
        row = self.sources.loc[source]
        return any(str(row[name]).strip() for name in ("publisher", "published", "url"))

    def is_second_hand(self, source: str) -> bool:
        """Whether a source reprints or reports what another one published, as its publisher's name says."""
        return source in self.sources.index and bool(SECOND_HAND.search(str(self.sources.loc[source, "publisher"])))

    def panel(self) -> pd.DataFrame:
        """The provinces' yearly series as a pool (see `Snapshot.panel`)."""
        return self.snapshot.panel()

    def target(self, target_id: str) -> Target:
        """The target with this identifier.

        Raises
        ------
        PlanError : the plan has no such target.
        """
        known = {target.target_id: target for target in self.targets}
        if target_id not in known:
            remedy = nearest(target_id, known) or f"Known: {', '.join(known)}."
            raise PlanError(f"The plan {self.plan} has no target {target_id!r}. {remedy}")
        return known[target_id]

    def target_of(self, indicator: str) -> Target | None:
        """The plan's target about an indicator, if there is one."""
        return next((target for target in self.targets if target.indicator == indicator), None)


def load_plan(
    plan: str = DEFAULT_PLAN,
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
    region : code or name of a region; the plan's own by default. Another region has no targets from this plan.

    Raises
    ------
    DataError : the data package breaks its contract, every fault is listed; or it holds no figure, or is being changed.
    ParameterError : unknown plan or region, or no figure as early as `data_through`.
    """
    if not isinstance(data_dir, str | Path | None):
        remedy = "Name the folder of a data package."
        raise ParameterError.at("parameters", repr(data_dir), "a folder", remedy, column="data_dir")
    # plans are remembered by folder: the same relative path may mean another one later
    folder = Path(data_dir).absolute() if data_dir is not None else default_data_dir()
    sha256 = data_sha256_or_fault(folder)
    tables = _cached_tables(folder, sha256)
    rows = tables["observations"]
    if rows.empty:
        where, remedy = f"the observations of {folder}", "Add figures: ipplan add FILE --data DIR."
        raise DataError.at(where, "no rows", "at least one figure", remedy)
    years = rows["period"].drop_duplicates().map(end_year)
    last, first = int(years.max()), int(years.min())
    code = _region_code(tables["regions"], region)
    faults = _parameter_faults(tables, plan, code, data_through, first, max(last, int(rows["known_from"].max())))
    if faults:
        raise ParameterError(faults)
    return _build(folder, sha256, plan, code, last if data_through is None else int(data_through))


def _region_code(regions: pd.DataFrame, region: Any) -> Any:
    """The code of a region given by code, as a number too, or by one of its names; anything else as it is."""
    wanted = str(region).casefold()
    for column in ("region", "name_zh", "name_en", "official_zh", "official_en"):  # older packages lack the last two
        if isinstance(region, str | int) and column in regions.columns:
            found = regions.loc[regions[column].str.casefold().eq(wanted), "region"]
            if len(found):
                return str(found.iloc[0])
    return region


def data_sha256_or_fault(folder: Path) -> str:
    """Hash of the package; files that cannot be read are left to the checks, which name them."""
    try:
        return data_sha256(folder)
    except OSError:
        load_tables(folder)
        raise


def tables_as_hashed(folder: Path, sha256: str) -> Tables:
    """`load_tables` of a package just hashed: tables kept under a hash are those that it was taken of.

    Raises
    ------
    DataError : the package breaks its contract, or its files changed since they were hashed.
    """
    tables = load_tables(folder)
    if data_sha256_or_fault(folder) != sha256:
        raise DataError.at(folder, "files that changed while being read", "a package at rest", "Repeat the command.")
    return tables


def cached_tables(folder: Path) -> Tables:
    """`load_tables`, read and checked once for the same bytes; read again where somebody changed them meanwhile."""
    sha256 = data_sha256_or_fault(folder)
    try:
        return _cached_tables(folder, sha256)
    except DataError:
        if data_sha256_or_fault(folder) == sha256:
            raise
        return cached_tables(folder)


@lru_cache(maxsize=2)
def _cached_tables(folder: Path, sha256: str) -> Tables:
    return tables_as_hashed(folder, sha256)


@lru_cache(maxsize=16)  # a scorecard looks back at the years of a plan and before
def _snapshot(folder: Path, sha256: str, year: int) -> Snapshot:
    return known_by(_cached_tables(folder, sha256), year, data_dir=folder, data_sha256=sha256)


def _parameter_faults(tables: Tables, plan: Any, region: Any, data_through: Any, first: int, last: int) -> list[Fault]:
    faults = []
    known_names = {"plan": tables["plans"]["plan"], "region": tables["regions"]["region"]}
    for name, value in (("plan", plan), *([] if region is None else [("region", region)])):
        known = known_names[name]
        if not isinstance(value, str) or value not in set(known):
            remedy = nearest(str(value), known) or f"Known: {', '.join(known[:40])}."
            faults.append(Fault("parameters", None, name, repr(value), f"a {name} of the data package", remedy))
    is_number = isinstance(data_through, int | float) and not isinstance(data_through, bool)
    whole = is_number and data_through % 1 == 0
    if data_through is not None and not (whole and first <= data_through <= last):
        expected = f"a year from {first} to {last}" if whole else f"a whole number, a year from {first} to {last}"
        remedy = "Name a year that the data reach." if whole else "Write the year alone, such as 2020."
        faults.append(Fault("parameters", None, "data_through", repr(data_through), expected, remedy))
    return faults


@lru_cache(maxsize=64)
def _build(folder: Path, sha256: str, plan: str, region: str | None, through: int) -> Plan:
    tables = _cached_tables(folder, sha256)
    entry = tables["plans"].set_index("plan").loc[plan]
    own = region or entry["region"]
    rows = tables["targets"]
    targets = rows[rows["plan"].eq(plan) & rows["region"].eq(own)].to_dict("records")
    return Plan(
        plan=plan,
        name_en=entry["name_en"],
        name_zh=entry["name_zh"],
        region=own,
        start_year=int(entry["start_year"]),
        end_year=int(entry["end_year"]),
        targets=tuple(_as_known(_target(row), through) for row in targets),
        snapshot=_snapshot(folder, sha256, through),
        plan_names=tuple(tables["plans"]["plan"]),
        readings=_readings(tables, plan, _snapshot(folder, sha256, through)),
    )


def _readings(tables: Tables, plan: str, snapshot: Snapshot) -> tuple[Reading, ...]:
    """Readings of the plan's targets, but those whose figure is not known yet; older packages have no such table."""
    if "readings" not in tables:
        return ()
    figures = snapshot.observations.set_index("observation")
    found = []
    for row in tables["readings"][tables["readings"]["plan"].eq(plan)].to_dict("records"):
        own = {name: row[name] for name in ("target_id", "words_en", "words_zh", "kind", "observation")}
        reading = Reading(**own, target=number(row["target"]))
        if not reading.observation:
            found.append(reading)
        elif reading.observation in figures.index:
            figure = figures.loc[reading.observation]
            known = {"value": float(figure["value"]), "period": figure["period"], "source": figure["source"]}
            found.append(replace(reading, **known))
    return tuple(found)


def _target(row: dict[Any, Any]) -> Target:
    numbers = ("base", "target", "target_high")
    names = [name for name in Target.__dataclass_fields__ if name not in (*numbers, "target_year")]
    fields: dict[str, Any] = {name: row[name] for name in names} | {name: number(row[name]) for name in numbers}
    return Target(**fields, target_year=int(row["target_year"]))


def _as_known(target: Target, through: int) -> Target:
    """A base figure of a later year than the run may know is hidden."""
    if target.base_period and end_year(target.base_period) > through:
        return replace(target, base=None)
    return target
