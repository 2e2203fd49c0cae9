"""docs/data_dictionary.md, written from data/datapackage.json: make dictionary."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "data_dictionary.md"
HEAD = """# Data dictionary

Every table and column of a data package. Written from `data/datapackage.json` by `make dictionary`: change that file, not
this page. How to read the figures, and how conflicts between them were resolved: [data/README.md](../data/README.md).
An addition (`data/additions/*.csv`) has the columns of `observations.csv` that it needs and its sources in full.
"""


def page() -> str:
    """The page as the description of the tables has it now."""
    tables = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    return HEAD + "".join(line for table in tables for line in _table(table))


def _table(table: dict[str, Any]) -> Iterator[str]:
    schema = table["schema"]
    key = [schema["primaryKey"]] if isinstance(schema["primaryKey"], str) else schema["primaryKey"]
    refers = {link["fields"]: link["reference"]["resource"] or table["name"] for link in schema.get("foreignKeys", [])}
    yield f"\n## {table['path']}\n\n{table['description']} Key: {', '.join(f'`{name}`' for name in key)}.\n\n"
    yield "| column | type | unit | allowed values | meaning |\n|---|---|---|---|---|\n"
    for field in schema["fields"]:
        unit = field.get("unit") or "".join(re.findall(r"in ((?:the indicator’s )?unit)\b", field["description"]))
        cells = (f"`{field['name']}`", field["type"], unit, _allowed(field, refers), field["description"])
        yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


def _allowed(field: dict[str, Any], refers: dict[str, str]) -> str:
    rules = field.get("constraints", {})
    values = rules.get("enum", []) + field.get("trueValues", []) + field.get("falseValues", [])
    said = ["required" if rules.get("required") else "may be blank", *(["unique"] if rules.get("unique") else [])]
    said += [f"a row of `{refers[field['name']]}.csv`"] if field["name"] in refers else []
    said += [", ".join(f"`{value}`" for value in values)] if values else []
    said += [f"form `{rules['pattern']}`"] if "pattern" in rules else []
    return "; ".join(said + ([f"{rules['minimum']} to {rules['maximum']}"] if "minimum" in rules else []))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
