"""Time and memory of `ipplan report`: seconds as a whole, and the peak of every process it starts.

.venv/bin/python benchmarks/report_cost.py [--language zh]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from contextlib import suppress

import psutil

POLL_SECONDS = 0.05


def main() -> None:
    """Run one report into a temporary folder and print its cost."""
    with tempfile.TemporaryDirectory() as folder:
        clock = time.perf_counter()
        process = subprocess.Popen([sys.executable, "-m", "ipplan_analysis", "report", "--out", folder, *sys.argv[1:]])
        peaks = watch(process)
        seconds = time.perf_counter() - clock
    print(f"exit code {process.returncode}, {seconds:.1f} s on {psutil.cpu_count()} cores")
    for name, peak in sorted(peaks.items(), key=lambda item: -item[1]):
        print(f"{peak / 2**20:7.0f} MB  {name}")


def watch(process: subprocess.Popen[bytes]) -> dict[str, int]:
    """Highest resident size of the process and of each descendant, in bytes."""
    peaks: dict[str, int] = {}
    root = psutil.Process(process.pid)
    while process.poll() is None:
        with suppress(psutil.NoSuchProcess):
            for child in [root, *root.children(recursive=True)]:
                with suppress(psutil.NoSuchProcess):
                    name = f"{child.pid} {' '.join(child.cmdline())[:60]}"
                    peaks[name] = max(peaks.get(name, 0), child.memory_info().rss)
        time.sleep(POLL_SECONDS)
    return peaks


if __name__ == "__main__":
    main()
