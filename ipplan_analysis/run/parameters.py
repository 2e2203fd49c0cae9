"""Parameters of a run, given in words or in a run file, checked against what the notebooks declare and the data hold.

papermill passes unknown names with a warning and does not check types, so both are refused here.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, cast

import nbformat

from ipplan_analysis.data import Plan, load_plan
from ipplan_analysis.data.package import default_data_dir
from ipplan_analysis.data.plan import cached_tables
from ipplan_analysis.run import readable, run_folder
from ipplan_analysis.schema import LANGUAGES, Fault, FaultsError, Language, ParameterError, nearest

Value = str | int | float | bool | None
TAG = "parameters"
INJECTED = "# Parameters"  # how the cell begins in which papermill gives its values
# copies (-Copy1) and executed ones (.out) are no chapters, nor is 00_start_here
CHAPTER = re.compile(r"(?!00)[0-9]{2}_[a-z0-9_]+\.ipynb")
WHERE = "parameters"
RANGES = {"draws": (200, 200_000), "seed": (0, 2**32 - 1)}  # below 200 draws a percentage point is noise
TYPES: dict[str, tuple[type, ...]] = {"str": (str,), "int": (int,), "float": (float, int), "bool": (bool,)}
TYPE_WORDS = {"str": "text", "int": "a whole number", "float": "a number", "bool": "true or false"}


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
        return TYPE_WORDS[self.type_name] + (" or nothing" if self.optional else "")


@dataclass(frozen=True)
class RunPlan:
    """A checked run that has not begun.

    Attributes
    ----------
    plan : the data that it may use.
    values : every parameter with its value.
    notebooks : the notebooks in order, with the names of the parameters that each declares.
    """

    plan: Plan
    values: dict[str, Value]
    notebooks: dict[Path, tuple[str, ...]]

    @property
    def name(self) -> str:
        """Name of the run's folder."""
        return run_name(self.values)

    @property
    def language(self) -> Language:
        """Language of the narrative."""
        return cast(Language, self.values["language"])


def run_name(values: Mapping[str, Value]) -> str:
    """Name of the folder of a run with these parameters, region and data year filled in."""
    return "-".join(str(values[name]) for name in ("plan", "region", "data_through", "language"))


def checked_run(given: Mapping[str, Value], *, from_text: bool = False, notebooks: Path | None = None) -> RunPlan:
    """Check parameters and data, and say what would run; nothing is written.

    Parameters
    ----------
    given : values by name; None means not given.
    from_text : whether the values are words of a command line, to be read as the declared types.
    notebooks : folder of the notebooks; None for the suite's own.

    Raises
    ------
    ParameterError, DataError : with every fault found.
    """
    paths = sorted(path for path in (notebooks or notebooks_dir()).iterdir() if CHAPTER.fullmatch(path.name))
    declared = dict(zip(paths, _all_of(*(partial(declared_parameters, path) for path in paths)), strict=True))
    every = {name: entry for entries in declared.values() for name, entry in entries.items()}
    values, faults = checked_parameters(given, every, from_text=from_text)
    checks = (_plan_of, _require_indicator, _require_previous)
    _, plan, *_ = _all_of(partial(_refuse, faults), *(partial(check, values) for check in checks))
    values |= {"data_through": plan.data_through, "region": plan.region}
    if values.get("data_dir") is not None:  # a run is read again from other folders
        values["data_dir"] = str(Path(str(values["data_dir"])).absolute())
    return RunPlan(plan, values, {path: tuple(entries) for path, entries in declared.items()})


def _all_of(*checks: Callable[[], Any]) -> list[Any]:
    """What checks give that do not wait for each other; the faults of all that fail are raised as one error."""
    results, errors = [], []
    for check in checks:
        try:
            results.append(check())
        except FaultsError as error:
            errors.append(error)
    if errors:
        raise type(errors[0])([*dict.fromkeys(fault for error in errors for fault in error.faults)])
    return results


def notebooks_dir() -> Path:
    """`notebooks/` beside the package in a checkout.

    Raises
    ------
    ParameterError : the library was installed without the checkout.
    """
    folder = Path(__file__).resolve().parents[2] / "notebooks"
    if not folder.is_dir():
        remedy = "Run from a checkout; the installed package is the library alone."
        raise ParameterError.at(folder, "no notebooks", "a checkout of the suite", remedy)
    return folder


def checked_run_file(path: Path, **instead: Value) -> RunPlan:
    """Check the run that a run file describes; its values have the types that TOML gives them, nothing is guessed.

    Parameters
    ----------
    instead : values that replace those of the file; None for the file's own.

    Raises
    ------
    ParameterError, DataError : the file is missing or is not TOML; else every fault, with the line of its key.
    """
    if not path.exists():
        raise ParameterError.at(path, "no such file", "a run file", "Check the name.")
    remedy = "Put text in double quotes; region codes are text."
    with readable(path, "unreadable TOML", 'lines like region = "640000"', remedy):
        text = path.read_text(encoding="utf-8-sig")
        content = tomllib.loads(text)
    try:
        return checked_run(content | {name: value for name, value in instead.items() if value is not None})
    except FaultsError as error:
        lines = {line.partition("=")[0].strip(" \t\"'"): row for row, line in enumerate(text.splitlines(), start=1)}
        raise type(error)(
            [
                replace(fault, file=str(path), row=lines.get(fault.column)) if fault.file == WHERE else fault
                for fault in error.faults
            ]
        ) from None


def read_notebook(path: Path) -> nbformat.NotebookNode:
    """A notebook in format 4.

    Raises
    ------
    ParameterError : there is no file, or none that is a notebook.
    """
    remedy = "Restore the file; a merge conflict in it must be resolved first."
    with readable(path, "no notebook that can be read", "a notebook in format 4", remedy):
        notebook: nbformat.NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    return notebook


def declared_parameters(notebook: Path) -> dict[str, Declared]:
    """Parameters that a notebook declares in the cell tagged `parameters`, as ``name: type = default`` lines.

    Raises
    ------
    ParameterError : there is no such cell, or a line in it is not of this form.
    """
    tagged = [cell for cell in read_notebook(notebook).cells if TAG in cell.metadata.get("tags", [])]
    if len(tagged) != 1:
        found, remedy = f"{len(tagged)} cells tagged {TAG}", "Tag the cell that holds the parameters."
        raise ParameterError.at(notebook, found, "one", remedy)
    unreadable, expected = "a parameters cell that cannot be read", "lines like name: int = 1"
    with readable(notebook, unreadable, expected, "Correct the cell."):
        return {entry.name: entry for entry in map(_declared, ast.parse(tagged[0].source).body)}


def _declared(line: ast.stmt) -> Declared:
    if not isinstance(line, ast.AnnAssign) or not isinstance(line.target, ast.Name) or line.value is None:
        raise ValueError(f"line {line.lineno} has no type or no value")
    names = [part.strip() for part in ast.unparse(line.annotation).split("|")]
    (type_name,) = [name for name in names if name != "None"]
    if type_name not in TYPES:
        raise ValueError(f"line {line.lineno} has the type {type_name}")
    default = ast.literal_eval(line.value)
    return Declared(line.target.id, type_name, default is None or "None" in names, default)


def refuse_unknown_parameters() -> None:
    """Stop a notebook whose parameters have a name that it does not declare: a misspelt one would change nothing.

    Looks at what the shell has run last of the cell that declares them and of the one that papermill puts after it.

    Raises
    ------
    ParameterError : with every such name.
    """
    from IPython.core.getipython import get_ipython  # a command line does without

    shell = get_ipython()
    declared: set[str] = set()
    assigned: dict[bool, list[str]] = {}
    for source in shell.user_ns.get("In", ()) if shell else ():
        try:
            lines = ast.parse(source).body
        except SyntaxError:  # a cell that did not run
            continue
        own = {
            line.target.id for line in lines if isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)
        }
        declared = own or declared
        if own or source.startswith(INJECTED):
            targets = [target for line in lines if isinstance(line, ast.Assign) for target in line.targets]
            assigned[bool(own)] = [target.id for target in targets if isinstance(target, ast.Name)]
    names = dict.fromkeys(name for each in assigned.values() for name in each)
    if faults := [_unknown(name, declared) for name in names if name not in declared]:
        raise ParameterError(faults)


def _unknown(name: str, declared: Iterable[str]) -> Fault:
    remedy = nearest(name, declared) or f"Known: {', '.join(sorted(declared))}."
    return Fault(WHERE, None, name, "an unknown parameter", "a parameter of the notebooks", remedy)


def checked_parameters(
    given: Mapping[str, Value], declared: Mapping[str, Declared], *, from_text: bool = False
) -> tuple[dict[str, Value], list[Fault]]:
    """Every declared parameter with its value: the given one, or the default; and what is wrong with those given.

    Faults are unknown names, wrong types, values out of range; in place of a wrong type stands the default.
    """
    faults: list[Fault] = []
    values: dict[str, Value] = {name: entry.default for name, entry in declared.items()}
    for name, value in given.items():
        if name not in declared:
            faults.append(_unknown(name, declared))
        elif value is not None:
            values[name], wrong = _converted(declared[name], value, from_text)
            faults += wrong
    faults += [fault for name, value in values.items() for fault in _range_faults(name, value)]
    return values, faults


def _converted(entry: Declared, value: Value, from_text: bool) -> tuple[Value, list[Fault]]:
    result: Value = value
    if from_text and isinstance(value, str):
        try:
            result = _READERS[entry.type_name](value)
        except ValueError:
            result = value
    if type(result) in TYPES[entry.type_name]:  # exactly: true is no number
        return result, []
    is_bare = entry.type_name == "str" and type(value) in TYPES["float"]
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


def folder_of(values: Mapping[str, Value]) -> Path:
    """The data package that a run's parameters name, or the checkout's own."""
    return default_data_dir() if values.get("data_dir") is None else Path(str(values["data_dir"])).absolute()


def _plan_of(values: Mapping[str, Value]) -> Plan:
    """The plan that the parameters name, after checking the data package."""
    through = values.get("data_through")
    return load_plan(
        str(values["plan"]),
        data_dir=folder_of(values),
        data_through=None if through is None else int(through),
        region=None if values.get("region") is None else str(values["region"]),
    )


def _refuse(faults: list[Fault]) -> None:
    if faults:
        raise ParameterError(faults)


def _require_indicator(values: Mapping[str, Value]) -> None:
    indicator, known = values.get("indicator"), cached_tables(folder_of(values))["indicators"]["indicator"]
    if indicator is not None and indicator not in set(known):
        remedy = nearest(str(indicator), known) or "See the table for the names."
        expected = "an indicator of data/indicators.csv"
        raise ParameterError.at(WHERE, repr(indicator), expected, remedy, column="indicator")


def _require_previous(values: Mapping[str, Value]) -> None:
    """Refuse an earlier run that cannot be compared with: neither its manifest nor its results may be missing."""
    if values.get("previous") is None:
        return
    from ipplan_analysis.run.compare import read_manifest, read_results  # loads the models, which few runs need here

    folder = run_folder(str(values["previous"]))
    try:
        _all_of(partial(read_manifest, folder), partial(read_results, folder))
    except ParameterError as error:
        raise ParameterError(
            [
                replace(fault, file=WHERE, column="previous", found=f"{fault.found} in {fault.file}")
                for fault in error.faults
            ]
        ) from None
