"""Texts in the reader's language: English stands in the code, Chinese in `locale/zh.po` (gettext format)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po

from ipplan_analysis.schema import Language

CATALOG = Path(__file__).with_name("locale") / "zh.po"


def message(text: str, language: Language, /, *, context: str | None = None, **values: object) -> str:
    """A text in the reader's language, its ``{names}`` filled in.

    Parameters
    ----------
    text : the English text, as it stands in the catalogue.
    context : tells apart two uses of one English text that differ in Chinese (gettext's msgctxt).
    values : what the places in the text stand for; never read as a template themselves.

    Raises
    ------
    KeyError : the catalogue lacks the text, or a place in it has no value.
    """
    return (text if language == "en" else _translation(text, context, 0)).format(**values)


def counted(one: str, many: str, number: int, language: Language, /, **values: object) -> str:
    """`message` for a count: `one` is used for one thing, `many` for any other number; ``{n}`` is the number."""
    template = (one if number == 1 else many) if language == "en" else _translation(one, None, 0)
    return template.format(n=number, **values)


def translatable(text: str) -> str:
    """The text itself; marks a text that `message` is given later, so that the catalogue is checked for it."""
    return text


def _translation(text: str, context: str | None, form: int) -> str:
    entry = _catalog().get(text, context)
    if entry is None or not entry.string:
        raise KeyError(f"{CATALOG.name} does not translate {text!r}")
    return entry.string if isinstance(entry.string, str) else entry.string[form]


@cache
def _catalog() -> Catalog:
    with CATALOG.open(encoding="utf-8") as stream:
        return read_po(stream, locale="zh")
