"""Each bad input gives one message, a non-zero exit code, no traceback, and nothing is written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ipplan_analysis.cli import main
from ipplan_analysis.data import inspect_tables
from ipplan_analysis.run.parameters import declared_parameters
from ipplan_analysis.schema import ParameterError, nearest
from tests.intake_files import small_package

ROOT = Path(__file__).parents[1]
Row = dict[str, str]


def _first(rows: list[Row], **values: str) -> Row:
    return next(row for row in rows if all(row[name] == value for name, value in values.items()))


def _set(column: str, value: str) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        _first(rows, indicator="pct_applications", region="640000", use="yes")[column] = value
        return rows

    return change


def _drop_column(rows: list[Row]) -> list[Row]:
    return [{name: value for name, value in row.items() if name != "basis"} for row in rows]


FAULTS: dict[str, tuple[Callable[[list[Row]], list[Row]], tuple[str, ...]]] = {
    "missing column": (_drop_column, ("column basis", "no such column")),
    "text in a value": (_set("value", "about 12"), ("column value", "'about 12'", "a number")),
    "unknown indicator": (
        _set("indicator", "pct_aplications"),
        ("'pct_aplications'", "Did you mean 'pct_applications'"),
    ),
    "unknown source": (_set("source", "S9999"), ("'S9999'", "known in sources")),
    "negative count": (_set("value", "-3"), ("column value", "-3", "at least 0")),
    "wrong unit": (_set("unit", "万件"), ("'万件'", "expected 件")),
    "bad year": (_set("period", "20231"), ("column period", "'20231'", "Write 2020")),
    "bad known_from": (_set("known_from", "next"), ("column known_from", "'next'")),
    "bad yes/no": (_set("use", "maybe"), ("'maybe'", "yes or no")),
    "unknown region": (_set("region", "64000"), ("'64000'", "known in regions", "Did you mean")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_faulty_data_are_refused_with_one_message(
    name: str, edit_table: Callable[..., Path], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    change, words = FAULTS[name]
    folder = edit_table("observations", change)
    code = main(["report", "--data", str(folder), "--out", str(tmp_path / "out")])
    shown = capfd.readouterr()
    assert code == 1
    assert shown.err.count("ipplan:") == 1
    assert "Traceback" not in shown.err and "Warning" not in shown.err
    assert "observations.csv" in shown.err
    for word in words:
        assert word in shown.err
    assert not (tmp_path / "out").exists()


def test_every_fault_is_listed_at_once(edit_table: Callable[..., Path], capfd: pytest.CaptureFixture[str]) -> None:
    def change(rows: list[Row]) -> list[Row]:
        rows[10]["value"], rows[500]["unit"], rows[900]["source"] = "x", "kg", "S0"
        return rows

    assert main(["check", "--data", str(edit_table("observations", change))]) == 1
    shown = capfd.readouterr().err
    assert "faults found" in shown and "row 12" in shown and "row 502" in shown and "row 902" in shown


PARAMETERS = {
    "unknown name": (["--data-trough", "2020"], 2, "--data-through"),
    "text for a number": (["--draws", "many"], 1, "a whole number"),
    "too few draws": (["--draws", "3"], 1, "from 200 to"),
    "unknown language": (["--language", "fr"], 1, "en or zh"),
    "unknown plan": (["--plan", "ningxia-ip-41"], 1, "Did you mean 'ningxia-ip-14'"),
    "unknown region": (["--region", "64"], 1, "a region of the data package"),
    "unknown indicator": (["--indicator", "registered_trademark"], 1, "Did you mean 'registered_trademarks'"),
    "year beyond the data": (["--data-through", "2099"], 1, "a year from"),
    "no earlier run": (["--previous", "nowhere"], 1, "no manifest that can be read (No such file or directory)"),
}


@pytest.mark.parametrize("number", ["-1", "0", "two", "1.5"])
def test_a_sweep_needs_at_least_one_process(number: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sweep", "--data-through", "2020", "--jobs", number]) == 2
    assert f"Invalid value for '--jobs': {number!r}".replace("'", "") in capsys.readouterr().err.replace("'", "")


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["reprot"], "'report'"),
        (["report", "--langage", "en"], "'--language'"),
        (["template"], "--year"),
        (["report", "extra"], "extra"),
        (["rerun"], "FILE"),
    ],
)
def test_misspelt_and_missing_words_are_usage_errors(
    words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(words) == 2
    assert expected in capsys.readouterr().err


def test_help_loads_no_library() -> None:
    code = "import sys; from ipplan_analysis.cli import main; main(['report', '--help']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert "--data-through" in done.stdout
    assert not {"numpy", "pandas", "nbformat", "jinja2"} & set(done.stdout.split())


@pytest.mark.parametrize(
    "content", [b"", b"<<<<<<< HEAD\n{}", b"[]", b"{}", b"\xff", b'{"nbformat": 9}', b'{"nbformat": 4, "cells": [1]}']
)
def test_a_notebook_that_cannot_be_read_is_named(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "01_x.ipynb"
    path.write_bytes(content)
    with pytest.raises(ParameterError, match=r"01_x\.ipynb: found no notebook that can be read"):
        declared_parameters(path)


@pytest.mark.parametrize("name", PARAMETERS)
def test_faulty_parameters_are_refused(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    words, code, expected = PARAMETERS[name]
    found = main(["report", *words, "--out", str(tmp_path / "out")])
    shown = capfd.readouterr()
    assert found == code
    assert expected in shown.err and "Traceback" not in shown.err
    assert not (tmp_path / "out").exists()


def test_several_wrong_parameters_are_listed_together(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--draws", "many", "--language", "fr", "--seed", "-1"]) == 1
    shown = capfd.readouterr().err
    assert "3 faults" in shown


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00bad", b'a,b\n"x', b"plan\n"])
def test_unreadable_tables_never_give_a_traceback(
    content: bytes, data_copy: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (data_copy / "observations.csv").write_bytes(content)
    assert main(["check", "--data", str(data_copy)]) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_observations_without_a_row_are_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    table = small_package(tmp_path / "data") / "observations.csv"
    table.write_text(table.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
    assert main(["check", "--data", str(tmp_path / "data")]) == 1
    assert "found no rows; expected at least one figure" in capfd.readouterr().err


def _of_sources(content: dict[str, Any]) -> dict[str, Any]:
    return next(entry for entry in content["resources"] if entry["name"] == "sources")


DESCRIPTORS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    f"path {path!r}": (lambda content, path=path: _of_sources(content).update(path=path), f"{path!r} for sources")
    for path in (
        "/etc/hosts",
        "../sources.csv",
        "a/../../sources.csv",
        "./sources.csv",
        "C:\\s.csv",
        "",
        "..",
        ["a", "b"],
        5,
    )
} | {
    "no table": (lambda content: content["resources"].remove(_of_sources(content)), "the table sources"),
    "no name of a column": (
        lambda content: _of_sources(content)["schema"]["fields"].append({}),
        "unreadable descriptor",
    ),
    "a word for a table": (lambda content: content["resources"].append("plans"), "unreadable descriptor"),
    "a word for columns": (lambda content: _of_sources(content).update(schema="x"), "unreadable descriptor"),
}


@pytest.mark.parametrize("name", DESCRIPTORS)
def test_faulty_descriptors_are_refused(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    change, expected = DESCRIPTORS[name]
    path = small_package(tmp_path / "data") / "datapackage.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    change(content)
    path.write_text(json.dumps(content), encoding="utf-8")
    assert main(["check", "--data", str(tmp_path / "data")]) == 1
    shown = capfd.readouterr().err
    assert f"1 fault found; nothing was written.\n- {path}" in shown and expected in shown


def test_a_folder_without_a_package_is_said(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--data", str(tmp_path / "nowhere")]) == 1
    assert "datapackage.json" in capfd.readouterr().err


BASE_TARGET = {
    "plan": "ningxia-ip-14",
    "indicator": "pct_applications",
    "kind": "annual_growth",
    "base_period": "2020",
    "window": "2021/2025",
    "target_year": "2025",
}


@pytest.mark.parametrize(
    ("change", "column", "expected"),
    [
        ({"window": ""}, "window", "years that end in the target year 2025"),
        ({"window": "2021/2024"}, "window", "years that end in the target year 2025"),
        ({"window": "2022/2025"}, "base_period", "the year 2021, before the window begins"),
        ({"kind": "increment", "base_period": "2025", "window": ""}, "base_period", "a period that ends before 2025"),
        ({"kind": "multiple", "base_period": ""}, "base_period", "a period that ends before 2021"),
    ],
)
def test_years_of_a_target_that_contradict_each_other_are_refused(
    change: dict[str, str], column: str, expected: str, edit_table: Callable[..., Path]
) -> None:
    def edit(rows: list[dict[str, str]]) -> list[dict[str, str]]:
        model = next(row for row in rows if row["target_id"] == "T02")
        return [*rows, model | BASE_TARGET | {"target_id": "T90"} | change]

    _, faults = inspect_tables(edit_table("targets", edit))
    assert [(fault.column, fault.expected) for fault in faults] == [(column, expected)]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize(("target", "code", "words"), [("/dev/full", 1, "the output: No space left"), (None, 141, "")])
def test_output_that_goes_nowhere_is_no_traceback(target: str | None, code: int, words: str) -> None:
    command = [sys.executable, "-c", "import sys; from ipplan_analysis.cli import main; sys.exit(main(['check']))"]
    env = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    if target is None:
        reader, out = os.pipe()
        os.close(reader)
    else:
        out = os.open(target, os.O_WRONLY)
    done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, text=True, env=env, cwd=ROOT, check=False)
    os.close(out)
    assert done.returncode == code
    assert words in done.stderr and "Traceback" not in done.stderr and "Exception ignored" not in done.stderr


@pytest.mark.parametrize("content", [b"", b"\xd8\x00", b"run,year\na,2020\n", b"run,data_through\n"])
def test_a_damaged_vintage_is_named(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = small_package(tmp_path / "data") / "vintages"
    folder.mkdir()
    (folder / "a.csv").write_bytes(content)
    (folder / "~$a.csv").write_bytes(b"a lock file of Excel")
    assert main(["check", "--data", str(tmp_path / "data")]) == 1
    said = capsys.readouterr().err
    assert str(folder / "a.csv") in said and "found no forecasts that can be read" in said


def test_a_sweep_without_a_place_for_its_runs_is_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()
    assert main(["sweep", "--data-through", "2020", "--out", str(tmp_path / "file" / "reports")]) == 1
    assert (
        capsys.readouterr().err == f"ipplan: {tmp_path / 'file' / 'reports'}: Not a directory. Nothing was changed.\n"
    )


def test_faults_of_a_run_file_name_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("region = 640000\ndrws = 5\n")
    assert main(["rerun", str(path), "--out", str(tmp_path / "reports")]) == 1
    said = capsys.readouterr().err
    assert f"{path}, line 1, key region: found 640000" in said and 'Write region = "640000"' in said
    assert f"{path}, line 2, key drws: found an unknown parameter" in said and not (tmp_path / "reports").exists()


def test_suggestions_are_near_and_not_said_twice() -> None:
    assert nearest("宁厦", ["宁夏", "全国", "宁夏"]) == "Did you mean '宁夏'?"
    assert nearest("language", ["lang", "languages"]) == "Did you mean 'languages' or 'lang'?"
    assert nearest("xy", ["en", "zh"]) == ""
