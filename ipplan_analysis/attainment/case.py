"""`Case`: everything known about one target before a verdict."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from ipplan_analysis.attainment.futures import IndicatorForecast
from ipplan_analysis.attainment.quantity import Array, Paths, quantity, reaches, required_level
from ipplan_analysis.data import Plan
from ipplan_analysis.data.period import end_year, is_plain_year, is_within
from ipplan_analysis.schema import NEEDS_BASE, STOCK_BASIS, TOTAL_BASIS, Break, Indicator, Reading, Target


@dataclass(frozen=True)
class Figure:
    """One figure with its period and where it comes from; `is_bound` marks a lower bound."""

    value: float
    period: str
    source: str
    observation: str
    is_bound: bool = False

    @property
    def year(self) -> int:
        """Year in which the period ends."""
        return end_year(self.period)


def known_figures(plan: Plan, indicator: str, region: str) -> pd.DataFrame:
    """Published yearly figures; computed ones where the indicator is a derived one and none is published."""
    published = plan.series(indicator, region)
    return published if len(published) else plan.derived(indicator, region)


@dataclass(frozen=True)
class Case:
    """One target with its indicator, known figures, base and forecast."""

    plan: Plan
    target: Target
    future: IndicatorForecast | None

    @property
    def indicator(self) -> Indicator:
        """The indicator that the target is about."""
        return self.plan.indicators[self.target.indicator]

    @cached_property
    def known(self) -> pd.DataFrame:
        """Yearly figures of the indicator in the plan's region."""
        return known_figures(self.plan, self.target.indicator, self.plan.region)

    @cached_property
    def last(self) -> Figure | None:
        """The last known yearly figure up to the target year; later ones are no news of the target."""
        years = self.known.index[self.known.index <= self.target.target_year]
        return self.figure(int(years[-1])) if len(years) else None

    @property
    def newest(self) -> Figure | None:
        """The last known yearly figure; of a stock also a later one within a year, up to the target year."""
        row, last = self.plan.latest(self.target.indicator), self.last
        if not self.is_stock or row is None or row["bound"] or not str(row["basis"]).endswith("_stock"):
            return last
        is_later = last is None or int(row["end_year"]) > last.year
        return _figure(row) if is_later and int(row["end_year"]) <= self.target.target_year else last

    @property
    def n_points(self) -> int:
        """Yearly figures of the indicator itself, published or computed."""
        return len(self.known) if self.future is None else self.future.n_points

    def figure(self, year: int) -> Figure:
        """The known figure of one year; KeyError where there is none."""
        row = self.known.loc[year]
        return Figure(float(row["value"]), str(year), str(row["source"]), str(row["observation"]))

    @cached_property
    def base(self) -> Figure | None:
        """The base period's figure: the plan's own, else the published one, else a lower bound, else None."""
        target = self.target
        if not target.base_period or end_year(target.base_period) > self.plan.data_through:
            return None
        rows = self.plan.rows(target.indicator)
        same = rows[rows["period"].eq(target.base_period) & rows["use"] & rows["bound"].eq("")]
        same = same[same["basis"].isin([self.indicator.basis, TOTAL_BASIS])]
        if target.base is not None:
            known = same[same["value"].eq(target.base)]
            observation = str(known.iloc[-1]["observation"]) if len(known) else ""
            return Figure(target.base, target.base_period, target.source, observation)
        if is_plain_year(target.base_period) and int(target.base_period) in self.known.index:
            return self.figure(int(target.base_period))
        if len(same):
            return _figure(same.iloc[-1])
        return self._bound(rows)

    def _bound(self, rows: pd.DataFrame) -> Figure | None:
        """Highest lower bound of a flow's base year: a part of the year, or "more than"."""
        if self.indicator.basis == STOCK_BASIS:
            return None
        period = self.target.base_period
        whole = (
            rows["period"].eq(period)
            & rows["bound"].eq("lower")
            & rows["basis"].isin([self.indicator.basis, TOTAL_BASIS])
        )
        inside = np.array([is_within(part, period) for part in rows["period"]], dtype=bool)
        part = rows["basis"].eq("part_year_flow") & inside
        bounds = rows[(whole | part) & rows["use"] & rows["bound"].ne("upper")]
        return _figure(bounds.loc[bounds["value"].idxmax()], is_bound=True) if len(bounds) else None

    @cached_property
    def stop(self) -> Break | None:
        """A marked end of the channel by which the target was to be reached."""
        marks = self.plan.breaks(self.target.indicator)
        stops = [mark for mark in marks if mark.kind == "policy_stop" and mark.year <= self.target.target_year]
        return stops[-1] if stops else None

    @property
    def paths(self) -> Paths:
        """The known history followed by the forecast's draws."""
        history = self.future.history if self.future is not None else self.known
        known = {int(year): float(value) for year, value in history["value"].items()}
        known |= {int(year): float(value) for year, value in self.known["value"].items()}
        return Paths(known, self.future.forecast if self.future is not None else None)

    def quantity(self) -> Array:
        """The number that is compared with the target, by path; MissingFigureError where a year or the base is missing."""
        return quantity(self.target, self.paths, None if self.base is None else self.base.value)

    @property
    def readings(self) -> list[Reading]:
        """The ways in which the target can be read, where there are several."""
        return [entry for entry in self.plan.readings if entry.target_id == self.target.target_id]

    @property
    def required(self) -> float | None:
        """Level in the target year at which the target is just met; None for sums or without a base."""
        return required_level(self.target, None if self.base is None else self.base.value)

    @property
    def needs_base(self) -> bool:
        """Whether the target cannot be expressed without the base period's figure."""
        return self.target.kind in NEEDS_BASE

    @property
    def base_is_bound(self) -> bool:
        """Whether the target needs a base of which only a lower bound is known."""
        return self.needs_base and self.base is not None and self.base.is_bound

    def reached(self, figure: Figure) -> bool:
        """Whether a figure stands at the required level; no where the target has none."""
        required = self.required
        return required is not None and bool(reaches(self.target.comparator, np.array([figure.value]), required)[0])

    @property
    def is_stock(self) -> bool:
        """Whether the indicator is a stock at the year's end."""
        return self.indicator.basis == STOCK_BASIS

    def running_total(self) -> Figure | None:
        """The latest running total whose start is not stated."""
        rows = self.plan.rows(self.target.indicator)
        rows = rows[rows["basis"].eq("running_total") & rows["use"] & rows["bound"].ne("upper")]
        return _figure(rows.iloc[-1], is_bound=True) if len(rows) else None

    def certain_sum(self) -> float:
        """What surely falls into the target's window: its known years, and parts of the other years."""
        rows = self.plan.rows(self.target.indicator)
        parts = rows[rows["basis"].eq("part_year_flow") & rows["use"]]
        parts = parts[parts["end_year"].isin([*self.target.window_years]) & ~parts["end_year"].isin(self.known.index)]
        inside = parts[[is_within(period, self.target.window) for period in parts["period"]]]
        return float(
            self.known["value"].loc[self.known_years()].sum() + inside.groupby("end_year")["value"].max().sum()
        )

    def known_years(self) -> list[int]:
        """Years of the target's window with a published figure."""
        return [year for year in self.target.window_years if year in self.known.index]

    def missing_years(self) -> list[int]:
        """Years since the plan's start, up to now, without a published figure; before it begins, of the two last years."""
        last = min(self.plan.data_through, self.target.target_year)
        first = self.plan.start_year if self.plan.start_year <= last else last - 1  # a growth needs two figures
        known = {*self.known.index.astype(str), self.target.base_period}
        return [year for year in range(first, last + 1) if str(year) not in known]


def _figure(row: pd.Series, *, is_bound: bool = False) -> Figure:
    return Figure(float(row["value"]), str(row["period"]), str(row["source"]), str(row["observation"]), is_bound)
