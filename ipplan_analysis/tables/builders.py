"""The tables of a report: results, reasons, latest figures, figures to ask for, peers, sources."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

import pandas as pd

from ipplan_analysis.data.plan import Plan
from ipplan_analysis.schema import Language
from ipplan_analysis.tables.cells import (
    Row,
    bound_cell,
    few_cell,
    is_so_far,
    last_cell,
    name_cell,
    required_cell,
    rough_cell,
    rows_of,
    target_cell,
    year_cell,
)
from ipplan_analysis.tables.table import Table
from ipplan_analysis.words import (
    NONE,
    basis_word,
    format_date,
    format_number,
    format_percent,
    format_period,
    format_periods,
    format_probability,
    heading,
    likelihood_word,
    natural_decimals,
    source_ids,
    status_label,
    status_word,
    text,
)

FORECAST = ("median", "low80", "high80")
OF_TARGETS = ("target_id", "status", "probability", "likelihood", "measured_coverage", "target", "required_pace_pct")
RESULT_COLUMNS = (
    "target_id", "name", "status", "probability", "likelihood", "measured_coverage", "last_value", "last_year", "target",
    *FORECAST, "recent_pace_pct", "required_pace_pct", "evidence", "source",
)  # fmt: skip


def results_table(results: pd.DataFrame, language: Language) -> Table:
    """The one table that matters: status, probability, latest figure, target, pace and evidence of every target.

    For a region without targets: its indicators with latest figure, forecast, pace and evidence.

    Parameters
    ----------
    results : one row per target, columns of `assess`.
    """
    rows = rows_of(results)
    aimed = any(row["target_id"] for row in rows) or not rows
    raw, shown = _results_raw(rows, language), _results_shown(rows, language)
    left_out = FORECAST if aimed else OF_TARGETS
    raw, shown = ({name: part[name] for name in part if name not in left_out} for part in (raw, shown))
    caption, notes = text("results_caption", language), [text("evidence_note", language)]
    if aimed:
        notes.insert(0, text("results_note", language))
        if any(row["basis"] == "stop" for row in rows):
            notes.insert(1, text("stop_note", language))
    else:
        caption = text("indicators_caption", language, year=year_cell(rows[0]["target_year"]))
    return _table(raw, shown, caption, language, linked=("source",), notes=tuple(notes))


def _results_raw(rows: Sequence[Row], language: Language) -> dict[str, Any]:
    as_it_is = ("probability", "measured_coverage", *FORECAST, "recent_pace_pct", "required_pace_pct", "evidence")
    raw = {
        "target_id": [row["target_id"] for row in rows],
        "name": [name_cell(row, language) for row in rows],
        "status": [status_word(row["status"], language) if row["status"] else "" for row in rows],
        "likelihood": [likelihood_word(row["likelihood"], language) for row in rows],
        "last_value": [row["known_to_date"] if is_so_far(row) else row["last_value"] for row in rows],
        "last_year": pd.array([row["last_year"] for row in rows], dtype="Int64"),
        "target": [target_cell(row, language) for row in rows],
        "source": [" ".join(source_ids(row["source"])) for row in rows],
        **{name: [row[name] for row in rows] for name in as_it_is},
    }
    return {name: raw[name] for name in RESULT_COLUMNS}


def _results_shown(rows: Sequence[Row], language: Language) -> dict[str, Any]:
    return _results_raw(rows, language) | {
        "status": [status_label(row["status"], language) if row["status"] else NONE for row in rows],
        "probability": [
            format_probability(row["probability"], language, probability_is=row["probability_is"]) for row in rows
        ],
        "likelihood": [likelihood_word(row["likelihood"], language) or NONE for row in rows],
        "measured_coverage": [_coverage_cell(row, language) for row in rows],
        "last_value": [last_cell(row, language) for row in rows],
        "last_year": [year_cell(row["last_year"]) for row in rows],
        **{name: [rough_cell(row, row[name], language) for row in rows] for name in FORECAST},
        "recent_pace_pct": [format_percent(row["recent_pace_pct"], 1, language, signed=True) for row in rows],
        "required_pace_pct": [required_cell(row, language) for row in rows],
        "source": [few_cell(row["source"]) for row in rows],
    }


def _coverage_cell(row: Row, language: Language) -> str:
    """How often bands like this row's held; a simulated quantity that was never checked says so."""
    if pd.isna(row["measured_coverage"]):
        return NONE if pd.isna(row["median"]) else text("not_measured", language)
    return format_percent(100 * row["measured_coverage"], 0, language)


def reasons_table(results: pd.DataFrame, language: Language) -> Table:
    """Why each status was given, with the sources behind it."""
    rows = rows_of(results)
    raw = {
        "target_id": [row["target_id"] for row in rows],
        "name": [name_cell(row, language) for row in rows],
        "status": [status_word(row["status"], language) if row["status"] else "" for row in rows],
        "reason": [row["reason_zh" if language == "zh" else "reason"] for row in rows],
        "source": [" ".join(source_ids(row["source"])) for row in rows],
    }
    shown = raw | {
        "status": [status_label(row["status"], language) if row["status"] else NONE for row in rows],
        "source": [few_cell(row["source"]) for row in rows],
    }
    return _table(raw, shown, text("reasons_caption", language), language, linked=("source",))


def latest_table(plan: Plan, language: Language) -> Table:
    """The newest usable figure of every target's indicator (without targets: of every indicator), with its source."""
    rows: list[Row] = []
    here = plan.yearly.loc[plan.yearly["region"].eq(plan.region), "indicator"]
    named = [(target.target_id, target.indicator) for target in plan.targets]
    for target_id, indicator in named or [("", name) for name in sorted(here.unique())]:
        newest, entry = plan.latest(indicator), plan.indicators[indicator]
        value = None if newest is None else float(newest["value"])
        bound = "" if newest is None else str(newest["bound"])
        number = format_number(value, entry.decimals, language)
        rows.append(
            {
                "target_id": target_id,
                "indicator": entry.name(language),
                "period": NONE if newest is None else format_period(newest["period"], language),
                "value": float("nan") if value is None else value,
                "unit": entry.unit_in(language),
                "basis": NONE if newest is None else basis_word(newest["basis"], language),
                "source": NONE if newest is None else newest["source"],
                "shown": f"{text(bound_cell(bound), language)} {number}" if bound else number,
            }
        )
    shown_values = [row.pop("shown") for row in rows]
    raw = {name: [row[name] for row in rows] for name in (rows[0] if rows else ())}
    caption = text("latest_caption", language, year=plan.data_through)
    return _table(raw, raw | {"value": shown_values} if rows else raw, caption, language, linked=("source",))


def ask_table(frame: pd.DataFrame, language: Language) -> Table:
    """Figures to ask for, by department; the periods of one figure stand in one row.

    Parameters
    ----------
    frame : columns department, department_en, target_id, name_en, name_zh, figure_en, figure_zh, period, unit, unit_en.
    """
    own = {
        "department": "department" if language == "zh" else "department_en",
        "target_id": "target_id",
        "name": f"name_{language}",
        "figure": f"figure_{language}",
        "unit": "unit" if language == "zh" else "unit_en",
    }
    groups: dict[tuple[str, ...], list[str]] = {}
    for row in cast(list[Row], frame.to_dict("records")):
        groups.setdefault(tuple(str(row[column]) for column in own.values()), []).append(str(row["period"]))
    raw: dict[str, list[Any]] = {name: [key[place] for key in groups] for place, name in enumerate(own)}
    raw["period"] = [format_periods(periods, language) for periods in groups.values()]
    return _table(raw, raw, text("ask_caption", language), language)


def peers_table(frame: pd.DataFrame, language: Language) -> Table:
    """Latest figures of the nation and the provinces, with their pace.

    Parameters
    ----------
    frame : columns name_en, name_zh, year, value, recent_pace_pct, n_points, source (see `attainment.peers`).
    """
    decimals = max((natural_decimals(value) for value in frame["value"]), default=0)
    raw = {
        "region": list(frame[f"name_{language}"]),
        "year": list(frame["year"].astype("int64")),
        "value": list(frame["value"]),
        "recent_pace_pct": list(frame["recent_pace_pct"]),
        "n_points": list(frame["n_points"]),
        "source": [" ".join(source_ids(cell)) for cell in frame["source"]],
    }
    shown = raw | {
        "year": [year_cell(year) for year in raw["year"]],
        "value": [format_number(value, decimals, language) for value in raw["value"]],
        "recent_pace_pct": [format_percent(value, 1, language, signed=True) for value in raw["recent_pace_pct"]],
        "n_points": [str(int(count)) for count in raw["n_points"]],
        "source": [few_cell(cell) for cell in raw["source"]],
    }
    return _table(raw, shown, text("peers_caption", language), language, linked=("source",))


def sources_table(plan: Plan, ids: Iterable[str], language: Language) -> Table:
    """Title, publisher, date and address of the named sources; each row is where links to it lead."""
    wanted = sorted({name for cell in ids for name in source_ids(cell)} & set(plan.sources.index))
    rows = plan.sources.loc[wanted]
    raw = {"source": wanted, **{name: list(rows[name]) for name in ("title", "publisher", "published", "url")}}
    shown = raw | {
        "published": [format_date(date, language) or NONE for date in raw["published"]],
        "url": [address or NONE for address in raw["url"]],
    }
    return _table(raw, shown, text("sources_caption", language), language, anchored="source")


def _table(
    raw: dict[str, list[Any]],
    shown: dict[str, list[Any]],
    caption: str,
    language: Language,
    *,
    notes: tuple[str, ...] = (),
    linked: Sequence[str] = (),
    anchored: str = "",
) -> Table:
    frames = [pd.DataFrame({heading(name, language): column for name, column in part.items()}) for part in (raw, shown)]
    return Table(
        frames[0],
        caption,
        language,
        notes,
        frames[1].astype(object),
        tuple(heading(name, language) for name in linked),
        heading(anchored, language) if anchored else "",
    )
