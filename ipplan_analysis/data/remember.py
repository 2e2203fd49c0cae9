"""Results that depend on a plan alone, computed once for each plan that was loaded."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from ipplan_analysis.data.plan import Plan

P = ParamSpec("P")
T = TypeVar("T")


def remembered(function: Callable[Concatenate[Plan, P], T]) -> Callable[Concatenate[Plan, P], T]:
    """Keep a function's results with the plan object that they were computed from; every caller gets a copy.

    A plan made by `dataclasses.replace` is another object and remembers nothing, so a changed plan never meets a
    result of the unchanged one. Arguments after the plan must be hashable.
    """

    @wraps(function)
    def recall(plan: Plan, /, *args: P.args, **kwargs: P.kwargs) -> T:
        kept: dict[Any, T] = plan.__dict__.setdefault("_remembered", {})  # a frozen dataclass still has its __dict__
        key = (function.__module__, function.__qualname__, args, tuple(sorted(kwargs.items())))
        if key not in kept:
            kept[key] = function(plan, *args, **kwargs)
        return copy.deepcopy(kept[key])

    return recall
