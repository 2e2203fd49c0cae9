"""Two runs side by side: what moved, and how much came from the method, from revised and from new figures."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd

from ipplan_analysis.attainment.change import COLUMNS, changes
from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.run.inputs import unpack_inputs
from ipplan_analysis.schema import LANGUAGES, Fault, ParameterError, cause

TEXT_COLUMNS = ("target_id", "name_en", "name_zh", "status", "region", "plan", "indicator")
RESULT_COLUMNS = {
    "target_id",
    "status",
    "probability",
    "last_value",
    "last_year",
}  # of those recorded, what is compared
MANIFEST = {"plan": str, "region": str, "data_through": int, "started": str, "parameters": dict}
PARAMETERS = {"draws": int, "seed": int, "language": str}
A_RUN, REMEDY = "a run's folder", "Name a folder under reports/."


def compare_runs(first: Path, second: Path) -> pd.DataFrame:
    """Changes per target from one run to another; see `attainment.change.changes`.

    Raises
    ------
    ParameterError : a folder is not a run, or the runs are of different plans or regions.
    """
    before, after = read_manifest(first), read_manifest(second)
    _require_same(before, after, first, second)
    with tempfile.TemporaryDirectory() as folder:
        old = _plan(first, before, Path(folder) / "before")
        new = _plan(second, after, Path(folder) / "after")
        settings = after["parameters"]
        return changes(read_results(first), old, new, draws=settings["draws"], seed=settings["seed"])


def changes_since(previous: str | None, plan: Plan, *, draws: int, seed: int) -> pd.DataFrame:
    """Changes per target from an earlier run's folder to the figures of this plan; empty when none is named.

    Raises
    ------
    ParameterError : the folder is not a run of this plan and region.
    """
    if previous is None:
        return pd.DataFrame(columns=COLUMNS)
    run = Path(previous)
    before = read_manifest(run)
    _require_same(before, {"plan": plan.plan, "region": plan.region}, run, Path("this run"))
    with tempfile.TemporaryDirectory() as folder:
        old = _plan(run, before, Path(folder))
        return changes(read_results(run), old, plan, draws=draws, seed=seed)


def read_manifest(run: Path) -> dict[str, Any]:
    """A run's manifest; what is read of it later is there and of its type.

    Raises
    ------
    ParameterError : the folder holds none, or one of another shape.
    """
    try:
        content: Any = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        found = f"no manifest that can be read ({cause(error)})"
        raise ParameterError([Fault(str(run), None, "", found, A_RUN, REMEDY)]) from None
    wrong = _wrong(content, MANIFEST) or _wrong(content["parameters"], PARAMETERS)
    if not wrong and content["parameters"]["language"] not in LANGUAGES:
        wrong = ["language"]
    if wrong:
        found = f"a manifest without {', '.join(wrong)} as runs write them"
        raise ParameterError([Fault(str(run), None, "", found, A_RUN, REMEDY)])
    manifest: dict[str, Any] = content
    return manifest


def _wrong(content: Any, kinds: dict[str, type]) -> list[str]:
    """Names that are missing or of another type."""
    return [
        name for name, kind in kinds.items() if not isinstance(content, dict) or not isinstance(content.get(name), kind)
    ]


def read_results(run: Path) -> pd.DataFrame:
    """A run's results as it recorded them.

    Raises
    ------
    ParameterError : the run has none, or not with the columns that are compared.
    """
    path = run / "results.csv"
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=dict.fromkeys(TEXT_COLUMNS, str))
        if missing := RESULT_COLUMNS - set(table.columns):
            raise ValueError(f"no column {', '.join(sorted(missing))}")
    except (OSError, ValueError) as error:
        found = f"no results that can be read ({cause(error)})"
        raise ParameterError([Fault(str(path), None, "", found, A_RUN, REMEDY)]) from None
    return table.assign(status=table["status"].fillna(""))


def _plan(run: Path, manifest: dict[str, Any], folder: Path) -> Plan:
    return load_plan(
        manifest["plan"],
        data_dir=unpack_inputs(run, folder),
        data_through=manifest["data_through"],
        region=manifest["region"],
    )


def _require_same(before: dict[str, Any], after: dict[str, Any], first: Path, second: Path) -> None:
    faults = [
        Fault(
            str(second),
            None,
            name,
            repr(after[name]),
            f"{before[name]!r} as in {first}",
            "Compare runs of one plan and region.",
        )
        for name in ("plan", "region")
        if before[name] != after[name]
    ]
    if faults:
        raise ParameterError(faults)
