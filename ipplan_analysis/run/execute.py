"""Executing notebooks with papermill, each in an IPython shell of a process forked from this one.

The forked process inherits what this one has imported and computed, so it starts at once. What it displays it records as
a Jupyter kernel's messages, and nbclient, under papermill, makes the notebook's outputs of them. Where this process cannot
be forked, papermill's own engine starts an ordinary kernel.
"""

from __future__ import annotations

import atexit
import builtins
import ctypes
import gc
import io
import logging
import multiprocessing
import os
import random
import re
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal, NoReturn

import nbformat
import papermill
from ipykernel.compiler import XCachingCompiler
from ipykernel.ipkernel import IPythonKernel
from ipykernel.zmqshell import ZMQInteractiveShell
from IPython.core.error import StdinNotImplementedError
from jupyter_client.session import Session, json_packer, json_unpacker
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG
from papermill.iorw import write_ipynb
from traitlets.config import Config

from ipplan_analysis.run.parameters import Value, read_notebook
from ipplan_analysis.schema import NOTHING, NothingForecastError, ParameterError, RunError

KERNEL = "python3"
QUIET = "--log-level=CRITICAL"  # an ordinary kernel's notice about unencrypted TCP is not the reader's business
CELL_TIMEOUT_SECONDS = 300  # a cell takes seconds; one that takes minutes hangs
END_TIMEOUT_SECONDS = 5.0  # for what a notebook does when its process ends
COLOURS = re.compile(r"\x1b\[[0-9;]*m")
PR_SET_PDEATHSIG = 1  # linux/prctl.h
INLINE_BACKEND = "matplotlib_inline.backend_inline"  # how an ordinary kernel shows matplotlib's figures


def can_fork() -> bool:
    """Whether this process may be forked: not without `os.fork`, nor on macOS, where forks break, nor with threads."""
    return hasattr(os, "fork") and sys.platform != "darwin" and _thread_count() == 1


def _thread_count() -> int:
    """Threads of this process; on systems without /proc those that Python knows of."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def end_with_parent(parent: int) -> None:
    """Have this process end with its parent; to be called first by the main thread of a new process."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    elif starter := multiprocessing.parent_process():  # elsewhere a thread waits for it
        threading.Thread(target=lambda: (starter.join(), os._exit(1)), daemon=True).start()
    if os.name == "posix" and os.getppid() != parent:  # it ended before we asked
        os._exit(1)


class ForkedShell:
    """An IPython shell in a process forked from this one, as seen from here."""

    def __init__(self, others: Sequence[ForkedShell] = ()) -> None:
        """Fork now; `others` are shells forked before, of which the new process must hold nothing."""
        context = multiprocessing.get_context("fork")
        self._connection, child = context.Pipe()
        ours = [self._connection, *(other._connection for other in others)]
        self._process = context.Process(target=_serve, args=(child, ours, os.getpid()))
        self._process.start()
        child.close()

    def run(self, source: str, timeout: float) -> dict[str, Any]:
        """Run one cell: the kernel messages of what it displayed, and its exception's `ename` and `evalue` if it raised.

        Raises
        ------
        CellTimeoutError : it did not end within `timeout` seconds; the process has been killed.
        DeadKernelError : the process ended.
        """
        try:
            self._connection.send_bytes(source.encode(errors="surrogatepass"))
            reply = self._connection.recv_bytes() if self._connection.poll(timeout) else b""
        except (EOFError, OSError) as error:
            raise DeadKernelError("the process ended") from error
        if not reply:
            self.kill()
            raise CellTimeoutError(f"a cell did not end within {timeout} s")
        content: dict[str, Any] = json_unpacker(reply)
        return content

    def close(self) -> None:
        """Let the process end in good order, or kill it."""
        with suppress(OSError):
            self._connection.close()
        self._process.join(END_TIMEOUT_SECONDS)
        self.kill()

    def kill(self) -> None:
        """Kill the process and what the notebook started, at once."""
        if self._process.is_alive():
            assert self._process.pid is not None
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()  # it may not yet lead its group
        self._process.join()


@contextmanager
def forked_shells(count: int) -> Iterator[list[ForkedShell] | list[None]]:
    """Shells forked from this process as it is now, none of which outlives the block; of None where it cannot be forked.

    All are forked at the beginning, when no thread of ours is running that another process could miss.
    """
    if not can_fork():
        yield [None] * count
        return
    gc.freeze()  # the collector would otherwise touch, and so copy, every shared page
    shells: list[ForkedShell] = []
    try:
        for _ in range(count):
            shells.append(ForkedShell(shells))
        yield shells
    finally:
        for shell in shells:
            shell.kill()
        gc.unfreeze()


class _ForkedShellClient(PapermillNotebookClient):  # type: ignore[misc]
    """papermill's client, to which a forked shell plays the kernel."""

    def __init__(self, nb_man: Any, shell: ForkedShell, timeout: float) -> None:
        super().__init__(nb_man)
        self._shell, self._seconds = shell, timeout

    def execute(self, **_: Any) -> Any:
        """Execute the notebook."""
        self.reset_execution_trackers()
        self.papermill_execute_cells()
        self.nb.metadata["language_info"] = dict(IPythonKernel.language_info)
        return self.nb

    def execute_cell(self, cell: Any, cell_index: int, **_: Any) -> Any:
        """Execute one cell; its outputs are made as of any kernel's messages."""
        if cell.cell_type != "code" or not cell.source.strip():
            return cell
        reply = self._shell.run(cell.source, self._seconds)
        cell.execution_count = reply["execution_count"]
        self.clear_before_next_output = False
        for sent in reply["messages"]:
            self.process_message(sent, cell, cell_index)
        if reply["ename"] and "raises-exception" not in cell.metadata.get("tags", []):
            raise CellExecutionError.from_cell_and_msg(cell, reply)
        return cell


class ForkEngine(NBClientEngine):  # type: ignore[misc]
    """Executes a notebook in a forked shell, or as papermill does where none is given."""

    @classmethod
    def execute_notebook(cls, nb: Any, kernel_name: str, output_path: str | None = None, **options: Any) -> Any:
        """Execute a notebook; papermill itself writes it at its end, or after a cell that raised."""
        try:
            return super().execute_notebook(nb, kernel_name, output_path=None, **options)
        except BaseException:  # a cell that hung, a process that died: what was executed shows where
            write_ipynb(nb, output_path)
            raise

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: Any, kernel_name: str, *, shell: ForkedShell | None = None, **options: Any
    ) -> Any:
        """Execute the cells."""
        if shell is None:
            return super().execute_managed_notebook(nb_man, kernel_name, extra_arguments=[QUIET], **options)
        return _ForkedShellClient(nb_man, shell, options["execution_timeout"]).execute()


papermill_engines.register(ForkEngine.__name__, ForkEngine)


def execute(
    notebook: Path,
    output: Path,
    parameters: Mapping[str, Value],
    *,
    shell: ForkedShell | None = None,
    timeout: int = CELL_TIMEOUT_SECONDS,
) -> nbformat.NotebookNode:
    """Run one notebook with parameters and write the executed copy, without the paths of this machine.

    Parameters
    ----------
    notebook, output : paths of the notebook and of its executed copy.
    parameters : values of the parameters that the notebook declares.
    shell : a fresh one of `forked_shells`, used up; None for an ordinary kernel.
    timeout : seconds allowed to one cell.

    Raises
    ------
    RunError : a cell raised, hung or lost its process; the executed part stays in `output`.
    """
    logging.getLogger("papermill").setLevel(logging.CRITICAL)
    try:
        executed: nbformat.NotebookNode = papermill.execute_notebook(
            notebook,
            output,
            parameters=dict(parameters),
            kernel_name=KERNEL,
            language="python",  # what Colab saves names none
            progress_bar=False,
            engine_name=ForkEngine.__name__,
            execution_timeout=timeout,
            shell=shell,
        )
    except PapermillExecutionError as error:
        if error.ename != NothingForecastError.__name__:
            heading = _heading_above(output, error.cell_index)
            # the executed part is kept, so what a fault says of other commands does not hold here
            what = COLOURS.sub("", f"{error.ename}: {error.evalue}").replace(NOTHING, "", 1)
            raise RunError(f"{notebook.name} failed under “{heading}”: {what}") from error
        executed = _ended_early(output)
    except CellTimeoutError as error:
        raise RunError(f"{notebook.name} did not finish a cell within {timeout} s and was ended.") from error
    except DeadKernelError as error:
        raise RunError(f"{notebook.name}: its process died (out of memory?).") from error
    except RuntimeError as error:  # nbclient's word for a kernel that does not answer when started
        raise RunError(f"{notebook.name}: its kernel did not start ({error}).") from error
    for name in ("input_path", "output_path"):
        executed.metadata.papermill.pop(name, None)
    nbformat.write(executed, output)  # type: ignore[no-untyped-call]
    if shell is not None:
        shell.close()
    return executed


def _ended_early(output: Path) -> nbformat.NotebookNode:
    """The executed part of a notebook, without papermill's notices of an exception."""
    executed = read_notebook(output)
    executed.cells = [cell for cell in executed.cells if ERROR_MARKER_TAG not in cell.metadata.get("tags", [])]
    return executed


def _heading_above(output: Path, cell_index: int) -> str:
    """Last heading above the cell that failed; where it stands says more than a cell number."""
    try:
        cells: list[Any] = read_notebook(output).cells[: cell_index + 1]  # papermill has put its notice on top
    except ParameterError:
        return "?"
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    headings = [text.splitlines()[0].lstrip("# ") for text in texts if text.startswith("#")]
    return headings[-1] if headings else "the first cells"


# From here on: what runs in the forked process.


class _Recorder(Session):
    """Keeps the messages that a kernel would send while a cell runs."""

    messages: list[dict[str, Any]]  # of the cell that runs

    def send(self, stream: Any, msg_or_type: Any, content: Any = None, *_: Any, **__: Any) -> dict[str, Any]:
        """Keep a message, given whole or by its type and content, after what was written to the standard streams."""
        sys.stdout.flush()
        sys.stderr.flush()
        sent: dict[str, Any] = msg_or_type if isinstance(msg_or_type, dict) else self.msg(msg_or_type, content)
        self.messages.append(json_unpacker(json_packer(sent)))  # as it is now: what it holds may change
        return sent

    def print(self, name: str, text: str) -> None:
        """Keep text of a standard stream, together with what was written to it since the last display."""
        for sent in reversed(self.messages):
            if sent["msg_type"] != "stream":
                break
            if sent["content"]["name"] == name:
                sent["content"]["text"] += text
                return
        self.messages.append(self.msg("stream", {"name": name, "text": text}))


class _Stream(io.TextIOBase):
    """Standard output or error of a notebook, and what other programs write to its descriptor."""

    encoding = "UTF-8"

    def __init__(self, name: Literal["stdout", "stderr"], recorder: _Recorder) -> None:
        self.name, self._recorder = name, recorder
        self._number = {"stdout": 1, "stderr": 2}[name]
        self._read = 0
        with tempfile.TemporaryFile() as past:
            os.dup2(past.fileno(), self._number)

    def write(self, text: str) -> int:
        """Record text."""
        self.flush()
        if text:
            self._recorder.print(self.name, text)
        return len(text)

    def flush(self) -> None:
        """Record what was written to the descriptor, past Python."""
        while past := os.pread(self._number, 1 << 20, self._read):
            self._read += len(past)
            self._recorder.print(self.name, past.decode(errors="replace"))

    def writable(self) -> bool:
        """Whether it can be written to."""
        return True

    def fileno(self) -> int:
        """The descriptor, for programs that the notebook starts."""
        return self._number


def _serve(connection: Connection, inherited: Sequence[Connection], parent: int) -> None:
    """Run the cells that arrive until the other end closes, and answer each with what it displayed."""
    _detach(parent)
    for other in inherited:
        other.close()
    recorder = _Recorder()
    recorder.messages = []
    streams = [_Stream("stdout", recorder), _Stream("stderr", recorder)]
    sys.stdout, sys.stderr = streams
    shell = _make_shell(recorder)
    with suppress(EOFError):
        while True:
            source = connection.recv_bytes().decode(errors="surrogatepass")
            recorder.messages = []
            result = shell.run_cell(source, store_history=True)
            for stream in streams:
                stream.flush()
            raised = result.error_before_exec or result.error_in_exec
            reply = {
                "messages": recorder.messages,
                "execution_count": result.execution_count,
                "ename": type(raised).__name__ if raised else "",
                "evalue": str(raised or ""),
                "traceback": [],
            }
            connection.send_bytes(json_packer(reply))
    atexit._run_exitfuncs()
    os.killpg(os.getpgrp(), signal.SIGKILL)  # ourselves, with what the notebook started


def _detach(parent: int) -> None:
    """Become a process that shares nothing with the one it was forked from but its memory so far."""
    os.setsid()
    end_with_parent(parent)
    atexit._clear()  # those of the parent
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    random.seed()
    if numpy_random := sys.modules.get("numpy.random"):
        numpy_random.seed()
    os.environ.setdefault("MPLBACKEND", f"module://{INLINE_BACKEND}")
    sys.modules.pop(INLINE_BACKEND, None)  # imported without a shell it would never display a figure
    if matplotlib := sys.modules.get("matplotlib"):
        matplotlib.rcParams["backend"] = os.environ["MPLBACKEND"]


def _make_shell(recorder: _Recorder) -> Any:
    """The shell that an ordinary kernel has, which sends to the recorder and asks nobody."""
    config = Config()
    config.HistoryManager.hist_file = ":memory:"  # no file, and no thread that writes it
    shell: Any = ZMQInteractiveShell.instance(config=config, compiler_class=XCachingCompiler)
    shell.enable_gui = lambda gui=None: None  # nobody waits at a window
    for publisher in (shell.displayhook, shell.display_pub):
        publisher.session, publisher.pub_socket = recorder, None
    builtins.input = _refuse_input
    return shell


def _refuse_input(prompt: object = "") -> NoReturn:
    """In place of `input`, as a kernel without a frontend that could answer."""
    raise StdinNotImplementedError("raw_input was called, but this frontend does not support input requests.")
