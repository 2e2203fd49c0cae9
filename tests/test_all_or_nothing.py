"""Runs that end badly: nothing under their name, nothing left running, what helps is kept, one clear message."""

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
from ipplan_analysis.kernels import KernelServer, warm_kernels
from ipplan_analysis.run import RunPlan, checked_run, make_report, outputs
from ipplan_analysis.run.outputs import ERROR_FILE, guarded_folder, whole_folder
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
# A run as the command line makes it, in a process of its own, with notebooks of our own
SCRIPT = """
import sys, pathlib
from ipplan_analysis.run import checked_run, make_report
from ipplan_analysis.schema import PlanError
notebooks, reports, timeout = sys.argv[1:]
try:
    run = checked_run({}, notebooks=pathlib.Path(notebooks))
    make_report(run, pathlib.Path(reports), say=print, timeout=int(timeout))
except PlanError as error:
    sys.exit(f"ipplan: {error}")
"""


@pytest.fixture(scope="module", autouse=True)
def server() -> Iterator[KernelServer | None]:
    with warm_kernels(preload=("pandas", "ipykernel.kernelapp")) as running:
        yield running


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


def test_a_whole_run_replaces_an_older_one(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    (reports / NAME).mkdir(parents=True)
    (reports / NAME / "old.txt").write_text("old")
    folder = make_report(planned(tmp_path), reports, say=quiet)
    assert folder == reports / NAME and not (folder / "old.txt").exists()
    assert (folder / "results.csv").read_text(encoding="utf-8-sig").startswith("target_id,status\nT01,met")
    assert visible(reports) == {NAME, "index.html"}


@pytest.mark.parametrize(
    ("cell", "timeout", "words"),
    [
        ("raise ValueError('broken on purpose')", 60, ["01_only", "The end", "ValueError: broken on purpose"]),
        ("import time; time.sleep(60)", 1, ["01_only", "within 1 s"]),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", 60, ["01_only", "its kernel died"]),
    ],
)
def test_a_notebook_that_fails(tmp_path: Path, cell: str, timeout: int, words: list[str]) -> None:
    reports = tmp_path / "reports"
    with pytest.raises(RunError) as failure:
        make_report(planned(tmp_path, cell), reports, say=quiet, timeout=timeout)
    assert all(word in str(failure.value) for word in [*words, f"_failed/{NAME}"])
    assert "\x1b" not in str(failure.value) and "\n" not in str(failure.value)
    assert visible(reports) == {"_failed"}
    kept = {path.name for path in (reports / "_failed" / NAME).rglob("*") if path.is_file()}
    assert {"01_only.ipynb", ERROR_FILE} <= kept
    assert make_report(planned(tmp_path), reports, say=quiet) == reports / NAME  # nothing blocks the next


def test_a_failed_run_leaves_the_older_one(tmp_path: Path) -> None:
    reports = tmp_path / "reports"
    make_report(planned(tmp_path), reports, say=quiet)
    before = {path: path.stat().st_mtime_ns for path in (reports / NAME).rglob("*")}
    with pytest.raises(RunError, match="ZeroDivisionError"):
        make_report(planned(tmp_path, "1 / 0"), reports, say=quiet)
    assert {path: path.stat().st_mtime_ns for path in (reports / NAME).rglob("*")} == before


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
            make_report(planned(tmp_path), reports, say=quiet)
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
    with pytest.raises(RunError, match="No space left on device") as failure:
        make_report(planned(tmp_path, "print('x' * 900_000)"), small_disk / "reports", say=quiet)
    assert "--out" in str(failure.value) and "\n" not in str(failure.value)
    assert visible(small_disk / "reports") <= {"_failed"}
    (small_disk / "filler").write_bytes(b"x" * (os.statvfs(small_disk).f_bavail * os.statvfs(small_disk).f_frsize))
    with pytest.raises(RunError, match="No space left on device"):
        make_report(planned(tmp_path), small_disk / "other", say=quiet)
    assert not (small_disk / "other" / NAME).exists()


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="Cannot write the run to"):
        make_report(planned(tmp_path), tmp_path / "file" / "reports", say=quiet)
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    (tmp_path / "locked").mkdir(mode=0o555)
    with pytest.raises(RunError, match="Permission denied"):
        make_report(planned(tmp_path), tmp_path / "locked" / "reports", say=quiet)


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


@pytest.mark.parametrize("words", ["{root}", "."])
def test_a_guarded_folder_does_not_outlive_its_process(tmp_path: Path, words: str) -> None:
    code = (
        "import pathlib, sys, time\nfrom ipplan_analysis.run.outputs import guarded_folder\n"
        "root = pathlib.Path(sys.argv[1])\n"
        "with guarded_folder(root, 'work-', failed=root / 'failed' / 'run') as folder:\n"
        "    (folder / 'part').write_text('part')\n    print('ready', flush=True)\n    time.sleep(60)\n"
    )
    command = [sys.executable, "-c", code, words.format(root=tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=tmp_path) as process:
        assert process.stdout is not None and process.stdout.readline()
        process.kill()
    assert until(lambda: (tmp_path / "failed" / "run" / "part").exists())
    assert [path.name for path in tmp_path.iterdir()] == ["failed"]
    with guarded_folder(tmp_path, "work-") as folder:
        (folder / "part").write_text("part")
    assert [path.name for path in tmp_path.iterdir()] == ["failed"]


def older_and_newer(parent: Path) -> None:
    """An older run under the name, and what an older failure left; then a newer run in its place."""
    for text in ("old", "new"):
        with whole_folder(parent, "run") as folder:
            (folder / "text").write_text(text)


def test_a_replacement_that_fails_leaves_the_older_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    replace = os.replace

    def refused(source: Path, target: Path) -> None:
        if (
            Path(source).name.startswith(".run-")
            and not Path(source).name.endswith("-old")
            and (tmp_path / "blocked").exists()
        ):
            raise PermissionError(errno.EACCES, "Permission denied")
        replace(source, target)

    monkeypatch.setattr(outputs, "_exchanged", lambda one, other: False)
    older_and_newer(tmp_path)
    assert (tmp_path / "run" / "text").read_text() == "new" and visible(tmp_path) == {"run"}
    (tmp_path / "blocked").touch()
    monkeypatch.setattr(os, "replace", refused)
    with pytest.raises(RunError, match="Permission denied"), whole_folder(tmp_path, "run") as folder:
        (folder / "text").write_text("newest")
    assert (tmp_path / "run" / "text").read_text() == "new"


@pytest.mark.parametrize("in_place", [True, False])
def test_an_older_run_left_between_two_steps_comes_back(tmp_path: Path, in_place: bool) -> None:
    with whole_folder(tmp_path, "run") as folder:
        (folder / "text").write_text("old")
    if in_place:
        shutil.copytree(tmp_path / "run", tmp_path / ".run-run-1234-old")
    else:
        (tmp_path / "run").rename(tmp_path / ".run-run-1234-old")
    with pytest.raises(PlanError), whole_folder(tmp_path, "run"):
        raise PlanError("before anything was made")
    assert (tmp_path / "run" / "text").read_text() == "old" and not list(tmp_path.glob(".run-*"))


def test_a_kill_after_the_exchange_keeps_no_older_run_as_evidence(tmp_path: Path) -> None:
    code = (
        "import os, pathlib, signal\nfrom ipplan_analysis.run import outputs\nroot = pathlib.Path('.')\n"
        "with outputs.whole_folder(root, 'run') as folder:\n    (folder / 'text').write_text('old')\n"
        "replace = outputs._replace\n"
        "def killed(work, final):\n    replace(work, final)\n    os.kill(os.getpid(), signal.SIGKILL)\n"
        "outputs._replace = killed\n"
        "with outputs.whole_folder(root, 'run') as folder:\n    (folder / 'text').write_text('new')\n"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == -signal.SIGKILL
    assert until(lambda: not list(tmp_path.glob(".run-*")))
    assert (tmp_path / "run" / "text").read_text() == "new" and not (tmp_path / "_failed").exists()


def test_faults_in_a_run_are_told_once_and_whole(tmp_path: Path) -> None:
    with pytest.raises(DataError) as raised, whole_folder(tmp_path, "run") as folder:
        (folder / "part").write_text("part")
        raise DataError([Fault("a.csv", 3, "value", "'x'", "a number", "Write a number.")])
    assert str(raised.value).startswith("1 fault found") and "kept in" in str(raised.value)


def test_an_error_that_is_not_the_disks_is_not_called_one(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="Too many open files") as raised, whole_folder(tmp_path, "run"):
        raise OSError(errno.EMFILE, "Too many open files")
    assert "Free space" not in str(raised.value)


def test_data_that_change_under_a_run_refuse_it(tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(ROOT / "data", data)
    change = f"open({str(data / 'plans.csv')!r}, 'a').write('\\n')"
    books = notebooks(tmp_path / "books", change)
    with pytest.raises(RunError, match="changed while"):
        make_report(checked_run({"data_dir": str(data)}, notebooks=books), tmp_path / "reports", say=print)
    assert visible(tmp_path / "reports") == {"_failed"}


def until(condition: Callable[[], object], seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.05)
    return bool(condition())


@pytest.mark.skipif(not hasattr(signal, "SIGKILL") or not Path("/proc").exists(), reason="looks into /proc")
def test_killed_at_random_moments(tmp_path: Path) -> None:
    books = notebooks(tmp_path / "notebooks", "import time; time.sleep(1)")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "reports").mkdir()
    env = {name: value for name, value in os.environ.items() if name != "IPPLAN_KERNEL_SERVER"}
    env |= {"TMPDIR": str(tmp_path / "tmp"), "XDG_RUNTIME_DIR": "", "IPPLAN_KILL_TEST": str(tmp_path)}
    command = [sys.executable, "-c", SCRIPT, str(books), str(tmp_path / "reports"), "60"]
    chance = random.Random(4)
    for _ in range(5):
        with subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.DEVNULL) as process:
            time.sleep(chance.uniform(0.5, 8))
            process.kill()
        assert until(lambda: not left(tmp_path, ended=True)), left(tmp_path, ended=True)
    with whole_folder(tmp_path / "reports", NAME) as folder:  # no lock blocks the next run
        (folder / "whole").write_text("whole")
