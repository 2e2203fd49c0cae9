"""A connection to a kernel server, and the kernel forked for it."""

from __future__ import annotations

import json
import signal
import socket
from collections.abc import Mapping
from typing import Any

READY_TIMEOUT_SECONDS = 60.0  # loading the libraries takes 3 s, without compiled files or on a cold disk 10


def dial(address: str) -> socket.socket:
    """Connect to a server and wait until its libraries are loaded.

    Raises
    ------
    OSError : there is no server, it ended while loading, or it cannot fork.
    """
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        channel.settimeout(READY_TIMEOUT_SECONDS)
        channel.connect(address)
        expect("ready", channel)
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
    channel : connection from `dial`; it becomes the kernel's.
    argv : arguments of `ipykernel_launcher`, among them `-f` and the connection file.
    env, cwd : the kernel's whole environment and its working directory.
    stdout, stderr : file descriptors for what is written past Python's own streams.

    Raises
    ------
    OSError : the server refused, and says why, or has gone.
    """
    request = json.dumps({"argv": argv, "env": env, "cwd": cwd}).encode() + b"\n"
    sent = socket.send_fds(channel, [request], [stdout, stderr])
    channel.sendall(request[sent:])
    return ForkedKernel(channel, expect("pid", channel))


def ask_to_prepare(channel: socket.socket, function: str, arguments: Mapping[str, Any]) -> None:
    """Have the server at the other end call `module:name` before its next fork, and wait for it.

    Raises
    ------
    OSError : the function raised, and the server says what, or the server has gone.
    """
    channel.sendall(json.dumps({"prepare": function, "arguments": dict(arguments)}).encode() + b"\n")
    expect("prepared", channel)


def expect(key: str, channel: socket.socket) -> int:
    """The number the server's next line gives under this key.

    Raises
    ------
    OSError : the line is an error, or the server has gone.
    """
    line: dict[str, Any] = json.loads(read_line(channel) or b"{}")
    if key not in line:
        raise ConnectionError(line.get("error", "the kernel server has ended"))
    return int(line[key])


def read_line(channel: socket.socket) -> bytes:
    """One line, byte by byte so that the next stays unread; empty when the other end has closed."""
    line = b""
    while not line.endswith(b"\n"):
        byte = channel.recv(1)
        if not byte:
            return b""
        line += byte
    return line


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
                self._end(read_line(self._channel))
            except BlockingIOError:
                pass
            except OSError:
                self._end(b"")
        return self.returncode

    def wait(self) -> int:
        """Exit code, when the kernel has ended."""
        while self.returncode is None:
            self._channel.setblocking(True)
            try:
                self._end(read_line(self._channel))
            except OSError:
                self._end(b"")
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Signal the kernel's process group; nothing happens when the kernel has ended."""
        if self.poll() is None:
            try:
                self._channel.sendall(bytes([number]))
            except OSError:
                self._end(b"")

    def kill(self) -> None:
        """Send SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Send SIGTERM."""
        self.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Let go of the kernel, which the server then kills if it still runs."""
        self._channel.close()

    def _end(self, last_line: bytes) -> None:
        # Without a last line the server has gone, and its kernels with it by SIGKILL.
        self.returncode = json.loads(last_line)["exit"] if last_line else -signal.SIGKILL
        self._channel.close()
