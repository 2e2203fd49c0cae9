"""The notebooks as files: thin, neutral, stripped, tested."""

from __future__ import annotations

from pathlib import Path

import nbformat
import pytest

from ipplan_analysis.run.parameters import declared_parameters
from tests.notebook_hygiene import NOTEBOOKS, faults


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_rule_is_kept(path: Path) -> None:
    assert list(faults(path)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_narrative_exists_in_both_languages(path: Path) -> None:
    cells = nbformat.read(path, as_version=4).cells
    tags = [tag for cell in cells if cell.cell_type == "markdown" for tag in cell.metadata.get("tags", [])]
    assert tags.count("lang-en") == tags.count("lang-zh") == sum(cell.cell_type == "markdown" for cell in cells) / 2


def test_shared_parameters_have_one_type_and_default() -> None:
    every = [declared_parameters(path) for path in NOTEBOOKS]
    for name in set().union(*every):
        assert len({declared[name] for declared in every if name in declared}) == 1
