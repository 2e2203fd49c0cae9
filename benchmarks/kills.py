"""`ipplan report` killed with SIGKILL at random moments, and what it leaves behind.

    .venv/bin/python benchmarks/kills.py [--kills 40] [--seed 0]

Each kill must leave no partial folder under the run's name, no process, no temporary file, and no lock that
blocks the next run; what was made before it stays in `_failed`. Exit code 1 if any does. A last run, which nobody kills,
must succeed.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

PATIENCE_SECONDS = 6.0  # processes end with their parent at once; a busy machine may take its time
DRAWS = "200"


def main() -> int:
    """Kill as often as asked and print what was left each time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    chance = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        clock = time.perf_counter()
        if run(root).wait() != 0:
            return 1
        whole = time.perf_counter() - clock
        (root / "reports").rename(root / "first")
        faults = 0
        for number in range(options.kills):
            moment = chance.uniform(0, whole)
            found = killed(root, moment)
            faults += bool(found)
            text = "; ".join(found) or "clean"
            print(f"{number + 1:3d}  killed after {moment:5.1f} s of {whole:.1f}: {text}", flush=True)
        code = run(root).wait()
        print(f"{options.kills} kills, {faults} left something; the run after them ended with exit code {code}")
        return int(bool(faults) or code != 0)


def run(root: Path) -> subprocess.Popen[bytes]:
    """Start a report whose temporary files and sockets are under `root`."""
    (root / "tmp").mkdir(exist_ok=True)
    command = [sys.executable, "-m", "ipplan_analysis", "report", "--draws", DRAWS, "--out", str(root / "reports")]
    env = os.environ | {"TMPDIR": str(root / "tmp"), "IPPLAN_KILL_TEST": str(root)}
    return subprocess.Popen(command, env=env, stdout=subprocess.DEVNULL)


def killed(root: Path, moment: float) -> list[str]:
    """Kill a report after `moment` seconds; what it left, in words."""
    process = run(root)
    time.sleep(moment)
    ended = process.poll() is not None
    process.send_signal(signal.SIGKILL)
    process.wait()
    end = time.monotonic() + PATIENCE_SECONDS
    while (found := left(root, ended)) and time.monotonic() < end:
        time.sleep(0.1)
    return found


def left(root: Path, ended: bool) -> list[str]:
    """What is there that should not be: processes, temporary files, a folder under the run's name."""
    found = strays(root)
    found += [f"temporary {path.name}" for path in (root / "tmp").iterdir()]
    for path in (root / "reports").glob("[!.]*"):
        if path.name not in ("_failed", "index.html") and not (ended or is_whole(path)):
            found.append(f"partial {path.name}")
    found += [f"unfinished {path.name}" for path in (root / "reports").glob(".*") if path.name != ".locks"]
    return found


def is_whole(path: Path) -> bool:
    """Whether a run's folder holds everything; the manifest is written last."""
    return all((path / name).exists() for name in ("manifest.json", "report.html", "results.csv", "inputs.zip"))


def strays(root: Path) -> list[str]:
    """Processes that the killed run started, known by a variable that all of them inherit."""
    found = []
    for process in psutil.process_iter():
        try:
            if process.environ().get("IPPLAN_KILL_TEST") == str(root) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(f"process {process.pid} {' '.join(process.cmdline())[:80]}")
        except psutil.Error:  # it has ended meanwhile, or belongs to someone else
            continue
    return found


if __name__ == "__main__":
    sys.exit(main())
