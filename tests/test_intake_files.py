"""Every kind of file: valid ones give exactly the expected rows, faulty ones say what is wrong and change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from ipplan_analysis.data import load_tables
from ipplan_analysis.intake import IntakeError, QuestionsError, add, propose, undo
from ipplan_analysis.intake.additions import LOCK
from ipplan_analysis.schema import Fault
from tests.intake_files import FAULTY, NOW, TODAY, VALID, Faulty, Valid, small_package


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return small_package(tmp_path / "data")


def bytes_of(folder: Path) -> dict[str, bytes]:
    """Every file but the lock, which stays for the next user."""
    return {path.name: path.read_bytes() for path in folder.rglob("*.*") if path.is_file() and path.name != LOCK}


def test_at_least_eighty_files_of_both_kinds() -> None:
    assert len(VALID) + len(FAULTY) >= 160 and min(len(VALID), len(FAULTY)) >= 80
    names = [case.name for case in (*VALID, *FAULTY)]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", VALID, ids=lambda case: case.name)
def test_a_valid_file_gives_exactly_the_expected_rows(case: Valid, package: Path, tmp_path: Path) -> None:
    before = bytes_of(package)
    addition = add(case.build(tmp_path), package, accept=case.accept, given=dict(case.given), now=NOW)
    assert [str(fault) for fault in addition.proposal.faults] == []
    table = load_tables(package)["observations"][14:]
    rows = table.assign(
        value=[f"{value:.15g}" for value in table["value"]], use=table["use"].map({True: "yes", False: "no"})
    )
    names = ["indicator", "period", "basis", "value", "bound", "use"]
    assert tuple(rows[names].itertuples(index=False, name=None)) == case.rows
    assert rows["observation"].tolist() == [f"O{15 + i:05d}" for i in range(len(rows))]
    for column, text in case.columns:
        assert str(rows[column].iloc[-1]) == text
    assert bool(addition.proposal.questions) == (case.accept is not None)
    if len(rows):
        undo(package)
    assert bytes_of(package) == before


@pytest.mark.parametrize("case", FAULTY, ids=lambda case: case.name)
def test_a_faulty_file_says_what_is_wrong_and_changes_nothing(case: Faulty, package: Path, tmp_path: Path) -> None:
    before = bytes_of(package)
    path = case.build(tmp_path)
    expected_error = QuestionsError if case.asks else IntakeError
    with pytest.raises(expected_error) as caught:
        add(path, package, now=NOW)
    fault = next(fault for fault in caught.value.faults if fault.row == case.row)
    assert fault.file == (f"{path} [{case.place}]" if case.place else str(path))
    assert fault.column == case.column
    for said, wanted in ((fault.found, case.found), (fault.expected, case.expected), (fault.remedy, case.remedy)):
        assert wanted in said
    assert fault.remedy and str(fault) in str(caught.value)
    assert bytes_of(package) == before
    if case.asks:
        assert add(path, package, accept="checked with the bureau", now=NOW).path


def test_all_faults_of_a_file_come_at_once(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(
        "指标,地区,期间,数值,单位,来源,发布机构\n无此指标,火星,2099,很多,件,,\npct_applications,640000,2025,5,家,a,b\n",
        encoding="gb18030",
    )
    proposal = propose(path, package, today=TODAY)
    found = [(fault.row, fault.column) for fault in proposal.faults]
    assert found == [(2, "地区"), (2, "指标"), (2, "期间"), (2, "来源"), (2, "数值"), (3, "单位")]
    assert all(isinstance(fault, Fault) for fault in proposal.faults)


def test_one_fault_keeps_the_good_rows_out(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    path.write_text(
        "indicator,region,period,value,unit,source,publisher\npct_applications,640000,2025,35,件,a,b\n"
        "pct_applications,640000,2022,?,件,a,b\n",
        encoding="utf-8",
    )
    before = bytes_of(package)
    with pytest.raises(IntakeError, match="row 3, column value"):
        add(path, package, accept="x", now=NOW)
    assert bytes_of(package) == before
