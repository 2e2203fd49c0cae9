"""Sweeps: real worker processes, a real Dask cluster, real kills; the runs are small notebooks of our own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.kills import left, strays
from ipplan_analysis.cli import summary
from ipplan_analysis.data import Plan
from ipplan_analysis.run.make import is_made_from
from ipplan_analysis.run.sweep import Job, Result, combinations, run_job, sweep
from ipplan_analysis.schema import ParameterError, PlanError
from tests.test_all_or_nothing import ROOT, notebooks, until

ASSESSED = """from ipplan_analysis import assess, load_plan
from ipplan_analysis.tables import Export
known = load_plan(plan, region=region, data_through=data_through, data_dir=data_dir)
Export("results", assess(known, draws=draws, seed=seed))"""
GIVEN = {"draws": "200"}
REGIONS = ["640000", "110000"]


def keep(_: Result, finished: int, total: int) -> None:
    assert 0 < finished <= total


def results(reports: Path) -> dict[str, bytes]:
    return {path.parent.name: path.read_bytes() for path in reports.glob("*/results.csv")}


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One notebook that computes the real results and draws nothing."""
    return notebooks(tmp_path_factory.mktemp("books"), result=ASSESSED)


@pytest.fixture(scope="module")
def jobs(books: Path) -> list[Job]:
    return combinations(REGIONS, [2022], given=GIVEN, notebooks=books)


@pytest.fixture(scope="module")
def local(jobs: list[Job], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sweep on two processes of this machine."""
    reports = tmp_path_factory.mktemp("local")
    found = sweep(jobs, reports, progress=keep, workers=2)
    assert [result.state for result in found] == ["done", "done"], found
    return reports


def test_combinations_are_every_province_and_year() -> None:
    found = combinations("all", "2020..2022")
    assert len(found) == 31 * 3
    assert len({job.name for job in found}) == 93
    assert [job.given["data_through"] for job in found] == [2020] * 31 + [2021] * 31 + [2022] * 31
    assert found[0].given["region"] == "110000" and isinstance(found[0].given["region"], str)
    assert combinations("640000", "2021,2019..2020") == combinations(["640000"], [2021, 2019, 2020])


def test_plans_come_with_their_own_regions_unless_others_are_named(plan: Plan) -> None:
    every = combinations(None, None, plans="all")
    assert len(every) == 15 and {job.given["data_through"] for job in every} == {plan.data_through}
    own = {job.given["plan"]: job.given["region"] for job in every}
    assert own["hubei-ip-14"] == "420000" and own["national-15"] == "000000"
    assert len(combinations(None, None, plans="hubei-ip-14")) == 31
    two = combinations("640000, 420000", "2022", plans=["hubei-ip-14", "zhejiang-ip-14"])
    assert [(job.given["plan"], job.given["region"]) for job in two[1:3]] == [
        ("hubei-ip-14", "420000"),
        ("zhejiang-ip-14", "640000"),
    ]
    with pytest.raises(ParameterError, match="'hubei'.*Did you mean 'hubei-2026' or"):
        combinations(None, None, plans="all,hubei")


@pytest.mark.parametrize(
    ("regions", "years", "words"),
    [
        ("64000,bla", "2020", ["'64000'", "Did you mean", "'bla'", "2 faults"]),
        ("all", "2023..2020", ["2023..2020", "years like"]),
        ("all", "20x", ["20x", "years like"]),
        ("all", "2020..", ["2020..", "years like"]),
        ("all", "2015..99999999999", ["years like"]),
        ("all", "1900..1901", ["1900", "a year from"]),
    ],
)
def test_faulty_words_are_refused_before_anything_runs(regions: str, years: str, words: list[str]) -> None:
    with pytest.raises(ParameterError) as failure:
        combinations(regions, years)
    assert all(word in str(failure.value) for word in words)


def test_a_sweep_makes_whole_runs(local: Path, jobs: list[Job]) -> None:
    for job in jobs:
        names = {path.name for path in (local / job.name).iterdir()}
        assert {"report.html", "results.csv", "manifest.json", "inputs.zip", "notebooks"} <= names
        assert is_made_from(local / job.name, job.inputs)
    assert (local / "index.html").is_file() and not (local / "_failed").exists()
    assert len(set(results(local).values())) == 2


def test_unchanged_runs_are_left_out(local: Path, jobs: list[Job], tmp_path: Path) -> None:
    found = sweep(jobs, local, progress=keep, only_missing=True)
    assert [result.state for result in found] == ["unchanged", "unchanged"]
    for name in ("data_sha256", "parameters", "notebooks_sha256", "code_sha256", "packages"):
        assert not is_made_from(local / jobs[0].name, {**jobs[0].inputs, name: "another"})
    assert not is_made_from(tmp_path, jobs[0].inputs)


def test_runs_that_fail_are_said_with_their_reason(tmp_path: Path) -> None:
    words = ["sweep", "--region", "640100,540000", "--data-through", "1996", "--jobs", "1", "--draws", "200"]
    command = [sys.executable, "-m", "ipplan_analysis", *words, "--out", str(tmp_path / "reports")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    shown = done.stdout.splitlines()
    assert done.returncode == 1
    assert [line.startswith("[") for line in shown] == [True, True, False, False, False]
    assert shown[2].startswith("0 done, 0 unchanged, 2 failed in ")
    reason = " has no indicator with two yearly figures by 1996, so nothing can be forecast"
    assert all(reason in line for line in shown[3:])


def test_a_worker_with_other_data_refuses(jobs: list[Job], tmp_path: Path) -> None:
    other = replace(jobs[0], inputs={**jobs[0].inputs, "data_sha256": "0", "python": "2.7"})
    result = run_job(other, tmp_path)
    assert result.reason.startswith("The worker's data, python differ")
    early = run_job(replace(jobs[0], given={**jobs[0].given, "data_through": 1990}), tmp_path)
    assert early.state == "failed" and "a year from" in early.reason and not list(tmp_path.iterdir())


def test_summary_says_what_failed_and_why() -> None:
    found = [Result("a", "done", 2.0), Result("bb", "failed", 1.0, "its kernel\ndied"), Result("c", "unchanged")]
    assert summary(found, 3.4) == "1 done, 1 unchanged, 1 failed in 3 s\nbb  its kernel died"


# A sweep in a process of its own, which forks its runs; a cell kills the process of the run, or waits
DRIVER = """
import sys
from pathlib import Path
from ipplan_analysis.run import settle_process
settle_process()
from ipplan_analysis.run.execute import can_fork
from ipplan_analysis.run.sweep import combinations, sweep
assert can_fork()
if __name__ == "__main__":
    jobs = combinations(sys.argv[3], "2022", given={"draws": "200"}, notebooks=Path(sys.argv[1]))
    for result in sweep(jobs, Path(sys.argv[2]), progress=lambda *_: None, workers=2):
        print(result.name, result.state, result.reason)
"""


def driver(books: Path, reports: Path, regions: list[str]) -> list[str]:
    return [sys.executable, "-c", DRIVER, str(books), str(reports), ",".join(regions)]


def test_failed_and_killed_runs_stop_no_other_and_a_killed_one_is_tried_again(local: Path, tmp_path: Path) -> None:
    cell = """import os, signal
if region == "120000":
    raise ValueError("broken on purpose")
tries = {where!r} + f"/{{region}}-{{os.getpid()}}"
open(tries, "w").close()
if region == "310000" or (region == "640000" and len(os.listdir({where!r})) < 2):
    os.kill(os.getppid(), signal.SIGKILL)"""
    (tmp_path / "tries").mkdir()
    books = notebooks(tmp_path / "books", cell.format(where=str(tmp_path / "tries")), result=ASSESSED)
    command = driver(books, tmp_path / "reports", ["120000", "640000", "310000", "110000"])
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    states = [line.split()[1] for line in done.stdout.splitlines()]
    assert states == ["failed", "done", "failed", "done"], done.stdout
    assert "broken on purpose" in done.stdout and "killed each time" in done.stdout, done.stdout
    assert results(tmp_path / "reports") == results(local)
    assert len([path for path in (tmp_path / "tries").iterdir() if path.name.startswith("310000")]) == 3
    kept = {path.name for path in (tmp_path / "reports" / "_failed").iterdir()}
    assert kept == {"ningxia-ip-14-120000-2022-en", "ningxia-ip-14-310000-2022-en"}


@pytest.mark.skipif(not Path("/proc").exists(), reason="looks into /proc")
def test_runs_end_with_their_driver(tmp_path: Path) -> None:
    books = notebooks(tmp_path / "books", "import time; time.sleep(60)", result=ASSESSED)
    (tmp_path / "tmp").mkdir()
    env = os.environ | {"TMPDIR": str(tmp_path / "tmp"), "IPPLAN_KILL_TEST": str(tmp_path)}
    with subprocess.Popen(driver(books, tmp_path / "reports", REGIONS), env=env, cwd=ROOT) as process:
        assert until(lambda: len(strays(tmp_path)) == 5)  # the driver, two runs, two notebooks
        time.sleep(1)
        process.kill()
    assert until(lambda: not left(tmp_path, ended=True)), left(tmp_path, ended=True)
    assert {path.name for path in (tmp_path / "reports").iterdir()} == {"_failed", ".locks"}


@pytest.fixture
def dask() -> Iterator[tuple[str, Callable[[], subprocess.Popen[bytes]]]]:
    """A scheduler in a process of its own: its address, and what starts a worker."""
    pytest.importorskip("distributed")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    with ExitStack() as stack:

        def start(module: str, *words: str) -> subprocess.Popen[bytes]:
            command = [
                sys.executable,
                "-m",
                f"distributed.cli.{module}",
                "--host",
                "127.0.0.1",
                "--no-dashboard",
                *words,
            ]
            quiet = subprocess.DEVNULL
            process = stack.enter_context(subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet))
            stack.callback(process.kill)
            return process

        start("dask_scheduler", "--port", address.rpartition(":")[2])
        yield address, lambda: start("dask_worker", address, "--nthreads", "1", "--no-nanny", "--death-timeout", "120")


def test_a_cluster_gives_the_same_bytes_and_outlives_a_killed_worker(
    local: Path, jobs: list[Job], tmp_path: Path, dask: tuple[str, Callable[[], subprocess.Popen[bytes]]]
) -> None:
    from distributed import Client

    address, start_worker = dask
    first = start_worker()
    with Client(address, timeout=60, set_as_default=False) as client:
        client.wait_for_workers(1, timeout=60)

    def replace_worker() -> None:
        first.kill()
        start_worker()

    assassin = threading.Timer(2, replace_worker)  # its run takes longer
    assassin.start()
    found = sweep(jobs[:1], tmp_path, progress=keep, dask=address)
    assassin.join()
    assert first.poll() is not None and [result.state for result in found] == ["done"], found
    assert results(tmp_path) == {jobs[0].name: results(local)[jobs[0].name]}


def test_this_process_gives_the_same_bytes(local: Path, jobs: list[Job], tmp_path: Path) -> None:
    assert run_job(jobs[1], tmp_path).state == "done"
    assert results(tmp_path) == {jobs[1].name: results(local)[jobs[1].name]}


def test_no_scheduler_is_one_clear_error(jobs: list[Job], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("ipplan_analysis.run.sweep.DASK_SECONDS", 0.5)
    with pytest.raises(PlanError, match=r"There is no Dask scheduler at tcp://127\.0\.0\.1:9 "):
        sweep(jobs, tmp_path, progress=keep, dask="tcp://127.0.0.1:9")
    with pytest.raises(PlanError, match="'foo' is not the address"):
        sweep(jobs, tmp_path, progress=keep, dask="foo")
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(PlanError, match=r"ipplan-analysis\[dask\]"):
        sweep(jobs, tmp_path, progress=keep, dask="tcp://127.0.0.1:9")
