"""Whole runs through papermill: a Chinese one that must not see what was planted, and a year as a new user lives it."""

from __future__ import annotations

import csv
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest

from ipplan_analysis.attainment.assess import COLUMNS
from ipplan_analysis.cli import main
from ipplan_analysis.run.compare import compare_runs
from ipplan_analysis.run.parameters import checked_run, notebooks_dir
from tests.test_lookahead import MARK, PLANTS

Row = dict[str, str]
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Chinese reports: of 2020 on data with later figures, revisions and breaks planted, and of a year without forecasts."""
    root = tmp_path_factory.mktemp("zh")
    data = root / "data"
    shutil.copytree(Path(__file__).resolve().parents[1] / "data", data)
    for table, change in PLANTS.values():
        _edit(data / f"{table}.csv", change)
    out = ["--language", "zh", "--draws", "200", "--out", str(root / "out")]
    ipplan(
        ["report", "--data-through", "2020", "--data", str(data), *out],
        ["report", "--data-through", "1996", *out],
    )
    return {year: root / "out" / f"ningxia-ip-14-640000-{year}-zh" for year in ("1996", "2020")}


@pytest.fixture
def chinese_run(runs: dict[str, Path]) -> Path:
    """The report of 2020."""
    return runs["2020"]


def ipplan(*commands: list[str]) -> None:
    """Run commands, one after the other, in a process of their own: those of the tests have threads and cannot be forked."""
    code = (
        "import json, sys; from ipplan_analysis.cli import main; sys.exit(any([*map(main, json.loads(sys.argv[1]))]))"
    )
    subprocess.run([sys.executable, "-c", code, json.dumps(commands)], check=True)


def _edit(path: Path, change: Callable[[list[Row]], list[Row]]) -> None:
    with path.open(encoding="utf-8", newline="") as stream:
        rows = change(list(csv.DictReader(stream)))
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def test_the_run_is_whole(chinese_run: Path) -> None:
    names = {path.name for path in chinese_run.iterdir()}
    assert {"report.html", "results.csv", "manifest.json", "inputs.zip", "notebooks", "tables"} <= names
    assert (chinese_run.parent / "index.html").is_file()
    assert not (chinese_run.parent / "_failed").exists()


def test_results_have_the_promised_columns_and_rows(chinese_run: Path) -> None:
    table = pd.read_csv(chinese_run / "results.csv", encoding="utf-8-sig")
    assert list(table.columns) == COLUMNS
    assert list(table["target_id"]) == [f"T{number:02d}" for number in range(1, 21)]


def test_no_trace_of_what_became_known_later(chinese_run: Path) -> None:
    shown = [path for path in chinese_run.rglob("*") if path.suffix in (".html", ".csv", ".ipynb")]
    assert len(shown) > 6
    for path in shown:
        text = path.read_text(encoding="utf-8")
        assert MARK not in text and "987654" not in text and "98.7654" not in text, path
        assert "119900" not in text and "11.99万" not in text, path


def test_the_page_keeps_one_language(chinese_run: Path) -> None:
    page = (chinese_run / "report.html").read_text(encoding="utf-8")
    assert '<html lang="zh' in page
    assert "各项目标是否实现" in page and "Which targets are reached" not in page


def test_a_cell_without_a_figure_says_why_in_words(chinese_run: Path) -> None:
    page = (chinese_run / "report.html").read_text(encoding="utf-8")
    cells = re.findall(r"<t[dh][^>]*>(.*?)</t[dh]>", page, re.DOTALL)
    texts = {re.sub(r"<[^>]+>", "", cell).strip() for cell in cells}
    assert {"无数据", "未计算", "无数值"} <= texts and not texts & set("–—-−")


def test_executed_notebooks_carry_no_path_of_this_machine(chinese_run: Path) -> None:
    for path in (chinese_run / "notebooks").glob("*.ipynb"):
        recorded = nbformat.read(path, as_version=4).metadata["papermill"]
        assert "input_path" not in recorded and "output_path" not in recorded
        assert recorded["exception"] is None


def test_manifest_says_what_the_run_was_made_from(chinese_run: Path) -> None:
    manifest = json.loads((chinese_run / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["data_through"] == 2020 and manifest["seed"] == 0
    assert len(manifest["data_sha256"]) == 64 and len(manifest["notebooks_sha256"]) == 6
    assert manifest["packages"]["statsmodels"] and manifest["duration_seconds"] > 0
    assert CHINESE.search(manifest["plan_name"]["zh"])
    with zipfile.ZipFile(chinese_run / "inputs.zip") as archive:
        assert {"observations.csv", "datapackage.json"} <= set(archive.namelist())


def test_a_plan_without_any_forecast_still_gets_its_report(runs: dict[str, Path]) -> None:
    page = (runs["1996"] / "report.html").read_text(encoding="utf-8")
    assert "因此不作预测" in page and "Error" not in re.sub(r"<(style|script).*?</\1>", "", page, flags=re.DOTALL)
    assert set(pd.read_csv(runs["1996"] / "results.csv", encoding="utf-8-sig")["status"]) == {
        "not assessable",
        "listed",
    }
    ended = nbformat.read(runs["1996"] / "notebooks" / "02_trend_forecasts.ipynb", as_version=4)
    assert not any("Exception was encountered" in cell.source for cell in ended.cells)


def test_a_new_year_arrives(tmp_path: Path) -> None:
    data, reports, book = str(tmp_path / "mine"), tmp_path / "reports", tmp_path / "new.xlsx"
    run_file = tmp_path / "run.toml"
    run_file.write_text('region = "640000"\ndraws = 300\n', encoding="utf-8")
    again = ["rerun", str(run_file), "--data", data, "--out"]
    assert main(["init", data]) == 0
    assert main(["template", "--year", "2025", "--data", data, "-o", str(book)]) == 0
    _fill(book, "gi_trademarks", 44)
    ipplan([*again, str(reports / "before")], ["add", str(book), "--data", data], [*again, str(reports / "after")])
    before, after = (next((reports / when).glob("ningxia*")) for when in ("before", "after"))
    moved = compare_runs(before, after).set_index("target_id").loc["T05"]
    assert moved["status_after"] == "met" and moved["probability_after"] == 1
    assert moved["new"] == pytest.approx(1 - moved["probability_before"], abs=1e-8)
    assert moved["method"] == 0 and moved["revised"] == 0
    assert main(["publish", str(before)]) == 0  # into the package that the run was made from
    assert main(["publish", str(before), "--data", data]) == 1  # a published forecast is never changed
    vintage = pd.read_csv(next((tmp_path / "mine" / "vintages").glob("*.csv")), dtype={"region": str})
    assert list(vintage.columns) == ["run", "data_through", "indicator", "region", "year", "quantile", "value"]


def _fill(path: Path, indicator: str, value: float) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    column = {str(cell.value).split("\n")[1]: cell.column for cell in sheet[1]}
    (row,) = [cells[0].row for cells in sheet.iter_rows(min_row=2) if cells[0].value == indicator]
    filled = {
        "value": value,
        "source": "全区知识产权工作会议",
        "publisher": "宁夏知识产权局",
        "published": "2026-02-20",
    }
    for name, content in filled.items():
        sheet.cell(row, column[name]).value = content
    book.save(path)


def test_a_run_remembers_its_data_package_wherever_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine").symlink_to(Path(__file__).parents[1] / "data")
    monkeypatch.chdir(tmp_path)
    assert checked_run({"data_dir": "mine"}).values["data_dir"] == str(tmp_path / "mine")


@pytest.mark.parametrize(
    "extra", ["03_target_reachability-Copy1.ipynb", "03_target_reachability.out.ipynb", "mine.ipynb"]
)
def test_copies_and_outputs_in_the_folder_are_no_chapters(tmp_path: Path, extra: str) -> None:
    for path in notebooks_dir().glob("*.ipynb"):
        shutil.copy(path, tmp_path)
    shutil.copy(notebooks_dir() / "03_target_reachability.ipynb", tmp_path / extra)
    assert [path.name for path in checked_run({}, notebooks=tmp_path).notebooks] == sorted(
        path.name for path in notebooks_dir().glob("*.ipynb") if path.name != "00_start_here.ipynb"
    )
