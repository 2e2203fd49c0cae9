"""Known outcomes: how the targets ended that figures have decided, and how often those of other plans were met."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from ipplan_analysis.attainment.assess import trace
from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.judge import decided
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.messages import message, translatable
from ipplan_analysis.numbers import format_percent
from ipplan_analysis.schema import Language, Target

ALIKE = {  # kinds of targets that count as alike, and what they are for
    "level": (("level",), translatable("a level")),
    "growth": (("annual_growth", "multiple"), translatable("a growth")),
    "addition": (("increment", "cumulative"), translatable("an addition")),
}
NO_OUTCOME = translatable("No target for {kind} in another plan has a known outcome yet.")
OUTSIDE = translatable(
    "Of {cases} targets for {kind} in other plans with a known outcome, {met} were met (80 % interval {low} to {high}). "
    "Plans publish successes; it is no probability of this target."
)
SHARE = 0.8  # of the interval, as of the suite's other ranges
COLUMNS = "kind met cases share low80 high80 targets source".split()


def outcomes(known: Plan) -> dict[str, dict[str, Any]]:
    """Outcomes of a plan's targets that figures have decided, with the target year's figure where there is one."""
    found: dict[str, dict[str, Any]] = {}
    for target in known.targets:
        case = Case(known, target, None)
        if verdict := decided(case):
            figure = case.last or case.newest  # neither is later than the target year
            found[target.target_id] = {
                "name_en": target.name_en,
                "name_zh": target.name_zh,
                "kind": target.kind,
                "target_year": target.target_year,
                "outturn": float(verdict.status == "met"),
                "outturn_year": "" if figure is None else figure.year,
                "outturn_value": np.nan if figure is None else figure.value,
                "source": trace(case, verdict)["source"],
            }
    return found


def outside_view(plan: Plan) -> pd.DataFrame:
    """How often targets of other plans were met, by kind, with what is known in the plan's `data_through`.

    Only targets whose year is over count: before, a success can be known but no failure. Plans publish successes, so
    this is no probability of a target. Interval: Wilson (1927), doi:10.1080/01621459.1927.10502953.

    Returns
    -------
    One row for each of `ALIKE`: kind, met, cases, share, low80 and high80 (NaN without a case), targets
    (their plans and ids) and source.
    """
    known = [
        {**row, "target": f"{name}:{target_id}"}
        for name in plan.plan_names
        if name != plan.plan
        for target_id, row in outcomes(load_plan(name, data_dir=plan.data_dir, data_through=plan.data_through)).items()
        if row["target_year"] <= plan.data_through
    ]
    rows = []
    for kind, (alike, _) in ALIKE.items():
        cases = [row for row in known if row["kind"] in alike]
        met, n = sum(row["outturn"] == 1 for row in cases), len(cases)
        low, high = binomtest(met, n).proportion_ci(SHARE, "wilson") if n else (np.nan, np.nan)
        sources = " ".join(dict.fromkeys(" ".join(row["source"] for row in cases).split()))
        targets = " ".join(row["target"] for row in cases)
        rows.append([kind, met, n, met / n if n else np.nan, low, high, targets, sources])
    return pd.DataFrame(rows, columns=COLUMNS)


_outside_view = lru_cache(maxsize=2)(outside_view)  # every dossier of a plan takes its part


def outside_words(plan: Plan, target: Target, language: Language) -> str:
    """How often targets of this one's kind were met in other plans, in words; empty for a kind that is not counted."""
    for kind, (alike, for_what) in ALIKE.items():
        if target.kind in alike:
            found = _outside_view(plan).set_index("kind").loc[kind]
            text, kind_words = OUTSIDE if found["cases"] else NO_OUTCOME, message(for_what, language)
            low, high = (format_percent(100 * found[name], 0, language) for name in ("low80", "high80"))
            return message(text, language, kind=kind_words, met=found["met"], cases=found["cases"], low=low, high=high)
    return ""
