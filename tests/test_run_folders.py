"""Folders of runs as they are found: what is no whole run is refused with one message, and nothing is written."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from ipplan_analysis.cli import main
from ipplan_analysis.report import write_index
from ipplan_analysis.run.compare import compare_runs, publish
from ipplan_analysis.run.make import save_inputs
from ipplan_analysis.schema import DataError, ParameterError, RunError
from tests.intake_files import small_package

MANIFEST: dict[str, Any] = {
    "plan": "ningxia-ip-14",
    "region": "640000",
    "data_through": 2024,
    "started": "2026-11-22T09:30:00+08:00",
    "parameters": {"draws": 300, "seed": 0, "language": "en"},
}
FORECASTS = "indicator,region,year,quantile,value\npct_applications,640000,2025,0.5,31.5\n"
RESULTS = "target_id,status,probability,last_value,last_year\nT02,open,0.5,23,2023\n"


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return small_package(tmp_path / "data")


@pytest.fixture
def run(package: Path, tmp_path: Path) -> Path:
    """What a run leaves that is read later."""
    folder = tmp_path / "run"
    (folder / "tables").mkdir(parents=True)
    (folder / "manifest.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    (folder / "tables" / "forecasts.csv").write_text(FORECASTS, encoding="utf-8-sig")
    (folder / "results.csv").write_text(RESULTS, encoding="utf-8-sig")
    save_inputs(package, folder)
    return folder


def files(folder: Path) -> set[str]:
    """Every file below a folder but the lock, which stays for the next user."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"}


def test_forecasts_are_published_once_and_whole(run: Path, package: Path) -> None:
    target = publish(run, package)
    assert target == package / "vintages" / "ningxia-ip-14-640000-2024-2026-11-22.csv"
    assert target.read_text(encoding="utf-8").splitlines() == [
        "run,data_through,indicator,region,year,quantile,value",
        "ningxia-ip-14-640000-2024-2026-11-22,2024,pct_applications,640000,2025,0.5,31.5",
    ]
    with pytest.raises(ParameterError, match="never changed"):
        publish(run, package)
    assert [path.name for path in (package / "vintages").iterdir()] == [target.name]


@pytest.mark.parametrize(
    "change",
    [
        {"plan": "../../../stolen"},
        {"plan": "/tmp/stolen"},
        {"region": "64/000"},
        {"started": "../../x"},
        {"data_through": -1},
    ],
)
def test_a_manifest_names_no_file_elsewhere(change: dict[str, Any], run: Path, package: Path, tmp_path: Path) -> None:
    (run / "manifest.json").write_text(json.dumps(MANIFEST | change), encoding="utf-8")
    before = files(tmp_path)
    with pytest.raises(ParameterError, match="run id"):
        publish(run, package)
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    "content",
    [
        [],
        None,
        {},
        MANIFEST | {"plan": 14},
        MANIFEST | {"data_through": "2024"},
        MANIFEST | {"parameters": []},
        MANIFEST | {"parameters": {"draws": 300, "seed": None, "language": "en"}},
        MANIFEST | {"parameters": {"draws": 300, "seed": 0, "language": "fr"}},
        {name: value for name, value in MANIFEST.items() if name != "started"},
    ],
)
def test_a_manifest_of_another_shape_is_refused(content: Any, run: Path, package: Path) -> None:
    (run / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    uses: tuple[Callable[[], object], ...] = (lambda: publish(run, package), lambda: compare_runs(run, run))
    for use in uses:
        with pytest.raises(ParameterError, match="found no manifest that can be read .*a run's folder"):
            use()


def test_nothing_is_published_into_a_folder_that_is_no_package(run: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", tmp_path / "nowhere"):
        with pytest.raises(DataError, match=r"datapackage\.json"):
            publish(run, folder)
    assert list((tmp_path / "empty").iterdir()) == [] and not (tmp_path / "nowhere").exists()


def test_a_disk_that_refuses_a_vintage_keeps_nothing_of_it(
    run: Path, package: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(source: Path, target: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    monkeypatch.setattr(Path, "rename", full)
    assert main(["publish", str(run), "--data", str(package)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"ipplan: {package / 'vintages'}") and said.endswith(
        ".csv: No space left on device. Nothing was changed.\n"
    )
    assert list((package / "vintages").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "No columns to parse from file"),
        (FORECASTS.replace("quantile", "share"), "no column quantile"),
        (FORECASTS + "pct_applications,640000,2026,0.5\n", "no forecasts that can be read"),
        (FORECASTS.replace("31.5", "many"), "many"),
    ],
)
def test_forecasts_of_another_shape_are_refused(text: str, said: str, run: Path, package: Path) -> None:
    (run / "tables" / "forecasts.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=said):
        publish(run, package)
    assert not (package / "vintages").exists()


@pytest.mark.parametrize("text", [None, "", "target_id,probability\nT02,0.5\n", '"'])
def test_a_run_without_its_results_is_refused(text: str | None, run: Path) -> None:
    path = run / "results.csv"
    path.unlink() if text is None else path.write_text(text, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"results\.csv: found no results that can be read"):
        compare_runs(run, run)


def _marked(place: int, byte: int) -> Callable[[bytes], bytes]:
    """An edit that sets one byte of every entry: at `place` of its own header and two further on in the list of all."""

    def mark(archive: bytes) -> bytes:
        for signature, at in ((b"PK\x03\x04", place - 4), (b"PK\x01\x02", place - 2)):
            first, *pieces = archive.split(signature)
            pieces = [piece[:at] + bytes([byte]) + piece[at + 1 :] for piece in pieces]
            archive = signature.join([first, *pieces])
        return archive

    return mark


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "no stream that can be unpacked": lambda archive: archive[:60] + bytes(40) + archive[100:],
    "encrypted": _marked(6, 1),
    "packed in a way that nobody knows": _marked(8, 77),
    "cut off": lambda archive: archive[:200],
}


@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_input_tables_are_refused(name: str, run: Path) -> None:
    path = run / "inputs.zip"
    path.write_bytes(DAMAGES[name](path.read_bytes()))
    with pytest.raises(ParameterError, match=r"inputs\.zip: found no input tables that can be read"):
        compare_runs(run, run)


def test_two_runs_of_the_same_figures_did_not_move(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    moved = compare_runs(run, run).set_index("target_id")
    assert moved.loc["T02", ["revised", "new"]].fillna(0).tolist() == [0, 0]
    assert pd.isna(moved.loc["T03", "probability_before"])
    assert main(["compare", str(run), str(run)]) == 0
    assert "PCT applications" in capsys.readouterr().out


def test_a_page_of_the_users_own_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "index.html"
    own.write_text("my own page", encoding="utf-8")
    for words in (["report"], ["sweep", "--data-through", "2020", "--region", "640000"]):
        assert main([*words, "--out", str(tmp_path)]) == 1
        assert f"{own} is not a list of runs" in capsys.readouterr().err
    with pytest.raises(RunError, match="not a list of runs"):
        write_index(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["index.html"] and own.read_text("utf-8") == "my own page"


def test_a_list_that_cannot_be_written_says_that_the_runs_are_whole(tmp_path: Path) -> None:
    write_index(tmp_path).unlink()
    (tmp_path / f".index.html.{os.getpid()}").mkdir()
    with pytest.raises(RunError, match="The runs are whole; only their list"):
        write_index(tmp_path)


@pytest.mark.parametrize(
    "words", [["report", "--out", ""], ["sweep", "--data-through", "2020", "--out="], ["init", ""], ["add", ""]]
)
def test_an_empty_word_is_no_folder(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    assert "name a file or folder" in capsys.readouterr().err
