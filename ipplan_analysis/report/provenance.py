"""What a run was made from, in words: the footer of every format."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ipplan_analysis.report.phrases import say
from ipplan_analysis.schema import Language
from ipplan_analysis.words import NONE, format_date, format_percent

SUITE = "ipplan-analysis"
HASH_SHOWN = 12  # digits of a hash in the citation; the footer has all


def facts(manifest: Mapping[str, Any], language: Language) -> tuple[tuple[str, str], ...]:
    """Label and text of everything that the result rests on, in the order of the footer."""
    unknown = say("unknown", language)
    rows = [
        (say("parameters", language), _pairs(manifest.get("parameters", {}))),
        (say("data_hash", language), str(manifest.get("data_sha256") or unknown)),
        (say("versions", language), _versions(manifest) or unknown),
        (say("commit", language), str(manifest.get("git_commit") or unknown)),
        (say("coverage", language), _coverage(manifest.get("measured_coverage"), language)),
        (say("lag", language), say("lag_text", language)),
    ]
    return tuple((label, text) for label, text in rows if text)


def citation(manifest: Mapping[str, Any], language: Language) -> str:
    """How to cite the run."""
    return say(
        "citation", language, suite=SUITE, version=manifest.get("packages", {}).get(SUITE) or "?",
        title=_name(manifest, "plan_name", language), region=region_name(manifest, language),
        year=manifest.get("data_through", NONE), date=made_on(manifest, language),
        hash=str(manifest.get("data_sha256") or NONE)[:HASH_SHOWN],
    )  # fmt: skip


def region_name(manifest: Mapping[str, Any], language: Language) -> str:
    """The region's name, or its code where the run recorded no name."""
    return _name(manifest, "region_name", language) or str(manifest.get("region", ""))


def made_on(manifest: Mapping[str, Any], language: Language) -> str:
    """The day on which the run was made."""
    return format_date(str(manifest.get("started", ""))[:10], language) or NONE


def _name(manifest: Mapping[str, Any], key: str, language: Language) -> str:
    names = manifest.get(key)
    return str(names.get(language, "")) if isinstance(names, Mapping) else str(names or "")


def _pairs(values: Mapping[str, Any]) -> str:
    return "; ".join(f"{name} = {NONE if value is None else value}" for name, value in values.items())


def _versions(manifest: Mapping[str, Any]) -> str:
    python = {"Python": manifest["python"]} if manifest.get("python") else {}
    packages = {**python, **manifest.get("packages", {})}
    return ", ".join(f"{name} {version}" for name, version in packages.items() if version)


def _coverage(share: object, language: Language) -> str:
    if isinstance(share, int | float) and not isinstance(share, bool):
        return format_percent(100 * float(share), 0, language)
    return str(share) if share else say("not_measured", language)
