"""What several notebooks or several runs compute alike, computed once before their kernels are forked."""

from __future__ import annotations

from typing import Any

import ipplan_analysis
from ipplan_analysis import charts

SCORECARD_DRAWS = 2000  # as in the notebook; with another number it computes the scorecard itself
_drawn: set[str] = set()  # languages of the charts that this process has drawn


def compute(
    *,
    plan: str,
    region: str | None,
    data_through: int | None,
    data_dir: str | None,
    draws: int,
    seed: int,
    language: Any,
    many: bool,
    **others: object,
) -> None:
    """Fill the caches of this process; each is keyed by the data, the year that the run may know and the region.

    Parameters
    ----------
    many : whether more runs follow: the scorecard is the same for all regions, so it is worth the wait then.
    others : parameters of the run that no cached result depends on.
    """
    known = ipplan_analysis.load_plan(plan, data_dir=data_dir, data_through=data_through, region=region)
    results = ipplan_analysis.assess(known, draws=draws, seed=seed)
    if many:
        ipplan_analysis.scorecard(known, draws=min(draws, SCORECARD_DRAWS), seed=seed)
    if language not in _drawn:  # fonts and renderers are loaded with a first chart
        charts.progress(results, language=language)._repr_mimebundle_()
        _drawn.add(language)
