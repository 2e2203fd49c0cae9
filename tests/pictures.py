"""The pictures and the example reports of README.md and README.zh-CN.md, from the shipped data: make pictures."""

from __future__ import annotations

import io
import shutil
import tempfile
from pathlib import Path

from PIL import Image

from ipplan_analysis.cli import main
from tests.browser import browser, visit

DOCS = Path(__file__).resolve().parents[1] / "docs"
PICTURES, EXAMPLE = DOCS / "pictures", DOCS / "example"
WIDTH, COLOURS = 1000, 64  # few colours keep a picture of text and lines small


def save(picture: bytes, name: str) -> None:
    """Write a picture with few colours."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(PICTURES / name, optimize=True)


def take(report: Path, language: str) -> None:
    """The first screen of a report and the chart of a target with several figures."""
    with browser() as chromium, visit(chromium, report, width=WIDTH) as seen:
        save(seen.page.screenshot(), f"report.{language}.png")
        seen.page.evaluate("document.querySelectorAll('details').forEach(fold => fold.open = true)")
        save(seen.page.locator(".dossier .picture").nth(1).screenshot(), f"chart.{language}.png")


if __name__ == "__main__":
    for made in (PICTURES, EXAMPLE):
        made.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        for language in ("en", "zh"):  # both before a file of the checkout changes: their footers name its state
            assert main(["report", "--language", language, "--out", folder]) == 0
        for language in ("en", "zh"):
            (report,) = Path(folder).glob(f"*-{language}/report.html")
            shutil.copyfile(report, EXAMPLE / f"report.{language}.html")
            take(report, language)
