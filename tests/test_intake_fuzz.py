"""Whatever the file holds, the answer is a proposal or a named fault, never a traceback, and nothing is written."""

from __future__ import annotations

import datetime as dt
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ipplan_analysis.intake import propose
from ipplan_analysis.schema import PlanError
from tests.intake_files import BASE, TODAY, small_package, table_text, workbook

FUZZ = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
SLOW = settings(FUZZ, max_examples=40)
COLUMNS = list(BASE)
WORDS = st.sampled_from(
    [
        "",
        "-",
        "S0001",
        "2025年",
        "1-2",
        "..",
        "../2018",
        "0",
        "1e9",
        "%",
        "万",
        "亿元",
        "=1+1",
        "NaN",
        "１２",
        "十四五",
        "2024-02-30",
        "٢٠٢٥",
        "²",
        "1_000",
        "9" * 40,
        "\u200b",
        "\ud83d\ude00",
        "件/万人",
        "99999999999年",
    ]
)
TEXT = WORDS | st.text(max_size=12)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzz")
    small_package(folder / "data")
    return folder


def tried(path: Path, place: Path) -> None:
    before = {entry.name: entry.read_bytes() for entry in (place / "data").iterdir()}
    try:
        proposal = propose(path, place / "data", today=TODAY)
        proposal.as_table("zh")
        assert proposal.faults or proposal.changes
        str(proposal.summary()), [str(fault) for fault in (*proposal.faults, *proposal.questions)]
    except PlanError as error:
        assert str(error)
    assert {entry.name: entry.read_bytes() for entry in (place / "data").iterdir()} == before


@FUZZ
@given(
    content=st.binary(max_size=300),
    start=st.sampled_from([b"", b"PK\x03\x04", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf"]),
)
def test_any_bytes(place: Path, content: bytes, start: bytes) -> None:
    path = place / "any.bin"
    path.write_bytes(start + content)
    tried(path, place)


@FUZZ
@given(
    changes=st.lists(
        st.dictionaries(st.sampled_from([*COLUMNS, "basis", "scope", "note", "known_from"]), TEXT, max_size=4),
        min_size=1,
        max_size=3,
    ),
    encoding=st.sampled_from(["utf-8", "gb18030", "utf-16"]),
)
def test_any_cells(place: Path, changes: list[dict[str, str]], encoding: str) -> None:
    path = place / "cells.csv"
    path.write_bytes(table_text([BASE | change for change in changes]).encode(encoding, "replace"))
    tried(path, place)


@FUZZ
@given(text=st.text(alphabet='indcatorvlue,;\t"\n\r指标地区期间数值单位来源0123456789', max_size=200))
def test_any_table(place: Path, text: str) -> None:
    path = place / "table.csv"
    path.write_text(text, encoding="utf-8", newline="")
    tried(path, place)


CELLS = st.one_of(
    TEXT.filter(
        lambda text: (
            not any(ord(letter) < 32 or 0xD800 <= ord(letter) < 0xE000 or ord(letter) > 0xFFFD for letter in text)
        )
    ),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.datetimes(dt.datetime(1900, 3, 1), dt.datetime(2100, 1, 1)),
    st.times(),
)


@SLOW
@given(
    change=st.dictionaries(st.sampled_from(COLUMNS), CELLS, min_size=1, max_size=4),
    form=st.sampled_from(["General", "0%", "yyyy"]),
)
def test_any_excel_cells(place: Path, change: dict[str, object], form: str) -> None:
    def formatted(sheet: openpyxl.worksheet.worksheet.Worksheet) -> None:
        for cell in sheet[2]:
            cell.number_format = form

    tried(workbook(change, edit=formatted)(place), place)


DAMAGE = st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=8)


def damaged(content: bytes, damage: list[tuple[int, int]], first: int = 0) -> bytes:
    """The content with single bytes replaced, none before the place `first`."""
    changed = bytearray(content)
    for at, byte in damage:
        changed[first + at % (len(changed) - first)] = byte
    return bytes(changed)


@SLOW
@given(damage=DAMAGE)
def test_any_damage_to_a_workbook(place: Path, damage: list[tuple[int, int]]) -> None:
    path = workbook()(place)
    path.write_bytes(damaged(path.read_bytes(), damage, first=4))
    tried(path, place)


@SLOW
@given(damage=DAMAGE, part=st.sampled_from(["sheet1.xml", "workbook.xml", "styles.xml", "sharedStrings.xml"]))
def test_any_damage_inside_a_workbook(place: Path, damage: list[tuple[int, int]], part: str) -> None:
    path = workbook({"value": 130000})(place)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:  # anew, so that the checksums agree and the parser meets the damage
        for name, content in parts.items():
            archive.writestr(name, damaged(content, damage) if name.endswith(part) else content)
    tried(path, place)
