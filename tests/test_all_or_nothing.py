"""Runs that end badly: nothing partial under their name, nothing left running, what helps is kept, one clear message."""

from __future__ import annotations

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
import pytest

from benchmarks.kills import left
from ipplan_analysis.run.make import ERROR_FILE, make_report, whole_folder
from ipplan_analysis.run.parameters import RunPlan, checked_run
from ipplan_analysis.schema import DataError, Fault, ParameterError, PlanError, RunError

ROOT = Path(__file__).parents[1]
NAME = "ningxia-ip-14-640000-2025-en"
PARAMETERS = """plan: str = "ningxia-ip-14"
region: str | None = None
data_through: int | None = None
language: str = "en"
draws: int = 4000
seed: int = 0
data_dir: str | None = None"""
RESULT = """from ipplan_analysis.tables import Export
import pandas as pd
Export("results", pd.DataFrame({"target_id": ["T01"], "status": ["met"]}))"""
# Runs as the command line makes them, in a process of its own: folders of our own notebooks, and where the run goes
SCRIPT = """
import sys, pathlib
from ipplan_analysis.run import settle_process
settle_process()
from ipplan_analysis.run import make
from ipplan_analysis.run.execute import can_fork
from ipplan_analysis.run.parameters import checked_run
from ipplan_analysis.schema import PlanError
paths = [*map(pathlib.Path, sys.argv[1:])]
assert can_fork()
for notebooks, reports in zip(paths[::2], paths[1::2]):
    try:
        run = checked_run({"draws": 200}, notebooks=notebooks)
        make.make_report(run, reports, progress=print, timeout=5)
    except PlanError as error:
        print(f"ipplan: {error}", file=sys.stderr)
"""


def notebooks(folder: Path, *cells: str, result: str = RESULT) -> Path:
    """A folder with one notebook: parameters, the results, and what goes wrong."""
    folder.mkdir(exist_ok=True)
    book = nbformat.v4.new_notebook()
    tagged = nbformat.v4.new_code_cell(PARAMETERS, metadata={"tags": ["parameters"]})
    book.cells = [nbformat.v4.new_markdown_cell("# Title"), tagged, nbformat.v4.new_code_cell(result)]
    book.cells += [nbformat.v4.new_markdown_cell("## The end"), *map(nbformat.v4.new_code_cell, cells)]
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, folder / "01_only.ipynb")
    return folder


def planned(tmp_path: Path, *cells: str) -> RunPlan:
    return checked_run({"data_through": 2025}, notebooks=notebooks(tmp_path / "notebooks", *cells))


def quiet(_: str) -> None:
    """Progress that nobody reads."""


def visible(reports: Path) -> set[str]:
    return {path.name for path in reports.iterdir()} - {".locks"}


def until(condition: Callable[[], object], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(condition())


def test_a_whole_run_replaces_an_older_one(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    (reports / NAME).mkdir(parents=True)
    (reports / NAME / "old.txt").write_text("old")
    folder = make_report(planned(tmp_path), reports, progress=quiet)
    assert folder == reports / NAME and not (folder / "old.txt").exists()
    assert (folder / "results.csv").read_text(encoding="utf-8-sig").startswith("target_id,status\nT01,met")
    assert visible(reports) == {NAME}


FAILURES = {
    "raises": ("raise ValueError('broken on purpose')", "under “The end”: ValueError: broken on purpose"),
    "hangs": ("import time; time.sleep(60)", "did not finish a cell within 5 s"),
    "dies": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "its process died"),
}


def test_notebooks_that_fail(tmp_path: Path) -> None:
    """In forked shells; `test_a_failed_run_leaves_the_older_one` in an ordinary kernel."""
    pairs = [(notebooks(tmp_path / name, cell), tmp_path / f"{name} reports") for name, (cell, _) in FAILURES.items()]
    command = [sys.executable, "-c", SCRIPT, *(path for pair in pairs for path in pair)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    said = done.stderr.splitlines()
    assert done.returncode == 0 and len(said) == len(FAILURES) and "\x1b" not in done.stderr, done.stderr
    for line, (_, words), (_, reports) in zip(said, FAILURES.values(), pairs, strict=True):
        assert "01_only" in line and words in line and f"_failed/{NAME}" in line
        assert visible(reports) == {"_failed"}
        kept = {path.name for path in (reports / "_failed" / NAME).rglob("*") if path.is_file()}
        assert {"01_only.ipynb", ERROR_FILE} <= kept
        executed = nbformat.read(reports / "_failed" / NAME / "notebooks" / "01_only.ipynb", as_version=4)
        assert any(cell.get("outputs") for cell in executed.cells)
        with whole_folder(reports, NAME):  # nothing blocks the next
            pass
        assert visible(reports) == {NAME}


def test_a_failed_run_leaves_the_older_one(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    with whole_folder(reports, NAME) as folder:
        (folder / "text").write_text("old")
    with pytest.raises(RunError, match=r"under “The end”: ZeroDivisionError: division by zero"):
        make_report(planned(tmp_path, "1 / 0"), reports, progress=quiet)
    assert (reports / NAME / "text").read_text() == "old" and visible(reports) == {NAME, "_failed"}


def test_two_runs_of_one_name_at_once(tmp_path: Path) -> None:
    reports, begun, end = tmp_path / "reports", threading.Event(), threading.Event()

    def first() -> None:
        with whole_folder(reports, NAME) as folder:
            (folder / "whose").write_text("first")
            begun.set()
            end.wait(30)

    other = threading.Thread(target=first)
    other.start()
    try:
        assert begun.wait(30)
        with pytest.raises(RunError, match=f"Another run named {NAME} is under way") as failure:
            make_report(planned(tmp_path), reports, progress=quiet)
        assert "\n" not in str(failure.value)
        with whole_folder(reports, "another-name") as folder:  # another name is no obstacle
            (folder / "x").write_text("x")
    finally:
        end.set()
        other.join()
    assert (reports / NAME / "whose").read_text() == "first"
    assert visible(reports) == {NAME, "another-name"}


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 300 KB; mounting one needs root."""
    place = tmp_path / "small"
    place.mkdir()
    done = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(place)], capture_output=True)
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted: {done.stderr.decode().strip()}")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk(tmp_path: Path, small_disk: Path) -> None:
    with pytest.raises(RunError, match=r": No space left on device\. Nothing was changed\.") as failure:
        make_report(planned(tmp_path, "print('x' * 900_000)"), small_disk / "reports", progress=quiet)
    assert str(small_disk) in str(failure.value) and "\n" not in str(failure.value)
    assert visible(small_disk / "reports") <= {"_failed"}
    (small_disk / "filler").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize))
    with pytest.raises(RunError, match="No space left on device"):
        make_report(planned(tmp_path), small_disk / "other", progress=quiet)
    assert not (small_disk / "other" / NAME).exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match=r"file/reports.*: Not a directory\. Nothing was changed\."):
        make_report(planned(tmp_path), tmp_path / "file" / "reports", progress=quiet)
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "locked").mkdir(mode=0o555)
    with pytest.raises(RunError, match="Permission denied"):
        make_report(planned(tmp_path), tmp_path / "locked" / "reports", progress=quiet)


@pytest.mark.parametrize("name", ["", "..", "a/b", ".hidden", "_failed", "x" * 200, "a\nb"])
def test_names_that_are_no_plain_folder_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ParameterError), whole_folder(tmp_path, name):
        pass
    assert not list(tmp_path.iterdir())


def test_an_error_in_the_block_keeps_its_type_and_place(tmp_path: Path) -> None:
    with pytest.raises(KeyError), whole_folder(tmp_path, "run") as folder:
        (folder / "part").write_text("part")
        raise KeyError("a bug of ours")
    assert "KeyError" in (tmp_path / "_failed" / "run" / ERROR_FILE).read_text()
    with pytest.raises(PlanError, match=r"^no trace$"), whole_folder(tmp_path, "empty"):
        raise PlanError("no trace")
    assert visible(tmp_path / "_failed") == {"run"}
    with pytest.raises(DataError) as raised, whole_folder(tmp_path, "faults") as folder:
        (folder / "part").write_text("part")
        raise DataError([Fault("a.csv", 3, "value", "'x'", "a number", "Write a number.")])
    assert str(raised.value).startswith("1 fault found") and "kept in" in str(raised.value)


def test_a_replacement_that_fails_leaves_the_older_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with whole_folder(tmp_path, "run") as folder:
        (folder / "text").write_text("old")
    rename = Path.rename

    def refused(source: Path, target: Path) -> Path:
        if source == tmp_path / "_failed" / "run":
            raise PermissionError(errno.EACCES, "Permission denied")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", refused)
    with pytest.raises(RunError, match="Permission denied"), whole_folder(tmp_path, "run") as folder:
        (folder / "text").write_text("new")
    assert (tmp_path / "run" / "text").read_text() == "old" and visible(tmp_path) == {"run", "_failed"}


KILLED = """
import os, pathlib, signal, sys
from ipplan_analysis.run import make
rename = pathlib.Path.rename
def counted(source, target):
    global step
    rename(source, target)
    step -= 1
    if step == 0:
        os.kill(os.getpid(), signal.SIGKILL)
pathlib.Path.rename = counted
for step, root in enumerate(map(pathlib.Path, sys.argv[1:]), start=1):
    if os.fork() == 0:
        with make.whole_folder(root, "run") as folder:
            (folder / "text").write_text("new")
    assert os.waitstatus_to_exitcode(os.wait()[1]) == -signal.SIGKILL
"""


def test_a_kill_between_the_two_renames_loses_nothing(tmp_path: Path) -> None:
    roots = {tmp_path / "after the first": "old", tmp_path / "after the second": "new"}
    for root in roots:
        with whole_folder(root, "run") as folder:
            (folder / "text").write_text("old")
    subprocess.run([sys.executable, "-c", KILLED, *roots], cwd=ROOT, check=True)
    for root, found in roots.items():
        with pytest.raises(PlanError), whole_folder(root, "run"):  # the next run, which fails at once
            raise PlanError("before anything was made")
        assert (root / "run" / "text").read_text() == found


def test_data_that_change_under_a_run_refuse_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data", data)
    books = notebooks(tmp_path / "books", f"open({str(data / 'plans.csv')!r}, 'a').write('\\n')")
    with pytest.raises(RunError, match="changed while"):
        make_report(checked_run({"data_dir": str(data)}, notebooks=books), tmp_path / "reports", progress=quiet)
    assert visible(tmp_path / "reports") == {"_failed"}


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_ended_at_random_moments(tmp_path: Path, number: signal.Signals) -> None:
    books = notebooks(tmp_path / "notebooks", "import time; time.sleep(1)")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "reports").mkdir()
    env = os.environ | {"TMPDIR": str(tmp_path / "tmp"), "IPPLAN_KILL_TEST": str(tmp_path)}
    command = [sys.executable, "-c", SCRIPT, str(books), str(tmp_path / "reports")]
    chance = random.Random(4)
    for _ in range(3):
        with subprocess.Popen(
            command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        ) as process:
            time.sleep(chance.uniform(1, 9))
            os.killpg(process.pid, number) if process.poll() is None else None
        assert until(lambda: not left(tmp_path, ended=True)), left(tmp_path, ended=True)
    with whole_folder(tmp_path / "reports", NAME) as folder:  # no lock blocks the next run
        (folder / "whole").write_text("whole")
