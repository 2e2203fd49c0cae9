"""The target that would be attained with a wanted probability."""

from __future__ import annotations

import numpy as np

from ipplan_analysis.attainment.quantity import Paths, quantity
from ipplan_analysis.schema import PlanError, Target
from ipplan_analysis.trend import Forecast


def target_at_probability(forecast: Forecast, probability: float, *, target: Target) -> float:
    """Number of a target like this one that simulated paths meet with the wanted probability.

    Parameters
    ----------
    forecast : of the target's indicator, reaching the target year.
    probability : wanted share of paths, between 0 and 1, both excluded.
    target : gives kind, years, base and comparator; its own number is not used.

    Returns
    -------
    The number in the target's unit.

    Raises
    ------
    PlanError : the probability is not inside (0, 1).
    MissingFigureError : the paths or the base do not give the quantity.
    """
    if not 0 < probability < 1:
        raise PlanError(f"a probability lies between 0 and 1, not {probability}")
    known = {int(year): float(value) for year, value in forecast.history.items()}
    values = quantity(target, Paths(known, forecast), target.base)
    level = probability if target.comparator.startswith("<") else 1 - probability
    return float(np.quantile(values, level))
