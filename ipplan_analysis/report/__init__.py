"""Reports: executed notebooks as one page, a PDF, a workbook and a Word file that say the same.

Each writer loads its own libraries when it is used, so that a page alone costs no more than a page.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ipplan_analysis.report.document import build_document
    from ipplan_analysis.report.index import write_index
    from ipplan_analysis.report.page import write_page, write_report
    from ipplan_analysis.report.pdf import write_pdf
    from ipplan_analysis.report.word import write_docx
    from ipplan_analysis.report.workbook import write_workbook

__all__ = ["build_document", "write_docx", "write_index", "write_page", "write_pdf", "write_report", "write_workbook"]

_MODULES = {
    "build_document": "document", "write_docx": "word", "write_index": "index", "write_page": "page",
    "write_pdf": "pdf",
    "write_report": "page", "write_workbook": "workbook",
}  # fmt: skip


def __getattr__(name: str) -> Any:
    """Load a writer when it is first used."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_MODULES[name]}"), name)
