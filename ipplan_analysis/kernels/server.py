"""The process that imports the libraries once and forks a ready Jupyter kernel for each request.

Run as a script by `client.KernelServer`, never imported by it, and written with the standard library alone, so that
nothing of the suite has to be importable before the libraries named on the command line are.

Conversation on the control socket, one connection a kernel: the server greets with one JSON line when the libraries
are loaded; the client sends one JSON line (argv, env, cwd) with two descriptors (stdout, stderr); the server answers
`{"pid": n}` or `{"error": text}`; then every byte from the client is a signal number for the kernel's process group,
and the server's last line is `{"exit": code}`. A connection that closes ends its kernel, so no kernel outlives its owner.
"""

from __future__ import annotations

import gc
import importlib
import importlib.util
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Iterable
from types import ModuleType
from typing import Any, NamedTuple

ORPHAN_CHECK_SECONDS = 1.0  # the owner's end of our stdin can outlive it in a process it forked, so its pid is watched too
REQUEST_TIMEOUT_SECONDS = 10.0  # a client sends its request at once; a stuck one must not stop the others
BACKLOG = 64  # kernels asked for while the libraries are still loading wait here
INLINE_BACKEND = "matplotlib_inline.backend_inline"


class Request(NamedTuple):
    """What a kernel is to be started with."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    streams: list[int]


def send_line(connection: socket.socket, message: dict[str, Any]) -> None:
    """Send one JSON line; a client that has gone is noticed when its connection is next read."""
    try:
        connection.sendall(json.dumps(message).encode() + b"\n")
    except OSError:
        pass


def receive_request(connection: socket.socket) -> Request | None:
    """Read the launch request and its two descriptors; None when the client has gone or sent something else."""
    streams: list[int] = []
    data = b""
    try:
        connection.settimeout(REQUEST_TIMEOUT_SECONDS)
        while not data.endswith(b"\n"):
            chunk, descriptors, _, _ = socket.recv_fds(connection, 65536, 2)
            streams += descriptors
            data += chunk
            if not chunk:
                raise ConnectionError("closed before a whole request")
        fields = json.loads(data)
        return Request(fields["argv"], fields["env"], fields["cwd"], streams)
    except (OSError, ValueError, KeyError):
        for descriptor in streams:
            os.close(descriptor)
        return None


def refusal(request: Request) -> str:
    """Why a kernel cannot be forked with these settings; empty when it can."""
    read_at_start = {k: v for k, v in request.env.items() if k.startswith("PYTHON")}
    if read_at_start != {k: v for k, v in os.environ.items() if k.startswith("PYTHON")}:
        return "Python reads its PYTHON* variables only when it starts, and these differ from the server's"
    return "" if os.path.isdir(request.cwd) else f"no such directory: {request.cwd}"


class Server:
    """The control socket, the connections on it and the kernels forked for them."""

    def __init__(self, address: str) -> None:
        self.kernels: dict[socket.socket, int] = {}
        self.refusal = ""
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(address)
        self.listener.listen(BACKLOG)

    def serve(self) -> Request | None:
        """Serve until the owner closes our stdin: None then in the server, a request in each forked kernel."""
        wakeup, signalled = socket.socketpair()
        signalled.setblocking(False)
        signal.set_wakeup_fd(signalled.fileno(), warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with selectors.DefaultSelector() as self.selector, wakeup, signalled:
            for source in (sys.stdin, wakeup, self.listener):
                self.selector.register(source, selectors.EVENT_READ)
            while True:
                for key, _ in self.selector.select():
                    if key.fileobj is sys.stdin:
                        return None
                    if key.fileobj is wakeup:
                        wakeup.recv(4096)
                    elif key.fileobj is self.listener:
                        self.greet()
                    elif isinstance(key.fileobj, socket.socket) and (request := self.hear(key.fileobj)):
                        return request
                self.reap()

    def greet(self) -> None:
        """Accept a connection and say that the libraries are loaded, or why no kernel can be forked."""
        connection, _ = self.listener.accept()
        self.selector.register(connection, selectors.EVENT_READ)
        send_line(connection, {"error": self.refusal} if self.refusal else {"ready": os.getpid()})

    def hear(self, connection: socket.socket) -> Request | None:
        """Act on what a client sent; a request comes back only in the forked kernel."""
        if connection not in self.kernels:
            request = receive_request(connection)
            if request is not None:
                return self.fork(connection, request)
        elif numbers := read_signals(connection):
            for number in numbers:
                signal_group(self.kernels[connection], number)
            return None
        self.drop(connection)
        return None

    def fork(self, connection: socket.socket, request: Request) -> Request | None:
        """Fork one kernel: the request in the kernel, None in the server."""
        pid, error = -1, refusal(request)
        # A signal between the fork and the bookkeeping would be handled with half the facts, in either process.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD, signal.SIGINT})
        try:
            pid = -1 if error else os.fork()
        except OSError as failure:
            error = f"fork: {failure}"
        if pid == 0:
            self.forget()
            return request
        for descriptor in request.streams:
            os.close(descriptor)
        if pid > 0:
            self.kernels[connection] = pid
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        send_line(connection, {"error": error} if error else {"pid": pid})
        return None

    def reap(self) -> None:
        """Collect kernels that ended, end what they left behind, and report their exit codes."""
        for connection, pid in list(self.kernels.items()):
            # The zombie keeps its number until the group is signalled, so the number cannot belong to another.
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                signal_group(pid, signal.SIGKILL)
                send_line(connection, {"exit": os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])})
                del self.kernels[connection]
                self.drop(connection)

    def drop(self, connection: socket.socket) -> None:
        """Close a connection; its kernel, if any, is ended with its whole process group."""
        self.selector.unregister(connection)
        connection.close()
        if pid := self.kernels.pop(connection, 0):
            signal_group(pid, signal.SIGKILL)
            os.waitpid(pid, 0)

    def forget(self) -> None:
        """In a forked kernel: close what belongs to the server, or its clients would never see it end."""
        signal.set_wakeup_fd(-1)
        for key in list(self.selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()
        self.kernels.clear()

    def stop(self) -> None:
        """End every kernel."""
        for pid in self.kernels.values():
            signal_group(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self.kernels.clear()


def read_signals(connection: socket.socket) -> bytes:
    """Signal numbers a client sent; empty when it has gone."""
    try:
        return connection.recv(64)
    except OSError:
        return b""


def signal_group(pid: int, number: int) -> None:
    """Signal a kernel, not yet reaped, and its process group."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:  # forked a moment ago and not yet the leader of its group
        os.kill(pid, number)


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


def watch_owner(owner: int) -> None:
    """End this process when its owner has gone or asks for it by SIGTERM, also while libraries are loading."""

    def check(number: int, _: Any) -> None:
        if number == signal.SIGTERM or os.getppid() != owner:
            raise SystemExit

    signal.signal(signal.SIGTERM, check)
    signal.signal(signal.SIGALRM, check)
    signal.setitimer(signal.ITIMER_REAL, ORPHAN_CHECK_SECONDS, ORPHAN_CHECK_SECONDS)


def main(address: str, owner: int, modules: list[str]) -> None:
    """Serve from a private directory of our own making, and leave nothing of it behind."""
    me = os.getpid()
    watch_owner(owner)
    os.mkdir(os.path.dirname(address), 0o700)  # fails if it exists: a name someone else has taken is not private
    server = Server(address)
    request = None
    try:
        announce()
        server.refusal = preload(modules)
        kernel = load_beside("kernel.py")
        request = server.serve()
    finally:
        if os.getpid() == me:
            server.stop()
            shutil.rmtree(os.path.dirname(address), ignore_errors=True)
    if request is not None:
        kernel.start(*request, server=me)


def announce() -> None:
    """Tell the owner, once, that the socket can be connected to; the libraries are still to be loaded."""
    os.write(sys.stdout.fileno(), b"listening\n")
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    os.close(nothing)


def load_beside(filename: str) -> ModuleType:
    """Import a file beside this one without asking for the package around it."""
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), filename)
    spec = importlib.util.spec_from_file_location(filename.removesuffix(".py"), path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
