"""The pages of docs do what they say: their commands, run as they stand."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

DOCS = Path(__file__).resolve().parents[1] / "docs"
BLOCKS = re.compile(r"^```sh\n(.*?)^```", re.MULTILINE | re.DOTALL)


@pytest.mark.skipif(os.name != "posix", reason="the commands are for a shell")
@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("add_a_plan.md", "ningxia-water-14     2021-2025   1 of  1 assessed"),
        ("add_a_year.md", "6 rows and 1 source would be added"),
    ],
)
def test_the_commands_of_a_page_run_as_they_stand(page: str, words: str, tmp_path: Path) -> None:
    script = "\n".join(BLOCKS.findall((DOCS / page).read_text(encoding="utf-8")))
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert words in done.stdout
