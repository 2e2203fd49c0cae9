"""The Jupyter extension point: a kernel provisioner that forks kernels, and starts them cold where it cannot."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning import LocalProvisioner

from . import client

PROVISIONER_NAME = "ipplan-fork"  # its entry point in the group jupyter_client.kernel_provisioners
LAUNCHER = "ipykernel_launcher"  # only this program, in this interpreter, is what the server has loaded


class ForkProvisioner(LocalProvisioner):
    """Forks ipykernels from a preloaded server; whatever it cannot fork it launches as `LocalProvisioner` does.

    The choice is made before the connection file is written: a forked kernel talks through Unix sockets in the server's
    private directory, a cold one through whatever its manager had chosen.
    """

    _channel: socket.socket | None = None
    _directory: Path | None = None

    async def pre_launch(self, **kwargs: Any) -> dict[str, Any]:
        """Connect to the server and, if there is one, move the kernel's connection into a private directory."""
        if launcher_arguments(self.kernel_spec.argv) is not None:
            self._channel = await asyncio.to_thread(client.connect)
        if self._channel is not None and self.parent is not None and self._directory is None:
            self._move_connection()
        if self._directory is not None:
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return await super().pre_launch(**kwargs)

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork the kernel, or start it cold when the server refuses."""
        arguments, channel, self._channel = launcher_arguments(cmd), self._channel, None
        if channel is None or arguments is None:
            return await super().launch_kernel(cmd, **kwargs)
        cwd = os.path.abspath(kwargs.get("cwd") or os.curdir)
        env = {k: v for k, v in kwargs["env"].items() if k != client.ADDRESS_VARIABLE}
        try:
            with open(os.devnull, "wb") as nothing:
                stdout, stderr = (descriptor(kwargs.get(name), nothing.fileno()) for name in ("stdout", "stderr"))
                self.process = client.fork_kernel(channel, arguments, env=env, cwd=cwd, stdout=stdout, stderr=stderr)
        except OSError as refused:
            self.log.info("Kernel started cold: %s", refused)
            return await super().launch_kernel(cmd, **kwargs)
        self.pid = self.pgid = self.process.pid
        self.cwd = cwd
        return self.connection_info

    async def send_signal(self, signum: int) -> None:
        """Signal the kernel's process group; a forked one through the server, which knows whether it still exists."""
        if isinstance(self.process, client.ForkedKernel):
            self.process.send_signal(signum)
        else:
            await super().send_signal(signum)

    async def cleanup(self, restart: bool = False) -> None:
        """Remove the kernel's directory, unless it restarts there, and let go of the server."""
        await super().cleanup(restart=restart)
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if isinstance(self.process, client.ForkedKernel) and not restart:
            self.process.close()
            self.process = None
        if self._directory is not None and not restart:
            shutil.rmtree(self._directory, ignore_errors=True)
            self._directory = None

    def _move_connection(self) -> None:
        """Have the kernel manager use sockets and a connection file of a fresh directory below the server's."""
        assert self._channel is not None
        self._directory = Path(self._channel.getpeername()).with_name(f"kernel-{os.urandom(8).hex()}")
        manager = self.parent
        manager.transport = "ipc"
        manager.cache_ports = False
        manager.ip = str(self._directory / "channel")
        manager.connection_file = str(self._directory / "connection.json")


def launcher_arguments(argv: Sequence[str]) -> list[str] | None:
    """What a kernel command passes to `ipykernel_launcher` in this interpreter; None when it is another command."""
    python = {sys.executable, "python", "python3"}  # a kernel manager replaces the bare names by this interpreter
    if argv[0] not in python or LAUNCHER not in argv or "-f" not in argv:
        return None
    return list(argv[argv.index(LAUNCHER) + 1 :])


def descriptor(stream: Any, nothing: int) -> int:
    """The file descriptor for a stream as `subprocess.Popen` takes it.

    None means this process's standard error, for both: what a kernel writes there is never this program's result.
    """
    if stream is None:
        stream = 2
    if stream == subprocess.DEVNULL:
        return nothing
    number = stream if isinstance(stream, int) else int(stream.fileno())
    if number < 0:
        raise OSError("pipes of subprocess.Popen are made by starting a kernel cold")
    try:
        os.fstat(number)
    except OSError:  # this process was started without it
        return nothing
    return number
