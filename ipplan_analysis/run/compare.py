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
from ipplan_analysis.schema import Fault, ParameterError

TEXT_COLUMNS = ("target_id", "name_en", "name_zh", "status", "region", "plan", "indicator")


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
        return changes(read_results(first), old, new, draws=int(settings["draws"]), seed=int(settings["seed"]))


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
    """A run's manifest.

    Raises
    ------
    ParameterError : the folder holds none.
    """
    try:
        content: dict[str, Any] = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ParameterError([Fault(str(run), None, "", f"no manifest that can be read ({error})", "a run's folder",
                                    "Name a folder under reports/.")]) from None
    return content


def read_results(run: Path) -> pd.DataFrame:
    """A run's results as it recorded them."""
    table = pd.read_csv(run / "results.csv", encoding="utf-8-sig", dtype=dict.fromkeys(TEXT_COLUMNS, str))
    return table.assign(status=table["status"].fillna(""))


def _plan(run: Path, manifest: dict[str, Any], folder: Path) -> Plan:
    return load_plan(manifest["plan"], data_dir=unpack_inputs(run, folder), data_through=int(manifest["data_through"]),
                     region=manifest["region"])


def _require_same(before: dict[str, Any], after: dict[str, Any], first: Path, second: Path) -> None:
    faults = [Fault(str(second), None, name, repr(after[name]), f"{before[name]!r} as in {first}",
                    "Compare runs of one plan and region.")
              for name in ("plan", "region") if before[name] != after[name]]
    if faults:
        raise ParameterError(faults)
