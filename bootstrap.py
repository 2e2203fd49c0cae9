"""Build a virtual environment from a lock file exactly as it stands: ``python3 bootstrap.py .venv``.

Nothing is resolved, so no later release can change or break the result. uv installs (one pinned release, or a fitting one
that is there); where it cannot be had or fails, pip does. Both get what the user's pip is configured with. Standard
library only. ``python3 bootstrap.py .venv uv ARGUMENTS`` runs the environment's uv with the same configuration.
"""

from __future__ import annotations

import sys

if sys.version_info < (3, 11):  # noqa: UP036  # whoever starts this may have an older one
    sys.exit("Python 3.11 or newer is needed; name it with make PYTHON=python3.12 ...")

import ast
import contextlib
import fcntl
import hashlib
import os
import platform
import re
import shutil
import subprocess
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent
LOCK = ROOT / "requirements.lock"
BASE_PYTHON = os.path.realpath(getattr(sys, "_base_executable", sys.executable))  # not that of an active environment
OLDEST_UV = (0, 5)  # has every setting used here
EXACTLY = ("--no-deps", "--require-hashes", "--only-binary", ":all:")
GAVE_UP = re.compile(
    r"Retry\(total=0.* after connection broken by '(?:.*: )?([^:]+)': /"
)  # pip's words at its last try
# The settings of pip that say where packages come from; constraints, targets and the like would change what the lock says.
PIP_SETTINGS = (
    "index-url extra-index-url find-links no-index cert client-cert proxy trusted-host timeout retries".split()
)


class SetupError(Exception):
    """Why the environment could not be built, in a sentence."""


def main(arguments: list[str]) -> None:
    """Build the environment unless it stands; see the module's docstring for the arguments."""
    folder = Path(arguments[0] if arguments else ".venv").absolute()
    if arguments[1:2] == ["uv"]:
        environment = installer_environment([folder / "bin" / "python", "-m", "pip"])
        sys.exit(subprocess.run([find_uv(folder) or "uv", *arguments[2:]], env=environment, check=False).returncode)
    lock = Path(arguments[1]) if len(arguments) > 1 else LOCK
    with only_one(lock):
        if is_ready(folder, lock):
            return
        began = time.monotonic()
        print(f"Setting up {folder.name} (once, under a minute) ...", flush=True)
        try:
            build(folder, lock)
        except (SetupError, KeyboardInterrupt, OSError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            reason = "it was interrupted" if isinstance(error, KeyboardInterrupt) else str(error)
            sys.exit(f"Set-up ended without an environment: {reason}. The next try starts afresh.")
        print(f"Set up in {time.monotonic() - began:.0f} s, Python {platform.python_version()}.", flush=True)


@contextlib.contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Two commands at once: the second waits, then finds the environment ready.

    Installers inherit the lock: one that outlives a killed set-up is waited for too.
    """
    with lock.open() as stream:
        os.set_inheritable(stream.fileno(), True)
        with contextlib.suppress(OSError):  # a file system without locks
            fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def stamp(folder: Path, lock: Path) -> str:
    """What an environment depends on: lock, project, Python, and where it lies (its scripts hold their own path)."""
    parts = [lock.read_text(), (ROOT / "pyproject.toml").read_text(), BASE_PYTHON, sys.version, str(folder), str(ROOT)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def is_ready(folder: Path, lock: Path) -> bool:
    """Whether the environment was built to its end from the same things."""
    ready = folder / ".ready"
    return ready.is_file() and ready.read_text() == stamp(folder, lock) and (folder / "bin" / "python").exists()


def build(folder: Path, lock: Path, project: Path | None = ROOT) -> None:
    """Build the environment anew, the project itself editable in it; the file `.ready` is written last.

    Raises
    ------
    SetupError : the packages could not be had.
    """
    shutil.rmtree(folder, ignore_errors=True)
    python = folder / "bin" / "python"
    run([BASE_PYTHON, "-m", "venv", "--without-pip", folder]).check_returncode()
    pip = find_pip(python)
    environment = installer_environment(pip)
    uv = find_uv(folder) or bring_uv(folder, lock, pip, environment)
    tools = [[uv, "pip", "install", "--python", python]] if uv else []
    for tool in (*tools, [*pip, "install"]):
        if install(tool, lock, project, environment):
            (folder / ".ready").write_text(stamp(folder, lock))
            return
    raise SetupError("no installer could finish")


def install(tool: list[str | Path], lock: Path, project: Path | None, environment: dict[str, str]) -> bool:
    """Whether an installer has put everything in place; what it said is shown where it has not.

    Raises
    ------
    SetupError : no index could be reached.
    """
    no_index = ["--no-index"] if environment.get("PIP_NO_INDEX") else []
    steps: list[list[str | Path]] = [[*EXACTLY, *no_index, "--requirement", lock]]
    if project:
        steps.append(["--no-deps", "--no-build-isolation", "--no-index", "--editable", project])
    for step in steps:
        result = run([*tool, *step], environment)
        if result.returncode:
            refuse_unreachable(result.stdout, environment)
            print(f"{Path(tool[0]).name} failed:\n  {ending(result.stdout)}", flush=True)
            return False
    return True


def find_pip(python: Path) -> list[str | Path]:
    """The machine's own pip, pointed at the new environment; else the one that Python carries with it."""
    if run([BASE_PYTHON, "-m", "pip", "--version"]).returncode == 0:
        return [BASE_PYTHON, "-m", "pip", "--python", python]
    if run([python, "-m", "ensurepip"]).returncode != 0:
        raise SetupError("this Python has neither pip nor ensurepip (on Debian: apt install python3-venv)")
    return [python, "-m", "pip"]


def find_uv(folder: Path) -> str | None:
    """A uv that is there already and fits, the environment's own first."""
    for name in (shutil.which("uv", path=folder / "bin"), shutil.which("uv")):
        version = re.match(r"uv (\d+)\.(\d+)", run([name, "--version"]).stdout) if name else None
        if version and tuple(map(int, version.groups())) >= OLDEST_UV:
            return name
    return None


def bring_uv(folder: Path, lock: Path, pip: list[str | Path], environment: dict[str, str]) -> str | None:
    """Install the locked uv by pip; None where the index does not have it.

    Raises
    ------
    SetupError : no index could be reached, so pip could not get the other packages either.
    """
    locked = re.search(r"^uv==(?:.*\\\n)*.*\n", lock.read_text(), re.MULTILINE)
    if locked is None:
        return None
    alone = folder / "uv.lock"
    alone.write_text(locked.group())
    result = run([*pip, "install", *EXACTLY, "--requirement", alone], environment)
    if result.returncode:
        refuse_unreachable(result.stdout, environment)
        return None
    return find_uv(folder)


def installer_environment(pip: list[str | Path]) -> dict[str, str]:
    """The process environment for pip and uv: the user's own, with pip's configuration spelt out for both.

    Source: precedence of pip's configuration (https://pip.pypa.io/en/stable/topics/configuration), the variables of uv
    (https://docs.astral.sh/uv/reference/environment).
    """
    settings = pip_settings(pip)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment |= {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
    }
    environment |= {f"PIP_{name.upper().replace('-', '_')}": value for name, value in settings.items()}
    for_uv = {
        "UV_DEFAULT_INDEX": settings.get("index-url"),
        "UV_INDEX": settings.get("extra-index-url"),
        "UV_FIND_LINKS": settings.get("find-links", "").replace(" ", ","),
        "UV_INSECURE_HOST": settings.get("trusted-host"),
        "UV_HTTP_TIMEOUT": settings.get("timeout"),
        "SSL_CERT_FILE": settings.get("cert"),
        "SSL_CLIENT_CERT": settings.get("client-cert"),
        "ALL_PROXY": settings.get("proxy"),
        "UV_INDEX_STRATEGY": "unsafe-best-match",  # as pip: an index that lacks a locked file does not hide the others
        "UV_NO_PROGRESS": "1",
    }
    return environment | {name: value for name, value in for_uv.items() if value}


def pip_settings(pip: list[str | Path]) -> dict[str, str]:
    """What the user's pip says of where packages come from; lists are separated by spaces.

    A variable of the environment wins over the section of the command, that over the global one.
    """
    # `user = true`, meant for installing, would make `pip config list` show the user's own file alone
    lines = run([*pip, "config", "list"], {**os.environ, "PIP_USER": "0"}).stdout
    pairs = re.findall(r"^(:env:|global|install)\.([\w-]+)=(.+)$", lines, re.MULTILINE)
    found = {(section, name.removeprefix("default-")): str(ast.literal_eval(value)) for section, name, value in pairs}
    by_name = {}
    for section in ("global", "install", ":env:"):
        by_name |= {
            name: " ".join(value.split()) for (where, name), value in found.items() if where == section and value
        }
    return {name: by_name[name] for name in PIP_SETTINGS if name in by_name}


def run(
    command: Iterable[str | Path | None], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end; its whole output is kept in `stdout`."""
    return subprocess.run(
        [str(part) for part in command],
        env=environment,
        cwd=ROOT,
        close_fds=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )


def refuse_unreachable(output: str, environment: dict[str, str]) -> None:
    """Raise a `SetupError` that names the index, where pip's output says that it could not be reached."""
    lost = GAVE_UP.search(output)
    if lost:
        index = environment.get("PIP_INDEX_URL", "https://pypi.org/simple")
        raise SetupError(f"{index} could not be reached ({lost.group(1).strip(chr(39) + ')')})")


def ending(output: str) -> str:
    """The last lines that an installer printed."""
    lines = [line.strip(" ×╰─▶│\t") for line in output.splitlines() if line.strip(" ×╰─▶│\t")]
    return "\n  ".join(lines[-6:]) or "no output"


if __name__ == "__main__":
    main(sys.argv[1:])
