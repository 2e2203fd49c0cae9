"""Reports: executed notebooks as one page, a PDF, a workbook and a Word file that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ipplan_analysis.report.briefing import Briefing, briefing
from ipplan_analysis.report.document import Document, build_document
from ipplan_analysis.report.index import write_index
from ipplan_analysis.report.page import write_page

if TYPE_CHECKING:
    from ipplan_analysis.report.exports import write_docx, write_pdf, write_workbook

__all__ = [
    "Briefing",
    "Document",
    "briefing",
    "build_document",
    "write_docx",
    "write_index",
    "write_page",
    "write_pdf",
    "write_workbook",
]


def __getattr__(name: str) -> Any:
    """Load the other formats' libraries when a writer is first used: a page alone costs no more than a page."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from ipplan_analysis.report import exports

    return getattr(exports, name)
