"""A small data package and the files of figures that the intake is tried on, built from tables of cases."""

# ruff: noqa: E501  (tables of cases and of CSV text, one a line)

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl

SHIPPED = Path(__file__).resolve().parents[1] / "data"
TODAY = dt.date(2026, 11, 22)
NOW = dt.datetime(2026, 11, 22, 9, 30, tzinfo=dt.UTC)

TABLES = {
    "sources": """source,title,publisher,published,url
S0001,宁夏知识产权规划,宁夏人民政府,2022-04-21,
S0002,宁夏2024年统计公报,宁夏统计局,2025-04-30,
S0003,中国科技统计年鉴2024,国家统计局,2024,
S0004,银川日报报道,银川日报,2025-03-01,https://example.org/a
""",
    "regions": """region,name_zh,name_en,level,parent
000000,全国,China,nation,
330000,浙江,Zhejiang,province,000000
640000,宁夏,Ningxia,province,000000
640100,银川市,Yinchuan,prefecture,640000
""",
    "plans": """plan,name_zh,name_en,region,start_year,end_year,source
ningxia-ip-14,宁夏“十四五”规划,14th plan of Ningxia,640000,2021,2025,S0001
""",
    "indicators": """indicator,name_zh,name_en,unit,unit_en,basis,measure,direction,lower,upper,can_fall,decimals,pool_group,derived_kind,derived_from,proxy,note_zh,note_en
registered_trademarks,有效注册商标总量,Valid registered trademarks,件,items,year_end_stock,count,up,0,,yes,0,trademark,,,,,
agri_gi,农产品地理标志,Agricultural GIs,件,items,year_end_stock,count,up,0,,no,0,gi,,,,,
pct_applications,PCT专利申请量,PCT applications,件,items,annual_flow,count,up,0,,yes,0,other,,,,,
pledge_financing,质押融资登记金额,IP pledge financing,亿元,100 million yuan,annual_flow,amount,up,0,,yes,2,finance,,,,,
trademark_fines,商标罚款,Trademark fines,万元,10 000 yuan,annual_flow,amount,none,0,,yes,0,other,,,,,
genuine_os_software_rate,操作系统正版率,Licensed operating systems,%,%,annual_ratio,ratio,up,0,100,yes,2,other,,,,,
population,年末常住人口,Resident population,万人,10 000 persons,year_end_stock,count,none,0,,yes,0,other,,,,,
invention_patents_per_10k,每万人口发明专利拥有量,Invention patents per 10 000 residents,件/万人,items per 10 000 residents,year_end_stock,ratio,up,0,,yes,2,patent_stock,,,,,
ip_public_service_list,知识产权公共服务事项清单,Published list of IP services,是/否,yes/no,year_end_stock,count,up,0,1,no,0,other,,,,,
""",
    "targets": """plan,target_id,region,indicator,name_zh,name_en,kind,comparator,base_period,base,target,target_high,target_year,window,unit,unit_en,plan_section,department_to_ask,department_to_ask_en,note_zh,note_en,source
ningxia-ip-14,T02,640000,pct_applications,PCT专利申请量,PCT applications,annual_growth,>=,2020,,10,,2025,2021/2025,%/年,% per year,,市场监管厅,Market Regulation Department,,,S0001
ningxia-ip-14,T03,640000,registered_trademarks,有效注册商标,Registered trademarks in force,level,>=,2020,67201,100000,,2025,,件,items,,市场监管厅,Market Regulation Department,,,S0001
""",
    "breaks": """break_id,indicator,region,year,known_from,kind,effect_zh,effect_en,source
""",
    "observations": """observation,region,indicator,period,basis,scope,value,unit,bound,source,confidence,known_from,use,note
O00001,640000,registered_trademarks,2023,year_end_stock,,106000,件,,S0002,high,2023,yes,
O00002,640000,registered_trademarks,2024,year_end_stock,,119900,件,,S0002,high,2024,yes,"公报, 第七节"
O00003,640000,agri_gi,2024,year_end_stock,,60,件,,S0001,high,2024,yes,
O00004,640000,pct_applications,2023,annual_flow,,23,件,,S0003,high,2023,yes,
O00005,640000,pct_applications,2024,annual_flow,,30,件,lower,S0004,medium,2024,yes,
O00006,640000,pledge_financing,2024,annual_flow,,9.1,亿元,,S0004,medium,2024,yes,
O00007,640000,trademark_fines,2024,annual_flow,,920,万元,,S0002,high,2024,yes,
O00008,640000,genuine_os_software_rate,2024,annual_ratio,,97.5,%,,S0002,high,2024,yes,
O00009,640000,population,2023,year_end_stock,,729,万人,,S0003,high,2023,yes,
O00010,640000,population,2023,year_end_stock,,728,万人,,S0004,medium,2023,yes,
O00011,640000,invention_patents_per_10k,2024,year_end_stock,,8.05,件/万人,,S0004,medium,2024,yes,
O00012,640000,invention_patents_per_10k,2024,year_end_stock,,8.05,件/万人,,S0001,medium,2024,yes,
O00013,000000,registered_trademarks,2024,year_end_stock,incl_foreign,49770000,件,,S0003,high,2024,yes,
O00014,640000,pledge_financing,2016/2020,multi_year_total,,9.1,亿元,,S0001,high,2020,yes,
""",
}


def small_package(folder: Path) -> Path:
    """A data package of fourteen figures under the shipped descriptor."""
    folder.mkdir(parents=True)
    descriptor = json.loads((SHIPPED / "datapackage.json").read_text(encoding="utf-8"))
    for resource in descriptor["resources"]:
        columns = [field["name"] for field in resource["schema"]["fields"]]
        rows = list(csv.DictReader(io.StringIO(TABLES[resource["name"]])))
        with (folder / resource["path"]).open("w", encoding="utf-8", newline="") as stream:
            writer = csv.DictWriter(stream, columns, restval="", lineterminator="\n", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(rows)
    (folder / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return folder


BASE: dict[str, Any] = {
    "indicator": "registered_trademarks",
    "region": "640000",
    "period": "2025",
    "value": "130000",
    "unit": "件",
    "source": "宁夏2025年统计公报",
    "publisher": "宁夏统计局",
    "published": "2026-04-30",
}
CHINESE = {
    "indicator": "指标",
    "region": "地区",
    "period": "期间",
    "value": "数值",
    "unit": "单位",
    "source": "来源",
    "publisher": "发布机构",
    "published": "发布日期",
    "basis": "口径",
    "note": "说明",
    "confidence": "可信度",
}
PLEDGE = {"indicator": "pledge_financing", "unit": "亿元", "value": "12.5"}
RATE = {"indicator": "genuine_os_software_rate", "unit": "%", "value": "98.9"}
PEOPLE = {"indicator": "population", "unit": "万人", "value": "731"}
PCT = {"indicator": "pct_applications", "value": "35"}
OLD = {"period": "2024", "published": "2025-06-01"}

Rows = list[dict[str, Any]]
Builder = Callable[[Path], Path]


def table_text(rows: Rows, *, delimiter: str = ",", newline: str = "\n", names: dict[str, str] | None = None) -> str:
    """Rows as delimited text; columns in the order in which they first occur."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=newline)
    writer.writerow([(names or {}).get(name, name) for name in columns])
    writer.writerows([[row.get(name, "") for name in columns] for row in rows])
    return stream.getvalue()


def text_file(*changes: dict[str, Any], encoding: str = "utf-8", before: str = "", **how: Any) -> Builder:
    """A CSV file with one row per set of changes to the base row."""
    rows = [BASE | change for change in changes or ({},)]
    content = (before + table_text(rows, **how)).encode(encoding)
    return raw_file(content)


def raw_file(content: bytes, name: str = "figures.csv") -> Builder:
    """A file with these bytes."""

    def build(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return build


def workbook(*changes: dict[str, Any], edit: Callable[[Any], None] | None = None, title: str = "Sheet1") -> Builder:
    """An Excel workbook with one row per set of changes, and anything done to its sheet afterwards."""

    def build(folder: Path) -> Path:
        rows = [BASE | change for change in changes or ({},)]
        columns = list(dict.fromkeys(name for row in rows for name in row))
        book = openpyxl.Workbook()
        sheet = book.active
        sheet.title = title
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(name) for name in columns])
        if edit is not None:
            edit(sheet)
        path = folder / "figures.xlsx"
        book.save(path)
        return path

    return build


def with_stored_results(build: Builder, result: str) -> Builder:
    """The workbook as Excel saves it: every formula with this stored result (openpyxl stores none)."""

    def rebuild(folder: Path) -> Path:
        path = build(folder)
        with zipfile.ZipFile(path) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in parts.items():
                if name.startswith("xl/worksheets/"):
                    content = re.sub(rb"<v\s*/>|<v></v>", f"<v>{result}</v>".encode(), content)
                archive.writestr(name, content)
        return path

    return rebuild


def cell(place: str, value: Any = None, number_format: str | None = None) -> Callable[[Any], None]:
    """An edit that sets one cell."""

    def edit(sheet: Any) -> None:
        if value is not None:
            sheet[place] = value
        if number_format:
            sheet[place].number_format = number_format

    return edit


@dataclass(frozen=True)
class Valid:
    """A file and the rows that it must give: (indicator, period, basis, value, bound, use), other columns by name."""

    name: str
    build: Builder
    rows: tuple[tuple[str, ...], ...]
    accept: str | None = None
    columns: tuple[tuple[str, str], ...] = ()  # further columns of the last new row


@dataclass(frozen=True)
class Faulty:
    """A file, and what its first fault must say; `place` is the sheet for Excel files."""

    name: str
    build: Builder
    row: int | None
    column: str
    found: str
    expected: str
    remedy: str
    asks: bool = False  # a question that --accept answers, not a fault
    place: str = ""


STOCK = ("registered_trademarks", "2025", "year_end_stock", "130000", "", "yes")


def stock(
    value: str = "130000", bound: str = "", period: str = "2025", basis: str = "year_end_stock"
) -> tuple[tuple[str, ...], ...]:
    return (("registered_trademarks", period, basis, value, bound, "yes"),)


def pledge(value: str, period: str = "2025", basis: str = "annual_flow") -> tuple[tuple[str, ...], ...]:
    return (("pledge_financing", period, basis, value, "", "yes"),)


def rate(value: str) -> tuple[tuple[str, ...], ...]:
    return (("genuine_os_software_rate", "2025", "annual_ratio", value, "", "yes"),)


def people(value: str) -> tuple[tuple[str, ...], ...]:
    return (("population", "2025", "year_end_stock", value, "", "yes"),)


def pct(value: str, period: str = "2025", basis: str = "annual_flow", bound: str = "") -> tuple[tuple[str, ...], ...]:
    return (("pct_applications", period, basis, value, bound, "yes"),)


def add_sheets(sheet: Any) -> None:
    """A second sheet of figures, one of remarks and a hidden one."""
    second = sheet.parent.create_sheet("商标")
    for row in sheet.iter_rows(values_only=True):
        second.append(row)
    second["A2"], second["D2"] = "pct_applications", 35
    sheet.parent.create_sheet("remarks").append(["nothing here"])
    hidden = sheet.parent.create_sheet("old")
    hidden.append(["indicator", "region", "value"])
    hidden.sheet_state = "hidden"


def title_above(sheet: Any) -> None:
    sheet.insert_rows(1, 2)
    sheet["A1"] = "宁夏2025年主要指标"
    sheet.merge_cells("A1:H1")


VALID = (
    # how the file was saved
    Valid("plain utf-8", text_file(), stock()),
    Valid("utf-8 with mark", text_file(encoding="utf-8-sig"), stock()),
    Valid("gb18030, Chinese headings", text_file(encoding="gb18030", names=CHINESE), stock()),
    Valid("gbk, windows lines", text_file(encoding="gbk", newline="\r\n", names=CHINESE), stock()),
    Valid("utf-16 little-endian with mark", text_file(encoding="utf-16"), stock()),
    Valid("utf-16 big-endian with mark", text_file(before="\ufeff", encoding="utf-16-be"), stock()),
    Valid("utf-16 little-endian, no mark", text_file(encoding="utf-16-le", names=CHINESE), stock()),
    Valid("utf-16 big-endian, no mark", text_file(encoding="utf-16-be"), stock()),
    Valid("utf-32", text_file(encoding="utf-32"), stock()),
    Valid("Excel Unicode text", text_file(encoding="utf-16", delimiter="\t", newline="\r\n"), stock()),
    Valid("old Macintosh lines", text_file(newline="\r"), stock()),
    Valid("semicolons", text_file(delimiter=";"), stock()),
    Valid("full-width commas", text_file(delimiter="，"), stock()),
    Valid("title above the headings", text_file(before="宁夏2025年主要指标\n\n"), stock()),
    Valid("no line end at the end", raw_file(table_text([BASE]).rstrip().encode()), stock()),
    Valid("name without csv", raw_file(table_text([BASE]).encode(), "figures.txt"), stock()),
    Valid("headings in capitals", text_file(names={name: name.upper() for name in BASE}), stock()),
    Valid("blank rows between", text_file({}, {"value": ""}, PCT), stock() + pct("35")),
    Valid("columns in another order", raw_file(table_text([dict(reversed(BASE.items()))]).encode()), stock()),
    Valid("comma and quote in the title", text_file({"source": '宁夏"十四五",公报'}), stock()),
    Valid(
        "line break in the note", text_file({"note": "第一行\n第二行"}), stock(), columns=(("note", "第一行 第二行"),)
    ),
    # numbers and units
    Valid("full-width digits", text_file({"value": "１３００００"}), stock()),
    Valid("thousands separators", text_file({"value": "130,000"}), stock()),
    Valid("full-width separators", text_file({"value": "１３０，０００"}), stock()),
    Valid("spaces as separators", text_file({"value": "130 000"}), stock()),
    Valid("no-break spaces", text_file({"value": "130\u00a0000 "}), stock()),
    Valid("万 after the number", text_file({"value": "13.0万"}), stock()),
    Valid("万件 after the number", text_file({"value": "12.4157 万件"}), stock("124157")),
    Valid("万件 in the unit", text_file({"value": "12.4157", "unit": "万件"}), stock("124157")),
    Valid("item after the number", text_file({"value": "130000件"}), stock()),
    Valid("English unit", text_file({"unit": "Items"}), stock()),
    Valid("万元 into 亿元", text_file(PLEDGE | {"value": "125,000", "unit": "万元"}), pledge("12.5")),
    Valid("yuan into 亿元", text_file(PLEDGE | {"value": "1,250,000,000", "unit": "元"}), pledge("12.5")),
    Valid("亿 before 元 in the unit", text_file(PLEDGE | {"value": "12.5亿", "unit": "元"}), pledge("12.5")),
    Valid("亿元 in value and unit", text_file(PLEDGE | {"value": "12.5亿元"}), pledge("12.5")),
    Valid("亿元 only in the value", text_file(PLEDGE | {"value": "12.5亿元", "unit": ""}), pledge("12.5")),
    Valid("100 million yuan", text_file(PLEDGE | {"unit": "100 million yuan"}), pledge("12.5")),
    Valid("million yuan", text_file(PLEDGE | {"value": "1250", "unit": "million yuan"}), pledge("12.5")),
    Valid(
        "亿元 into 万元",
        text_file({"indicator": "trademark_fines", "value": "0.1", "unit": "亿元"}),
        (("trademark_fines", "2025", "annual_flow", "1000", "", "yes"),),
    ),
    Valid("persons into 万人", text_file(PEOPLE | {"value": "7,312,000", "unit": "人"}), people("731.2")),
    Valid("万人 in the value", text_file(PEOPLE | {"value": "731.2万人"}), people("731.2")),
    Valid("per cent sign", text_file(RATE | {"value": "98.9%"}), rate("98.9")),
    Valid("full-width per cent sign", text_file(RATE | {"value": "98.90％", "unit": ""}), rate("98.9")),
    Valid("the word per cent", text_file(RATE | {"unit": "per cent"}), rate("98.9")),
    Valid(
        "per 10 000",
        text_file({"indicator": "invention_patents_per_10k", "value": "9.3", "unit": "件/万人"}),
        (("invention_patents_per_10k", "2025", "year_end_stock", "9.3", "", "yes"),),
    ),
    Valid("lower bound by sign", text_file({"value": ">125,000"}), stock("125000", "lower")),
    Valid("lower bound by word", text_file({"value": "超过12.5万"}), stock("125000", "lower")),
    Valid("lower bound by 余", text_file(PCT | {"value": "40余件"}), pct("40", bound="lower")),
    Valid(
        "yes in Chinese",
        text_file({"indicator": "ip_public_service_list", "value": "是", "unit": "是/否"}),
        (("ip_public_service_list", "2025", "year_end_stock", "1", "", "yes"),),
    ),
    Valid("zero", text_file(PCT | {"value": "0"}), pct("0"), accept="none filed"),
    # periods and names
    Valid("2025年", text_file({"period": "2025年"}), stock()),
    Valid("full-width year", text_file({"period": "２０２５年末"}), stock()),
    Valid("end of December", text_file({"period": "截至2025年12月底"}), stock()),
    Valid(
        "a month",
        text_file({"period": "2026年9月", "published": "2026-10-20"}),
        stock(period="2026-09", basis="part_year_stock"),
    ),
    Valid(
        "a month beside the yearly basis",
        text_file({"period": "2026-9", "basis": "年末存量", "published": "2026-10"}),
        stock(period="2026-09", basis="part_year_stock"),
    ),
    Valid(
        "January to September",
        text_file(PCT | {"period": "2026年1—9月", "published": "2026"}),
        pct("35", "2026-09", "part_year_flow"),
    ),
    Valid(
        "a quarter",
        text_file(PCT | {"period": "2026年第二季度", "published": "2026-07-15"}),
        pct("35", "2026-Q2", "part_year_flow"),
    ),
    Valid(
        "a span of months",
        text_file(PCT | {"period": "2025-03/2025-11"}),
        pct("35", "2025-03/2025-11", "part_year_flow"),
    ),
    Valid(
        "a span of years",
        text_file(PLEDGE | {"period": "2021—2025年", "value": "52"}),
        pledge("52", "2021/2025", "multi_year_total"),
    ),
    Valid(
        "a plan period",
        text_file(PLEDGE | {"period": "“十四五”时期", "value": "52"}),
        pledge("52", "2021/2025", "multi_year_total"),
    ),
    Valid(
        "a running total",
        text_file(PLEDGE | {"period": "截至2026年5月", "basis": "running_total", "value": "60"}),
        pledge("60", "../2026-05", "running_total"),
    ),
    Valid("region by name", text_file({"region": "宁夏回族自治区"}), stock(), columns=(("region", "640000"),)),
    Valid("region in English", text_file({"region": "ningxia"}), stock(), columns=(("region", "640000"),)),
    Valid("another region", text_file({"region": "银川"}), stock(), columns=(("region", "640100"),)),
    Valid(
        "the nation with its scope",
        text_file({"region": "全国", "scope": "含国外", "value": "5100万"}),
        stock("51000000"),
        columns=(("region", "000000"), ("scope", "incl_foreign")),
    ),
    Valid("indicator by name", text_file({"indicator": "有效注册商标总量"}), stock()),
    Valid("indicator in English", text_file({"indicator": "Valid Registered Trademarks"}), stock()),
    Valid("indicator by the plan's name", text_file({"indicator": "有效注册商标"}), stock()),
    # sources
    Valid(
        "source by its number",
        text_file({"source": "S0003", "publisher": "", "published": "", "period": "2022", "value": "90000"}),
        stock("90000", period="2022"),
        columns=(("source", "S0003"),),
    ),
    Valid(
        "source known already",
        text_file({"source": "宁夏2024年统计公报", "published": "2025年4月30日", "period": "2022", "value": "90000"}),
        stock("90000", period="2022"),
        columns=(("source", "S0002"),),
    ),
    Valid("one new source for two rows", text_file({}, PCT), stock() + pct("35"), columns=(("source", "S0005"),)),
    Valid("address instead of publisher", text_file({"publisher": "", "url": "https://tjj.nx.gov.cn/a.html"}), stock()),
    Valid("confidence in Chinese", text_file({"confidence": "高"}), stock(), columns=(("confidence", "high"),)),
    Valid("known later", text_file({"known_from": "2026年"}), stock(), columns=(("known_from", "2026"),)),
    # what stands there already
    Valid(
        "the same figure from another source",
        text_file(OLD | {"value": "11.99万"}),
        (("registered_trademarks", "2024", "year_end_stock", "119900", "", "no"),),
    ),
    Valid("the same row again", text_file(OLD | {"source": "S0002", "value": "119900"}), ()),
    Valid(
        "agrees within rounding",
        text_file(OLD | {"value": "12万"}),
        (("registered_trademarks", "2024", "year_end_stock", "120000", "", "no"),),
    ),
    Valid("an exact figure above a lower bound", text_file(OLD | PCT | {"value": "34"}), pct("34", "2024")),
    Valid(
        "contradiction, the better source stands",
        text_file(OLD | {"value": "121000", "confidence": "low"}),
        (("registered_trademarks", "2024", "year_end_stock", "121000", "", "no"),),
        accept="two bulletins",
    ),
    Valid(
        "contradiction, the better source is new",
        text_file(OLD | PLEDGE | {"value": "9.4", "publisher": "国家知识产权局", "confidence": "high"}),
        pledge("9.4", "2024"),
        accept="national office",
    ),
    Valid(
        "a revision published late",
        text_file({"period": "2023", "value": "107000", "published": "2026-05-01", "confidence": "high"}),
        stock("107000", period="2023"),
        accept="census revision",
        columns=(("known_from", "2026"),),
    ),
    Valid(
        "a stock that fell, with a reason",
        text_file({"value": "110000"}),
        stock("110000"),
        accept="撤销连续三年不使用的商标",
        columns=(("note", "accepted: 撤销连续三年不使用的商标"),),
    ),
    # Excel
    Valid("Excel, numbers", workbook({"region": 640000, "period": 2025, "value": 130000}), stock()),
    Valid("Excel, numbers as text", workbook(), stock()),
    Valid("Excel, binary fraction", workbook(PLEDGE | {"value": 12.3 + 0.2}), pledge("12.5")),
    Valid("Excel, per cent format", workbook(RATE, edit=cell("D2", 0.989, "0.0%")), rate("98.9")),
    Valid("Excel, thousands format", workbook(edit=cell("D2", 130000, "#,##0")), stock()),
    Valid(
        "Excel made a date of a month",
        workbook({"period": dt.datetime(2026, 9, 1), "published": "2026-10-20"}),
        stock(period="2026-09", basis="part_year_stock"),
    ),
    Valid("Excel, date of publication", workbook({"published": dt.datetime(2026, 4, 30)}), stock()),
    Valid(
        "Excel, formula with its result", with_stored_results(workbook({"value": "=100000+30000"}), "130000"), stock()
    ),
    Valid("Excel, several sheets", workbook(edit=add_sheets), stock() + pct("35")),
    Valid("Excel, merged title above", workbook(edit=title_above), stock()),
    Valid(
        "Excel, nation as a number",
        workbook({"region": 0, "scope": "incl_foreign", "value": 51000000}),
        stock("51000000"),
        columns=(("region", "000000"),),
    ),
)


def hide_row(sheet: Any) -> None:
    sheet.row_dimensions[2].hidden = True


def hide_column(sheet: Any) -> None:
    sheet.column_dimensions["D"].hidden = True


def hide_columns(sheet: Any) -> None:
    """One entry of the file hides C to E, of which C is empty."""
    sheet.insert_cols(3)
    sheet.column_dimensions.group("C", "E", hidden=True)


def merge(sheet: Any) -> None:
    sheet.append(list(BASE.values()))
    sheet.merge_cells("F2:F3")


def cut_short(folder: Path) -> Path:
    path = workbook()(folder)
    path.write_bytes(path.read_bytes()[:-400])
    return path


def other_zip(folder: Path) -> Path:
    path = folder / "figures.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("hello.txt", "no workbook")
    return path


def missing(folder: Path) -> Path:
    return folder / "nowhere.csv"


def value(text: str, **more: str) -> Builder:
    return text_file({"value": text, **more})


NUMBER, ONE = "one number such as", "Write digits"
FAULTY = (
    # names
    Faulty(
        "unknown indicator",
        text_file({"indicator": "registered_trademark"}),
        2,
        "indicator",
        "'registered_trademark'",
        "indicators.csv",
        "Did you mean 'registered_trademarks'",
    ),
    Faulty(
        "unknown Chinese indicator",
        text_file({"indicator": "有效注册商标总数"}),
        2,
        "indicator",
        "有效注册商标总数",
        "indicators.csv",
        "Did you mean '有效注册商标总量'",
    ),
    Faulty(
        "indicator left out",
        text_file({"indicator": ""}),
        2,
        "indicator",
        "an empty cell",
        "indicators.csv",
        "indicators.csv",
    ),
    Faulty(
        "unknown region",
        text_file({"region": "Ningxa"}),
        2,
        "region",
        "'Ningxa'",
        "regions.csv",
        "Did you mean 'Ningxia'",
    ),
    Faulty("region code cut", text_file({"region": "64000"}), 2, "region", "'64000'", "regions.csv", "'640000'"),
    Faulty(
        "name of another indicator",
        text_file({"name_zh": "PCT专利申请量"}),
        2,
        "name_zh",
        "PCT",
        "registered_trademarks",
        "slipped",
    ),
    Faulty("name of another region", text_file({"region_name": "浙江"}), 2, "region_name", "浙江", "640000", "agree"),
    # units
    Faulty("wrong unit", text_file({"unit": "家"}), 2, "unit", "'家'", "件, or a multiple", "Convert"),
    Faulty("money for items", text_file({"unit": "万元"}), 2, "unit", "'万元'", "件, or a multiple", "Convert"),
    Faulty("items for money", text_file(PLEDGE | {"unit": "件"}), 2, "unit", "'件'", "亿元", "Convert"),
    Faulty("no unit", text_file({"unit": ""}), 2, "unit", "an empty cell", "件", "Write the unit"),
    Faulty("万 twice", text_file(PEOPLE | {"value": "731万"}), 2, "value", "'万'", "万 once", "Write the number alone"),
    Faulty(
        "units that disagree", text_file(PLEDGE | {"value": "5件"}), 2, "value", "'5件'", "a number in 亿元", "Correct"
    ),
    Faulty(
        "unit beside that disagrees",
        text_file(PLEDGE | {"value": "5亿元", "unit": "件"}),
        2,
        "unit",
        "'件'",
        "亿元",
        "agree",
    ),
    Faulty("per cent of items", value("95%"), 2, "value", "'95%'", "a number in 件", "Correct"),
    Faulty(
        "above a hundred per cent",
        text_file(RATE | {"value": "198%"}),
        2,
        "value",
        "'198%'",
        "at most 100 %",
        "Correct",
    ),
    # numbers
    Faulty("a word", value("many"), 2, "value", "'many'", NUMBER, ONE),
    Faulty("two points", value("1.234.5"), 2, "value", "'1.234.5'", NUMBER, ONE),
    Faulty("European separators", value("130.000,5"), 2, "value", "'130.000,5'", NUMBER, ONE),
    Faulty("groups of two", value("13,00,00"), 2, "value", "'13,00,00'", NUMBER, ONE),
    Faulty("two numbers", value("130000-140000"), 2, "value", "'130000-140000'", NUMBER, ONE),
    Faulty("powers of ten", value("1.3e5"), 2, "value", "'1.3e5'", NUMBER, ONE),
    Faulty("Chinese numerals", value("十三万"), 2, "value", "'十三万'", NUMBER, ONE),
    Faulty("approximate", value("约13万"), 2, "value", "'约13万'", "exact", "exact figure"),
    Faulty("a dash for no figure", value("—"), 2, "value", "'—'", "a number", "Leave the cell blank"),
    Faulty("not a number", value("NaN"), 2, "value", "'NaN'", "a number", "Leave the cell blank"),
    Faulty("infinite", value("inf"), 2, "value", "'inf'", NUMBER, ONE),
    Faulty("negative count", value("-5"), 2, "value", "'-5'", "at least 0", "Correct"),
    Faulty("negative by full-width sign", value("－5"), 2, "value", "'－5'", "at least 0", "Correct"),
    Faulty("out of any measure", value("9" * 18), 2, "value", "999", "below 1e+15", "Correct"),
    Faulty(
        "maybe for yes or no",
        text_file({"indicator": "ip_public_service_list", "unit": "是/否", "value": "大概"}),
        2,
        "value",
        "'大概'",
        "是 or 否",
        "Write",
    ),
    # periods
    Faulty(
        "future year",
        text_file({"period": "2027"}),
        2,
        "period",
        "'2027'",
        "ended by 2026-11-22",
        "Only figures of the past",
    ),
    Faulty("future month", text_file({"period": "2026-12"}), 2, "period", "'2026-12'", "ended by 2026-11-22", "past"),
    Faulty("month thirteen", text_file({"period": "2025-13"}), 2, "period", "'2025-13'", "a period between", "2025-09"),
    Faulty("year of two digits", text_file({"period": "25年"}), 2, "period", "'25年'", "a period between", "2025"),
    Faulty(
        "span that runs backwards",
        text_file({"period": "2025/2021"}),
        2,
        "period",
        "'2025/2021'",
        "a period",
        "2021/2025",
    ),
    Faulty("no period", text_file({"period": ""}), 2, "period", "an empty cell", "a period between", "Write 2025"),
    Faulty(
        "ratio of part of a year",
        text_file(RATE | {"period": "2025-06"}),
        2,
        "basis",
        "an empty cell",
        "a plain year",
        "2025-06",
    ),
    Faulty(
        "basis of another kind",
        text_file({"basis": "annual_flow"}),
        2,
        "basis",
        "'annual_flow'",
        "year_end_stock",
        "correct",
    ),
    Faulty("unknown basis", text_file({"basis": "yearly"}), 2, "basis", "'yearly'", "one of year_end_stock", "Use one"),
    Faulty(
        "national figure without scope",
        text_file({"region": "000000", "value": "51000000"}),
        2,
        "scope",
        "an empty cell",
        "incl_foreign",
        "never mixed",
    ),
    Faulty(
        "scope of a province",
        text_file({"scope": "mainland"}),
        2,
        "scope",
        "'mainland'",
        "an empty cell",
        "Only national",
    ),
    # sources
    Faulty(
        "no source", text_file({"source": ""}), 2, "source", "an empty cell", "title of the document", "does not enter"
    ),
    Faulty(
        "source of dashes", text_file({"source": "--"}), 2, "source", "'--'", "title of the document", "does not enter"
    ),
    Faulty("unknown source number", text_file({"source": "S0009"}), 2, "source", "'S0009'", "sources.csv", "S000"),
    Faulty(
        "no publisher",
        text_file({"publisher": ""}),
        2,
        "publisher",
        "an empty cell",
        "the publisher, or the address",
        "Say who",
    ),
    Faulty(
        "half an address", text_file({"url": "www.nx.gov.cn"}), 2, "url", "'www.nx.gov.cn'", "http://", "whole address"
    ),
    Faulty(
        "published tomorrow",
        text_file({"published": "2026-11-23"}),
        2,
        "published",
        "'2026-11-23'",
        "up to today",
        "Correct",
    ),
    Faulty(
        "published before the period",
        text_file({"published": "2024-05-01"}),
        2,
        "published",
        "'2024-05-01'",
        "2025-11-30 or later",
        "before it ends",
    ),
    Faulty(
        "a year's end reported in its January",
        text_file({"published": "2025-01-05"}),
        2,
        "published",
        "'2025-01-05'",
        "2025-11-30 or later",
        "before it ends",
    ),
    Faulty("a footnote mark", text_file({"value": "13000①"}), 2, "value", "'13000①'", "plain digits", "footnote"),
    Faulty("a raised digit", text_file(RATE | {"value": "1.8²"}), 2, "value", "'1.8²'", "plain digits", "footnote"),
    Faulty(
        "a footnote mark for a yes",
        text_file({"indicator": "ip_public_service_list", "value": "①", "unit": "是/否"}),
        2,
        "value",
        "'①'",
        "plain digits",
        "footnote",
    ),
    Faulty(
        "a footnote mark at the period",
        text_file({"period": "2025年①"}),
        2,
        "period",
        "'2025年①'",
        "plain digits",
        "footnote",
    ),
    Faulty(
        "the thirty-first of April",
        text_file({"published": "2026-04-31"}),
        2,
        "published",
        "'2026-04-31'",
        "a date",
        "form",
    ),
    Faulty(
        "day before month", text_file({"published": "30.04.2026"}), 2, "published", "'30.04.2026'", "a date", "form"
    ),
    Faulty(
        "known before it was over",
        text_file({"known_from": "2024"}),
        2,
        "known_from",
        "'2024'",
        "from 2025 to 2026",
        "blank",
    ),
    Faulty("unknown confidence", text_file({"confidence": "hihg"}), 2, "confidence", "'hihg'", "one of high", "'high'"),
    # headings and shape
    Faulty(
        "unknown column", text_file({"vlaue2": "1"}), 1, "vlaue2", "an unknown column", "a known heading", "'value'"
    ),
    Faulty("column twice", text_file({"数值": "1"}), 1, "数值", "the column twice", "each column once", "Remove one"),
    Faulty(
        "no source column",
        raw_file(table_text([{k: v for k, v in BASE.items() if k != "source"}]).encode()),
        1,
        "source",
        "no such column",
        "a column source (来源)",
        "Add",
    ),
    Faulty(
        "no heading row", raw_file(b"a,b,c\n1,2,3\n"), 1, "", "'a', 'b', 'c'", "a row of headings", "ipplan template"
    ),
    Faulty(
        "cell beyond the headings",
        raw_file((table_text([BASE]).rstrip() + ",extra\n").encode()),
        2,
        "",
        "9 cells",
        "8 cells",
        "commas and quotes",
    ),
    Faulty(
        "headings only",
        raw_file(table_text([BASE]).splitlines()[0].encode() + b"\n"),
        None,
        "value",
        "no figure",
        "at least one row",
        "Fill in",
    ),
    Faulty(
        "open quote",
        raw_file(table_text([BASE]).replace("130000", '"130000').encode()),
        2,
        "",
        "unreadable text",
        "quotes",
        "Correct the quotes",
    ),
    Faulty("empty file", raw_file(b""), None, "", "an empty file", ".xlsx or .csv", "ipplan template"),
    Faulty("white space", raw_file(b" \r\n \n"), None, "", "an empty file", ".xlsx or .csv", "ipplan template"),
    Faulty(
        "a picture",
        raw_file(b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\xff\xff"),
        None,
        "",
        "not text",
        "CSV in UTF-8",
        "Save",
    ),
    Faulty(
        "bytes of no charset",
        raw_file(table_text([BASE]).encode() + b"\xff\xff\xff\n"),
        None,
        "",
        "not text",
        "GB18030",
        "Save",
    ),
    Faulty("no such file", missing, None, "", "no readable file", ".xlsx or .csv", "Check the name"),
    Faulty("a folder", lambda folder: folder, None, "", "no readable file", ".xlsx or .csv", "Check the name"),
    Faulty("invisible character", text_file({"note": "a\u200bb"}), 2, "note", "a\\u200bb", "without invisible", "Type"),
    # Excel
    Faulty(
        "old Excel file",
        raw_file(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "figures.xls"),
        None,
        "",
        "an old Excel file",
        ".xlsx or .csv",
        "Save it as .xlsx",
    ),
    Faulty("damaged workbook", cut_short, None, "", "a damaged workbook", "an Excel workbook", "save it"),
    Faulty("another zip file", other_zip, None, "", "an unreadable workbook", "an Excel workbook", "save it"),
    Faulty(
        "Excel, wrong number",
        workbook({"value": "12o"}),
        2,
        "value",
        "'12o'",
        "a number in 件",
        "Correct",
        place="Sheet1",
    ),
    Faulty(
        "Excel, second sheet named",
        workbook({}, {"region": "Marz"}, title="二季度"),
        3,
        "region",
        "'Marz'",
        "regions.csv",
        "",
        place="二季度",
    ),
    Faulty(
        "Excel, formula without result",
        workbook({"value": "=1+1"}),
        2,
        "value",
        "the formula '=1+1'",
        "a value",
        "save it",
        place="Sheet1",
    ),
    Faulty(
        "Excel, error value",
        workbook(edit=cell("D2", "#REF!")),
        2,
        "value",
        "#REF!",
        "a value",
        "Correct the formula",
        place="Sheet1",
    ),
    Faulty(
        "Excel, merged cells",
        workbook(edit=merge),
        2,
        "",
        "merged cells F2:F3",
        "one cell for each",
        "Unmerge",
        place="Sheet1",
    ),
    Faulty("Excel, hidden row", workbook(edit=hide_row), 2, "", "a hidden row", "visible rows", "Show", place="Sheet1"),
    Faulty(
        "Excel, hidden column",
        workbook(edit=hide_column),
        None,
        "D",
        "a hidden column",
        "visible",
        "Show",
        place="Sheet1",
    ),
    Faulty(
        "Excel, columns hidden together",
        workbook(edit=hide_columns),
        None,
        "D",
        "a hidden column",
        "visible",
        "Show",
        place="Sheet1",
    ),
    Faulty(
        "Excel, more digits than a double has",
        with_stored_results(workbook({"value": "=1"}), "1" * 400),
        2,
        "value",
        "'1111111",
        "one number",
        "Write digits",
        place="Sheet1",
    ),
    Faulty(
        "Excel, date for a figure",
        workbook({"value": dt.datetime(2026, 1, 3)}),
        2,
        "value",
        "2026-01-03",
        "a number",
        "Format",
        place="Sheet1",
    ),
    Faulty(
        "Excel, true for a figure", workbook({"value": True}), 2, "value", "TRUE", "a number", "Format", place="Sheet1"
    ),
    Faulty(
        "Excel, a day for a period",
        workbook({"period": dt.datetime(2025, 12, 31)}),
        2,
        "period",
        "the date 2025-12-31",
        "a year, month",
        "as text",
        place="Sheet1",
    ),
    Faulty(
        "Excel, no heading row",
        lambda folder: _plain_sheet(folder),
        1,
        "",
        "'x', 'y'",
        "a row of headings",
        "headings",
        place="Sheet",
    ),
    # figures that need a reason
    Faulty(
        "stock that fell",
        value("110000"),
        2,
        "value",
        "110000 件",
        "at least the 119900 件 of 2024 (O00002)",
        "The stock fell",
        asks=True,
    ),
    Faulty(
        "stock that cannot fall",
        text_file({"indicator": "agri_gi", "value": "59"}),
        2,
        "value",
        "59 件",
        "60 件",
        "it cannot fall",
        asks=True,
    ),
    Faulty(
        "stock above the next year's",
        text_file({"period": "2022", "value": "107000"}),
        2,
        "value",
        "107000 件",
        "at most the 106000 件 of 2023",
        "would fall",
        asks=True,
    ),
    Faulty(
        "five times the last",
        text_file(PCT | {"value": "115"}),
        2,
        "value",
        "115 件",
        "between 4.6 and 115",
        "mistaken",
        asks=True,
    ),
    Faulty(
        "a fifth of the last",
        text_file(PLEDGE | {"value": "1.82"}),
        2,
        "value",
        "1.82 亿元",
        "between 1.82 and 45.5",
        "mistaken",
        asks=True,
    ),
    Faulty(
        "contradicts a figure",
        text_file(OLD | {"value": "121000"}),
        2,
        "value",
        "121000 件",
        "119900 件 as in O00002",
        "Both are kept; O00002 stays in use",
        asks=True,
    ),
    Faulty(
        "contradicts a lower bound",
        text_file(OLD | PCT | {"value": "28"}),
        2,
        "value",
        "28 件",
        "30 件 as in O00005",
        "Both are kept; O00015 is used",
        asks=True,
    ),
    Faulty(
        "year under way",
        text_file({"period": "2026", "published": ""}),
        2,
        "period",
        "2026",
        "a year that is over",
        "under way",
        asks=True,
    ),
    Faulty(
        "half an item",
        text_file(PCT | {"value": "35.5"}),
        2,
        "value",
        "35.5 件",
        "a whole number",
        "--accept",
        asks=True,
    ),
    Faulty(
        "two figures for one cell",
        text_file({}, {"value": "131000", "source": "另一公报"}),
        3,
        "value",
        "131000 件",
        "130000 件 as in O00015",
        "Both are kept",
        asks=True,
    ),
)


def _plain_sheet(folder: Path) -> Path:
    book = openpyxl.Workbook()
    book.active.append(["x", "y"])
    book.active.append([1, 2])
    book.save(folder / "figures.xlsx")
    return folder / "figures.xlsx"
