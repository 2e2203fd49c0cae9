"""Forked kernels: real servers, real kernels, real signals."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import nbformat
import psutil
import pytest
from jupyter_client.manager import KernelManager
from jupyter_client.provisioning.factory import KernelProvisionerFactory

from ipplan_analysis.kernels import PROVISIONER_NAME, ForkKernelManager, KernelServer, client, warm_kernels
from ipplan_analysis.kernels.channel import ForkedKernel, dial
from ipplan_analysis.kernels.client import ADDRESS_VARIABLE, private_path, supported
from ipplan_analysis.kernels.manager import ForkKernelSpecManager

pytestmark = pytest.mark.skipif(not supported(), reason="kernels start cold on this system")

ROOT = Path(__file__).parents[1]
# What the isolation tests need; the whole default list loads several times longer.
PRELOAD = ("numpy", "matplotlib.pyplot", "ipykernel.kernelapp", "ipykernel.debugger", "no_such_module")
OWNER = """
import sys, time
from jupyter_client.manager import KernelManager
from ipplan_analysis.kernels import ForkProvisioner, warm_kernels
from ipplan_analysis.kernels.manager import ForkKernelSpecManager
with warm_kernels(preload=("ipykernel.kernelapp",)) as server:
    manager = KernelManager(kernel_spec_manager=ForkKernelSpecManager())
    manager.provisioner = ForkProvisioner(kernel_id="x", kernel_spec=manager.kernel_spec, parent=manager)
    manager.start_kernel()
    print(server and server.pid, manager.provisioner.pid, server and server.directory, flush=True)
    time.sleep(60)
"""


def until(condition: Callable[[], bool], seconds: float = 60.0) -> bool:
    """Whether a condition comes to hold at all: the limit is for a machine with other work, not a promise."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.02)
    return condition()


def hash_with_seed(seed: int) -> int:
    code = [sys.executable, "-c", "print(hash('ipplan'))"]
    return int(subprocess.check_output(code, env=os.environ | {"PYTHONHASHSEED": str(seed)}))


def gone(pid: int) -> bool:
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


class Kernel:
    """A running kernel and a client of it."""

    def __init__(self, **launch: Any) -> None:
        self.manager = KernelManager(kernel_spec_manager=ForkKernelSpecManager())
        self.manager.start_kernel(**launch)
        self.connect()

    def connect(self) -> None:
        self.client = self.manager.client()
        self.client.start_channels()
        self.client.wait_for_ready(timeout=60)

    def run(self, code: str) -> str:
        """Standard output of a cell; an error in it, or its refusal, fails the test."""
        text: list[str] = []

        def collect(message: dict[str, Any]) -> None:
            assert message["msg_type"] != "error", message["content"]
            text.append(message["content"].get("text", ""))

        reply = self.client.execute_interactive(code, timeout=60, output_hook=collect)
        assert reply["content"]["status"] == "ok", reply["content"]
        return "".join(text).strip()

    @property
    def process(self) -> Any:
        assert self.manager.provisioner is not None
        return self.manager.provisioner.process

    def close(self) -> None:
        self.client.stop_channels()
        self.manager.shutdown_kernel(now=True)


@contextmanager
def kernel(**launch: Any) -> Iterator[Kernel]:
    running = Kernel(**launch)
    try:
        yield running
    finally:
        running.close()


@pytest.fixture(scope="module", autouse=True)
def provisioner() -> None:
    """Known to Jupyter also where the package is on the path without being installed."""
    value = "ipplan_analysis.kernels.provisioner:ForkProvisioner"
    entry = EntryPoint(PROVISIONER_NAME, value, KernelProvisionerFactory.GROUP_NAME)
    KernelProvisionerFactory.instance().provisioners.setdefault(PROVISIONER_NAME, entry)


@pytest.fixture(scope="module")
def server(provisioner: None) -> Iterator[KernelServer]:
    with warm_kernels(preload=PRELOAD) as running:
        assert running is not None
        yield running
    assert not running.directory.exists()
    assert gone(running.pid)


@pytest.fixture(autouse=True)
def nothing_left(server: KernelServer) -> Iterator[None]:
    """Every test leaves the server as it found it: no kernel, no file."""
    yield
    assert until(lambda: os.listdir(server.directory) == ["control"]), os.listdir(server.directory)
    assert until(lambda: psutil.Process(server.pid).children() == [])


def test_server_has_one_thread_and_a_private_directory(server: KernelServer) -> None:
    dial(server.address).close()  # the libraries are loaded
    assert psutil.Process(server.pid).num_threads() == 1
    assert stat.S_IMODE(server.directory.stat().st_mode) & 0o777 == 0o700
    assert [path.name for path in server.directory.iterdir()] == ["control"]


def test_kernels_share_nothing(server: KernelServer, tmp_path: Path) -> None:
    before = "import os, random, sys; import numpy as np, matplotlib as mpl; print('numpy' in sys.modules)"
    state = "print(random.random(), np.random.random())"
    with kernel(cwd=str(tmp_path), env=os.environ | {"IPPLAN_GIVEN": "1"}) as one, kernel() as two:
        assert one.run(before) == two.run(before) == "True"
        assert not set(one.run(state).split()) & set(two.run(state).split())
        one.run("x = 1; mpl.rcParams['font.size'] = 99.0; sys.path.append('here'); os.umask(0o077)")
        one.run("os.environ['IPPLAN_SET'] = '1'; np.set_printoptions(precision=2)")
        assert one.run("print(os.getcwd(), os.environ['IPPLAN_GIVEN'])") == f"{tmp_path} 1"
        leaks = "'x' in globals(), mpl.rcParams['font.size'], 'here' in sys.path, os.getcwd()"
        leaks += ", np.get_printoptions()['precision'], [k for k in os.environ if k.startswith('IPPLAN_')]"
        clean = str((False, 10.0, False, os.getcwd(), 8, []))
        assert two.run(f"print(({leaks}))") == clean
        one.run("np.random.seed(7); random.seed(7)")
        assert not set(one.run(state).split()) & set(two.run(state).split())
        with kernel() as three:
            assert three.run(f"{before}; print(({leaks}))") == f"True\n{clean}"


def test_kernel_is_its_own_group_without_tcp_ports(server: KernelServer) -> None:
    with kernel() as one:
        group = one.run("import os; print(os.getpid() == os.getsid(0) == os.getpgid(0), os.getppid())")
        assert group == f"True {server.pid}"
        connections = psutil.Process(one.process.pid).net_connections(kind="inet")
        assert [c for c in connections if c.status == psutil.CONN_LISTEN] == []
        child = "if pid == 0:\n    print('from a fork', flush=True)\n    os._exit(0)"
        one.client.execute(f"import os\npid = os.fork()\n{child}\nos.waitpid(pid, 0)")
        while "from a fork" not in one.client.get_iopub_msg(timeout=60)["content"].get("text", ""):
            pass


def test_interrupt_leaves_the_kernel_alive(server: KernelServer) -> None:
    with kernel() as one:
        one.run("y = 2")
        waiting = "print('begun', flush=True)\nimport time\nfor _ in range(600): time.sleep(0.1)"
        # ipykernel refuses, without a word, a cell that arrives while it still clears its queue after an error
        request = one.client.execute(waiting, stop_on_error=False)
        while one.client.get_iopub_msg(timeout=60)["content"].get("text") != "begun\n":
            pass
        one.manager.interrupt_kernel()
        reply = one.client.get_shell_msg(timeout=60)
        while reply["parent_header"].get("msg_id") != request:
            reply = one.client.get_shell_msg(timeout=60)
        assert reply["content"]["ename"] == "KeyboardInterrupt"
        assert one.run("print(y)") == "2"


@pytest.mark.parametrize(("code", "expected"), [("os._exit(7)", 7), ("os.kill(os.getpid(), 11)", -11)])
def test_death_is_seen_at_once_with_its_exit_code(server: KernelServer, code: str, expected: int) -> None:
    with kernel() as one:
        left = int(one.run("import os, subprocess; print(subprocess.Popen(['sleep', '600']).pid)"))
        process = one.process
        one.client.execute(code)
        assert until(lambda: not one.manager.is_alive())
        assert process.wait() == expected
        assert until(lambda: gone(left))


def test_kill_shutdown_and_restart(server: KernelServer) -> None:
    one = Kernel()
    process = one.process
    directory = Path(one.manager.connection_file).parent
    one.manager.restart_kernel(now=True)
    assert process.wait() == -signal.SIGKILL
    one.client.stop_channels()
    one.connect()
    assert one.run("print(6 * 7)") == "42"
    process = one.process
    one.client.stop_channels()
    one.manager.shutdown_kernel()
    assert process.wait() == 0
    assert not directory.exists()
    process.send_signal(signal.SIGTERM)  # to a kernel that has ended: nothing


def test_ten_kernels_leave_nothing(server: KernelServer) -> None:
    def trace() -> tuple[int, int, int]:
        process = psutil.Process(server.pid)
        return len(process.children()), len(os.listdir(server.directory)), process.num_fds()

    dial(server.address).close()
    assert until(lambda: trace()[:2] == (0, 1))
    before, own = trace(), psutil.Process().num_fds()
    for number in range(10):
        one = KernelManager(kernel_spec_manager=ForkKernelSpecManager())
        one.start_kernel()
        assert isinstance(one.provisioner.process, ForkedKernel)
        one.shutdown_kernel(now=number % 5 > 0)
    assert until(lambda: trace() <= before), (trace(), before)
    assert psutil.Process().num_fds() - own < 10  # descriptors of the event loop, not ten kernels' sockets


def test_owner_killed_ends_its_kernels_and_no_one_elses(tmp_path: Path) -> None:
    env = os.environ | {"PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path), "XDG_RUNTIME_DIR": ""}
    env.pop(ADDRESS_VARIABLE, None)
    command = [sys.executable, "-c", OWNER]
    owners = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE) for _ in range(2)]
    try:
        found = [owner.stdout.readline().decode().split() for owner in owners if owner.stdout]
        (server1, kernel1, directory1), (server2, kernel2, directory2) = found
        owners[0].kill()
        assert until(lambda: gone(int(server1)) and gone(int(kernel1)) and not Path(directory1).exists())
        assert not gone(int(server2)) and not gone(int(kernel2)) and Path(directory2).exists()
        owners[1].terminate()
        assert until(lambda: gone(int(server2)) and gone(int(kernel2)) and not Path(directory2).exists())
    finally:
        for owner in owners:
            owner.kill()
            owner.communicate()
    assert list(tmp_path.rglob("ipplan-*")) == []


def test_worker_shares_the_server_and_takes_only_its_kernel_with_it(server: KernelServer) -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, cwd=ROOT) as worker:
        try:
            assert worker.stdout is not None
            none, pid, _ = worker.stdout.readline().decode().split()
            assert (none, psutil.Process(int(pid)).ppid()) == ("None", server.pid)
        finally:
            worker.kill()
    assert until(lambda: gone(int(pid)))
    assert not gone(server.pid)


def test_papermill_runs_a_notebook_with_its_figure(server: KernelServer) -> None:
    import papermill

    cells = ["n = 2", "import os; print(n, os.getppid())", "import matplotlib.pyplot as p; p.plot([1, 2]);"]
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in cells])
    book.cells[0].metadata["tags"] = ["parameters"]
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    options = {"kernel_name": "python3", "kernel_manager_class": ForkKernelManager, "progress_bar": False}
    done = papermill.execute_notebook(book, None, {"n": 5}, **options)
    assert done.cells[2].outputs[0].text == f"5 {server.pid}\n"
    assert "image/png" in done.cells[3].outputs[-1].data


def test_without_a_server_a_kernel_starts_cold_and_is_the_same(
    server: KernelServer, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    facts = """
import json, os, signal, sys
import matplotlib
differ = ("JPY_PARENT_PID", "IPPLAN_KERNEL_SERVER", "PYDEVD_USE_FRAME_EVAL")  # the last by ipykernel.debugger
env = {k: v for k, v in os.environ.items() if k not in differ}
handlers = [str(signal.getsignal(n)) for n in sorted(signal.valid_signals())]
blocked = [int(n) for n in signal.pthread_sigmask(signal.SIG_BLOCK, ())]
print(json.dumps([env, handlers, blocked, matplotlib.get_backend(), sys.path, sys.flags, os.getcwd()]))
"""
    with kernel() as forked:
        expected = json.loads(forked.run(facts))
    monkeypatch.setenv(ADDRESS_VARIABLE, str(server.directory / "nothing"))
    with kernel() as cold:
        assert isinstance(cold.process, subprocess.Popen)
        assert json.loads(cold.run(facts)) == expected
    assert "encryption" not in capfd.readouterr().err


def test_server_killed_takes_its_kernels_and_the_next_starts_cold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ADDRESS_VARIABLE, raising=False)
    with warm_kernels(preload=("ipykernel.kernelapp",)) as own, kernel() as one:
        assert own is not None
        os.kill(own.pid, signal.SIGKILL)
        assert until(lambda: gone(one.process.pid))
        assert one.process.wait() == -signal.SIGKILL
        with kernel() as cold:
            assert isinstance(cold.process, subprocess.Popen)
    assert not own.directory.exists()


def test_exit_handlers_of_a_notebook_run(server: KernelServer, tmp_path: Path) -> None:
    one = Kernel()
    one.run(f"import atexit; atexit.register(lambda: open({str(tmp_path / 'left')!r}, 'w').close())")
    one.client.stop_channels()
    one.manager.shutdown_kernel()
    assert (tmp_path / "left").exists()


def test_a_server_that_was_killed_is_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ADDRESS_VARIABLE, raising=False)
    monkeypatch.setattr(client, "_own", client.KernelServer(("ipykernel.kernelapp",)))
    first = client._own
    assert first is not None
    os.kill(first.pid, signal.SIGKILL)
    assert until(lambda: not first.alive)
    channel = client.connect()
    assert channel is not None and client._own is not None and client._own is not first
    channel.close()
    client._own.close()
    assert not first.directory.exists()


def test_refused_settings_start_a_kernel_cold_with_them(server: KernelServer) -> None:
    with kernel(env=os.environ | {"PYTHONHASHSEED": "42"}) as cold:
        assert isinstance(cold.process, subprocess.Popen)
        assert cold.run("print(hash('ipplan'))") == str(hash_with_seed(42))
    with pytest.raises(FileNotFoundError):
        KernelManager(kernel_spec_manager=ForkKernelSpecManager()).start_kernel(cwd="/no/such/place")


def test_a_library_with_threads_is_not_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "import threading, time\nthreading.Thread(target=time.sleep, args=(60,), daemon=True).start()\n"
    (tmp_path / "threaded.py").write_text(text)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    server = KernelServer(["threaded"])
    with pytest.raises(ConnectionError, match="thread"):
        dial(server.address)
    server.close()


def test_socket_paths_stay_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    deep = tmp_path / ("long" * 20)
    deep.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(deep))
    assert private_path().parent != deep
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/tmp")
    assert private_path().parent == Path("/tmp")
