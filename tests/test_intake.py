"""Template, rulings, tables, copies: what taking in figures does beyond reading files."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipplan_analysis.cli import main
from ipplan_analysis.data import load_plan, load_tables
from ipplan_analysis.intake import StoreError, add, init, propose, remarks, template, undo, write_template
from ipplan_analysis.intake.faults import Problem
from ipplan_analysis.intake.parse import Figure, in_unit_of, last_day, parse_number, parse_period, plain
from ipplan_analysis.schema import Indicator, PlanError
from tests.intake_files import NOW, OLD, PCT, PLEDGE, TODAY, small_package, text_file, workbook


@pytest.fixture
def package(tmp_path: Path) -> Path:
    return small_package(tmp_path / "data")


def rows_of(package: Path) -> dict[str, dict[str, Any]]:
    table = load_tables(package)["observations"]
    return {row["observation"]: row for row in table.to_dict("records")}


def indicator(unit: str, upper: float | None = None) -> Indicator:
    return Indicator("x", "x", "某指标", unit, "", "annual_flow", "amount", "up", 0.0, upper, True, 0, "", "", "", "")


# figures and periods


def parse_figure(text: str, unit: str, wanted: Indicator) -> Figure:
    return in_unit_of(wanted, parse_number(text, of=wanted), unit)


@given(number=st.integers(0, 10**12), tail=st.integers(0, 999), unit=st.sampled_from(["元", "万元", "亿元"]))
def test_a_figure_survives_every_way_of_writing_it(number: int, tail: int, unit: str) -> None:
    wanted = Decimal(f"{number}.{tail:03d}")
    if len(wanted.normalize().as_tuple().digits) > 15:
        return
    full_width = str.maketrans("0123456789.,", "０１２３４５６７８９．，")
    for text in (
        f"{wanted}",
        f"{wanted:,}",
        f"{wanted:,}".replace(",", " "),
        f"{wanted:,}".translate(full_width),
        f" {wanted}{unit} ",
    ):
        assert parse_figure(text, unit, indicator(unit)).value == wanted


@given(st.integers(1, 10**9))
def test_units_convert_by_powers_of_ten_thousand(yuan: int) -> None:
    in_wan = plain(Decimal(yuan) / 10**4)
    assert parse_figure(in_wan, "万元", indicator("亿元")).value == Decimal(yuan) / 10**8
    assert parse_figure(f"{in_wan}万", "元", indicator("元")).value == yuan
    assert parse_figure(f"{yuan}", "元", indicator("万元")).value * 10**4 == yuan


@pytest.mark.parametrize(
    ("text", "half"), [("12.4万", "500"), ("124000", "0.5"), ("5.30", "0.005"), ("9.1亿", "5000000")]
)
def test_half_of_the_last_digit_is_known(text: str, half: str) -> None:
    assert parse_figure(text, "元", indicator("元")).half_step == Decimal(half)


@given(st.text(max_size=70))
def test_any_text_is_a_figure_within_limits_or_a_problem(text: str) -> None:
    try:
        figure = parse_figure(text, "%", indicator("%", 100.0))
    except Problem as problem:
        assert problem.found and problem.expected and problem.remedy
    else:
        assert 0 <= figure.value <= 100 and plain(figure.value).replace(".", "", 1).isdigit()


@given(st.text(alphabet="0123456789年月日季度第一二三四末底至截/-~.Qq… 上半", max_size=14))
def test_any_text_is_a_period_with_a_last_day_or_a_problem(text: str) -> None:
    try:
        period = parse_period(text)
    except Problem:
        return
    assert period.isascii() and 1949 <= last_day(period).year <= 2100


@pytest.mark.parametrize(
    ("period", "day"),
    [
        ("2024", dt.date(2024, 12, 31)),
        ("2024-02", dt.date(2024, 2, 29)),
        ("2025-Q3", dt.date(2025, 9, 30)),
        ("2021/2025", dt.date(2025, 12, 31)),
        ("../2026-04", dt.date(2026, 4, 30)),
    ],
)
def test_last_day_of_a_period(period: str, day: dt.date) -> None:
    assert last_day(period) == day


# rulings


YEARBOOK = {"source": "中国科技统计年鉴2025", "publisher": "国家统计局", "published": "2025", "confidence": "high"}


def test_the_better_source_takes_the_cell_and_gives_it_back(package: Path, tmp_path: Path) -> None:
    cell = {"indicator": "invention_patents_per_10k", "unit": "件/万人", "period": "2024", "value": "8.2"}
    add(text_file(cell | YEARBOOK)(tmp_path), package, accept="yearbook", now=NOW)
    rows = rows_of(package)
    assert [rows[name]["use"] for name in ("O00011", "O00012", "O00015")] == [False, False, True]
    assert (rows["O00015"]["note"], rows["O00015"]["known_from"]) == ("accepted: yearbook", 2024)
    undo(package)
    assert [rows_of(package)[name]["use"] for name in ("O00011", "O00012")] == [True, False]


def test_of_two_yearbooks_the_less_rounded_figure_counts(package: Path, tmp_path: Path) -> None:
    cell = {"indicator": "population", "unit": "万人", "period": "2023", "value": "729.06"}
    add(text_file(YEARBOOK | cell)(tmp_path), package, now=NOW)  # agrees within rounding: no reason needed
    assert [rows_of(package)[name]["use"] for name in ("O00009", "O00010", "O00015")] == [False, False, True]


def test_the_worse_source_is_kept_and_named(package: Path, tmp_path: Path) -> None:
    change = {"indicator": "population", "unit": "万人", "period": "2023", "value": "727", "published": "2024-02-01"}
    proposal = add(text_file(change)(tmp_path), package, accept="a newspaper", now=NOW).proposal
    rows = rows_of(package)
    assert (rows["O00009"]["use"], rows["O00015"]["use"]) == (True, False)
    assert proposal.as_table("zh")["采用"].tolist() == ["仍用O00009"]


def test_a_figure_that_a_person_ruled_out_never_counts(package: Path, tmp_path: Path) -> None:
    add(text_file({"period": "2022", "value": "90000"})(tmp_path), package, now=NOW)
    path = next((package / "additions").glob("*.csv"))
    path.write_text(path.read_text(encoding="utf-8").replace(",yes,", ",no,"), encoding="utf-8")
    assert not rows_of(package)["O00015"]["use"]
    again = propose(text_file({"period": "2022", "value": "95000"})(tmp_path), package, today=TODAY)
    assert again.changes[0].outcome == "new"


def test_a_late_revision_leaves_the_past_as_it_was_known(package: Path, tmp_path: Path) -> None:
    change = {"period": "2023", "value": "107000", "published": "2026-05-01", "confidence": "high"}
    month = {"period": "2026-09", "published": "2026-10-20"}  # the data reach 2026
    proposal = add(text_file(change, month)(tmp_path), package, accept="census", now=NOW).proposal
    assert load_plan(data_dir=package, data_through=2025).series("registered_trademarks")["value"][2023] == 106000
    assert load_plan(data_dir=package, data_through=2026).series("registered_trademarks")["value"][2023] == 107000
    assert proposal.as_table("en")["Which is used"].tolist()[:1] == ["from 2026 on the new figure, before O00001"]


def test_sources_decide_by_their_kind_then_confidence_then_digits(package: Path, tmp_path: Path) -> None:
    def used(**change: str) -> str:
        builder = text_file(OLD | PLEDGE | change)
        return propose(builder(tmp_path), package, today=TODAY).changes[0].used

    assert used(value="9.4") == "old"  # equal sources: the first listed stays
    assert used(value="9.45") == "new"  # less rounded
    assert used(value="9.4", confidence="high") == "new"
    assert used(value="9.45", confidence="low") == "old"
    assert used(value="8", confidence="low", publisher="国家知识产权局") == "new"
    assert used(value="8", publisher="国家知识产权局 统计年鉴") == "new"


# tables as statistics offices print them

DOCUMENT = {"source": "宁夏统计年鉴2025", "publisher": "宁夏统计局", "published": "2025-12-01"}
TRADEMARKS = DOCUMENT | {"indicator": "registered_trademarks"}
CROSSES = {
    "regions down": (
        [
            ["表1 有效注册商标"],
            ["单位：万件"],
            ["地区", 2021, "2022年"],
            ["宁　夏", 8, 9],
            ["合计", 20, 30],
            ["注：年末数。"],
        ],
        TRADEMARKS,
    ),
    "years down": ([["年份", "宁夏"], [2021, "80,000"], [2022, "90,000"]], TRADEMARKS | {"unit": "件"}),
    "indicators down": (
        [["指标", "单位", 2021, 2022], [], ["有效注册商标总量", "万件", "8", "9p"]],
        DOCUMENT | {"region": "宁夏"},
    ),
    "unit behind the indicator": ([["", 2021, 2022], ["有效注册商标总量（万件）", 8, 9]], DOCUMENT | {"region": "64"}),
    "two heading rows": (
        [
            ["地区", 2021, "", 2022, ""],
            ["", "有效注册商标（万件）", "PCT专利申请量（件）", "有效注册商标（万件）", "PCT专利申请量（件）"],
            ["宁夏", 8, "…", 9, "n.a."],
        ],
        DOCUMENT,
    ),
    "indicator above its years": (
        [["", "有效注册商标总量", ""], ["地区", 2021, 2022], ["宁夏①", 80000, 90000]],
        DOCUMENT | {"unit": "件"},
    ),
}


@pytest.mark.parametrize("name", CROSSES)
@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_a_table_with_years_across_gives_every_figure(name: str, kind: str, package: Path, tmp_path: Path) -> None:
    rows, given = CROSSES[name]
    path = tmp_path / f"table.{kind}"
    if kind == "xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append([cell if cell != "" else None for cell in row])
        book.save(path)
    else:
        path.write_text("\n".join(";".join(map(str, row)) for row in rows), encoding="gb18030")
    add(path, package, given=given, now=NOW)
    entered = list(rows_of(package).values())[14:]
    assert [(row["region"], row["period"], row["value"]) for row in entered] == [
        ("640000", "2021", 80000),
        ("640000", "2022", 90000),
    ]
    assert {row["indicator"] for row in entered} == {"registered_trademarks"}
    undo(package)
    assert len(rows_of(package)) == 14


def test_what_a_table_does_not_say_is_asked_for_in_one_list(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("地区,2021,2022\n宁夏,8,9\n", encoding="utf-8")
    faults = propose(path, package, today=TODAY).faults
    assert [(fault.column, fault.remedy) for fault in faults] == [
        (name, f"Add the column, or give --{name}.") for name in ("indicator", "unit", "source")
    ]


def test_what_is_left_out_of_a_table_is_said(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_text("表1\n单位：件\n地区,2021,2022\n宁夏1),80000,…\n合计,90000,1\n注：年末数\n", encoding="utf-8")
    proposal = propose(path, package, today=TODAY, given=TRADEMARKS)
    assert remarks(proposal) == [
        "Not figures, left out: 表1, 单位：件, 合计, 注：年末数.",
        "Footnote marks left out: 宁夏1).",
    ]
    assert "without a value: 1 row" in proposal.summary()


@settings(deadline=None)
@given(
    figures=st.lists(st.lists(st.integers(1, 10**7), min_size=3, max_size=3), min_size=1, max_size=4),
    unit=st.sampled_from([("件", 1), ("万件", 10**4)]),
    title=st.lists(st.sampled_from(["表2-3", "2022年各地区", "单位：{unit}", ""]), max_size=3),
    separator=st.sampled_from([",", ";", "\t"]),
    mark=st.sampled_from(["", "1)", "①", "*", " "]),
    down=st.booleans(),
)
def test_no_number_of_any_layout_is_taken_wrongly(
    tmp_path_factory: pytest.TempPathFactory,
    figures: list[list[int]],
    unit: tuple[str, int],
    title: list[str],
    separator: str,
    mark: str,
    down: bool,
) -> None:
    folder = tmp_path_factory.getbasetemp() / "layouts"
    if not folder.exists():
        small_package(folder)
    regions = ["宁夏", "浙江省", "Jilin", "银川"][: len(figures)]
    table = [
        ["地区", "2019", "2020年", "2021"],
        *([region + mark, *row] for region, row in zip(regions, figures, strict=True)),
    ]
    if down:
        table = [list(row) for row in zip(*table, strict=True)]
    lines = [line.format(unit=unit[0]) for line in title] + [separator.join(map(str, row)) for row in table]
    path = folder / "table.txt"
    path.write_text("\n".join(lines), encoding="utf-8")
    proposal = propose(path, folder, today=TODAY, given=TRADEMARKS | {"unit": unit[0]})
    assert [str(fault) for fault in proposal.faults] == []
    wanted = {
        (region, year): value * unit[1]
        for region, row in zip(["640000", "330000", "220000", "640100"], figures, strict=False)
        for year, value in zip(["2019", "2020", "2021"], row, strict=True)
    }
    assert {(row.region, row.period): int(row.value) for row in proposal.added} == wanted


# what a person sees


def test_the_table_shows_previous_old_and_new_values(package: Path, tmp_path: Path) -> None:
    path = text_file({"value": "超过12.5万"}, OLD | {"value": "121000"})(tmp_path)
    proposal = propose(path, package, today=TODAY)
    table = proposal.as_table("en")
    assert table.iloc[0].to_dict() == {
        "Row": "2",
        "Identifier": "O00015",
        "Region": "Ningxia",
        "Indicator": "Valid registered trademarks",
        "Period": "2025",
        "Basis": "year-end stock",
        "Last figure": "119900",
        "Year": "2024",
        "Old value": "",
        "New value": "≥ 125000",
        "Unit": "items",
        "What happens": "new",
        "Which is used": "the new figure",
        "Source": "S0005",
        "Needs a reason": "",
    }
    second = proposal.as_table("zh").iloc[1]
    assert second[["原值", "新值", "处理", "采用", "需说明理由"]].tolist() == [
        "119900",
        "121000",
        "与已有数据不一致",
        "仍用O00002",
        "是",
    ]
    assert "2 rows and 2 sources would be added (" in proposal.summary("en") and "2行数据" in proposal.summary("zh")
    assert not (package / "additions").exists()


def test_sheets_without_headings_are_named(package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = {"period": "2022", "value": "90000", "published": "2025-06-01"}
    path = workbook(figure, edit=lambda sheet: sheet.parent.create_sheet("备忘").append(["x"]))(tmp_path)
    assert remarks(propose(path, package, today=TODAY), "zh") == ["下列工作表没有标题行，未读取：备忘。"]
    assert main(["add", str(path), "--data", str(package), "--dry-run"]) == 0
    assert "Not read, for they have no row of headings: 备忘.\n" in capsys.readouterr().out


def test_figures_known_later_than_reports_look_are_named(package: Path, tmp_path: Path) -> None:
    late = {"value": "107000", "period": "2023", "published": "2026-05-01", "confidence": "high"}
    worse = PCT | {"value": "24", "period": "2023", "published": "2026-05-01", "confidence": "low"}
    said = remarks(propose(text_file(late, worse)(tmp_path), package, today=TODAY))
    assert said == ["Reports use O00015 only with --data-through 2026 or later; without it they stop at 2024."]
    used = add(text_file(late)(tmp_path), package, accept="census", now=NOW).proposal.known.last_year
    assert load_plan(data_dir=package).data_through == used == 2024
    assert remarks(propose(text_file(late)(tmp_path), package, today=TODAY)) == []  # it is there already
    reaching = text_file(late | {"period": "2022", "value": "90000"}, {"period": "2026-09", "published": "2026-10-20"})
    (said,) = remarks(propose(reaching(tmp_path), package, today=TODAY))  # the data reach 2026
    assert said.startswith("In no yearly series, for they are of a part of a year or of several years: O00017.")


# template


def test_template_has_a_row_for_every_target_and_series(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.xlsx"
    assert write_template(path, data_dir=package, year=2025) == 8
    book = openpyxl.load_workbook(path)
    sheet = book.active
    heads = [cell.value.split("\n")[1] for cell in sheet[1]]
    table = {row[0]: dict(zip(heads, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert list(table)[:2] == ["pct_applications", "registered_trademarks"]  # the plan's order
    trademarks = table["registered_trademarks"]
    assert (trademarks["last_value"], trademarks["last_year"], trademarks["value"]) == (119900, 2024, None)
    assert (trademarks["region"], trademarks["period"], trademarks["unit"]) == ("640000", 2025, "件")
    assert table["pct_applications"]["last_value"] == 23  # the lower bound of 2024 is no figure of the series
    assert sheet.freeze_panes == "C2" and book["lists"].sheet_state == "hidden"
    rules = {str(rule.sqref): rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert '"件,万件"' in rules.values() and "lists!$A$1:$A$7" in rules.values()
    assert book.sheetnames[2].startswith("填写说明")


def test_template_filled_in_goes_back_in(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.xlsx"
    write_template(path, data_dir=package, year=2025)
    book = openpyxl.load_workbook(path)
    sheet = book.active
    column = {cell.value.split("\n")[1]: cell.column for cell in sheet[1]}
    for line, figure, unit in ((2, 35, "件"), (3, "13.1", "万件")):
        for name, content in (
            ("value", figure),
            ("unit", unit),
            ("source", "公报"),
            ("publisher", "宁夏统计局"),
            ("published", dt.date(2026, 4, 30)),
            ("confidence", "高 high"),
        ):
            sheet.cell(line, column[name], content)
    book.save(path)
    addition = add(path, package, now=NOW)
    rows = rows_of(package)
    assert [rows[name]["value"] for name in ("O00015", "O00016")] == [35, 131000]
    assert addition.proposal.blank == 6 and rows["O00016"]["confidence"] == "high"


def test_template_of_the_nation_keeps_the_scope(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "nation.xlsx"
    write_template(path, data_dir=package, year=2025, region="000000")
    rows = list(openpyxl.load_workbook(path).active.iter_rows(values_only=True))
    heads = [text.split("\n")[1] for text in rows[0]]
    assert rows[1][heads.index("scope")] == "含国外 with foreign holders"


def test_template_never_overwrites_and_writes_only_workbooks(package: Path, tmp_path: Path) -> None:
    path = tmp_path / "new.xlsx"
    write_template(path, data_dir=package, year=2025)
    before = path.read_bytes()
    for place, message in (
        (path, "may be filled in"),
        (tmp_path / "new.csv", ".xlsx"),
        (tmp_path / "no" / "new.xlsx", "No such"),
    ):
        with pytest.raises(StoreError, match=message):
            write_template(place, data_dir=package, year=2025)
    with pytest.raises(PlanError, match="year"):
        write_template(tmp_path / "b.xlsx", data_dir=package, year=25)
    assert path.read_bytes() == before


def test_template_shows_a_last_figure_of_nothing(package: Path, tmp_path: Path) -> None:
    table = package / "observations.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",60,", ",0,"), encoding="utf-8")
    write_template(tmp_path / "new.xlsx", data_dir=package, year=2025)
    rows = openpyxl.load_workbook(tmp_path / "new.xlsx").active.iter_rows(min_row=2, values_only=True)
    assert next(row for row in rows if row[0] == "agri_gi")[9:11] == (0, 2024)


def test_template_spares_a_file_that_appears_meanwhile(
    package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "new.xlsx"
    path.write_text("filled in", encoding="utf-8")
    monkeypatch.setattr(template.os.path, "lexists", lambda path: False)
    with pytest.raises(StoreError, match="may be filled in"):
        write_template(path, data_dir=package, year=2025)
    assert path.read_text(encoding="utf-8") == "filled in"


def test_a_name_that_is_no_text_can_be_written_and_shown(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "n\udce4.xlsx"
    assert main(["template", "--year", "2025", "--data", str(package), "-o", str(path)]) == 0
    assert path.exists() and "n\\udce4.xlsx" in capsys.readouterr().out


def test_names_that_look_like_formulas_stay_text(package: Path, tmp_path: Path) -> None:
    table = package / "indicators.csv"
    text = table.read_text(encoding="utf-8").replace("PCT专利申请量", "=1+1").replace("PCT applications", "@SUM(A1)")
    table.write_text(text, encoding="utf-8")
    path = tmp_path / "new.xlsx"
    write_template(path, data_dir=package, year=2025)
    cells = openpyxl.load_workbook(path).active[2]
    assert [(cell.value, cell.data_type) for cell in cells[1:3]] == [("=1+1", "s"), ("@SUM(A1)", "s")]
    assert all(cell.quotePrefix for cell in cells[1:3])


def test_an_empty_package_takes_its_first_figure(package: Path, tmp_path: Path) -> None:
    table = package / "observations.csv"
    table.write_text(table.read_text(encoding="utf-8").splitlines(keepends=True)[0], encoding="utf-8")
    add(text_file()(tmp_path), package, now=NOW)
    assert load_plan(data_dir=package).series("registered_trademarks")["value"].to_dict() == {2025: 130000}


# a copy of one's own


def test_init_copies_the_package_with_its_additions(package: Path, tmp_path: Path) -> None:
    add(text_file()(tmp_path), package, now=NOW)
    copy = init(tmp_path / "deep" / "mine", source_dir=package)
    names = sorted(path.relative_to(package) for path in package.rglob("*") if path.name != ".ipplan.lock")
    assert sorted(path.relative_to(copy) for path in copy.rglob("*")) == names
    assert load_tables(copy)["observations"].equals(load_tables(package)["observations"])


def test_init_takes_an_empty_folder_and_refuses_any_other(package: Path, tmp_path: Path) -> None:
    empty, full, file = tmp_path / "empty", tmp_path / "full", tmp_path / "file"
    empty.mkdir()
    full.mkdir()
    (full / "mine.txt").write_text("keep", encoding="utf-8")
    file.write_text("keep", encoding="utf-8")
    init(empty, source_dir=package)
    for target in (full, file, empty, package / "inside"):
        with pytest.raises(StoreError):
            init(target, source_dir=package)
    assert [path.name for path in full.iterdir()] == ["mine.txt"] and file.read_text(encoding="utf-8") == "keep"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".ipplan")]


def test_the_shipped_package_takes_a_figure_and_gives_it_back(tmp_path: Path) -> None:
    mine = init(tmp_path / "mine")
    before = (mine / "observations.csv").read_bytes()
    addition = add(text_file()(tmp_path), mine, now=NOW)
    assert addition.path and load_plan(data_dir=mine).series("registered_trademarks")["value"][2025] == 130000
    assert write_template(tmp_path / "t.xlsx", data_dir=mine, year=2026) > 20
    undo(mine)
    assert (mine / "observations.csv").read_bytes() == before


def test_the_next_command_is_called_as_this_one_was(data_copy: Path, tmp_path: Path) -> None:
    program, file = Path(sys.executable).with_name("ipplan"), tmp_path / "new.xlsx"
    words = [program, "template", "--year", "2025", "--data", data_copy, "-o", file]
    done = subprocess.run(words, capture_output=True, text=True, check=True, env={"PATH": "/nowhere"})
    assert done.stdout.endswith(f"Then: {program} add {file} --data {data_copy}\n")
