"""What many runs cost: seconds by number of regions, for provinces and for a package with all prefectures.

    .venv/bin/python benchmarks/scale.py [--runs 2 6 10] [--draws 4000]

The shipped data hold few figures of prefectures, so a package is made in which each of 333 prefectures has the figures of
one province: more than any prefecture publishes. Slopes are least squares over the sweeps; the cost of all is extrapolated.
"""

from __future__ import annotations

import argparse
import csv
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from report_cost import watch

from ipplan_analysis.data.package import default_data_dir

DATA_THROUGH = "2023"
PROVINCES, PREFECTURES = 31, 333
Row = dict[str, str]


def main() -> None:
    """Sweep more and more regions of both packages and print seconds, slopes and peaks of memory."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--runs", type=int, nargs="+", default=[2, 6, 10])
    parser.add_argument("--draws", default="4000")
    options = parser.parse_args()
    shipped = default_data_dir()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data"
        shutil.copytree(shipped, data)
        provinces = [row["region"] for row in rows_of(shipped / "regions.csv") if row["level"] == "province"]
        prefectures = add_prefectures(data, provinces)
        for what, package, codes, total in (
            ("provinces", shipped, provinces, PROVINCES),
            ("prefectures", data, prefectures, PREFECTURES),
        ):
            size = sum(1 for _ in (package / "observations.csv").open(encoding="utf-8")) - 1
            print(f"{what}: a package of {size} figures")
            measured = [
                sweep(package, codes[:count], options.draws, Path(folder) / f"{what}{count}") for count in options.runs
            ]
            slope, start = np.polyfit(options.runs, measured, 1)
            print(
                f"{what}: {start:.0f} s and {slope:.1f} s a run; all {total}: about {(start + slope * total) / 60:.0f} min\n"
            )


def rows_of(path: Path) -> list[Row]:
    """Rows of a table."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def write(path: Path, rows: list[Row]) -> None:
    """Write a table as the package writes it."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def add_prefectures(data: Path, provinces: list[str]) -> list[str]:
    """Give a package 333 prefectures, each with the figures of a province; their codes."""
    regions, figures = rows_of(data / "regions.csv"), rows_of(data / "observations.csv")
    own = {code: [row for row in figures if row["region"] == code] for code in provinces}
    codes = [f"{provinces[k % len(provinces)][:2]}9{k // len(provinces):03d}" for k in range(PREFECTURES)]
    number = max(int(row["observation"][1:]) for row in figures)
    for k, code in enumerate(codes):
        parent = provinces[k % len(provinces)]
        regions.append(
            {
                "region": code,
                "name_zh": f"地级市{k}",
                "name_en": f"Prefecture {k}",
                "level": "prefecture",
                "parent": parent,
            }
        )
        for row in own[parent]:
            number += 1
            figures.append(row | {"region": code, "observation": f"O{number:05d}"})
    write(data / "regions.csv", regions)
    write(data / "observations.csv", figures)
    return codes


def sweep(package: Path, codes: list[str], draws: str, out: Path) -> float:
    """Seconds of one sweep on all processors; prints them with the most memory that one process held."""
    words = ["--region", ",".join(codes), "--data-through", DATA_THROUGH, "--draws", draws, "--data", str(package)]
    clock = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "ipplan_analysis", "sweep", *words, "--out", str(out)], stdout=subprocess.DEVNULL
    )
    peaks = watch(process)
    seconds = time.perf_counter() - clock
    if process.returncode:
        sys.exit(f"a run of the sweep failed; see {out}/_failed")
    print(f"{len(codes):4d} runs: {seconds:6.1f} s, largest process {max(peaks.values()) / 2**20:.0f} MB", flush=True)
    return seconds


if __name__ == "__main__":
    main()
