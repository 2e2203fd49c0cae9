"""Notebooks executed in forked shells: the same outputs as an ordinary kernel's, and nothing shared between them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).parents[1]
CELLS = {
    "streams": "import os, sys, warnings\nprint('a'); print('b', file=sys.stderr); print('c')",
    "display with metadata": "from IPython.display import HTML, clear_output, display\n"
    "display(HTML('<b>x</b>'), metadata={'k': 1})\nhandle = display('first', display_id='mine')\n42",
    "display changed from a later cell": "handle.update('second')",
    "captured": "%%capture out\nprint('hidden')\ndisplay(1)\n3",
    "captured, shown": "out.show(); out.stdout",
    "shell command": "!echo shell",
    "past Python": "import subprocess; subprocess.run(['echo', 'past Python'])",
    "past Python, errors": "os.system('echo err >&2')",
    "matplotlib": "import matplotlib.pyplot as plt\nplt.plot([1, 2]);",
    "figure as a result": "figure, _ = plt.subplots()\nfigure",
    "figures inline": "%matplotlib inline\nplt.get_backend()",
    "frame": "import pandas as pd\npd.DataFrame({'a': [1, 2]})",
    "long output": "print('long ' * 400_000)",
    "cleared": "print('gone'); clear_output(); print('kept')",
    "cleared by the next": "print('gone'); clear_output(wait=True); print('kept')",
    "own bundle": "class Own:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
    "        data = {'image/png': b'\\x89PNG\\r\\n', 'application/x+json': {'t': (1, 2)}, 'text/plain': 'Own'}\n"
    "        return data, {'image/png': {'alt': 'x'}}\nOwn()",
    "nested display": "def nested():\n    display(Own()); print('after')\n    return 5\nnested()",
    "awaited": "import asyncio\nawait asyncio.sleep(0, 7)",
    "no output": "_ + 1;",
    "history": "In[1][:6], Out[18], _17",
    "help": "len?",
    "carriage returns": "for i in range(3): print(i, end='\\r')",
    "warning": "warnings.warn('careful')",
    "logged": "import logging; logging.warning('logged')",
    "magics": "x = 1\n%who_ls int",
    "where": "__name__, os.getcwd(), sys.argv[1:], os.environ['TERM']",
    "bad repr": "class Bad:\n    def __repr__(self): raise ValueError('bad repr')\nBad()",
    "input": "input('name? ')",
    "syntax error": "1 +",
    "exit": "sys.exit(3)",
    "raised": "def deep(): return 1 / 0\nprint('before'); deep()",
}
RAISING = {"bad repr", "input", "syntax error", "exit", "raised"}
EXECUTE = """
import sys
from contextlib import suppress
from pathlib import Path
from ipplan_analysis.run import settle_process
settle_process()
from ipplan_analysis.run.execute import can_fork, execute, forked_shells
from ipplan_analysis.schema import RunError
notebook, forked, cold = map(Path, sys.argv[1:])
assert can_fork()
with forked_shells(1) as (shell,), suppress(RunError):  # papermill refuses errors at the end, tagged or not
    execute(notebook, forked, {}, shell=shell)
with suppress(RunError):
    execute(notebook, cold, {})
"""
SHARED_NOTHING = """
import os, random, sys, time
from ipplan_analysis.run import settle_process
settle_process()
import numpy
from ipplan_analysis.run.execute import forked_shells
def value(shell, code):
    reply = shell.run(code, 60)
    assert not reply["ename"], reply
    return reply["messages"][-1]["content"]["data"]["text/plain"] if reply["messages"] else None
with forked_shells(2) as (one, two):
    drawn = "import random, numpy, os; (random.random(), numpy.random.random())"
    assert value(one, drawn) != value(two, drawn)
    value(one, "x = 1; os.environ['MINE'] = '1'; numpy.set_printoptions(precision=2); os.chdir('/')")
    assert value(two, "'x' in globals(), 'MINE' in os.environ, os.getcwd()") == str((False, False, os.getcwd()))
    assert value(one, "os.getpid() == os.getsid(0) == os.getpgid(0)") == "True"
    started = "import subprocess; subprocess.Popen(['sleep', '600']).pid"
    left = [int(value(shell, started)) for shell in (one, two)]
    value(two, f"import atexit; atexit.register(lambda: open({sys.argv[1]!r}, 'w').close()); None")
    two.close()
    one.kill()
assert os.path.exists(sys.argv[1]), "what a notebook leaves for its end was not done"
for pid in left:
    end = time.monotonic() + 60
    while os.path.exists(f"/proc/{pid}") and open(f"/proc/{pid}/stat").read().split()[2] != "Z":
        assert time.monotonic() < end, "what a notebook started still runs"
        time.sleep(0.05)
"""


def run(code: str, *words: object) -> None:
    """A process of its own: those of the tests have threads and cannot be forked."""
    env = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}  # ipykernel looks for it
    command = [sys.executable, "-c", code, *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def executed(tmp_path_factory: pytest.TempPathFactory) -> list[nbformat.NotebookNode]:
    """The notebook executed in a forked shell and in an ordinary kernel."""
    folder = tmp_path_factory.mktemp("executed")
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS.values()])
    for name, cell in zip(CELLS, book.cells, strict=True):
        cell.metadata["tags"] = ["raises-exception"] if name in RAISING else []
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(book, folder / "cells.ipynb")
    run(EXECUTE, folder / "cells.ipynb", folder / "forked.ipynb", folder / "cold.ipynb")
    both = [nbformat.read(folder / name, as_version=4) for name in ("forked.ipynb", "cold.ipynb")]
    for book in both:
        book.cells = [cell for cell in book.cells if cell.cell_type == "code"]
    return both


@pytest.mark.parametrize("name", CELLS)
def test_outputs_are_an_ordinary_kernels(name: str, executed: list[nbformat.NotebookNode]) -> None:
    forked, cold = (book.cells[list(CELLS).index(name)] for book in executed)
    found, expected = _plain(forked.outputs), _plain(cold.outputs)
    if name.startswith("past"):  # a thread of the kernel reads what went past Python, sooner or later
        found, expected = sorted(found), sorted(expected)
    assert found == expected
    assert forked.execution_count == cold.execution_count
    assert forked.metadata["papermill"]["status"] == cold.metadata["papermill"]["status"]


def _plain(outputs: list[object]) -> list[str]:
    """Outputs without the number of the process in the names of its cells."""
    return [re.sub(r"ipykernel_\d+", "ipykernel", str(output)) for output in outputs]


def test_the_notebook_says_the_same_of_its_language(executed: list[nbformat.NotebookNode]) -> None:
    forked, cold = executed
    assert forked.metadata["language_info"] == cold.metadata["language_info"]


def test_shells_share_nothing_and_leave_nothing(tmp_path: Path) -> None:
    run(SHARED_NOTHING, tmp_path / "left")
