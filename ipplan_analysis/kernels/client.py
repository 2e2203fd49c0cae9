"""The owner's side of a kernel server: start it, share it with the processes it starts, end it."""

from __future__ import annotations

import atexit
import logging
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from .channel import ask_to_prepare, dial

# What the notebooks import; what drawing and a kernel's own start would import one by one; the suite.
PRELOAD = (
    "numpy", "pandas", "scipy.stats", "scipy.optimize", "statsmodels.api", "seaborn",
    "matplotlib.pyplot", "matplotlib.backends.backend_agg", "PIL.PngImagePlugin", "PIL.JpegImagePlugin",
    "ipykernel.kernelapp", "ipykernel.debugger", "IPython.core.completerlib", "IPython.core.pylabtools",
    "IPython.extensions.storemagic", "tornado.platform.asyncio", "sqlite3",
    "ipplan_analysis.data", "ipplan_analysis.trend", "ipplan_analysis.attainment",
    "ipplan_analysis.evaluation",
    "ipplan_analysis.charts", "ipplan_analysis.tables",
)  # fmt: skip
ADDRESS_VARIABLE = "IPPLAN_KERNEL_SERVER"  # how processes started by the owner find its server
# A process with threads cannot be forked safely; OpenMP, OpenBLAS, MKL and Arrow start theirs on import.
SINGLE_THREADED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
MAX_SOCKET_PATH = 103  # bytes in a Unix socket's address: 107 on Linux, 103 on the BSDs
SOCKET_ROOM = len("/kernel-0123456789abcdef/subprocesses")  # the longest path below a server's directory
STOP_TIMEOUT_SECONDS = 5.0
SERVER_SCRIPT = Path(__file__).with_name("server.py")
LOG = logging.getLogger(__name__)


def supported() -> bool:
    """Whether kernels can be forked here: not without `os.fork`, nor on macOS, where forks break."""
    return hasattr(os, "fork") and hasattr(socket, "recv_fds") and sys.platform != "darwin"


def private_path() -> Path:
    """An unused, unguessable directory name whose sockets' paths are short enough.

    Raises
    ------
    OSError : no directory for temporary files has a short enough path.
    """
    name = f"ipplan-{secrets.token_hex(6)}"
    for parent in (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir(), "/tmp"):
        path = os.path.join(parent, name)
        short = len(os.fsencode(path)) + SOCKET_ROOM <= MAX_SOCKET_PATH
        if parent and short and os.access(parent, os.W_OK | os.X_OK):
            return Path(path)
    raise OSError("no directory for temporary files has a path short enough for sockets; set TMPDIR")


class KernelServer:
    """One preloaded process, which ends with `close`, with the process that made it, or by itself on SIGTERM.

    Parameters
    ----------
    modules : names of modules to import before the first fork; one that cannot be imported is skipped.

    Raises
    ------
    OSError : no process or no private directory can be had.
    """

    def __init__(self, modules: Sequence[str] = PRELOAD) -> None:
        self.directory = private_path()
        self.address = str(self.directory / "control")
        self.owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, str(SERVER_SCRIPT), self.address, str(self.owner), *modules],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=os.environ | SINGLE_THREADED | {"MPLBACKEND": "agg"}, cwd="/", start_new_session=True,
        )  # fmt: skip
        atexit.register(self.close)
        assert self._process.stdout is not None
        self._process.stdout.read(1)  # the socket exists, or the process has ended
        self._process.stdout.close()

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the server still runs: the system may have ended it, for want of memory for one."""
        return self._process.poll() is None

    def close(self) -> None:
        """End the server and every kernel it forked, and remove its directory."""
        atexit.unregister(self.close)
        if os.getpid() != self.owner:  # inherited by a fork; not ours to end
            return
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.terminate()
        try:
            self._process.wait(STOP_TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        shutil.rmtree(self.directory, ignore_errors=True)


_lock = threading.Lock()
_own: KernelServer | None = None


def connect() -> socket.socket | None:
    """A connection to this process's kernel server, or None where kernels start cold.

    Within `warm_kernels`, and in processes started there, it is that block's server; else one that is started
    on first use and lives as long as this process.
    """
    if not supported():
        return None
    try:
        return dial(os.environ.get(ADDRESS_VARIABLE) or own_address())
    except OSError as failure:
        LOG.info("Kernels start cold: %s", failure)
        return None


def prepare(function: str, arguments: Mapping[str, Any]) -> bool:
    """Have this process's server call a function once, so that every later kernel finds what it left in memory.

    Parameters
    ----------
    function : `module:name`; pure but for the caches it fills, which must be keyed by all they depend on.
    arguments : keyword arguments, plain JSON values.

    Returns
    -------
    Whether it was called without an error; kernels work without it, only slower.
    """
    channel = connect()
    if channel is None:
        return False
    try:
        ask_to_prepare(channel, function, arguments)
    except OSError as failure:
        LOG.info("Nothing was prepared: %s", failure)
        return False
    finally:
        channel.close()
    return True


def keep_warm() -> None:
    """Start this process's own server, unless it has one, to serve all its kernels for as long as it lives."""
    if supported() and ADDRESS_VARIABLE not in os.environ:
        with suppress(OSError):
            own_address()


def own_address() -> str:
    """Address of this process's own server, started on first use."""
    global _own
    with _lock:
        if _own is not None and _own.owner == os.getpid() and not _own.alive:
            _own.close()
            _own = None
        if _own is None or _own.owner != os.getpid():
            _own = KernelServer()
        return _own.address


@contextmanager
def warm_kernels(*, preload: Sequence[str] = PRELOAD) -> Iterator[KernelServer | None]:
    """Fork the kernels of this process and of those it starts from one server; they end with the block.

    The libraries load in the background: the block is entered at once, and the first kernel waits for them.

    Parameters
    ----------
    preload : names of modules to import before the first fork; one that cannot be imported is skipped.

    Yields
    ------
    KernelServer or None : None where kernels start cold, or where an enclosing block or this process has a server.
    """
    server = None
    has_own = _own is not None and _own.owner == os.getpid()
    if supported() and ADDRESS_VARIABLE not in os.environ and not has_own:
        with suppress(OSError):
            server = KernelServer(preload)
    if server is None:
        yield None
        return
    os.environ[ADDRESS_VARIABLE] = server.address
    try:
        yield server
    finally:
        del os.environ[ADDRESS_VARIABLE]
        server.close()
