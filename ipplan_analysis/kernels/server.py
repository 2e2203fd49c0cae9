"""The process that imports the libraries once and forks a ready Jupyter kernel for each request.

Run as a script by `client.KernelServer`, with the standard library alone: the suite need not be importable.

Conversation on the control socket, one connection a kernel: the server greets with `{"ready": pid}` when the
libraries are loaded; the client sends one JSON line (argv, env, cwd) and two descriptors (stdout, stderr);
the server answers `{"pid": n}` or `{"error": text}`; from then on each byte from the client is the number of
a signal for the kernel's process group, and the server's last line is `{"exit": code}`. A connection that
closes ends its kernel, so no kernel outlives its owner. Instead of a kernel a client may ask, with the line
`{"prepare": "module:function", "arguments": {...}}`, that a function be called here once, so that every later
kernel finds what it left in memory; the answer is `{"prepared": 1}` or an error.
"""

from __future__ import annotations

import importlib.util
import json
import os
import selectors
import shutil
import signal
import socket
import sys
from contextlib import suppress
from types import ModuleType
from typing import Any, NamedTuple

HERE = os.path.dirname(os.path.abspath(__file__))
# A process the owner forked may hold the other end of our stdin beyond its death, so its pid is watched too.
ORPHAN_CHECK_SECONDS = 1.0
REQUEST_TIMEOUT_SECONDS = 10.0  # a client sends its request at once; a stuck one must not stop the others
BACKLOG = 64  # kernels asked for while the libraries are still loading wait here
HANDLED = {signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD}


class Request(NamedTuple):
    """What a kernel is to be started with."""

    argv: list[str]
    env: dict[str, str]
    cwd: str
    streams: list[int]


class Preparation(NamedTuple):
    """A function, as `module:name`, to be called before the next fork."""

    function: str
    arguments: dict[str, Any]


class Kernel(NamedTuple):
    """A forked kernel: its process and the directory of its connection."""

    pid: int
    directory: str


class Server:
    """The control socket, the connections on it and the kernels forked for them."""

    def __init__(self, address: str) -> None:
        self.kernels: dict[socket.socket, Kernel] = {}
        self.directory = os.path.dirname(address)
        self.refusal = ""
        self.libraries: Any = None
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(address)
        self.listener.listen(BACKLOG)

    def serve(self) -> Request | None:
        """Serve until the owner closes our stdin: None in the server, a request in each forked kernel."""
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
            if isinstance(request, Request):
                return self.fork(connection, request)
            if request is not None:
                self.prepare(connection, request)
        elif numbers := receive_signals(connection):
            for number in numbers:
                signal_group(self.kernels[connection].pid, number)
            return None
        self.drop(connection)
        return None

    def prepare(self, connection: socket.socket, wanted: Preparation) -> None:
        """Call a function here; a thread that it leaves behind ends the forking, as after loading the libraries."""
        error = self.libraries.prepare(wanted.function, wanted.arguments)
        self.refusal = self.libraries.objection()
        send_line(connection, {"error": error} if error else {"prepared": 1})

    def fork(self, connection: socket.socket, request: Request) -> Request | None:
        """Fork one kernel: the request in the kernel, None in the server."""
        pid, error = -1, objection(request)
        # A signal handled between the fork and the bookkeeping would find half the facts, in either process.
        signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)
        try:
            pid = -1 if error else os.fork()
        except OSError as failure:
            error = f"fork: {failure}"
        if pid == 0:
            self.forget()
            return request
        if pid > 0:
            self.kernels[connection] = Kernel(pid, directory_of(request.argv))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HANDLED)
        close_all(request.streams)
        send_line(connection, {"error": error} if error else {"pid": pid})
        return None

    def forget(self) -> None:
        """In a forked kernel: close what is the server's, or its clients would never see it end."""
        signal.set_wakeup_fd(-1)
        for key in list(self.selector.get_map().values()):
            if isinstance(key.fileobj, socket.socket):
                key.fileobj.close()

    def reap(self) -> None:
        """Collect kernels that ended, end what they left behind, and report their exit codes."""
        for connection, (pid, _) in list(self.kernels.items()):
            # The zombie keeps its number until its group is signalled, so the number is no one else's.
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None:
                send_line(connection, {"exit": end(pid)})
                del self.kernels[connection]
                self.drop(connection)

    def drop(self, connection: socket.socket) -> None:
        """Close a connection; its kernel, if one still runs, ends with its whole process group.

        A client that closes before its kernel has ended has gone, and what it would have cleaned up falls to us.
        """
        self.selector.unregister(connection)
        connection.close()
        if connection in self.kernels:
            kernel = self.kernels.pop(connection)
            end(kernel.pid)
            if os.path.dirname(kernel.directory) == self.directory:
                shutil.rmtree(kernel.directory, ignore_errors=True)


def receive_request(connection: socket.socket) -> Request | Preparation | None:
    """Read a request, of a kernel with its two descriptors; None when the client has gone or sent something else."""
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
        if "prepare" in fields:
            return Preparation(fields["prepare"], fields["arguments"])
        return Request(fields["argv"], fields["env"], fields["cwd"], streams)
    except (OSError, ValueError, KeyError):
        close_all(streams)
        return None


def receive_signals(connection: socket.socket) -> bytes:
    """Numbers of the signals a client asks for; empty when it has gone."""
    with suppress(OSError):
        return connection.recv(64)
    return b""


def send_line(connection: socket.socket, message: dict[str, Any]) -> None:
    """Send one JSON line; a client that has gone is noticed when its connection is next read."""
    with suppress(OSError):
        connection.sendall(json.dumps(message).encode() + b"\n")


def objection(request: Request) -> str:
    """Why a kernel cannot be forked with these settings; empty when it can."""
    at_start = [{k: v for k, v in env.items() if k.startswith("PYTHON")} for env in (request.env, os.environ)]
    if at_start[0] != at_start[1]:
        return "Python reads its PYTHON* variables only when it starts, and these are not the server's"
    return "" if os.path.isdir(request.cwd) else f"no such directory: {request.cwd}"


def directory_of(argv: list[str]) -> str:
    """Directory of the connection file that a kernel was started with; empty when it was started without one."""
    return os.path.dirname(argv[argv.index("-f") + 1]) if "-f" in argv[:-1] else ""


def signal_group(pid: int, number: int) -> None:
    """Signal a kernel that has not been reaped, and its process group."""
    try:
        os.killpg(pid, number)
    except ProcessLookupError:  # forked a moment ago and not yet the leader of its group
        os.kill(pid, number)


def end(pid: int) -> int:
    """Kill what is left of a kernel's process group and return the kernel's exit code."""
    signal_group(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def close_all(descriptors: list[int]) -> None:
    """Close file descriptors."""
    for descriptor in descriptors:
        os.close(descriptor)


def watch_owner(owner: int) -> None:
    """End this process when its owner has gone or sends SIGTERM, even while libraries are loading."""

    def check(number: int, _: Any) -> None:
        if number == signal.SIGTERM or os.getppid() != owner:
            raise SystemExit

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # for cells alone; a kernel that is starting has none
    for number in (signal.SIGTERM, signal.SIGALRM):
        signal.signal(number, check)
    signal.setitimer(signal.ITIMER_REAL, ORPHAN_CHECK_SECONDS, ORPHAN_CHECK_SECONDS)


def announce() -> None:
    """Tell the owner that the socket can be connected to, and write nothing to its pipe from then on."""
    os.write(1, b"listening\n")
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), 1)


def load(filename: str) -> ModuleType:
    """Import a file beside this one without importing the package around it."""
    spec = importlib.util.spec_from_file_location(filename.removesuffix(".py"), os.path.join(HERE, filename))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def main(address: str, owner: int, modules: list[str]) -> None:
    """Serve from a private directory of our own making, and leave nothing of it behind."""
    me = os.getpid()
    directory = os.path.dirname(address)
    watch_owner(owner)
    os.mkdir(directory, 0o700)  # fails if it exists: a name that someone else has taken is not private
    server = Server(address)
    try:
        announce()
        server.libraries = load("libraries.py")
        server.refusal = server.libraries.preload(modules)
        kernel = load("kernel.py")
        request = server.serve()
    finally:
        if os.getpid() == me:
            signal.pthread_sigmask(signal.SIG_BLOCK, HANDLED)  # once is enough
            for kernel_process in server.kernels.values():
                end(kernel_process.pid)
            shutil.rmtree(directory, ignore_errors=True)
    if request is not None:
        kernel.start(*request, server=me)


if __name__ == "__main__":
    if HERE in sys.path:  # a kernel's path does not begin with this script's directory
        sys.path.remove(HERE)
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
