"""The notebooks as files: thin, neutral, stripped, tested."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import nbformat
import papermill
import pytest

from ipplan_analysis import __version__
from ipplan_analysis.report.document import in_language
from ipplan_analysis.run import MANIFEST, run_folder
from ipplan_analysis.run.execute import execute, forked_shells
from ipplan_analysis.run.parameters import TAG, declared_parameters
from ipplan_analysis.schema import LANGUAGES, ParameterError, RunError
from tests.notebook_hygiene import NOTEBOOKS, faults

CHINESE, HEADINGS = re.compile("[\u4e00-\u9fff]"), re.compile("^#+", re.MULTILINE)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_rule_is_kept(path: Path) -> None:
    assert list(faults(path)) == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_narrative_exists_in_both_languages(path: Path) -> None:
    cells = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    english, chinese = ([in_language(cell.source, language) for cell in cells] for language in LANGUAGES)
    assert not any(CHINESE.search(text) for text in english) and all(CHINESE.search(text) for text in chinese)
    assert [HEADINGS.findall(text) for text in english] == [HEADINGS.findall(text) for text in chinese]


def test_shared_parameters_have_one_type_and_default() -> None:
    every = [declared_parameters(path) for path in NOTEBOOKS]
    for name in set().union(*every):
        assert len({declared[name] for declared in every if name in declared}) == 1


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_papermill_itself_lists_every_parameter(path: Path) -> None:
    listed = papermill.inspect_notebook(path)
    assert {name: entry["inferred_type_name"] for name, entry in listed.items()} == {
        name: entry.type_name for name, entry in declared_parameters(path).items()
    }


@pytest.mark.parametrize("in_the_cell", [False, True])
def test_a_misspelt_parameter_stops_the_notebook(in_the_cell: bool, tmp_path: Path) -> None:
    """Every notebook asks for this in its first cell, by a rule of `notebook_hygiene`."""
    notebook = nbformat.read(NOTEBOOKS[1], as_version=4)
    if in_the_cell:
        (cell,) = (cell for cell in notebook.cells if TAG in cell.metadata.get("tags", []))
        cell.source += "\ndata_trough = 2020"
    nbformat.write(notebook, tmp_path / "in.ipynb")
    given = {} if in_the_cell else {"data_trough": 2020}
    with (
        forked_shells(1) as (shell,),
        pytest.raises(RunError, match="(?s)data_trough: found an unknown parameter.*Did you mean 'data_through'"),
    ):
        execute(tmp_path / "in.ipynb", tmp_path / "out.ipynb", given, shell=shell)


@pytest.mark.parametrize("forked", [True, False])
def test_an_error_of_the_package_is_one_sentence_and_no_traceback(tmp_path: Path, forked: bool) -> None:
    cell = nbformat.v4.new_code_cell("from ipplan_analysis import load_plan\nload_plan(region='nowhere')")
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), tmp_path / "in.ipynb")
    with forked_shells(int(forked)) as shells, pytest.raises(RunError) as raised:
        execute(tmp_path / "in.ipynb", tmp_path / "out.ipynb", {}, shell=shells[0] if forked else None)
    assert "ParameterError: 1 fault found.\n- parameters, column region: found 'nowhere'" in str(raised.value)
    outputs = [
        output for entry in nbformat.read(tmp_path / "out.ipynb", 4).cells for output in entry.get("outputs", [])
    ]
    (error,) = [output for output in outputs if output.output_type == "error"]
    assert error.traceback in ([], [f"ParameterError: {error.evalue}"])
    with pytest.raises(papermill.PapermillExecutionError) as alone:
        papermill.execute_notebook(tmp_path / "in.ipynb", tmp_path / "alone.ipynb", kernel_name="python3")
    assert "1 fault found; nothing was written" in str(alone.value) and "Traceback" not in str(alone.value)
    assert ".py" not in str(alone.value)


def test_an_earlier_run_is_found_as_it_is_written_wherever_the_notebook_stands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = NOTEBOOKS[0].parents[1]
    monkeypatch.chdir(tmp_path)
    with tempfile.TemporaryDirectory(dir=root) as folder:
        (Path(folder) / MANIFEST).write_text("{}", encoding="utf-8")
        assert run_folder(Path(folder).name) == Path(folder)
    assert run_folder("nowhere") == Path("nowhere")


SAVED = {  # how others save a notebook: what the whole has, and what becomes of its cells
    "Colab": (
        {"nbformat_minor": 0, "metadata": {"colab": {}, "kernelspec": {"name": "python3", "display_name": "Python 3"}}},
        {},
    ),
    "VS Code": ({"metadata": {"kernelspec": {"name": ".venv", "display_name": ".venv", "language": "python"}}}, {}),
    "nothing said": ({"metadata": {}}, {}),
    "the same id twice": ({}, {"id": "same"}),
    "a mark at its start": ({}, {}),
}


@pytest.mark.parametrize("name", SAVED)
def test_notebooks_saved_by_others_run_or_are_refused_in_a_sentence(name: str, tmp_path: Path) -> None:
    whole, each = SAVED[name]
    lines = ["from ipplan_analysis import __version__", "print(__version__)"]
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None} | each
    content = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell | {"source": line} for line in lines]}
    is_marked = name == "a mark at its start"
    path = tmp_path / "in.ipynb"
    path.write_text(json.dumps(content | whole), encoding="utf-8-sig" if is_marked else "utf-8")
    if is_marked:
        with pytest.raises(ParameterError, match=r"in\.ipynb: found no notebook that can be read"):
            declared_parameters(path)
        return
    code = (
        "import sys; from pathlib import Path; from ipplan_analysis.run import settle_process; settle_process();"
        "from ipplan_analysis.run.execute import execute, forked_shells; notebook, output = map(Path, sys.argv[1:])\n"
        "with forked_shells(1) as (shell,): print(execute(notebook, output, {}, shell=shell).cells[1].outputs[0].text)"
    )
    words = [sys.executable, "-c", code, str(path), str(tmp_path / "out.ipynb")]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == (__version__, "")
