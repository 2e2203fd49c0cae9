"""`report.pdf`: the page on paper, with bookmarks, page numbers and its Chinese embedded."""

from __future__ import annotations

import contextlib
import io
import logging
from pathlib import Path
from typing import Any

from ipplan_analysis.report.blocks import Document
from ipplan_analysis.report.page import page
from ipplan_analysis.schema import RunError

VARIANT = "pdf/ua-1"  # tagged, so that screen readers find headings, tables and alt text
REMEDY = (
    "The PDF needs Pango, a system library. Debian and Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 "
    "libharfbuzz-subset0; macOS: brew install pango; Windows: see WeasyPrint's installation page. "
    "Everything but the PDF works without it; or print report.html from a browser."
)


def write_pdf(document: Document, path: Path) -> None:
    """Write a document as PDF.

    Raises
    ------
    RunError : Pango is missing; the message says how to get it.
    """
    weasyprint = _weasyprint()
    for name in ("weasyprint", "weasyprint.progress", "fontTools", "fontTools.subset"):
        logging.getLogger(name).setLevel(logging.ERROR)
    source = weasyprint.HTML(string=page(document, on_paper=True), url_fetcher=_only_data(weasyprint))
    path.write_bytes(source.write_pdf(pdf_variant=VARIANT))


def _weasyprint() -> Any:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints a page of advice before it raises
            import weasyprint
    except OSError as error:
        raise RunError(f"{REMEDY} ({str(error).splitlines()[0]})") from error
    return weasyprint


def _only_data(weasyprint: Any) -> Any:
    """A fetcher that reads what the page carries and nothing else, whatever a data text says."""
    return weasyprint.URLFetcher(allowed_protocols=["data"])
