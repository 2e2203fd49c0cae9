"""Pages in a real browser: nothing is asked of a network, everything is reachable, nothing is wider than a phone."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipplan_analysis.report import build_document, write_docx, write_index, write_page, write_pdf, write_workbook
from tests import browser as web
from tests import report_sample as sample

pytestmark = [
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # the browser's driver closes its pipes late
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
needs_browser = pytest.mark.skipif(bool(web.missing()), reason=web.missing() or "-")
OFFICE = shutil.which("soffice")
TEXT_OF_PDF = shutil.which("pdftotext")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    if web.missing():
        pytest.skip(web.missing())
    with web.browser() as opened:
        yield opened


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Reports in both languages, hostile texts included, and an index over them."""
    root = tmp_path_factory.mktemp("reports")
    found = {}
    for language in ("en", "zh"):
        folder = root / f"run-{language}"
        folder.mkdir()
        content = sample.manifest(language)
        found[language] = folder / "report.html"
        write_page(build_document(sample.executed(language, hostile=True), content), found[language])
        (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")
    return found | {"index": write_index(root)}


@needs_browser
@pytest.mark.parametrize("name", ["en", "zh", "index"])
def test_page_asks_for_nothing_and_complains_of_nothing(chromium: Any, pages: dict[str, Path], name: str) -> None:
    with web.visit(chromium, pages[name]) as seen:
        assert seen.requests == [] and seen.complaints == []
        fonts = seen.page.evaluate("document.fonts.check('16px \"Noto Sans SC\"', '宁夏')")
        assert fonts
        assert web.violations(seen.page) == []


@needs_browser
@pytest.mark.parametrize("name", ["en", "zh", "index"])
def test_phone_has_no_sideways_scrolling(chromium: Any, pages: dict[str, Path], name: str) -> None:
    with web.visit(chromium, pages[name], width=web.PHONE) as seen:
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= web.PHONE
        assert web.violations(seen.page) == []
        seen.page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
        assert seen.page.evaluate("document.documentElement.scrollWidth") <= web.PHONE


@needs_browser
@pytest.mark.parametrize("name", ["en", "zh"])
def test_dark_pages_can_be_read_and_print_holds_the_folded_parts(
    chromium: Any, pages: dict[str, Path], name: str
) -> None:
    with web.visit(chromium, pages[name]) as seen:
        seen.page.emulate_media(color_scheme="dark")
        seen.page.evaluate("document.querySelectorAll('.fold details').forEach(part => part.open = true)")
        seen.page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))")
        assert web.violations(seen.page) == []
    with web.visit(chromium, pages[name]) as seen:
        seen.page.emulate_media(media="print")
        assert seen.page.evaluate("document.querySelector('#t02').getBoundingClientRect().height") > 0


@needs_browser
def test_keyboard_reaches_links_folds_and_scrolling_tables(chromium: Any, pages: dict[str, Path]) -> None:
    with web.visit(chromium, pages["en"]) as seen:
        expected = seen.page.evaluate("""() => [...document.querySelectorAll('a[href], summary, [tabindex="0"]')]
            .filter(each => each.checkVisibility()).length""")
        reached = set()
        for _ in range(expected + 5):
            seen.page.keyboard.press("Tab")
            reached.add(
                seen.page.evaluate("""() => [...document.querySelectorAll('*')].indexOf(document.activeElement)""")
            )
        reached -= {-1, seen.page.evaluate("[...document.querySelectorAll('*')].indexOf(document.body)")}
        assert len(reached) == expected > 15


@needs_browser
def test_source_links_go_to_their_row(chromium: Any, pages: dict[str, Path]) -> None:
    with web.visit(chromium, pages["en"]) as seen:
        assert not seen.page.is_visible("#source-S0006")
        seen.page.click(".overview a[href='#t01']")  # opens its dossier
        assert seen.page.is_visible("#t01") and not seen.page.is_visible("#t02")
        seen.page.click("#t01 a[href='#source-S0006'] >> nth=0")
        assert seen.page.is_visible("#source-S0006")
        assert seen.page.evaluate("document.querySelector(':target').id") == "source-S0006"


@pytest.mark.skipif(
    not (OFFICE and TEXT_OF_PDF),
    reason="soffice or pdftotext is not installed (Debian: libreoffice-writer, libreoffice-calc, poppler-utils)",
)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_office_files_open_and_say_the_same(tmp_path: Path, language: str) -> None:
    made = build_document(sample.executed(language), sample.manifest(language))
    write_docx(made, tmp_path / "word.docx")
    write_workbook(made, tmp_path / "sheet.xlsx")
    subprocess.run(
        [
            str(OFFICE),
            f"-env:UserInstallation=file://{tmp_path}/profile",
            "--headless",
            "--convert-to",
            "pdf",
            "--outdir",
            str(tmp_path),
            str(tmp_path / "word.docx"),
            str(tmp_path / "sheet.xlsx"),
        ],
        check=True,
        capture_output=True,
        timeout=180,
    )
    write_pdf(made, tmp_path / "own.pdf")
    results = next(table for table in made.tables if table.name == "results")
    texts = {name: _text(tmp_path / f"{name}.pdf") for name in ("word", "sheet", "own")}
    for row in results.rows:
        status, probability, last = (row[place] for place in (2, 3, 4))
        for name, text in texts.items():
            assert row[0].text in text
            shown = f"{last.number:,.0f}" if name == "sheet" and "万" in last.text else last.text
            assert shown.replace(" ", "") in text, name
            assert probability.text.replace(" ", "").replace("\u00a0", "") in text, name
            assert status.text.split()[-1] in text, name


def _text(path: Path) -> str:
    """Text of a PDF without any spaces: lines break where they must."""
    done = subprocess.run([str(TEXT_OF_PDF), "-layout", str(path), "-"], capture_output=True, check=True)
    return "".join(done.stdout.decode().split())
