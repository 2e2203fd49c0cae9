"""Probability of attainment as a share of simulated paths, and the status it gives."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ipplan_analysis.schema import Status

# Lower edges of the status by probability: the IPCC edges, so that word and status never contradict each other.
STATUS_EDGES: tuple[tuple[float, Status], ...] = (
    (0.66, "on course"),
    (0.33, "open"),
    (0.10, "off course"),
    (0.0, "out of reach"),
)
GRADES = ((10, "A"), (5, "B"), (2, "C"), (0, "D"))  # least number of yearly figures for each evidence grade


def share_of_paths(hits: NDArray[np.bool_]) -> float:
    """Probability (k + 1/2) / (n + 1) for k hits among n paths: never exactly 0 or 1.

    The posterior mean of a proportion under Jeffreys' prior (Brown, Cai & DasGupta 2001,
    doi:10.1214/ss/1009213286).

    Raises
    ------
    ValueError : there are no paths.
    """
    if hits.size == 0:
        raise ValueError("a probability needs at least one path")
    return (float(hits.sum()) + 0.5) / (hits.size + 1)


def status_word(probability: float, *, is_limit: bool = False) -> Status:
    """Status by probability alone, for targets that figures do not decide.

    Parameters
    ----------
    is_limit : the probability is an upper limit; then nothing better than `open` can be said.
    """
    status = next(word for edge, word in STATUS_EDGES if probability >= edge)
    return "open" if is_limit and status == "on course" else status


def evidence_grade(n_points: int) -> str:
    """Evidence grade A to D by the number of yearly figures."""
    return next(grade for least, grade in GRADES if n_points >= least)
