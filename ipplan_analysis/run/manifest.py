"""`manifest.json`: what a run was made from."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.metadata
import json
import platform
import subprocess
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from ipplan_analysis.data import Plan
from ipplan_analysis.data.measured import load_measured
from ipplan_analysis.run.parameters import Value
from ipplan_analysis.tables import measured_line

PACKAGES = (
    "ipplan-analysis",
    "jupyterlab",
    "matplotlib",
    "nbclient",
    "numpy",
    "pandas",
    "papermill",
    "scipy",
    "seaborn",
    "statsmodels",
)


def manifest(plan: Plan, made_from: Mapping[str, Any], started: dt.datetime, seconds: float) -> dict[str, Any]:
    """Provenance of a run: parameters, hashes, versions, commit, seed and duration.

    Parameters
    ----------
    made_from : its `inputs`, taken before it began.
    started : when the run began, with its time zone.
    seconds : how long it took.
    """
    measured = load_measured("calibration", data_through=plan.data_through)
    parameters = made_from["parameters"]
    return dict(made_from) | {
        "plan": plan.plan, "plan_name": {"en": plan.name_en, "zh": plan.name_zh}, "region": plan.region,
        "region_name": {"en": plan.region_name("en"), "zh": plan.region_name("zh")},
        "data_through": plan.data_through, "seed": parameters.get("seed"),
        "measured_coverage": measured_line(measured, "zh" if parameters.get("language") == "zh" else "en"),
        "git_commit": git_commit(Path(__file__).parent), "started": started.isoformat(timespec="seconds"),
        "duration_seconds": round(seconds, 1),
    }  # fmt: skip


def inputs(data_sha256: str, parameters: Mapping[str, Value], notebooks: Sequence[Path]) -> dict[str, Any]:
    """Everything a run's results depend on; equal inputs give equal results.

    Parameters
    ----------
    data_sha256 : hash of the data package.
    notebooks : files whose text is executed.
    """
    return {
        "data_sha256": data_sha256, "parameters": dict(parameters), "code_sha256": code_sha256(),
        "notebooks_sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in notebooks},
        "packages": {name: _version(name) for name in PACKAGES}, "python": platform.python_version(),
    }  # fmt: skip


def has_inputs(folder: Path, wanted: Mapping[str, Any]) -> bool:
    """Whether a finished run in `folder` was made from these `inputs`."""
    try:
        content = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(content, dict) and all(content.get(name) == value for name, value in wanted.items())


@cache
def code_sha256() -> str:
    """SHA-256 over the names and bytes of every file of the package, compiled files aside."""
    digest = hashlib.sha256()
    root = Path(__file__).resolve().parents[1]
    for path in sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts):
        digest.update(path.relative_to(root).as_posix().encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def save_manifest(content: Mapping[str, Any], folder: Path) -> None:
    """Write `manifest.json` with sorted keys, Chinese as it is."""
    text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
    (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")


def git_commit(folder: Path) -> str | None:
    """Commit of the checkout, marked `+changes` when files differ from it; None outside a checkout."""
    try:
        commit = _git(folder, "rev-parse", "HEAD")
        return commit + ("+changes" if _git(folder, "status", "--porcelain", "--untracked-files=no") else "")
    except (OSError, subprocess.CalledProcessError):
        return None


def _git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def _version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None
