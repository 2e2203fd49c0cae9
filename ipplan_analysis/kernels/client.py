"""The owner's side of a kernel server: start it, share it with child processes, ask it for kernels, end it."""

from __future__ import annotations

import atexit
import json
import logging
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

PRELOAD = (
    "numpy", "pandas", "scipy.stats", "scipy.optimize", "statsmodels.api", "matplotlib.pyplot",
    "matplotlib.backends.backend_agg", "seaborn", "ipykernel.kernelapp", "ipplan_analysis",
)  # fmt: skip  # what the notebooks import, and the kernel itself
ADDRESS_VARIABLE = "IPPLAN_KERNEL_SERVER"  # how processes started by the owner find its server
# A process with threads cannot be forked safely, and OpenMP, OpenBLAS, MKL and Arrow start theirs when imported.
SINGLE_THREADED = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
MAX_SOCKET_PATH = 103  # bytes in a Unix socket's address: 107 on Linux, 103 on the BSDs
SOCKET_ROOM = len("/kernel-0123456789abcdef/subprocesses")  # the longest path below a server's directory
READY_TIMEOUT_SECONDS = 60.0  # loading the libraries takes 2 s, on a cold disk ten times that
STOP_TIMEOUT_SECONDS = 5.0
LOG = logging.getLogger(__name__)
SERVER_SCRIPT = Path(__file__).with_name("server.py")


def supported() -> bool:
    """Whether kernels can be forked here: not without `os.fork`, nor on macOS, whose frameworks do not survive it."""
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
    raise OSError("no temporary directory has a path short enough for Unix sockets; set TMPDIR to a shorter one")


class ForkedKernel:
    """A kernel's process as its owner sees it, with the part of `subprocess.Popen` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, channel: socket.socket, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._channel = channel

    def poll(self) -> int | None:
        """Exit code, negative for a signal, or None while the kernel runs."""
        if self.returncode is None:
            self._channel.setblocking(False)
            try:
                self._finish(read_line(self._channel))
            except BlockingIOError:
                pass
            except OSError:
                self._finish(b"")
        return self.returncode

    def wait(self) -> int:
        """Exit code, when the kernel has ended."""
        if self.poll() is None:
            self._channel.setblocking(True)
            self._finish(read_line(self._channel))
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal the kernel's process group; nothing happens when the kernel has ended."""
        if self.poll() is None:
            try:
                self._channel.sendall(bytes([number]))
            except OSError:
                self._finish(b"")

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Let go of the kernel, which the server then kills if it still runs."""
        self._channel.close()

    def _finish(self, last_line: bytes) -> None:
        # Without a last line the server has gone, and its kernels with it by SIGKILL.
        self.returncode = json.loads(last_line)["exit"] if last_line else -signal.SIGKILL
        self._channel.close()


class KernelServer:
    """One preloaded process, ended with this object, with this process, or when it is no longer wanted."""

    def __init__(self, modules: Sequence[str] = PRELOAD) -> None:
        self.directory = private_path()
        self.address = str(self.directory / "control")
        self.owner = os.getpid()
        self._process = subprocess.Popen(
            [sys.executable, "-P", str(SERVER_SCRIPT), self.address, str(self.owner), *modules],
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
    """A connection to this process's kernel server, which is started on first use; None where kernels start cold.

    Within `warm_kernels`, and in processes started there, it is that server; else one that lives as long as this process.
    """
    global _own
    if not supported():
        return None
    address = os.environ.get(ADDRESS_VARIABLE)
    try:
        with _lock:
            if address is None and _own is None:
                _own = KernelServer()
        return dial(address or _own.address)
    except OSError as failure:
        LOG.info("Kernels start cold: %s", failure)
        return None


def dial(address: str) -> socket.socket:
    """Connect to a server and wait until its libraries are loaded.

    Raises
    ------
    OSError : there is no server, or it ended while loading.
    """
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        channel.settimeout(READY_TIMEOUT_SECONDS)
        channel.connect(address)
        greeting = json.loads(read_line(channel) or b"{}")
        if "ready" not in greeting:
            raise ConnectionError(greeting.get("error", "the kernel server ended while it loaded its libraries"))
    except OSError:
        channel.close()
        raise
    return channel


def fork_kernel(
    channel: socket.socket, argv: list[str], *, env: dict[str, str], cwd: str, stdout: int, stderr: int
) -> ForkedKernel:
    """Have the server at the other end fork a kernel.

    Parameters
    ----------
    channel : connection from `connect`, used up by this kernel and closed if there is none.
    argv : arguments of `ipykernel_launcher`, among them `-f` and the connection file.
    env, cwd : the kernel's whole environment and its working directory.
    stdout, stderr : file descriptors for what is written past Python's own streams.

    Raises
    ------
    OSError : the server refused, and says why, or has gone.
    """
    request = json.dumps({"argv": argv, "env": env, "cwd": cwd}).encode() + b"\n"
    try:
        sent = socket.send_fds(channel, [request], [stdout, stderr])
        channel.sendall(request[sent:])
        reply: dict[str, Any] = json.loads(read_line(channel) or b"{}")
        if "pid" not in reply:
            raise ConnectionError(reply.get("error", "the kernel server ended"))
    except OSError:
        channel.close()
        raise
    return ForkedKernel(channel, reply["pid"])


def read_line(channel: socket.socket) -> bytes:
    """One line, byte by byte so that the next stays unread; empty when the other end has closed."""
    line = b""
    while not line.endswith(b"\n"):
        byte = channel.recv(1)
        if not byte:
            return b""
        line += byte
    return line


@contextmanager
def warm_kernels(*, preload: Sequence[str] = PRELOAD) -> Iterator[KernelServer | None]:
    """Fork the kernels of this process and of those it starts from one server; they end with the block.

    The libraries load in the background: the block is entered at once, and the first kernel waits for them.

    Parameters
    ----------
    preload : names of modules to import before the first fork; one that cannot be imported is skipped.

    Yields
    ------
    KernelServer or None : None where kernels start cold, or where an enclosing block already provides a server.
    """
    server = None
    if supported() and ADDRESS_VARIABLE not in os.environ:
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
