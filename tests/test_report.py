"""The report: one content, every format says it, nothing in the data can break out of it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from pathlib import Path

import docx
import nbformat
import openpyxl
import pandas as pd
import pytest
from fontTools.ttLib import TTFont
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from ipplan_analysis.attainment import assess
from ipplan_analysis.data import load_plan
from ipplan_analysis.messages import message
from ipplan_analysis.report import build_document, write_docx, write_index, write_page, write_pdf, write_workbook
from ipplan_analysis.report.document import Chart, Document, Heading, Lines
from ipplan_analysis.report.fonts import font_subset
from ipplan_analysis.report.page import markdown, page, picture_parts
from ipplan_analysis.schema import RunError
from ipplan_analysis.style import font_path
from tests import report_sample as sample

LANGUAGES = ("en", "zh")


def document(language: str = "en", *, hostile: bool = False) -> Document:
    return build_document(sample.executed(language, hostile=hostile), sample.manifest(language))


def words_of(html: str) -> str:
    """What a reader sees, without tags."""
    import html as entities

    body = html[html.index("<body>") :]
    return re.sub(r"\s+", " ", entities.unescape(re.sub(r"<[^>]+>", " ", body)))


def test_one_language_is_kept() -> None:
    english, chinese = document("en"), document("zh")
    assert [section.title for section in english.sections] == ["Where we stand", "Which targets will be reached"]
    assert [section.title for section in chinese.sections] == ["目前进展", "哪些目标能够达到"]
    assert english.title.startswith("14th") and chinese.title.startswith("宁夏")


def test_finding_becomes_the_caption_and_bare_headings_go() -> None:
    first = document().sections[0]
    charts = [block for block in first.blocks if isinstance(block, Chart)]
    assert [chart.alt for chart in charts] == [sample.claim("en")]
    assert not [block for block in first.blocks if isinstance(block, Lines)]
    assert [block.text for block in first.blocks if isinstance(block, Heading)] == ["Share of the way"]
    assert "assess(known)" in first.code and 'plan = "x"' not in first.code


def test_the_first_screen_comes_first_and_each_target_has_its_dossier() -> None:
    html = page(document())
    words = words_of(html)
    assert words.index("Which targets?") < words.index("1 of 5 targets is met.") < words.index("Behind the report")
    for target, *_ in sample.RESULTS:
        assert f'href="#{target.lower()}"' in html and html.count(f'id="{target.lower()}"') == 1
    assert html.count('<svg class="bar"') == 1 and "<details open" not in html
    assert "<details open" in page(document(), for_print=True)


def test_nothing_before_the_appendix_is_of_the_machine_room_and_nothing_says_that_nothing_was_asked() -> None:
    html = page(document())
    before = words_of(html.split('id="behind"')[0])
    assert not re.search(r"sha|data_through|ipplan|notebook|[0-9a-f]{12}", before)
    assert "What changed" not in html and "Since then" not in html


def test_links_lead_to_source_rows_or_are_no_links() -> None:
    html = page(document())
    wanted = set(re.findall(r'href="#(source-[^"]+)"', html))
    assert wanted == {"source-S0001", "source-S0006", "source-S0035"}
    for name in wanted:
        assert html.count(f'id="{name}"') == 1
    assert 'aria-label="S0006: Ningxia Bureau of Statistics, 2024-03-29">S0006</a>' in html
    assert 'href="#source-S0006" aria-label="Ningxia Bureau' in html  # in words where the cell has words
    assert "S7777" in html and "source-S7777" not in html


def test_every_identifier_on_the_page_is_unique_and_every_inner_link_has_an_end() -> None:
    html = page(document("zh"))
    names = re.findall(r'\bid="([^"]+)"', html)
    assert len(names) == len(set(names))
    assert set(re.findall(r'href="#([^"]+)"', html)) <= set(names)


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_needs_nothing_from_outside(language: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    write_page(document(language, hostile=True), path)
    html = path.read_text(encoding="utf-8")
    assert "<script" not in html and "javascript:" not in re.findall(r'href="([^"]*)"', html)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None and "default-src 'none'" in policy.group(1) and "script" not in policy.group(1)
    outside = [
        address for address in re.findall(r'(?:href|src)="([^"#][^"]*)"', html) if not address.startswith("data:")
    ]
    assert set(outside) <= {"https://example.invalid/6"}  # a link to click, no picture, font or style
    assert not re.findall(r"url\((?!data:|#)", html)


def test_hostile_text_is_text_on_the_page() -> None:
    html = page(document(hostile=True))
    words = words_of(html)
    assert sample.HOSTILE["script"] in words and sample.HOSTILE["formula"] in words
    assert re.sub("[\u202e\u202c\u200f]", "", sample.HOSTILE["title"]) in words and "abcd" in words
    assert "onerror" not in markdown("<img src=x onerror=alert(1)>").replace("&lt;img src=x onerror=alert(1)&gt;", "")
    assert markdown("![words](https://example.invalid/x.png)") == "<p>words</p>\n"
    assert "javascript:" not in markdown("[a](javascript:alert(1))")


def test_hostile_manifest_is_text_too(tmp_path: Path) -> None:
    content = sample.manifest(
        region_name={"en": "<b>N</b>\x00", "zh": "x"},
        git_commit='"><script>',
        plan_name="=1+1",
        parameters={"language": "../../x"},
    )
    html = page(build_document(sample.executed(), content))
    assert "<b>N</b>" in words_of(html) and "<b>" not in html and "<script" not in html
    assert '<html lang="en">' in html  # an unknown language is no path and no attribute


def test_unknown_outputs_are_shown_or_left_out() -> None:
    png = sample.chart("en")["image/png"]
    cells = [
        new_markdown_cell("# A\n\n```\n# no heading\n```\n\n- one\n- two **b**"),
        new_code_cell(
            "x",
            outputs=[
                new_output("stream", name="stderr", text="Warning: secret"),
                new_output("execute_result", data={"text/html": "<b>x</b>", "text/plain": "plain x"}),
                new_output("display_data", data={"application/vnd.ipplan.csv+json": {}, "text/plain": "results.csv"}),
                new_output("display_data", data={"image/png": png, "text/plain": "Picture of 3 bars"}),
            ],
        ),
    ]
    made = build_document({"01_a": new_notebook(cells=cells)}, {})
    html = page(made)
    assert "secret" not in html and "results.csv" not in html and "<b>x" not in html and "plain x" in html
    assert '<img src="data:image/png;base64,' in html and 'alt="Picture of 3 bars"' in html
    assert [block.text for block in made.sections[0].blocks if isinstance(block, Heading)] == []
    assert "# no heading" in html
    assert message("What the figures say", "en") in html


def test_embedded_font_has_every_character_it_can_have() -> None:
    characters = "宁夏知识产权Aé%"
    with TTFont(io.BytesIO(font_subset(characters, packed=True))) as font:
        assert set(map(ord, characters)) <= set(font.getBestCmap())
        assert font["maxp"].numGlyphs < 20
        with TTFont(font_path()) as whole:  # the hour of a report is not in its font: equal input, equal bytes
            assert font["head"].modified == whole["head"].modified
    html = page(document("zh"))
    assert "宁" in html and len(html) < 120_000


def test_workbook_holds_numbers_as_numbers_and_formulas_as_text(tmp_path: Path) -> None:
    path = tmp_path / "results.xlsx"
    write_workbook(document(hostile=True), path)
    book = openpyxl.load_workbook(path)
    first = [
        "Overview",
        "Dossiers",
        "Figures",
        "Table 2",
        "Table 3",
        "Table 4",
        "Sources",
        "Chart 1",
        "Chart 2",
        "About",
    ]
    assert book.sheetnames == first
    sheet = book["Table 3"]
    assert sheet.freeze_panes == "B5"
    rows = {row[0].value: row for row in sheet.iter_rows(min_row=5, max_row=9)}
    assert rows["T01"][3].value == pytest.approx(0.723) and rows["T01"][3].number_format == '0" "%'
    assert rows["T03"][4].value == 119900 and rows["T03"][4].number_format == "#,##0"
    assert rows["T02"][1].value == sample.HOSTILE["formula"]
    every = [cell for page in book for row in page.iter_rows() for cell in row]
    assert not [cell.coordinate for cell in every if cell.data_type == "f"]
    assert rows["T02"][1].quotePrefix
    assert rows["T01"][-1].hyperlink.location == "'Sources'!A6"


def test_word_file_has_headings_tables_and_alt_text(tmp_path: Path) -> None:
    path = tmp_path / "report.docx"
    write_docx(document("zh", hostile=True), path)
    paper = docx.Document(str(path))
    headings = [part.text for part in paper.paragraphs if part.style.name == "Heading 1"]
    assert headings[-4:] == ["目前进展", "哪些目标能够达到", "资料来源", "本报告的生成信息"]
    assert headings[0].startswith("T01") and len(headings) == 4 + len(sample.RESULTS)
    assert paper.tables[0].cell(2, 1).text == sample.HOSTILE["formula"]
    assert [shape._inline.docPr.get("descr") for shape in paper.inline_shapes] == [sample.claim("zh")] * 2
    shown = [part.text for part in paper.paragraphs[:5]]
    assert "Which targets?" in shown and sample.HOSTILE["script"] in shown  # the page's own first screen
    xml = zipfile.ZipFile(path).read("word/document.xml").decode()
    assert 'w:eastAsia="Microsoft YaHei"' in zipfile.ZipFile(path).read("word/styles.xml").decode()
    assert set(re.findall(r'w:anchor="([^"]+)"', xml)) <= set(re.findall(r'bookmarkStart [^>]*w:name="([^"]+)"', xml))


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_formats_show_the_same_numbers(language: str, tmp_path: Path) -> None:
    made = document(language)
    write_workbook(made, tmp_path / "a.xlsx")
    write_docx(made, tmp_path / "a.docx")
    source = page(made)
    words = words_of(source)
    paper, book = docx.Document(str(tmp_path / "a.docx")), openpyxl.load_workbook(tmp_path / "a.xlsx")
    in_word = [[cell.text for cell in row.cells] for table in paper.tables for row in table.rows]
    sheets = {sheet["A1"].value: sheet for sheet in book.worksheets}
    for place_of_table, table in enumerate(made.tables):
        sheet = sheets[table.caption if place_of_table else made.question]
        for at, row in enumerate(table.rows):
            assert [cell.text for cell in row] in in_word
            for place, cell in enumerate(row):
                if cell.text.startswith("http"):  # the page shows the host and links the whole address
                    assert cell.text.split("/")[2] in words and f'href="{cell.text}"' in source
                else:
                    assert cell.text.replace("\u00a0", " ") in words
                found = sheet.cell(at + 5, place + 1).value
                assert found == (cell.text if cell.number is None else pytest.approx(cell.number))


def test_tall_pictures_are_cut_where_nothing_is_drawn() -> None:
    from PIL import Image, ImageDraw

    picture = Image.new("RGB", (100, 300), "white")
    for top in range(10, 300, 40):
        ImageDraw.Draw(picture).rectangle((10, top, 90, top + 25), fill="black")
    stream = io.BytesIO()
    picture.save(stream, format="PNG")
    parts = [Image.open(io.BytesIO(part)).convert("L") for part in picture_parts(stream.getvalue())]
    assert sum(part.height for part in parts) == 300 and len(parts) > 2
    for part in parts:
        assert part.height <= 125 and part.crop((0, 0, 100, 1)).getextrema()[0] == 255


def test_index_lists_whole_runs_only(tmp_path: Path) -> None:
    import json

    for name, language in (("plan-en", "en"), ("plan-zh", "zh"), ("_failed", "en"), ("broken", "en"), ("<b>&", "en")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "manifest.json").write_text(
            json.dumps(sample.manifest(language)) if name != "broken" else "{", "utf-8"
        )
        (folder / "report.html").write_text("x", "utf-8")
    (tmp_path / "plan-zh" / "report.pdf").write_bytes(b"x")
    html = write_index(tmp_path).read_text(encoding="utf-8")
    assert re.findall(r'<a href="([^"]+)"', html).count("plan-zh/report.pdf") == 1
    assert html.count("report.html") == 3 and "_failed" not in html and "broken" not in html
    assert "%3Cb%3E%26/report.html" in html and "<b>" not in html
    assert write_index(tmp_path).read_text(encoding="utf-8") == html
    (tmp_path / "empty").mkdir()
    assert message("No run has been made yet.", "zh") in write_index(tmp_path / "empty").read_text(encoding="utf-8")


def test_a_chapter_that_shows_nothing_keeps_its_title() -> None:
    cells = [new_markdown_cell("# Mine"), new_code_cell("x = 1"), new_markdown_cell("## Quiet"), new_code_cell("y = 2")]
    silent = new_notebook(cells=cells)
    content = build_document(sample.executed() | {"07_mine": silent, "08_bare": new_notebook()}, sample.manifest())
    titles = {section.title: section.blocks for section in content.sections}
    assert titles["Mine"] == () and "08_bare" in titles


def test_index_sets_the_same_targets_side_by_side_from_the_newest_runs(tmp_path: Path) -> None:
    """Inventions in force per 10 000 residents are a target of both; other targets stand in one plan alone."""
    import json

    for name, plan, region, year, language in (
        ("old", "ningxia-ip-14", "640000", 2023, "en"),
        ("new", "ningxia-ip-14", "640000", 2025, "en"),
        ("other", "<i>national", "000000", 2025, "en"),
        ("alone", "ningxia-ip-14", "640000", 2025, "zh"),
    ):
        folder, names = tmp_path / name, {"en": plan, "zh": plan}
        folder.mkdir()
        record = sample.manifest(language, plan=plan, region=region, data_through=year, plan_name=names)
        (folder / "manifest.json").write_text(json.dumps(record), "utf-8")
        loaded = load_plan("ningxia-ip-14" if region == "640000" else "national-ip-14", data_through=year)
        assess(loaded, draws=100).to_csv(folder / "results.csv", index=False, encoding="utf-8-sig")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    table = pd.read_html(io.StringIO(page))[1]
    assert page.count("<table") == 2 and len(table) == 2 and "&lt;i&gt;national" in page
    assert set(table.iloc[:, 1]) == {"ningxia-ip-14", "<i>national"}
    assert table.iloc[:, 5].astype(int).min() > 2023
    (tmp_path / "other" / "results.csv").write_text("broken", encoding="utf-8")
    page = write_index(tmp_path).read_text(encoding="utf-8")
    assert page.count("<table") == 1 and page.count("other/report.html") == 0 and page.count("<tr lang=") == 4


def test_pdf_embeds_chinese_and_has_bookmarks(tmp_path: Path) -> None:
    pytest.importorskip("weasyprint", reason="WeasyPrint is not installed", exc_type=OSError)
    path = tmp_path / "report.pdf"
    write_pdf(document("zh", hostile=True), path)
    data = path.read_bytes()
    inside = data + b"".join(map(_unpacked, re.findall(rb"stream\n(.*?)\nendstream", data, re.S)))
    assert data.startswith(b"%PDF") and b"+Noto-Sans-SC" in inside and b"/Outlines" in inside


def _unpacked(stream: bytes) -> bytes:
    try:
        return zlib.decompress(stream)
    except zlib.error:
        return b""


def test_missing_pango_is_one_clear_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import builtins

    real = builtins.__import__

    def refuse(name: str, *rest: object, **more: object) -> object:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *rest, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(RunError, match="apt-get install libpango"):
        write_pdf(document(), tmp_path / "report.pdf")
    assert not (tmp_path / "report.pdf").exists()


def test_notebooks_are_left_as_they_were(tmp_path: Path) -> None:
    executed = sample.executed()
    before = [nbformat.writes(notebook) for notebook in executed.values()]
    write_page(build_document(executed, sample.manifest()), tmp_path / "a.html")
    assert [nbformat.writes(notebook) for notebook in executed.values()] == before
