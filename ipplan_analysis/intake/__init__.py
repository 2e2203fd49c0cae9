"""Taking in new figures: template, proposal, addition, undo, a copy of one's own."""

from ipplan_analysis.intake.additions import Addition, add, init, undo
from ipplan_analysis.intake.faults import IntakeError, QuestionsError, StoreError
from ipplan_analysis.intake.proposal import Proposal, propose, remarks
from ipplan_analysis.intake.template import write_template

__all__ = [
    "Addition",
    "IntakeError",
    "Proposal",
    "QuestionsError",
    "StoreError",
    "add",
    "init",
    "propose",
    "remarks",
    "undo",
    "write_template",
]
