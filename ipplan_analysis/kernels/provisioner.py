"""The Jupyter extension point: a provisioner that forks kernels, or starts them cold where it cannot."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from .channel import ForkedKernel, fork_kernel
from .client import ADDRESS_VARIABLE, connect

PROVISIONER_NAME = "ipplan-fork"  # its entry point in the group jupyter_client.kernel_provisioners


class ForkProvisioner(LocalProvisioner):
    """Forks ipykernels from a preloaded server; whatever it cannot fork it launches as its base class does.

    The choice is made before the connection file is written: a forked kernel talks through Unix sockets in
    the server's private directory, a cold one through whatever its manager had chosen.
    """

    process: Any = None
    _channel: socket.socket | None = None
    _directory: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Connect to the server and, if there is one, keep the kernel's connection in a private directory."""
        if launcher_arguments(self.kernel_spec.argv) is not None:
            self._channel = await asyncio.to_thread(connect)
        if self._channel is not None and self.parent is not None and self._directory is None:
            server = Path(self._channel.getpeername()).parent
            self._directory = server / f"kernel-{secrets.token_hex(8)}"
            move_connection(self.parent, self._directory)
        if self._directory is not None:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel, or start it cold when there is no server or it refuses."""
        arguments, channel, self._channel = launcher_arguments(cmd), self._channel, None
        if channel is not None and arguments is not None:
            try:
                self.process = forked(channel, arguments, **kwargs)
                self.pid = self.pgid = self.process.pid
                self.cwd = kwargs.get("cwd") or os.getcwd()
                return self.connection_info
            except OSError as refused:
                self.log.info("Kernel starts cold: %s", refused)
        try:
            return await super().launch_kernel(cmd, **kwargs)
        except BaseException:  # its manager cleans up only after kernels that started
            self._remove_directory()
            raise

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel's process group; a forked one by the server, which knows if it still exists."""
        if isinstance(self.process, ForkedKernel):
            self.process.send_signal(signum)
        else:
            await super().send_signal(signum)

    async def cleanup(self, restart: bool = False) -> None:
        """Let go of the kernel and, unless it restarts there, remove its directory."""
        await super().cleanup(restart=restart)
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if isinstance(self.process, ForkedKernel):
            self.process.close()
            self.process = None
        if not restart:
            self._remove_directory()

    def _remove_directory(self) -> None:
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None


def launcher_arguments(argv: Sequence[str]) -> list[str] | None:
    """What a kernel command passes to ipykernel in this interpreter; None when it runs something else."""
    python = {sys.executable, "python", "python3"}  # a kernel manager replaces bare names by this interpreter
    is_ipykernel = argv[0] in python and list(argv[1:3]) == ["-m", "ipykernel_launcher"] and "-f" in argv
    return list(argv[3:]) if is_ipykernel else None


def move_connection(manager: Any, directory: Path) -> None:
    """Have a kernel manager use Unix sockets and a connection file in a directory."""
    manager.transport = "ipc"
    manager.cache_ports = False
    manager.ip = str(directory / "channel")
    manager.connection_file = str(directory / "connection.json")


def forked(channel: socket.socket, arguments: list[str], **kwargs: Any) -> ForkedKernel:
    """Fork a kernel with the arguments `subprocess.Popen` would have been given.

    Raises
    ------
    OSError : the server refused or has gone; the channel is closed.
    """
    env = {name: value for name, value in kwargs["env"].items() if name != ADDRESS_VARIABLE}
    cwd = os.path.abspath(kwargs.get("cwd") or os.curdir)
    with ExitStack() as on_failure:
        on_failure.callback(channel.close)
        with open(os.devnull, "wb") as nothing:
            stdout, stderr = (descriptor(kwargs.get(name), nothing.fileno()) for name in ("stdout", "stderr"))
            kernel = fork_kernel(channel, arguments, env=env, cwd=cwd, stdout=stdout, stderr=stderr)
        on_failure.pop_all()
    return kernel


def descriptor(stream: Any, nothing: int) -> int:
    """The file descriptor of a stream as `subprocess.Popen` takes it.

    None means this process's standard error: what a kernel writes past Python is never this program's result.

    Raises
    ------
    OSError : the stream is a pipe that `Popen` would have to make.
    """
    number = 2 if stream is None else stream if isinstance(stream, int) else int(stream.fileno())
    if number in (subprocess.PIPE, subprocess.STDOUT):
        raise OSError("its output goes to a pipe")
    try:
        os.fstat(number)
    except OSError:  # DEVNULL, or this process was started without that stream
        return nothing
    return number
