"""Shared fixtures: the shipped plan, and copies of the data package to break."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from ipplan_analysis.data import Plan, load_plan

ROOT = Path(__file__).resolve().parents[1]
Row = dict[str, str]
Edit = Callable[[list[Row]], list[Row] | None]

# whole runs and sweeps: begun first, so that at the end no process of the tests waits for another
LONG = ("test_sweep", "test_run", "test_all_or_nothing", "test_measured", "test_docs")

settings.register_profile("project", deadline=None)  # how long an example takes says more of the machine's load
settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Order the tests by how long their module takes; within a module they keep their order."""
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.fixture(scope="session")
def plan() -> Plan:
    """The Ningxia plan with every figure."""
    return load_plan()


@pytest.fixture(scope="session")
def plan_2020() -> Plan:
    """The Ningxia plan as it could be seen with figures through 2020."""
    return load_plan(data_through=2020)


@pytest.fixture
def data_copy(tmp_path: Path) -> Path:
    """A writable copy of the shipped data package."""
    folder = tmp_path / "data"
    shutil.copytree(ROOT / "data", folder)
    return folder


@pytest.fixture
def edit_table(data_copy: Path) -> Callable[..., Path]:
    """`edit_table("observations", change)` applies a change to the rows of a copied table and returns its folder."""

    def edit(table: str, change: Edit) -> Path:
        path = data_copy / f"{table}.csv"
        with path.open(encoding="utf-8", newline="") as stream:
            reader = csv.DictReader(stream)
            names: list[Any] = list(reader.fieldnames or [])
            rows = list(reader)
        rows = change(rows) or rows
        if rows:
            names = list(rows[0])
        with path.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, names, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        return data_copy

    return edit
