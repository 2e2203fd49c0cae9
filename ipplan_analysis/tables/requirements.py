"""What official rules say, what a target would take, and what the next one could promise."""

from __future__ import annotations

import pandas as pd

from ipplan_analysis.attainment.labels import NAMES
from ipplan_analysis.messages import message
from ipplan_analysis.schema import Language
from ipplan_analysis.tables import cells
from ipplan_analysis.tables.table import Column, Table

LABELS = (
    Column("name", show=cells.named_target),
    Column("probability", kind="number", show=cells.probability),
    *(Column(rule, name) for rule, name in NAMES.items()),
)
MIN_LABELS = 2  # a single label has nothing to stand beside


def labels_table(frame: pd.DataFrame, language: Language) -> Table:
    """The official rules' labels of every target that has two, beside our probability; below it who contradicts whom.

    Parameters
    ----------
    frame : from `attainment.official_labels`, in the same language.
    """
    caption = message("Labels by official rules, each from a few figures, beside the probability", language)
    shown = frame["labelled"].ge(MIN_LABELS)
    notes = [
        message("{target}: {text}", language, target=row["target_id"], text=row["contradiction"])
        for row in frame[frame["contradiction"].ne("")].to_dict("records")
    ]
    if not notes:
        notes = [message("No label contradicts another, or the probability.", language)]
    first_rule = next(iter(NAMES))
    for why, rows in frame[~shown].groupby(first_rule, sort=False):
        targets = ("、" if language == "zh" else ", ").join(rows["target_id"])
        notes.append(message("Without labels: {targets} ({why}).", language, targets=targets, why=why))
    return Table.of("official_labels", caption, language, LABELS, frame[shown].to_dict("records"), notes)
