"""An existing Dask cluster as an executor (extra `dask`)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager

from distributed import Client

from ipplan_analysis.schema import PlanError

CONNECT_SECONDS = 10.0
ADDRESS = re.compile(r"[a-z]+://\S+:\d+")
LIVES = 5  # workers that may be killed under a run before it counts as failed: a cluster may lose several at once


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The cluster's workers as an executor; a run whose worker is killed is done again by another.

    Parameters
    ----------
    address : of the scheduler, such as ``tcp://10.0.0.1:8786``.

    Raises
    ------
    PlanError : there is no scheduler, or it has no worker.
    """
    if not ADDRESS.fullmatch(address):  # the library would wait, and complain once more at the end of the process
        raise PlanError(f"{address!r} is not the address of a Dask scheduler. Write it like tcp://10.0.0.1:8786.")
    try:
        client = Client(address, timeout=CONNECT_SECONDS, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise PlanError(f"There is no Dask scheduler at {address} ({error}). Start one with: dask scheduler") from error
    with client:
        if not client.scheduler_info()["workers"]:
            raise PlanError(f"The Dask scheduler at {address} has no worker. Start one with: dask worker {address}")
        yield client.get_executor(pure=False, retries=LIVES)  # type: ignore[no-untyped-call]
