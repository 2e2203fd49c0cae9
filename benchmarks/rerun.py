"""A report and a sweep against the plain tools, and against the time of the notebooks' own cells.

    .venv/bin/python benchmarks/rerun.py [--regions 10] [--draws 4000]

Plain tools: the commands `papermill` and `jupyter nbconvert --to html`, one after the other for each notebook, as their
manuals show. The same notebooks, parameters and data for all. "Cells" is the sum of the cells' execution times
in the plain runs, less the imports of the first cell, which are loading, not work. Every table that the
notebooks export must be equal in both.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import nbformat

from ipplan_analysis.run.make import exported_tables
from ipplan_analysis.run.parameters import RunPlan, checked_run

REGIONS = ("640000", "110000", "310000", "440000", "330000", "320000", "500000", "540000", "650000", "150000")
DATA_THROUGH = 2023
TARGETS = {"report": (4, 4), "sweep": (9, 12)}  # times faster: required, aimed at
PER_RUN, PER_NOTEBOOK = 8.0, 1.0  # seconds allowed beyond the cells


def main() -> int:
    """Measure, print one line per figure, and return 1 if tables differ or a required figure is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--regions", type=int, default=len(REGIONS))
    parser.add_argument("--draws", default="4000")
    options = parser.parse_args()
    given = {"draws": options.draws, "data_through": str(DATA_THROUGH)}
    print(
        f"{len(os.sched_getaffinity(0))} processors, load {os.getloadavg()[0]:.1f}, libraries "
        f"{'compiled' if compiled() else 'not compiled'}"
    )
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        plain, tables, notebooks = plain_run(checked_run(given, from_text=True), root / "plain")
        ours = ipplan(["report", *words(given), "--out", str(root / "ours")])
        same = [tables == our_tables(root / "ours", REGIONS[0])]
        loading = imports()
        cells = sum(cell_seconds(notebook) for notebook in notebooks) - loading * len(notebooks)
        print(
            f"a run of {len(notebooks)} notebooks: plain {plain:.1f} s, ipplan report {ours:.1f} s, cells {cells:.1f} s"
        )
        ok = verdict("report", plain / ours)
        allowed = PER_RUN + PER_NOTEBOOK * len(notebooks)
        print(f"beyond the cells: {ours - cells:.1f} s of {allowed:.0f} s allowed")
        ok &= ours - cells <= allowed
        chosen = REGIONS[: options.regions]
        plain = 0.0
        expected = {}
        for region in chosen:
            run = checked_run({**given, "region": region}, from_text=True)
            seconds, expected[region], _ = plain_run(run, root / region)
            plain += seconds
        ours = ipplan(["sweep", "--region", ",".join(chosen), *words(given), "--out", str(root / "sweep")])
        same += [expected[region] == our_tables(root / "sweep", region) for region in chosen]
        each = ours / len(chosen)
        print(f"{len(chosen)} regions: plain {plain:.0f} s, ipplan sweep {ours:.1f} s ({each:.1f} s each)")
        ok &= verdict("sweep", plain / ours)
    print(f"exported tables equal in {sum(same)} of {len(same)} runs")
    return int(not (ok and all(same)))


def verdict(what: str, times: float) -> bool:
    """Print how many times faster; whether that is what is required."""
    required, aim = TARGETS[what]
    print(f"{what}: {times:.1f} times faster (required {required}, aim {aim})")
    return times >= required


def words(given: dict[str, str]) -> list[str]:
    """Parameters as options of `ipplan`."""
    return [word for name, value in given.items() for word in ("--" + name.replace("_", "-"), value)]


def ipplan(command: list[str]) -> float:
    """Seconds of one `ipplan` command."""
    clock = time.perf_counter()
    subprocess.run([sys.executable, "-m", "ipplan_analysis", *command], check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - clock


def plain_run(run: RunPlan, folder: Path) -> tuple[float, dict[str, str], list[nbformat.NotebookNode]]:
    """The same run with the plain tools: seconds, exported tables, executed notebooks."""
    folder.mkdir()
    clock = time.perf_counter()
    done = []
    for path, names in run.notebooks.items():
        out = folder / path.name
        given = [
            word
            for name in names
            if run.values[name] is not None
            for word in ("-p" if isinstance(run.values[name], int) else "-r", name, str(run.values[name]))
        ]
        tool("papermill", str(path), str(out), "-k", "python3", "--no-progress-bar", *given)
        tool("jupyter", "nbconvert", "--to", "html", "--log-level", "ERROR", str(out))
        done.append(out)
    seconds = time.perf_counter() - clock
    notebooks = [nbformat.read(path, as_version=4) for path in done]
    return seconds, exported_tables(notebooks), notebooks


def tool(*command: str) -> None:
    """Run a command of this interpreter's environment."""
    program = Path(sys.executable).with_name(command[0])
    subprocess.run([program, *command[1:]], check=True, capture_output=True)


def our_tables(reports: Path, region: str) -> dict[str, str]:
    """Exported tables of a run of ours, as saved in its folder."""
    (folder,) = reports.glob(f"*-{region}-*")
    paths = [folder / "results.csv", *(folder / "tables").glob("*.csv")]
    return {path.stem: path.read_bytes().decode("utf-8-sig") for path in paths}


def cell_seconds(notebook: nbformat.NotebookNode) -> float:
    """Execution time of a notebook's cells as papermill recorded it."""
    return float(sum(cell.metadata.get("papermill", {}).get("duration") or 0 for cell in notebook.cells))


def imports() -> float:
    """Seconds a fresh process takes for what the notebooks import, beyond starting Python."""
    code = "from ipplan_analysis import assess, charts, forecasts, load_plan, scorecard, tables"
    clock = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True)
    loaded = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=True)
    return max(loaded - clock - (time.perf_counter() - loaded), 0.0)


def compiled() -> bool:
    """Whether pandas, for one, has its compiled files: without them every import takes several times longer."""
    import pandas

    return Path(pandas.__cached__).exists()


if __name__ == "__main__":
    sys.exit(main())
