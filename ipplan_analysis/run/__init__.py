"""Runs: checked parameters, executed notebooks, all-or-nothing outputs."""

from ipplan_analysis.run.report_run import RunPlan, checked_run, make_report

__all__ = ["RunPlan", "checked_run", "make_report"]
