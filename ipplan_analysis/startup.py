"""What a process of the command line does before it imports anything large."""

from __future__ import annotations

import sys


def skip_unused_grammar() -> None:
    """Keep jsonschema from building a grammar that nothing here uses, which takes 1 s of every start.

    nbformat loads jsonschema, which loads rfc3987_syntax where it is installed and does without where it is not
    (python-jsonschema/jsonschema#1428). No notebook schema has the format that it checks.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]  # None: not to be imported
