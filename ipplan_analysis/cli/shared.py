"""What several commands share: the data package that is named, and who is at work."""

from __future__ import annotations

import argparse
import getpass
import os
import shlex
from pathlib import Path
from typing import Any

Commands = Any  # argparse gives the sub-commands' object no public type


def add_data(parser: argparse.ArgumentParser) -> None:
    """Add the option that names a data package."""
    parser.add_argument("--data", dest="data_dir", metavar="DIR", help="folder of a data package (default: data/)")


def data_folder(arguments: argparse.Namespace) -> Path:
    """The data package that the command names, or the checkout's own."""
    from ipplan_analysis.data.package import default_data_dir

    return default_data_dir() if arguments.data_dir is None else Path(arguments.data_dir)


def with_data(command: str, arguments: argparse.Namespace) -> str:
    """A command to suggest, for the data package that was named."""
    return command if arguments.data_dir is None else f"{command} --data {shlex.quote(str(arguments.data_dir))}"


def user_name() -> str:
    """Who is at work; a number where the system knows no name, as in containers."""
    try:
        return getpass.getuser()
    except (ImportError, KeyError, OSError):  # Python 3.13 has OSError for all of them
        return str(os.getuid()) if hasattr(os, "getuid") else "somebody"
