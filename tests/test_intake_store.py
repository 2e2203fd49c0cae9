"""Adding is all or nothing: locks, crashes at every step, full disks, two people at once, undo."""

from __future__ import annotations

import errno
import json
import os
import signal
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipplan_analysis.cli import main
from ipplan_analysis.data import inspect_tables, load_tables
from ipplan_analysis.data import plan as plan_module
from ipplan_analysis.data.check import Tables
from ipplan_analysis.intake import StoreError, add, history, proposal, propose, transaction, undo
from ipplan_analysis.intake.journal import JOURNAL, Splice, change_between, change_from_json, read_journal
from ipplan_analysis.intake.lock import exclusive
from ipplan_analysis.schema import DataError
from tests.intake_files import NOW, OLD, PCT, PLEDGE, TODAY, small_package, text_file

BOTH = text_file({}, OLD | PLEDGE | {"value": "9.45"})  # a new row, a new source, and a changed row
posix_only = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return small_package(tmp_path / "data")


def tables(package: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in package.glob("*.csv")}


def in_child(work: Callable[[], None]) -> int:
    """Process id of a child that does the work and ends; 1 is its exit code if the work raises."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # fork beside library threads, which the child never uses
        child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        finally:
            os._exit(1)
    return child


def added(package: Path, tmp_path: Path) -> int | None:
    return add(BOTH(tmp_path), package, accept="checked", who="analyst", now=NOW).entry


# journal and undo


def test_the_journal_says_who_when_what_and_why(package: Path, tmp_path: Path) -> None:
    added(package, tmp_path)
    entry = history(package)[0]
    assert (entry["who"], entry["when"], entry["file"]) == ("analyst", "2026-11-22T09:30:00+00:00", "figures.csv")
    assert (
        entry["rows"] == ["O00015", "O00016"]
        and entry["sources"] == ["S0005", "S0006"]
        and entry["changed"] == ["O00006"]
    )
    assert entry["accepted"] == "checked" and len(entry["file_sha256"]) == 64 and "files" not in entry


def test_undo_goes_back_step_by_step_and_then_stops(package: Path, tmp_path: Path) -> None:
    states = [tables(package)]
    for change in ({}, PCT, {"period": "2022", "value": "90000"}):
        add(text_file(change)(tmp_path), package, who="a", now=NOW)
        states.append(tables(package))
    for state in reversed(states[:-1]):
        undo(package, who="a", now=NOW)
        assert tables(package) == state
    with pytest.raises(StoreError, match="nothing to undo"):
        undo(package, who="a", now=NOW)
    assert [entry["action"] for entry in history(package)] == ["add"] * 3 + ["undo"] * 3
    assert added(package, tmp_path) == 7


def test_undo_refuses_once_a_file_has_changed(package: Path, tmp_path: Path) -> None:
    added(package, tmp_path)
    with (package / "observations.csv").open("a", encoding="utf-8") as stream:
        stream.write("O00017,640000,pct_applications,2021,annual_flow,,20,件,,S0001,high,2021,yes,\n")
    before = tables(package)
    with pytest.raises(
        StoreError, match=r"observations\.csv has changed since figures\.csv was added.*O00015 to O00016"
    ):
        undo(package, who="a", now=NOW)
    assert tables(package) == before


def test_a_damaged_journal_is_named_by_line(package: Path, tmp_path: Path) -> None:
    added(package, tmp_path)
    with (package / JOURNAL).open("a", encoding="utf-8") as stream:
        stream.write("not json\n")
    with pytest.raises(StoreError, match=r"journal\.jsonl, line 3"):
        propose(BOTH(tmp_path), package, today=TODAY)


WHOLE = {"entry": 1, "state": "done", "action": "add", "who": "a", "when": "now", "file": "f", "rows": [], "files": {}}
CHANGE = {"before_sha256": "", "after_sha256": "", "splices": []}


@pytest.mark.parametrize(
    "line",
    [
        {"entry": 1},
        {name: value for name, value in WHOLE.items() if name != "rows"},
        WHOLE | {"files": []},
        WHOLE | {"files": {"../observations.csv": CHANGE}},
        WHOLE | {"files": {"observations.csv": CHANGE | {"splices": [{"at": 1}]}}},
        WHOLE | {"action": "sell"},
        WHOLE | {"state": None},
    ],
)
def test_a_journal_line_that_lacks_something_is_named(
    package: Path, line: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    (package / JOURNAL).write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert main(["undo", "--data", str(package)]) == 1
    assert f"{package / JOURNAL}, line 1: not an entry of the journal" in capsys.readouterr().err


def test_an_undo_whose_addition_the_journal_forgot(package: Path) -> None:
    line = WHOLE | {"action": "undo", "of": 7}
    (package / JOURNAL).write_text(json.dumps(line) + "\n", encoding="utf-8")
    with pytest.raises(StoreError, match="nothing to undo"):
        undo(package, who="a", now=NOW)


def test_names_that_are_no_text_enter_the_journal_with_question_marks(package: Path, tmp_path: Path) -> None:
    before = tables(package)
    path = BOTH(tmp_path).rename(tmp_path / "f\udcff.csv")
    add(path, package, accept="said \udcff", who="W\udce4ng", now=NOW)
    entry = history(package)[0]
    assert (entry["file"], entry["who"], entry["accepted"]) == ("f?.csv", "W?ng", "said ?")
    undo(package, who="a", now=NOW)
    assert tables(package) == before


@given(
    st.lists(
        st.tuples(st.text("añ中,\n", max_size=5), st.text("añ中,\n", max_size=5), st.text("añ中,\n", max_size=5)),
        max_size=6,
    )
)
def test_a_change_taken_back_gives_the_old_bytes(parts: list[tuple[str, str, str]]) -> None:
    old, new, found = "", "", []
    for kept, before, after in parts:
        found.append(Splice(len((old + kept).encode()), before, after))
        old, new = old + kept + before, new + kept + after
    change = change_between(old.encode(), found)
    assert change.forward(old.encode()) == new.encode()
    assert change_from_json(json.loads(json.dumps(change.as_json()))).reversed().forward(new.encode()) == old.encode()


# lock


def test_a_second_writer_is_told_who_is_at_work(package: Path) -> None:
    with (
        exclusive(package, who="Wang"),
        pytest.raises(StoreError, match=rf"by Wang \(process {os.getpid()}, since 2"),
    ):
        with exclusive(package, who="Li", patience=0.2):
            pass
    with exclusive(package, who="Li", patience=0.2):
        pass


@posix_only
def test_a_killed_holder_blocks_nobody(package: Path, tmp_path: Path) -> None:
    def hold() -> None:
        with exclusive(package, who="killed"):
            (tmp_path / "held").touch()
            time.sleep(60)

    child = in_child(hold)
    while not (tmp_path / "held").exists():
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    assert (package / ".ipplan.holder").exists()
    assert added(package, tmp_path) == 1
    assert not (package / ".ipplan.holder").exists()


@posix_only
def test_two_at_once_both_enter_with_identifiers_of_their_own(package: Path, tmp_path: Path) -> None:
    files = []
    for number, change in enumerate(({}, PCT, {"period": "2022", "value": "90000"})):
        (tmp_path / str(number)).mkdir()
        files.append(text_file(change)(tmp_path / str(number)))
    children = [
        in_child(lambda file=file: add(file, package, who=file.parent.name, now=NOW) and None) for file in files
    ]
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    rows = (package / "observations.csv").read_text(encoding="utf-8").splitlines()
    assert [row[:6] for row in rows[15:]] == ["O00015", "O00016", "O00017"]
    assert inspect_tables(package)[1] == [] and len(history(package)) == 3


# crashes and full disks

STEPS = ("write_whole", "_put", "write_journal")


def failing(monkeypatch: pytest.MonkeyPatch, at: int, fail: Callable[[str, tuple[Any, ...]], None]) -> None:
    """Let the transaction's step number `at` fail instead of being done."""
    count = iter(range(100))
    for name in STEPS:
        real = getattr(transaction, name)

        def step(*args: Any, real: Callable[..., Any] = real, name: str = name) -> Any:
            if next(count) == at:
                fail(name, args)
            return real(*args)

        monkeypatch.setattr(transaction, name, step)


def torn(name: str, args: tuple[Any, ...]) -> None:
    """Die; in the middle of the line if the journal is being written."""
    if name == "write_journal":
        with (args[0] / JOURNAL).open("ab") as stream:
            stream.write(json.dumps(args[1]).encode()[:40])
    os._exit(9)


@posix_only
@pytest.mark.parametrize("at", range(6))
def test_a_crash_at_any_step_is_rolled_back_on_the_next_start(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before = tables(package)
    with monkeypatch.context() as patch:
        failing(patch, at, torn)
        child = in_child(lambda: added(package, tmp_path) and None)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert inspect_tables(package)[1] == []  # readers never meet an observation without its source
    propose(BOTH(tmp_path), package, today=TODAY)
    assert tables(package) == before
    added(package, tmp_path)
    assert len(tables(package)["observations.csv"].splitlines()) == 17
    undo(package, who="a", now=NOW)
    assert tables(package) == before
    assert sorted(path.name for path in package.iterdir()) == sorted(
        [*before, ".ipplan.lock", "datapackage.json", JOURNAL]
    )


@posix_only
@pytest.mark.parametrize("at", range(6))
def test_a_crash_during_undo_leaves_the_addition_standing(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    before = tables(package)
    added(package, tmp_path)
    after = tables(package)
    with monkeypatch.context() as patch:
        failing(patch, at, torn)
        child = in_child(lambda: undo(package, who="a", now=NOW) and None)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    assert inspect_tables(package)[1] == []
    propose(BOTH(tmp_path), package, today=TODAY)
    assert tables(package) == after
    undo(package, who="a", now=NOW)
    assert tables(package) == before


@pytest.mark.parametrize("at", range(6))
def test_a_full_disk_at_any_step_changes_nothing(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    def full(name: str, args: tuple[Any, ...]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(args[0]))

    before = tables(package)
    with monkeypatch.context() as patch:
        failing(patch, at, full)
        with pytest.raises(StoreError, match="No space left on device"):
            added(package, tmp_path)
    assert tables(package) == before
    assert not list(package.glob(".intake-*")) and history(package) == []


def test_a_folder_that_cannot_be_written_is_named(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **options: Any) -> None:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    monkeypatch.setattr("ipplan_analysis.intake.lock.FileLock.acquire", refuse)
    with pytest.raises(StoreError, match=r"data cannot be written to \(Permission denied\).*ipplan init"):
        added(package, tmp_path)


def test_tables_in_a_folder_of_their_own_are_rolled_back(package: Path, tmp_path: Path) -> None:
    descriptor = package / "datapackage.json"
    descriptor.write_text(
        descriptor.read_text(encoding="utf-8").replace('"observations.csv"', '"all/observations.csv"')
    )
    (package / "all").mkdir()
    table = (package / "observations.csv").rename(package / "all" / "observations.csv")
    before = table.read_bytes()
    added(package, tmp_path)
    assert table.read_bytes() != before
    lines = (package / JOURNAL).read_bytes().splitlines(keepends=True)
    (package / JOURNAL).write_bytes(lines[0])  # as a crash before the last line leaves it
    propose(BOTH(tmp_path), package, today=TODAY)
    assert table.read_bytes() == before


def test_a_table_outside_the_package_is_never_written(package: Path, tmp_path: Path) -> None:
    descriptor = package / "datapackage.json"
    live = (package / "sources.csv").rename(tmp_path / "sources.csv")
    for place in ("../sources.csv", str(live)):
        content = json.loads(descriptor.read_text(encoding="utf-8"))
        next(entry for entry in content["resources"] if entry["name"] == "sources")["path"] = place
        descriptor.write_text(json.dumps(content), encoding="utf-8")
        before = live.read_bytes()
        with pytest.raises(DataError, match="inside the package"):
            added(package, tmp_path)
        assert live.read_bytes() == before


def test_tables_are_never_kept_under_the_hash_of_others(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = BOTH(tmp_path).rename(tmp_path / "late.csv")

    def read(folder: Path) -> Tables:
        """The tables, after somebody else has added to them."""
        monkeypatch.undo()
        add(late, folder, accept="checked", who="b", now=NOW)
        return load_tables(folder)

    first = text_file(PCT)(tmp_path)
    monkeypatch.setattr(proposal, "_CHECKED", {})  # another test may have read a package of the same bytes
    monkeypatch.setattr(plan_module, "load_tables", read)
    with pytest.raises(DataError, match="changed while being read"):
        propose(first, package, today=TODAY)
    undo(package, who="b", now=NOW)
    assert propose(first, package, today=TODAY).new_rows[0]["observation"] == "O00015"


def test_no_package_no_litter(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for call in (lambda: added(tmp_path / "empty", tmp_path), lambda: undo(tmp_path / "empty", who="a", now=NOW)):
        with pytest.raises(Exception, match=r"datapackage\.json"):
            call()
    assert list((tmp_path / "empty").iterdir()) == []


def test_an_interrupted_addition_edited_by_hand_is_left_alone(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    added(package, tmp_path)
    lines = (package / JOURNAL).read_bytes().splitlines(keepends=True)
    (package / JOURNAL).write_bytes(lines[0])  # as a crash before the last line leaves it
    with (package / "observations.csv").open("a", encoding="utf-8") as stream:
        stream.write("O00017,640000,pct_applications,2021,annual_flow,,20,件,,S0001,high,2021,yes,\n")
    edited = tables(package)
    propose(BOTH(tmp_path), package, today=TODAY)
    assert tables(package) == edited and read_journal(package)[0]["state"] == "abandoned"
