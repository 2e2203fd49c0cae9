"""`ipplan ...`: the command line. Thin: it reads words, calls a room, prints."""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from ipplan_analysis.schema import PlanError, cause, nearest
from ipplan_analysis.startup import skip_unused_grammar


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one line with the nearest known option."""

    def error(self, message: str) -> NoReturn:
        """Print the message and end with exit code 2."""
        words = message.removeprefix("unrecognized arguments: ").split() if "unrecognized" in message else []
        known = [option for action in self._actions for option in action.option_strings]
        hints = [nearest(word.split("=")[0], known) for word in words if word.startswith("-")]
        hint = " ".join(filter(None, hints)) or f"See {self.prog} --help."
        self.exit(2, f"{self.prog}: {message}. {hint}\n")

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """Refuse unknown words here, where the command's own options are known and can be suggested."""
        found, rest = super().parse_known_args(args, namespace)
        if rest:
            self.error(f"unrecognized arguments: {' '.join(rest)}")
        return found, rest


def main(words: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code (0 done, 1 refused or failed, 2 wrong usage)."""
    try:
        skip_unused_grammar()
        arguments = _parser().parse_args(words)
        if isinstance(sys.stdout, io.TextIOWrapper):  # names of files may hold bytes that are no text
            sys.stdout.reconfigure(errors="backslashreplace")
        code: int = arguments.command(arguments)
        sys.stdout.flush()  # here, where its failure can still be told
        return code
    except PlanError as error:
        print(f"ipplan: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("ipplan: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        _give_up_output()
        return 141
    except OSError as error:
        if error.filename is not None:
            raise
        _give_up_output()
        print(f"ipplan: the output could not be written ({cause(error)})", file=sys.stderr)
        return 1


def _give_up_output() -> None:
    """Let what is still to be printed go nowhere, or Python would try again at its end and fail aloud."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())


def _parser() -> argparse.ArgumentParser:
    from ipplan_analysis.cli import figures, runs

    parser = Parser(prog="ipplan", description="Will a five-year plan's targets be reached, and how sure are we?")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=Parser)
    runs.register(commands)
    figures.register(commands)
    return parser
