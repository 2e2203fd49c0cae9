"""Identities that published figures should hold; where they do not, it is said, never hidden."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.schema import STOCK_BASIS

SUMS = {
    "patent_applications": ("invention_applications", "utility_model_applications", "design_applications"),
    "patent_grants": ("invention_grants", "utility_model_grants", "design_grants"),
    "valid_patents_total": ("valid_invention_patents", "valid_utility_models", "valid_designs"),
}
STOCK_AND_INFLOW = ("valid_invention_patents", "invention_grants")


def violations(plan: Plan) -> list[str]:
    """One line for every published figure, of any region, that contradicts another.

    Three identities: inventions + utility models + designs = total; a stock rises by no more than the year's
    inflow; a cumulative count never falls.
    """
    wide = plan.yearly.drop_duplicates(["region", "indicator", "year"]).pivot_table(
        index=["region", "year"], columns="indicator", values="value"
    )
    names = plan.regions["name_en"].to_dict()
    found = [*_broken_sums(wide), *_fast_stocks(wide), *_fallen_totals(plan, wide)]
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


def _fallen_totals(plan: Plan, wide: pd.DataFrame) -> Iterator[tuple[str, int, str]]:
    rising = [
        name
        for name in wide.columns
        if plan.indicators[name].basis == STOCK_BASIS and not plan.indicators[name].can_fall
    ]
    for name in rising:
        for region, values in wide[name].dropna().groupby(level="region"):
            step = values.droplevel("region").diff()
            for year, amount in step[step < 0].items():
                yield region, year, f"the cumulative count {name} fell by {-amount:g}"
