"""Text from data made fit for every format: no characters that XML forbids, no lone surrogates."""

from __future__ import annotations

import re
from typing import Any

from ipplan_analysis.schema import LANGUAGES, STATUSES
from ipplan_analysis.words import status_label, status_word

FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
GROUP = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")  # the space in 10 000, at which no line may break
DIRECTION = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufeff]")
FSI, PDI = "\u2068", "\u2069"  # Unicode's first-strong isolate and its end
_STATUS_OF = {
    word: status
    for status in STATUSES
    for language in LANGUAGES
    for word in (status_label(status, language), status_word(status, language))
}


def clean(text: object) -> str:
    """The text without control characters; line ends, direction marks and emoji stay."""
    whole = "".join(map(str, text)) if isinstance(text, list | tuple) else str(text)
    return FORBIDDEN.sub("", whole)


def clean_all(value: Any) -> Any:
    """Every text inside nested lists and mappings made clean."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, dict):
        return {clean(key): clean_all(inner) for key, inner in value.items()}
    return [clean_all(inner) for inner in value] if isinstance(value, list | tuple) else value


def whole_numbers(text: str) -> str:
    """The text with numbers like 10 000 kept in one line."""
    return GROUP.sub("\u00a0", text)


def isolated(text: str) -> str:
    """Text whose right-to-left parts cannot reorder what stands around it; other text is unchanged."""
    return f"{FSI}{text}{PDI}" if DIRECTION.search(text) else text


def status_of(text: str) -> str:
    """The status (as in the results) that a cell's text names in either language, or an empty string."""
    return _STATUS_OF.get(text.strip(), "")
