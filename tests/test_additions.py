"""An addition is one file: all or nothing, one writer at a time, taken back by deleting it."""

from __future__ import annotations

import errno
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from ipplan_analysis.cli import main
from ipplan_analysis.data import inspect_tables, load_tables
from ipplan_analysis.data import plan as plan_module
from ipplan_analysis.data.check import Tables
from ipplan_analysis.intake import StoreError, add, additions, propose, undo
from ipplan_analysis.schema import DataError
from tests.intake_files import NOW, OLD, PCT, PLEDGE, TODAY, small_package, text_file

BOTH = text_file({}, OLD | PLEDGE | {"value": "9.45"})  # two rows, two new sources
ADD = "import sys; from ipplan_analysis.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return small_package(tmp_path / "data")


def contents(package: Path) -> dict[str, bytes]:
    """Every file of the package but the lock, which stays for the next user."""
    files = [path for path in package.rglob("*") if path.is_file() and path.name != additions.LOCK]
    return {path.relative_to(package).as_posix(): path.read_bytes() for path in files}


def test_an_addition_is_one_file_that_can_be_read_alone(package: Path, tmp_path: Path) -> None:
    before = contents(package)
    path = add(BOTH(tmp_path), package, accept="checked", now=NOW).path
    assert path == package / "additions" / "0001-2026-11-22-figures.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    assert lines[0] == (
        "observation,region,indicator,period,basis,scope,value,unit,bound,source,confidence,known_from,use,note,"
        "title,publisher,published,url"
    )
    assert lines[1] == (
        "O00015,640000,registered_trademarks,2025,year_end_stock,,130000,件,,S0005,medium,2025,yes,,"
        "宁夏2025年统计公报,宁夏统计局,2026-04-30,"
    )
    assert {name: content for name, content in contents(package).items() if name in before} == before


def test_undo_goes_back_step_by_step_and_then_stops(package: Path, tmp_path: Path) -> None:
    states = [contents(package)]
    for change in ({}, PCT, {"period": "2022", "value": "90000"}):
        add(text_file(change)(tmp_path), package, now=NOW)
        states.append(contents(package))
    for state in reversed(states[:-1]):
        undo(package)
        assert contents(package) == state
    with pytest.raises(StoreError, match="nothing to undo"):
        undo(package)


def test_any_addition_can_be_deleted_and_the_others_stand(package: Path, tmp_path: Path) -> None:
    for change in ({}, PCT):  # both cite one source, which the first brought in
        add(text_file(change)(tmp_path), package, now=NOW)
    next((package / "additions").glob("0001-*")).unlink()
    tables = load_tables(package)
    assert tables["observations"]["observation"].tolist()[14:] == ["O00016"]
    assert tables["sources"]["source"].tolist()[4:] == ["S0005"]
    assert add(text_file({})(tmp_path), package, now=NOW).path == package / "additions" / "0003-2026-11-22-figures.csv"


def test_a_package_with_an_older_journal_goes_on(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (package / "journal.jsonl").write_text('{"entry": 1}\n', encoding="utf-8")
    assert main(["undo", "--data", str(package)]) == 1
    assert "Those of earlier versions stand in the tables themselves" in capsys.readouterr().err
    add(BOTH(tmp_path), package, accept="checked", now=NOW)
    undo(package)


def test_a_fault_in_an_addition_names_its_file_and_row(package: Path, tmp_path: Path) -> None:
    path = add(BOTH(tmp_path), package, accept="checked", now=NOW).path
    text = path.read_text(encoding="utf-8").replace("O00016", "O00001").replace("130000", "13o000")
    path.write_text(text, encoding="utf-8")
    found = {(fault.file, fault.row, fault.column) for fault in inspect_tables(package)[1]}
    assert found == {(str(path), 2, "value"), (str(path), 3, "observation")}


def test_names_that_are_no_text_and_paths_make_plain_names(package: Path, tmp_path: Path) -> None:
    for name in ("f\udcff.csv", "..", "=1+1 & 年鉴.csv", "x" * 200 + ".csv"):
        file = BOTH(tmp_path) if name == ".." else BOTH(tmp_path).rename(tmp_path / name)
        path = add(file, package, accept="said \udcff", now=NOW).path
        assert path.parent == package / "additions" and re.fullmatch(r"0001-2026-11-22-[\w-]{1,40}\.csv", path.name)
        undo(package)


def test_a_second_writer_waits_and_is_told(package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(additions, "PATIENCE", 0.2)
    with FileLock(package / additions.LOCK), pytest.raises(StoreError, match="being changed by somebody else"):
        add(BOTH(tmp_path), package, accept="checked", now=NOW)
    assert add(BOTH(tmp_path), package, accept="checked", now=NOW).path


def test_two_at_once_both_enter_with_identifiers_of_their_own(package: Path, tmp_path: Path) -> None:
    processes = []
    for number, change in enumerate(({}, PCT, {"period": "2022", "value": "90000"})):
        (tmp_path / str(number)).mkdir()
        file = text_file(change)(tmp_path / str(number))
        command = [sys.executable, "-c", ADD, "add", str(file), "--data", str(package)]
        processes.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
    assert [process.wait() for process in processes] == [0, 0, 0]
    assert load_tables(package)["observations"]["observation"].tolist()[14:] == ["O00015", "O00016", "O00017"]


@pytest.mark.skipif(os.name != "posix", reason="needs SIGKILL")
@pytest.mark.parametrize("delay", [0.0, 0.02, 0.1])
def test_a_killed_addition_leaves_all_or_nothing_and_blocks_nobody(package: Path, tmp_path: Path, delay: float) -> None:
    before = contents(package)
    file = BOTH(tmp_path)
    command = [sys.executable, "-c", ADD, "add", str(file), "--accept", "checked", "--data", str(package)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while process.poll() is None and not (package / additions.LOCK).exists():
        time.sleep(0.005)
    time.sleep(delay)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert inspect_tables(package)[1] == []
    names = set(contents(package)) - set(before)
    assert not [name for name in names if name.endswith(".csv")] or len(load_tables(package)["observations"]) == 16
    add(text_file({"period": "2022", "value": "90000"})(tmp_path), package, now=NOW)
    assert not list(package.rglob("*.part"))


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_changes_nothing(
    package: Path, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(*args: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(package))

    before, file = contents(package), BOTH(tmp_path)
    monkeypatch.setattr(os, step, full)
    assert main(["add", str(file), "--accept", "checked", "--data", str(package)]) == 1
    assert "No space left on device. Nothing was changed." in capsys.readouterr().err
    assert contents(package) == before


def test_a_folder_that_cannot_be_written_is_named(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("ipplan_analysis.intake.additions.FileLock.acquire", refuse)
    with pytest.raises(StoreError, match=r"data cannot be written to \(Permission denied\).*ipplan init"):
        add(BOTH(tmp_path), package, accept="checked", now=NOW)


def test_a_table_outside_the_package_is_never_read(package: Path, tmp_path: Path) -> None:
    descriptor = package / "datapackage.json"
    live = (package / "sources.csv").rename(tmp_path / "sources.csv")
    for place in ("../sources.csv", str(live)):
        content = json.loads(descriptor.read_text(encoding="utf-8"))
        next(entry for entry in content["resources"] if entry["name"] == "sources")["path"] = place
        descriptor.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(DataError, match="inside the package"):
            add(BOTH(tmp_path), package, accept="checked", now=NOW)


def test_tables_are_never_kept_under_the_hash_of_others(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = BOTH(tmp_path).rename(tmp_path / "late.csv")

    def read(folder: Path) -> Tables:
        """The tables, after somebody else has added to them."""
        monkeypatch.undo()
        add(late, folder, accept="checked", now=NOW)
        return load_tables(folder)

    first = text_file(PCT)(tmp_path)
    monkeypatch.setattr(plan_module, "load_tables", read)
    assert propose(first, package, today=TODAY).added[0].observation == "O00017"  # read again, with the other's two
    undo(package)
    assert propose(first, package, today=TODAY).added[0].observation == "O00015"


def test_no_package_no_litter(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for call in (lambda: add(BOTH(tmp_path), tmp_path / "empty", now=NOW), lambda: undo(tmp_path / "empty")):
        with pytest.raises(DataError, match=r"datapackage\.json"):
            call()
    assert list((tmp_path / "empty").iterdir()) == []
