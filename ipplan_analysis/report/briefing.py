"""`Briefing`: what a minister reads, made from the results: question, answer, overview, and one dossier for each target."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ipplan_analysis import charts, tables
from ipplan_analysis.attainment import figures_to_ask
from ipplan_analysis.attainment.futures import future
from ipplan_analysis.attainment.labels import labels_of_target
from ipplan_analysis.attainment.quantity import required_level
from ipplan_analysis.data import Plan
from ipplan_analysis.schema import BRIEFING_MIME, CHART_MIME, Language, Target
from ipplan_analysis.tables.overview import Bar, answer, bars, question, standing
from ipplan_analysis.tables.table import Table

Bundle = Mapping[str, Any]


@dataclass(frozen=True)
class Dossier:
    """One target in full.

    Attributes
    ----------
    tables : what there is to say; the official rules' labels and other readings, where there are any; the figures.
    chart : the mime bundle of the forecast's chart, where there is a forecast.
    """

    target_id: str
    title: str
    status: str
    tables: tuple[Table, ...]
    chart: Bundle | None


@dataclass(frozen=True, repr=False)
class Briefing:
    """The report's first pages in one language; `bars` has an entry for each row of the overview, or none."""

    question: str
    standing: str
    answer: tuple[str, ...]
    overview: Table
    bars: tuple[Bar | None, ...]
    to_ask: Table | None
    dossiers: tuple[Dossier, ...]

    @classmethod
    def from_bundle(cls, bundle: Bundle) -> Briefing:
        """The briefing that a notebook's output carries."""
        parts = {
            "answer": tuple(bundle["answer"]),
            "overview": Table.from_bundle(bundle["overview"]),
            "bars": tuple(bar and Bar(**bar) for bar in bundle["bars"]),
            "to_ask": bundle["to_ask"] and Table.from_bundle(bundle["to_ask"]),
            "dossiers": tuple(
                Dossier(**entry | {"tables": tuple(map(Table.from_bundle, entry["tables"]))})
                for entry in bundle["dossiers"]
            ),
        }
        return cls(**{**bundle, **parts})

    @property
    def tables(self) -> list[Table]:
        """Every table, overview first."""
        inside = [table for entry in self.dossiers for table in entry.tables]
        return [table for table in (self.overview, self.to_ask, *inside) if table is not None]

    def __repr__(self) -> str:
        return "\n".join([self.question, self.standing, *self.answer, str(self.overview)])

    def _repr_html_(self) -> str:
        return str(self.overview.html())

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        content = json.loads(json.dumps(vars(self), default=_packed))
        return {"text/html": self._repr_html_(), "text/plain": repr(self), BRIEFING_MIME: content}


def _packed(part: Any) -> Any:
    """A part of a briefing for JSON: its fields."""
    return part.packed if isinstance(part, Table) else vars(part)


def briefing(
    plan: Plan,
    results: pd.DataFrame,
    language: Language,
    *,
    draws: int = 4000,
    seed: int = 0,
) -> Briefing:
    """Question, answer, overview and dossiers of a plan's results.

    Parameters
    ----------
    results : one row per target, columns of `assess`, of the same plan.
    draws, seed : as `assess` was given them, for the charts.
    """
    rows = {row["target_id"]: row for row in results.to_dict("records")}
    dossiers = []
    for target in plan.targets:
        row, labels = rows[target.target_id], None
        if target.target is not None:
            labels = tables.rules_table(labels_of_target(plan, target, language=language), language)
        facts = tables.dossier_table(plan, results, target.target_id, language)
        own = (facts, labels, tables.figures_table(plan, target.target_id, language))
        shown = tuple(table for table in own if table is not None and table.rows)
        expected = future(plan, target.indicator, draws=draws, seed=seed)
        chart = None if expected is None else _chart(plan, target, expected.forecast, row["base"], language)
        dossiers.append(Dossier(target.target_id, facts.caption, row["status"], shown, chart))
    return Briefing(
        question(plan, language),
        standing(plan, language),
        tuple(answer(plan, results, language)),
        tables.overview_table(plan, results, language),
        tuple(bars(plan, results)),
        tables.ask_table(figures_to_ask(plan), language) if plan.has_targets else None,
        tuple(dossiers),
    )


def _chart(plan: Plan, target: Target, forecast: Any, base: float, language: Language) -> Bundle:
    """The chart of a forecast, as a notebook's output carries it."""
    goal = required_level(target, None if pd.isna(base) else base)
    breaks = plan.breaks(target.indicator)
    chart = charts.fan(
        forecast, plan, indicator=target.indicator, target=target, goal=goal, breaks=breaks, language=language
    )
    bundle, _ = chart._repr_mimebundle_()
    return {"image/png": base64.b64encode(bundle["image/png"]).decode("ascii"), CHART_MIME: bundle[CHART_MIME]}
