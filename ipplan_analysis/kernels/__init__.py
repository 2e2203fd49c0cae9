"""Jupyter kernels forked from one process that has the libraries loaded, where the system can fork safely."""

from __future__ import annotations

from .client import PRELOAD, KernelServer, warm_kernels
from .manager import ForkKernelManager
from .provisioner import PROVISIONER_NAME, ForkProvisioner

__all__ = [
    "PRELOAD",
    "PROVISIONER_NAME",
    "ForkKernelManager",
    "ForkProvisioner",
    "KernelServer",
    "warm_kernels",
]
