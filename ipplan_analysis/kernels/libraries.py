"""What every kernel of a server shares: modules imported once, before the first fork."""

from __future__ import annotations

import gc
import importlib
import os
import sys
import threading
from collections.abc import Iterable

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
    if thread_count() > 1:
        return "a preloaded module started a thread, and a process with threads cannot be forked safely"
    gc.collect()
    gc.freeze()  # the collector would otherwise touch, and so copy, every shared page
    return ""


def thread_count() -> int:
    """Threads of this process; on systems without /proc those that Python knows of."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()
