"""What the pages say holds: their commands run or at least exist, their links lead somewhere, both READMEs agree."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import pytest

from ipplan_analysis.cli import ipplan
from tests import data_dictionary

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "ipplan_analysis"
PAGES = sorted(str(path.relative_to(ROOT)) for folder in (".", "docs", "data") for path in (ROOT / folder).glob("*.md"))
BLOCKS = re.compile(r"^```(?P<language>\w+)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL)
INDENTED, INLINE = re.compile(r"^ {4}(.+)", re.MULTILINE), re.compile(r"`([^`\n]+)`")
HERE_DOCUMENT = re.compile(r"^cat >.*?<<'(\w+)'\n.*?^\1\n", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"`([\w.]+(?:/[\w.]+)+\.\w+)`")
LINKS = re.compile(r"\]\((?!https?://)([^)#]+)")
COMMENT = re.compile(r"\s+# .*$", re.MULTILINE)
# Commands that execute notebooks, and what reads their runs: test_run.py and test_run_folders.py run these.
NEEDS_A_RUN = re.compile(r"^(\S*/)?ipplan (rerun|report|compare|publish) .*\n", re.MULTILINE)


def text(page: str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def code(page: str, language: str) -> str:
    return "\n".join(block["code"] for block in BLOCKS.finditer(text(page)) if block["language"] == language)


def commands(page: str) -> Iterator[list[str]]:
    """Words of every command of this project that a page names, wherever it does."""
    shell = HERE_DOCUMENT.sub("", code(page, "sh"))
    prose = BLOCKS.sub("", text(page))
    for line in [*shell.splitlines(), *INDENTED.findall(prose), *INLINE.findall(prose)]:
        if re.match(r"(\.venv/bin/)?(ipplan|python|make) ", line):
            yield shlex.split(line, comments=True)


@pytest.mark.skipif(os.name != "posix", reason="the commands are for a shell")
@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("README.md", "Taken back: "),
        ("docs/add_a_plan.md", "ningxia-water-14     2021-2025   1 of  1 assessed"),
        ("docs/add_a_year.md", "6 rows and 1 source would be added"),
    ],
)
def test_the_commands_of_a_page_run_as_they_stand(page: str, words: str, tmp_path: Path) -> None:
    (tmp_path / ".venv").symlink_to(sys.prefix)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", NEEDS_A_RUN.sub("", code(page, "sh"))],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert words in done.stdout


@pytest.mark.parametrize("page", PAGES)
def test_every_command_that_a_page_names_exists_with_its_options(page: str) -> None:
    for words in commands(page):
        CHECKS[Path(words[0]).name](words[1:])


def exists_in_ipplan(words: list[str]) -> None:
    if words[0].isupper() or words[0].startswith("-"):
        return  # COMMAND stands for any
    command = ipplan.commands[words[0]]
    if len(words) == 1 or "--help" in words:
        return  # named in a sentence
    given = command.make_parser(click.Context(command)).parse_args(words[1:])[0]
    assert given, f"ipplan {' '.join(words)}: neither argument nor option"


def exists_in_the_makefile(words: list[str]) -> None:
    targets = re.findall(r"^([\w-]+):", text("Makefile"), re.MULTILINE)
    assert [word for word in words if "=" not in word and word not in targets] == []


def exists_as_a_script(words: list[str]) -> None:
    script = words[1].replace(".", "/") + ".py" if words[0] == "-m" else words[0]
    assert [word for word in words[1:] if word.startswith("--") and word not in text(script)] == []


CHECKS: dict[str, Callable[[list[str]], None]] = {
    "ipplan": exists_in_ipplan,
    "make": exists_in_the_makefile,
    "python": exists_as_a_script,
}


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_to_files(page: str) -> None:
    assert [link for link in LINKS.findall(text(page)) if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_files_that_the_pages_name_exist() -> None:
    named = {
        name for page in PAGES for name in FILE.findall(text(page)) if not name.startswith(("mydata/", "reports/"))
    }
    assert {name for name in named if not any((folder / name).exists() for folder in (ROOT, PACKAGE))} == set()


def test_the_python_example_runs(capsys: pytest.CaptureFixture[str]) -> None:
    exec(code("README.md", "python"), {})
    shown = capsys.readouterr().out
    assert "T20" in shown and "2029" in shown


def test_both_readmes_say_the_same() -> None:
    english, chinese = (
        text(page).replace("README.zh-CN.md", "README.md").replace(".zh.png", ".en.png")
        for page in ("README.md", "README.zh-CN.md")
    )

    def shape(page: str) -> dict[str, object]:
        blocks, prose = [COMMENT.sub("", block[0]) for block in BLOCKS.finditer(page)], BLOCKS.sub("", page)
        return {
            "headings": re.findall(r"^#+", prose, re.MULTILINE),
            "blocks": [*blocks, *(COMMENT.sub("", line) for line in INDENTED.findall(prose))],
            "links": LINKS.findall(prose),
            "inline": Counter(INLINE.findall(prose)),
            "rows": len(re.findall(r"^\|", prose, re.MULTILINE)),
            "items": len(re.findall(r"^- ", prose, re.MULTILINE)),
        }

    assert shape(chinese) == shape(english)


def test_the_data_dictionary_is_of_the_tables_as_described_now() -> None:
    assert data_dictionary.PAGE.read_text(encoding="utf-8") == data_dictionary.page(), "run: make dictionary"
