"""The shape of the package: which way rooms import, one name a module, sizes, and no plan's own words in the code."""

from __future__ import annotations

import ast
import csv
import statistics
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "ipplan_analysis"
# A room imports from rooms before its own; what is not listed stands outside and may import from all.
ORDER = ("schema", "messages numbers style", "data", "trend", "attainment", "evaluation", "charts tables")

MODULE_LINES, FUNCTION_LINES, MEDIAN_LINES = (40, 500), 45, 8
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
BUILT = [path for path in MODULES if not path.name.startswith("__")]


def tree(path: Path) -> ast.Module:
    return ast.parse((PACKAGE / path).read_text(encoding="utf-8"))


def imports(path: Path) -> Iterator[str]:
    """Rooms of the package that a module imports, wherever in it."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module == "ipplan_analysis":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("ipplan_analysis."):
            yield str(node.module).split(".")[1]


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function with its lines of code, its docstring left out."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef):
            body = node.body[1:] if ast.get_docstring(node) else node.body
            yield f"{path}:{node.name}", (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_rooms_import_only_leftwards() -> None:
    rank = {room: place for place, rooms in enumerate(ORDER) for room in rooms.split()}
    rooms = {path: path.parts[0].removesuffix(".py") for path in MODULES}
    assert [
        f"{path} imports {other}"
        for path, room in rooms.items()
        if room in rank
        for other in imports(path)
        if other != room and rank.get(other, len(ORDER)) > rank[room]
    ] == []


def test_a_module_has_a_name_of_its_own_and_is_neither_crumb_nor_lump() -> None:
    names = Counter(path.name for path in BUILT)
    assert [name for name, count in names.items() if count > 1] == []
    lines = {str(path): len((PACKAGE / path).read_text(encoding="utf-8").splitlines()) for path in BUILT}
    assert {name: size for name, size in lines.items() if not MODULE_LINES[0] <= size <= MODULE_LINES[1]} == {}


def test_functions_are_short() -> None:
    sizes = dict(function for path in MODULES for function in functions(path))
    assert {name: size for name, size in sizes.items() if size > FUNCTION_LINES} == {}
    assert statistics.median(sizes.values()) <= MEDIAN_LINES


@pytest.mark.parametrize(("table", "column"), [("plans", "plan"), ("regions", "region"), ("indicators", "indicator")])
def test_only_data_names_a_plan_a_region_or_an_indicator(table: str, column: str) -> None:
    with (ROOT / "data" / f"{table}.csv").open(encoding="utf-8", newline="") as stream:
        codes = {row[column] for row in csv.DictReader(stream)}
    constants = (
        (str(path), node.value)
        for path in MODULES
        if path.parts[0] != "data"
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )
    assert {(path, text) for path, text in constants if text in codes} == set()
