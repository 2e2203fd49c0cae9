"""The scenarios of a target under sliders, where a page with a running kernel shows them."""

from __future__ import annotations

from typing import Any

import pandas as pd
from IPython import get_ipython
from markupsafe import Markup

from ipplan_analysis.attainment.case import Case
from ipplan_analysis.attainment.futures import future
from ipplan_analysis.attainment.quantity import MissingFigureError
from ipplan_analysis.attainment.scenarios import change_of, what_if
from ipplan_analysis.charts.canvas import short_name
from ipplan_analysis.data import Plan
from ipplan_analysis.messages import format_probability, message, translatable
from ipplan_analysis.schema import Language, PlanError

SIZES = {  # of `change_of`: words, the most that a slider moves it either way, and its step
    "growth": (translatable("Growth, % a year more or less"), 20, 0.5),
    "jump": (translatable("One-off change, % of the last figure"), 50, 1),
    "number": (translatable("Number to reach, % higher or lower"), 50, 1),
    "years": (translatable("Deadline, years later or earlier"), 4, 1),
}
BAR = """<p>{text}: <b>{words}</b><br>
<progress max="1" value="{value:.3f}" aria-label="{text}" style="width: 30em"></progress></p>"""


def sliders(plan: Plan, scenarios: pd.DataFrame, *, language: Language, draws: int = 4000, seed: int = 0) -> Any:
    """Sliders for the changes that `charts.tornado` shows, with the probability as it follows.

    Parameters
    ----------
    scenarios : from `attainment.tornado` of the same plan; its targets can be chosen.
    draws, seed : as in `attainment.what_if`.

    Returns
    -------
    An ipywidgets box; None where nobody can move a slider: in a run without a kernel, or without an open target.
    """
    if getattr(get_ipython(), "kernel", None) is None or scenarios.empty:
        return None
    import ipywidgets  # here, for a report has no use for it

    rows = scenarios.drop_duplicates("target_id").to_dict("records")
    rows.sort(key=lambda row: abs(row["probability"] - 0.5))  # first the one that `charts.tornado` shows
    layout = {"style": {"description_width": "20em"}, "layout": {"width": "56em"}}
    targets = [(short_name(row, language), row["target_id"]) for row in rows]
    controls = {"target_id": ipywidgets.Dropdown(description=message("Target", language), options=targets, **layout)}
    for name, (text, most, step) in SIZES.items():
        kind = ipywidgets.IntSlider if isinstance(step, int) else ipywidgets.FloatSlider
        controls[name] = kind(description=message(text, language), min=-most, max=most, step=step, **layout)
    text = message("Nothing more from the first year without a figure on", language)
    controls["stop"] = ipywidgets.Checkbox(description=text, **layout)
    shown = ipywidgets.HTML()

    def follow(_: Any = None) -> None:
        sizes = {name: control.value for name, control in controls.items()}
        shown.value = _outcome(plan, language, draws=draws, seed=seed, **sizes)

    for control in controls.values():
        control.observe(follow, "value")
    follow()
    return ipywidgets.VBox([*controls.values(), shown])


def _outcome(plan: Plan, language: Language, *, target_id: str, draws: int, seed: int, **sizes: Any) -> Markup:
    """The probability as things are and as the sliders stand, in words and as bars."""
    target = plan.target(target_id)
    case = Case(plan, target, future(plan, target.indicator, draws=draws, seed=seed))
    bound = "at most" if case.base_is_bound else ""
    lines = []
    for text, change in (
        (message("As things are", language), None),
        (message("With these changes", language), change_of(case, **sizes)),
    ):
        try:
            value = what_if(plan, target, change, draws=draws, seed=seed)
        except (PlanError, MissingFigureError, ValueError):
            lines.append(Markup("<p>{}</p>").format(message("No paths or figures for that year.", language)))
            continue
        words = format_probability(value, language, probability_is=bound)
        lines.append(Markup(BAR).format(text=text, words=words, value=value))
    return Markup("").join(lines)
