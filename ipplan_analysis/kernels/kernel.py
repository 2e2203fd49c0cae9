"""What a forked process does to become a kernel that shares nothing with the one it was forked from.

Loaded by `server` once the libraries are; everything here runs in the forked process.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import random
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

import zmq
from ipykernel import kernelapp
from ipykernel.iostream import IOPubThread
from zmq.eventloop.zmqstream import ZMQStream

PR_SET_PDEATHSIG = 1  # linux/prctl.h
INLINE_BACKEND = "module://matplotlib_inline.backend_inline"  # ipykernel's default in a kernel started cold
LINGER_MILLISECONDS = 3000  # as ipykernel: how long a forked process may take to hand over its last output


class PrivateIOPubThread(IOPubThread):
    """Takes the output of processes a notebook forks by a Unix socket; ipykernel opens a TCP port for it.

    Overrides two private methods of ipykernel; a test holds that a kernel listens on no TCP port and that
    such output still arrives.
    """

    address = ""

    def _setup_pipe_in(self) -> None:
        self._pipe_uuid = os.urandom(16)
        pipe = self.socket.context.socket(zmq.PULL)
        pipe.linger = 0
        pipe.bind(self.address)
        self._pipe_in = ZMQStream(pipe, self.io_loop)
        self._pipe_in.on_recv(self._handle_pipe_msg)

    def _setup_pipe_out(self) -> tuple[zmq.Context[zmq.Socket[bytes]], zmq.Socket[bytes]]:
        context = zmq.Context()
        pipe = context.socket(zmq.PUSH)
        pipe.linger = LINGER_MILLISECONDS
        pipe.connect(self.address)
        return context, pipe


def start(argv: list[str], env: dict[str, str], cwd: str, streams: list[int], *, server: int) -> None:
    """Become the kernel that `argv` (ipykernel's own arguments) describes, and run until it is shut down.

    Parameters
    ----------
    argv : arguments of `ipykernel_launcher`, among them `-f` and the connection file.
    env, cwd : the kernel's whole environment and its working directory.
    streams : two descriptors, for standard output and standard error.
    server : process id of the server.
    """
    os.setsid()
    die_with(server)
    reset_signals()
    redirect(streams)
    os.chdir(cwd)
    os.environ.clear()
    os.environ.update(env, JPY_PARENT_PID=str(server))
    time.tzset()
    reset_libraries()
    connection_file = Path(argv[argv.index("-f") + 1])
    PrivateIOPubThread.address = f"ipc://{connection_file.with_name('subprocesses')}"
    vars(kernelapp)["IOPubThread"] = PrivateIOPubThread
    sys.argv[1:] = argv
    kernelapp.IPKernelApp.launch_instance(argv, parent_handle=server)
    leave()


def leave() -> NoReturn:
    """End as forked processes do: exit handlers run, but the shared libraries are not taken apart, which takes 0.2 s."""
    atexit._run_exitfuncs()
    os._exit(0)


def die_with(server: int) -> None:
    """Have the system end this process with the server; elsewhere than on Linux ipykernel does, in 1 s."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != server:  # it ended before we asked
        os._exit(1)


def reset_signals() -> None:
    """Receive signals as a new process does, but SIGINT: ipykernel too ignores it outside cells."""
    for number in (signal.SIGTERM, signal.SIGALRM, signal.SIGCHLD):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def redirect(streams: list[int]) -> None:
    """Read nothing from standard input; write standard output and error to the given descriptors."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for target, source in enumerate((nothing, *streams)):
        os.dup2(source, target)
        os.close(source)


def reset_libraries() -> None:
    """Fresh random numbers, and the matplotlib backend a kernel started cold would have."""
    random.seed()
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = os.environ.get("MPLBACKEND") or INLINE_BACKEND
