"""Setting up: what is locked is installed, by either installer, from wherever the user's pip gets packages."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tomllib
import zipfile
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[1]
LOCKED = {"zz_outer": "1.0", "zz_inner": "1.0"}  # names that no public index has
CONDA_NAMES = {"matplotlib-base": "matplotlib", "brotli-python": "brotli"}
ONLY_ON_PYPI = {"zhplot"}


@pytest.fixture
def bootstrap() -> ModuleType:
    spec = spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def wheel(index: Path, name: str, version: str, requires: str = "", files: dict[str, bytes] | None = None) -> str:
    """Put a wheel into a folder index (PEP 503) and return its hash."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\nProvides-Extra: fast\n"
    metadata += f"Requires-Dist: {requires}\n" if requires else ""
    content = {
        f"{name}.py": f"version = {version!r}\n".encode(),
        **(files or {}),
        f"{info}/METADATA": metadata.encode(),
    }
    content[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    digests = {
        path: base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        for path, data in content.items()
    }
    record = "".join(f"{path},sha256={digest},{len(content[path])}\n" for path, digest in digests.items())
    folder = index / name.replace("_", "-")
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        for path, data in {**content, f"{info}/RECORD": f"{record}{info}/RECORD,,\n".encode()}.items():
            entry = zipfile.ZipInfo(path)
            entry.external_attr = 0o100755 << 16
            archive.writestr(entry, data)
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    with (folder / "index.html").open("a") as page:
        page.write(f'<a href="{file.name}#sha256={digest}">{file.name}</a>\n')
    return digest


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock of two packages, one asking for the other with an extra, and an index that has moved on since.

    Only pip's own configuration names the index.
    """
    index = tmp_path / "simple"
    lines = []
    for version in ("1.0", "2.0"):
        for name, requires in (("zz_outer", "zz_inner[fast]>=1.0"), ("zz_inner", "")):
            digest = wheel(index, name, version, requires)
            lines += [f"{name}=={version} --hash=sha256:{digest}\n"] if version == LOCKED[name] else []
    for name in os.environ:
        if name.startswith(("PIP_", "UV_")):
            monkeypatch.delenv(name)
    config = tmp_path / "pip.conf"
    constraint = tmp_path / "constraints.txt"
    constraint.write_text("zz_inner>=2.0\n")
    config.write_text(f"[global]\nindex-url = {index.as_uri()}\nconstraint = {constraint}\nuser = true\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    file = tmp_path / "small.lock"
    file.write_text("".join(lines))
    return file


def installed(folder: Path, field: str = "d.version") -> dict[str, str]:
    code = f"import json, importlib.metadata as m; print(json.dumps({{d.name: {field} for d in m.distributions()}}))"
    names: dict[str, str] = json.loads(subprocess.check_output([folder / "bin" / "python", "-c", code]))
    return {name: names[name] for name in LOCKED}


def path_with_uv(wanted: bool) -> str:
    parts = [part for part in os.environ["PATH"].split(os.pathsep) if not (Path(part) / "uv").exists()]
    return os.pathsep.join([str(Path(sys.executable).parent)] * wanted + parts)


@pytest.mark.parametrize("installer", ["uv", "pip"])
def test_the_lock_holds_when_the_index_has_moved_on(
    bootstrap: ModuleType, lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installer: str
) -> None:
    monkeypatch.setenv("PATH", path_with_uv(installer == "uv"))
    bootstrap.build(tmp_path / "venv", lock, project=None)
    assert installed(tmp_path / "venv") == LOCKED
    assert installed(tmp_path / "venv", "d.read_text('INSTALLER').strip()") == dict.fromkeys(LOCKED, installer)


def test_the_locked_uv_is_brought_by_the_machines_pip(
    bootstrap: ModuleType, lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = (Path(sys.executable).parent / "uv").read_bytes()
    digest = wheel(tmp_path / "simple", "uv", "0.13.9", files={"uv-0.13.9.data/scripts/uv": program})
    with lock.open("a") as stream:
        stream.write(f"uv==0.13.9 \\\n    --hash=sha256:{digest}\n")
    monkeypatch.setenv("PATH", path_with_uv(False))
    bootstrap.build(tmp_path / "venv", lock, project=None)
    assert installed(tmp_path / "venv", "d.read_text('INSTALLER').strip()") == dict.fromkeys(LOCKED, "uv")


def test_a_hash_that_does_not_fit_is_refused_by_both(bootstrap: ModuleType, lock: Path, tmp_path: Path) -> None:
    lock.write_text(re.sub("sha256:....", "sha256:0000", lock.read_text()))
    with pytest.raises(bootstrap.SetupError):
        bootstrap.build(tmp_path / "venv", lock, project=None)
    assert not bootstrap.is_ready(tmp_path / "venv", lock)


def test_an_environment_stands_for_its_lock_its_place_and_its_whole_build(
    bootstrap: ModuleType, lock: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "venv"
    script = (
        f"import bootstrap, pathlib; bootstrap.build(pathlib.Path({str(folder)!r}), pathlib.Path({str(lock)!r}), None)"
    )
    for wait in (0.1, 0.4, 1.0):
        process = subprocess.Popen([sys.executable, "-c", script], cwd=ROOT)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(wait)
        process.kill()
        process.wait()
    bootstrap.build(folder, lock, project=None)
    assert bootstrap.is_ready(folder, lock)
    shutil.copytree(folder, tmp_path / "moved", symlinks=True)
    assert not bootstrap.is_ready(tmp_path / "moved", lock)
    lock.write_text(lock.read_text() + "# changed\n")
    assert not bootstrap.is_ready(folder, lock)


def test_what_could_not_be_reached_is_named(
    bootstrap: ModuleType,
    lock: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(SystemExit) as ended:
        bootstrap.main([str(tmp_path / "venv"), str(lock)])
    assert "http://127.0.0.1:9/simple could not be reached (" in str(ended.value.code)
    assert not (tmp_path / "venv").exists()


def test_the_lock_is_for_every_platform() -> None:
    """One hash alone fits one Python on one kind of machine."""
    entries = re.findall(
        r"^([\w.-]+)(?:\[[\w,-]+\])?==.*\n((?: +--hash=.*\n?)+)", (ROOT / "requirements.lock").read_text(), re.M
    )
    hashes = {name: block.count("--hash=sha256:") for name, block in entries}
    assert len(hashes) > 150
    assert min(hashes[name] for name in ("numpy", "pandas", "scipy", "matplotlib", "lxml", "cffi", "pyzmq", "uv")) >= 15


def bounds(requirements: list[str]) -> dict[str, str]:
    """Bound of each package by its name."""
    pairs = [re.fullmatch(r"([\w-]+)(?:\[\w+\])?\s*(.*)", line) for line in requirements]
    return {match.group(1): match.group(2) for match in pairs if match}


def test_conda_and_binder_say_what_the_project_says() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    own = bounds(project["project"]["dependencies"] + project["dependency-groups"]["test"][:-1])
    own["python"] = project["project"]["requires-python"]
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert conda[-1] == {"pip": ["-e ."]}
    listed = {CONDA_NAMES.get(name, name): bound for name, bound in bounds(conda[:-1]).items() if name != "pip"}
    assert listed.items() <= own.items()
    assert set(bounds(project["project"]["dependencies"])) - set(listed) == ONLY_ON_PYPI
    assert (ROOT / ".binder" / "runtime.txt").read_text().strip().removeprefix("python-") in ("3.11", "3.12", "3.13")
    assert "bootstrap" not in (ROOT / ".binder" / "postBuild").read_text()
    assert "--require-hashes" in (ROOT / ".binder" / "postBuild").read_text()
    debian = (ROOT / ".ci" / "run").read_text()
    assert set((ROOT / ".binder" / "apt.txt").read_text().split()) <= set(debian.split())


def test_the_wheel_is_the_library_alone(tmp_path: Path) -> None:
    """In an environment of its own, which sees the packages of this one but not this checkout."""
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path], cwd=ROOT, check=True)
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    uv = [Path(sys.executable).parent / "uv", "pip", "install", "-q", "--python", folder, "--no-deps", "--no-index"]
    subprocess.run([*uv, *tmp_path.glob("*.whl")], check=True)
    packages = next(folder.glob("lib/*/site-packages"))
    (packages / "others.pth").write_text(sysconfig.get_path("purelib"))
    outside = {"cwd": tmp_path, "text": True, "capture_output": True, "check": False}
    code = (
        "import pandas as pd, ipplan_analysis as a; print(a.__file__);"
        "p = pd.DataFrame({'series': 'a', 'year': range(2010, 2020), 'value': range(100, 110)});"
        "print(len(a.forecast_panel(p, 3)))"
    )
    done = subprocess.run([folder / "bin" / "python", "-c", code], **outside)
    assert done.stdout.split() == [str(packages / "ipplan_analysis" / "__init__.py"), "21"], done.stderr
    for command in ("report", "check"):
        refused = subprocess.run([folder / "bin" / "ipplan", command], **outside)
        assert refused.returncode != 0
        assert "--data" in refused.stderr or "Run from a checkout" in refused.stderr
        assert "Traceback" not in refused.stderr
