"""Reading the data package: the only code that opens the files in `data/`."""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from ipplan_analysis.schema import DataError, Fault, cause, nearest

DESCRIPTOR = "datapackage.json"
VINTAGES = "vintages"  # folder of published forecasts, one file a publication, never changed
ADDITIONS = "additions"  # folder of added figures with their sources, one file an addition (`ipplan add`)
TABLES = ("plans", "regions", "indicators", "targets", "observations", "sources", "breaks")
FILE, ROW = "_file", "_row"  # where a row stands, as a spreadsheet counts, kept so that faults can name it
_PART = r"(?!\.{1,2}(?:/|$))[^/\\:\0]+"  # a name that means the same on every system and never leads upwards
_INSIDE = re.compile(f"{_PART}(?:/{_PART})*")


@dataclass(frozen=True)
class Resource:
    """One table of the package as its descriptor declares it."""

    name: str
    path: str
    fields: tuple[dict[str, Any], ...]
    primary_key: tuple[str, ...]
    foreign_keys: tuple[dict[str, Any], ...]

    @property
    def columns(self) -> list[str]:
        """Names of the declared columns, in order."""
        return [field["name"] for field in self.fields]


def default_data_dir() -> Path:
    """`data/` beside the package in a checkout.

    Raises
    ------
    DataError : the library was installed without the checkout.
    """
    folder = Path(__file__).resolve().parents[2] / "data"
    if not (folder / DESCRIPTOR).is_file():
        raise DataError.at(folder, "no data package", DESCRIPTOR, "Give the folder of a data package (--data DIR).")
    return folder


def read_descriptor(data_dir: Path) -> dict[str, Resource]:
    """Tables that the package declares, by name.

    Raises
    ------
    DataError : the descriptor is missing, is not JSON of the expected shape, lacks a table that the suite uses, or
        names a file outside the package.
    """
    path = data_dir / DESCRIPTOR
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        resources = {entry["name"]: _resource(entry) for entry in content["resources"]}
    except FileNotFoundError:
        found, remedy = "no such file", "Restore it, or name another folder with --data."
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        found, remedy = f"an unreadable descriptor ({cause(error)})", "Restore the file from the repository."
    else:
        faults = _resource_faults(resources, str(path))
        if faults:
            raise DataError(faults)
        return resources
    raise DataError.at(path, found, "a Frictionless data package", remedy)


def is_inside(name: object) -> bool:
    """Whether a file's name is a plain relative path with forward slashes, which cannot lead out of its folder."""
    return isinstance(name, str) and _INSIDE.fullmatch(name) is not None


def _resource_faults(resources: dict[str, Resource], path: str) -> list[Fault]:
    inside, remedy = "the name of one file inside the package", "Restore the entry from the repository."
    faults = [
        Fault(path, None, "path", f"{entry.path!r} for {name}", inside, remedy)
        for name, entry in resources.items()
        if not is_inside(entry.path)
    ]
    missing = [name for name in TABLES if name not in resources]
    return faults + [Fault(path, None, "name", "no such table", f"the table {name}", remedy) for name in missing]


def _resource(entry: dict[str, Any]) -> Resource:
    schema = entry["schema"]
    key = schema.get("primaryKey", [])
    return Resource(
        name=entry["name"],
        path=entry["path"],
        fields=tuple({**field, "name": str(field["name"])} for field in schema["fields"]),
        primary_key=tuple([key] if isinstance(key, str) else key),
        foreign_keys=tuple(schema.get("foreignKeys", [])),
    )


def read_texts(
    data_dir: Path, resources: dict[str, Resource], *, pending: Sequence[str] = ()
) -> tuple[dict[str, pd.DataFrame], list[Fault]]:
    """Every table as text, additions included, with the columns `_file` and `_row`; and what is wrong with the shapes.

    Parameters
    ----------
    pending : names of further files of added figures, relative to the package.
    """
    texts: dict[str, pd.DataFrame] = {}
    faults: list[Fault] = []
    for name, resource in resources.items():
        texts[name], wrong = _read_text(data_dir / resource.path, f"the table {name}", resource.columns)
        faults += wrong
    for name in (*additions(data_dir), *pending):
        added, wrong = _read_text(data_dir / name, "an addition", addition_columns(resources))
        faults += wrong
        for table in ("sources", "observations"):
            rows = added[[*resources[table].columns, FILE, ROW]]
            if table == "sources":  # every row names its source in full, known already or not
                rows = rows[~rows["source"].isin(texts[table]["source"])].drop_duplicates("source")
            texts[table] = pd.concat([texts[table], rows], ignore_index=True)
    return texts, faults


def addition_columns(resources: dict[str, Resource]) -> list[str]:
    """Columns of a file of added figures: the observation's, then its source's."""
    return list(dict.fromkeys([*resources["observations"].columns, *resources["sources"].columns]))


def additions(data_dir: Path) -> list[str]:
    """Names of the files of added figures, relative to the package, in the order in which they were added."""
    return sorted(path.relative_to(data_dir).as_posix() for path in (data_dir / ADDITIONS).glob("*.csv"))


def _read_text(path: Path, what: str, columns: list[str]) -> tuple[pd.DataFrame, list[Fault]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.reader(stream, strict=True))
    except FileNotFoundError:
        fault = Fault(str(path), None, "", "no such file", what, "Restore the file.")
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        remedy = "Save the file as CSV UTF-8, quotes doubled inside quoted cells."
        fault = Fault(str(path), None, "", f"unreadable text ({cause(error)})", "CSV in UTF-8", remedy)
    else:
        return _shape(rows, path, columns)
    return pd.DataFrame(columns=[*columns, FILE, ROW]), [fault]


def _shape(rows: list[list[str]], path: Path, columns: list[str]) -> tuple[pd.DataFrame, list[Fault]]:
    header = rows[0] if rows else []
    faults = _header_faults(header, str(path), columns)
    if faults:
        return pd.DataFrame(columns=[*columns, FILE, ROW]), faults
    good = []
    for number, row in enumerate(rows[1:], start=2):
        if row and len(row) != len(header):
            found, expected = f"{len(row)} cells", f"{len(header)} cells"
            faults.append(Fault(str(path), number, "", found, expected, "Check commas and quotes in this row."))
        elif row:
            good.append([*row, str(path), number])
    frame = pd.DataFrame(good, columns=[*header, FILE, ROW])
    return frame[[*columns, FILE, ROW]], faults


def _header_faults(header: list[str], path: str, columns: list[str]) -> list[Fault]:
    faults = []
    for column in columns:
        if column not in header:
            hint = nearest(column, [name for name in header if name not in columns])
            remedy = f"Add the column, or correct its name. {hint}".strip()
            faults.append(Fault(path, 1, column, "no such column", "the column to be there", remedy))
    for column in dict.fromkeys(header):
        if column not in columns:
            remedy = f"Remove it. {nearest(column, columns)}".strip()
            faults.append(Fault(path, 1, column, "an unknown column", "only declared columns", remedy))
        elif header.count(column) > 1:
            faults.append(Fault(path, 1, column, "the column twice", "each column once", "Remove one."))
    return faults


def data_sha256(data_dir: Path) -> str:
    """SHA-256 over names and bytes of the tables and of the published forecasts beside them."""
    vintages = sorted(path.relative_to(data_dir).as_posix() for path in (data_dir / VINTAGES).glob("*.csv"))
    return _sha256(data_dir, [*package_files(data_dir), *vintages])


def tables_sha256(data_dir: Path) -> str:
    """SHA-256 over names and bytes of the descriptor, the tables it names and the additions."""
    return _sha256(data_dir, package_files(data_dir))


def package_files(data_dir: Path) -> list[str]:
    """Names of the descriptor, of every table and of every addition, relative to the package."""
    return [DESCRIPTOR, *sorted(entry.path for entry in read_descriptor(data_dir).values()), *additions(data_dir)]


def _sha256(data_dir: Path, names: list[str]) -> str:
    digest = hashlib.sha256()
    for name in names:
        digest.update(name.encode())
        digest.update(hashlib.sha256((data_dir / name).read_bytes()).digest())
    return digest.hexdigest()
