"""`Verdict`: the status of one target with its probability and reason."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ipplan_analysis.attainment.case import Figure
from ipplan_analysis.attainment.sentences import Sentence
from ipplan_analysis.schema import Status

NAN = float("nan")


@dataclass(frozen=True)
class Verdict:
    """Status of a target, and the numbers it rests on.

    Attributes
    ----------
    probability : share of simulated paths that meet the target; NaN where there is none.
    probability_is : `at most` where only a lower bound of the base is known.
    values : the quantity compared with the target, by path, in the target's unit; empty where there is none.
    known_to_date : what figures already secure of a sum or an addition, in the target's unit.
    basis : what decided: `series`, `derived`, `proxy` (a forecast), `figures`, `stop`, or nothing.
    """

    status: Status
    reason: Sentence
    probability: float = NAN
    probability_is: str = ""
    values: NDArray[np.float64] = field(default_factory=lambda: np.array([]))
    known_to_date: float = NAN
    basis: str = ""
    figures: tuple[Figure, ...] = ()
