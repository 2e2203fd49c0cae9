"""Reports: executed notebooks as one page, a PDF, a workbook and a Word file that say the same.

Each writer loads its own libraries when it is used, so that a page alone costs no more than a page.
"""

from ipplan_analysis.report.document import Document, build_document
from ipplan_analysis.report.exports import write_docx, write_pdf, write_workbook
from ipplan_analysis.report.index import write_index
from ipplan_analysis.report.page import write_page

__all__ = ["Document", "build_document", "write_docx", "write_index", "write_page", "write_pdf", "write_workbook"]
