"""Jupyter kernels forked from one process that has the libraries loaded, where the system can fork safely."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from .client import PRELOAD, KernelServer, prepare, warm_kernels

if TYPE_CHECKING:
    from .manager import ForkKernelManager
    from .provisioner import PROVISIONER_NAME, ForkProvisioner

__all__ = [
    "PRELOAD",
    "PROVISIONER_NAME",
    "ForkKernelManager",
    "ForkProvisioner",
    "KernelServer",
    "prepare",
    "warm_kernels",
]
_MODULE_OF = {"ForkKernelManager": "manager", "ForkProvisioner": "provisioner", "PROVISIONER_NAME": "provisioner"}


def __getattr__(name: str) -> Any:
    """Load Jupyter's own client only when a kernel is asked for: the server can load its libraries meanwhile."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f".{_MODULE_OF[name]}", __name__), name)
