"""What every kernel of a server shares: modules imported and results computed once, before the fork."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
from collections.abc import Iterable, Mapping
from typing import Any

INLINE_BACKEND = "matplotlib_inline.backend_inline"


def preload(names: Iterable[str]) -> str:
    """Import modules, and say why this process cannot be forked afterwards; empty when it can.

    A module that fails is left for the notebook that needs it to report.
    """
    for name in names:
        try:
            importlib.import_module(name)
        except Exception:
            continue
    # Imported as the backend without a shell it would never display a figure; the kernel imports it afresh.
    sys.modules.pop(INLINE_BACKEND, None)
    return settled()


def prepare(function: str, arguments: Mapping[str, Any]) -> str:
    """Call `module:name` with keyword arguments for what it leaves in memory; why it failed, or an empty string."""
    module, _, name = function.partition(":")
    try:
        getattr(importlib.import_module(module), name)(**arguments)
    except Exception as failure:  # the notebook that needs the result will meet the error itself, and report it
        return f"{type(failure).__name__}: {failure}"
    finally:
        sys.modules.pop(INLINE_BACKEND, None)
        settled()
    return ""


def settled() -> str:
    """Have forks share the memory used so far; why this process cannot be forked, or an empty string."""
    gc.collect()
    gc.freeze()  # the collector would otherwise touch, and so copy, every shared page
    return objection()


def objection() -> str:
    """Why this process cannot be forked; empty when it can."""
    if thread_count() > 1:
        return "a preloaded module started a thread, and a process with threads cannot be forked safely"
    return ""


def thread_count() -> int:
    """Threads of this process; on systems without /proc those that Python knows of."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()
