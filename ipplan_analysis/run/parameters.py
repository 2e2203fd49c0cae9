"""Parameters of a run, checked against the notebooks' own parameters cells.

papermill passes unknown names with a warning and does not check types, so both are refused here.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat

from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.schema import LANGUAGES, Fault, ParameterError, nearest

Value = str | int | float | bool | None
TAG = "parameters"
WHERE = "parameters"
RANGES = {"draws": (200, 200_000), "seed": (0, 2**32 - 1)}  # below 200 draws a percentage point is noise
# what nbformat raises for text that is no JSON, and for JSON that is no notebook
NOT_A_NOTEBOOK = (OSError, ValueError, AttributeError, TypeError, KeyError, nbformat.ValidationError)
TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,)}


@dataclass(frozen=True)
class Declared:
    """One parameter of a notebook: its type's name, whether it may be None, and its default."""

    name: str
    type_name: str
    optional: bool
    default: Value

    @property
    def expected(self) -> str:
        """The type in words."""
        words = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}
        return words[self.type_name] + (" or nothing" if self.optional else "")


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook in format 4.

    Raises
    ------
    ParameterError : there is no file, or none that is a notebook.
    """
    try:
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except NOT_A_NOTEBOOK as error:
        found = f"no notebook that can be read ({' '.join(str(error).split())[:80]})"
        raise ParameterError(
            [
                Fault(
                    str(path),
                    None,
                    "",
                    found,
                    "a notebook in format 4",
                    "Restore the file; a merge conflict in it must be resolved first.",
                )
            ]
        ) from None
    return notebook


def declared_parameters(notebook: Path) -> dict[str, Declared]:
    """Parameters that a notebook declares in the cell tagged `parameters`, as ``name: type = default`` lines.

    Raises
    ------
    ParameterError : there is no such cell, or a line in it is not of this form.
    """
    cells = read_notebook(notebook).cells
    tagged = [cell for cell in cells if TAG in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        raise ParameterError(
            [
                Fault(
                    str(notebook),
                    None,
                    "",
                    f"{len(tagged)} cells tagged {TAG}",
                    "one",
                    "Tag the cell that holds the parameters.",
                )
            ]
        )
    try:
        return {entry.name: entry for entry in map(_declared, ast.parse(tagged[0].source).body)}
    except (SyntaxError, ValueError, AttributeError, KeyError) as error:
        raise ParameterError(
            [
                Fault(
                    str(notebook),
                    None,
                    "",
                    f"a parameters cell that cannot be read ({error})",
                    "lines like name: int = 1",
                    "Correct the cell.",
                )
            ]
        ) from error


def _declared(line: ast.stmt) -> Declared:
    if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name) or line.value is None:
        raise ValueError(f"line {line.lineno} has no type or no value")
    names = [part.strip() for part in ast.unparse(line.annotation).split("|")]
    (type_name,) = [name for name in names if name != "None"]
    return Declared(
        line.target.id, {name: name for name in TYPES}[type_name], "None" in names, ast.literal_eval(line.value)
    )


def checked_parameters(
    given: Mapping[str, Value], declared: Mapping[str, Declared], *, from_text: bool = False
) -> dict[str, Value]:
    """Every declared parameter with its value: the given one, or the default.

    Parameters
    ----------
    given : values by name; None means not given.
    declared : what the notebooks declare.
    from_text : whether the values are words of a command line, to be read as the declared types.

    Raises
    ------
    ParameterError : unknown names, wrong types, values out of range; all of them.
    """
    faults: list[Fault] = []
    values: dict[str, Value] = {name: entry.default for name, entry in declared.items()}
    for name, value in given.items():
        if name not in declared:
            remedy = nearest(name, declared) or f"Known: {', '.join(sorted(declared))}."
            faults.append(Fault(WHERE, None, name, "an unknown parameter", "a parameter of the notebooks", remedy))
        elif value is not None:
            values[name], wrong = _converted(declared[name], value, from_text)
            faults += wrong
    faults += [fault for name, value in values.items() for fault in _range_faults(name, value)]
    if faults:
        raise ParameterError(faults)
    return values


def _converted(entry: Declared, value: Value, from_text: bool) -> tuple[Value, list[Fault]]:
    result: Value = value
    if from_text and isinstance(value, str):
        try:
            result = _READERS[entry.type_name](value)
        except ValueError:
            result = value
    is_bool = isinstance(result, bool)
    if isinstance(result, TYPES[entry.type_name]) and (entry.type_name == "bool") == is_bool:
        return result, []
    is_bare = entry.type_name == "str" and isinstance(value, int | float) and not is_bool
    remedy = f'Write {entry.name} = "{value}": text stands in double quotes.' if is_bare else "Correct the value."
    return entry.default, [Fault(WHERE, None, entry.name, repr(value), entry.expected, remedy)]


def _truth(text: str) -> bool:
    known = {"true": True, "yes": True, "false": False, "no": False}
    if text.lower() not in known:
        raise ValueError(text)
    return known[text.lower()]


_READERS: dict[str, Callable[[str], Value]] = {"str": str, "int": int, "float": float, "bool": _truth}


def _range_faults(name: str, value: Value) -> list[Fault]:
    if name == "language" and value not in LANGUAGES:
        return [Fault(WHERE, None, name, repr(value), "en or zh", nearest(str(value), LANGUAGES) or "Write en or zh.")]
    if name in RANGES and isinstance(value, int | float):
        low, high = RANGES[name]
        if not low <= value <= high:
            return [Fault(WHERE, None, name, repr(value), f"from {low} to {high}", "Choose a number in this range.")]
    return []


def checked_against_data(values: Mapping[str, Value]) -> Plan:
    """The plan that the parameters name, after checking the data package and every name that points into it.

    Raises
    ------
    DataError : the data package breaks its contract.
    ParameterError : unknown plan, region or indicator, or a data year that the data do not reach.
    """
    through = values.get("data_through")
    plan = load_plan(
        str(values["plan"]),
        data_dir=None if values.get("data_dir") is None else str(values["data_dir"]),
        data_through=None if through is None else int(through),
        region=None if values.get("region") is None else str(values["region"]),
    )
    indicator = values.get("indicator")
    if indicator is not None and indicator not in plan.indicators:
        raise ParameterError(
            [
                Fault(
                    WHERE,
                    None,
                    "indicator",
                    repr(indicator),
                    "an indicator of data/indicators.csv",
                    nearest(str(indicator), plan.indicators) or "See the table for the names.",
                )
            ]
        )
    return plan
