"""What a person should know of a proposal and does not see in its table."""

from __future__ import annotations

from ipplan_analysis.intake import wording
from ipplan_analysis.intake.proposal import Proposal
from ipplan_analysis.schema import Language


def remarks(proposal: Proposal, language: Language = "en") -> list[str]:
    """One line for sheets that were not read, and one for each year from which figures are used later than by default."""
    lines = []
    if proposal.ignored:
        lines.append(_line("ignored", proposal.ignored, language))
    later: dict[int, list[str]] = {}
    for change in proposal.changes:
        held = change.ruling.held
        if change.ruling.outcome != "same" and held.use and held.known_from > proposal.last_year:
            later.setdefault(held.known_from, []).append(held.observation)
    lines += [
        _line("later", names, language, year=year, last=proposal.last_year) for year, names in sorted(later.items())
    ]
    return lines


def _line(which: str, names: list[str] | tuple[str, ...], language: Language, **numbers: int) -> str:
    comma = "、" if language == "zh" else ", "
    return wording.pick(wording.REMARKS[which], language).format(names=comma.join(names), **numbers)
