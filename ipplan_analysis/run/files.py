"""Run files: a run's parameters in TOML, typed, under version control."""

from __future__ import annotations

import tomllib
from pathlib import Path

from ipplan_analysis.run.parameters import Value
from ipplan_analysis.schema import Fault, ParameterError, cause


def read_run_file(path: Path) -> dict[str, Value]:
    """Parameters of a run file, with the types that TOML gives them; nothing is guessed.

    Raises
    ------
    ParameterError : the file is missing, is not TOML, or holds more than plain values.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise ParameterError([Fault(str(path), None, "", "no such file", "a run file", "Check the name.")]) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ParameterError(
            [
                Fault(
                    str(path),
                    None,
                    "",
                    f"unreadable TOML ({cause(error)})",
                    'lines like region = "640000"',
                    "Put text in double quotes; region codes are text.",
                )
            ]
        ) from None
    faults = [
        Fault(str(path), None, name, repr(value), "a plain value", "Write text, a number, true or false.")
        for name, value in content.items()
        if not isinstance(value, str | int | float | bool)
    ]
    if faults:
        raise ParameterError(faults)
    return content
