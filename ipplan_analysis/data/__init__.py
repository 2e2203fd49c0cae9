"""Read, check and resolve the data package."""

from ipplan_analysis.data.check import inspect_tables, load_tables
from ipplan_analysis.data.plan import Plan, load_plan

__all__ = ["Plan", "inspect_tables", "load_plan", "load_tables"]
