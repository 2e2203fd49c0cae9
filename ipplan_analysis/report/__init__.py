"""Reports: executed notebooks as one page, a PDF, a workbook and a Word file that say the same."""

from ipplan_analysis.report.page import write_report

__all__ = ["write_report"]
