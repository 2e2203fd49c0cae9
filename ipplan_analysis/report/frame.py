"""The house's frame around any page: styles, the font it needs, and a policy that allows nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from ipplan_analysis.report.fonts import font_face
from ipplan_analysis.style import STATUS_COLOURS

LANG = {"en": "en", "zh": "zh-Hans"}
ON_SCREEN, ON_PAPER = ("report.css", "screen.css", "print.css"), ("report.css", "print.css", "pdf.css")


def framed(body: str, title: str, language: str, *, on_paper: bool = False, css: str = "") -> str:
    """A whole page around a body.

    Parameters
    ----------
    body : HTML of the page's body.
    on_paper : with the styles of the PDF instead of those of a screen.
    css : styles of this page alone.
    """
    style = font_face(body + title, packed=not on_paper) + _styles(ON_PAPER if on_paper else ON_SCREEN) + css
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode("ascii")
    return render(
        "frame.html.j2", body=Markup(body), title=title, lang=LANG[language], style=Markup(style), digest=digest
    )


def render(template: str, **values: object) -> str:
    """A template of the package with its values; every value is escaped unless it is markup already."""
    return _environment().get_template(template).render(**values)


def status_class(status: str) -> str:
    """CSS class of a status."""
    return "s-" + status.replace(" ", "-")


@cache
def _environment() -> Environment:
    loader = PackageLoader("ipplan_analysis.report")
    return Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)


@cache
def _styles(names: tuple[str, ...]) -> str:
    colours = "".join(f".{status_class(name)}{{--c:{colour}}}" for name, colour in STATUS_COLOURS.items())
    loader = _environment().loader
    assert loader is not None
    texts = [loader.get_source(_environment(), name)[0] for name in names]
    return re.sub(r"\s*\n\s*", "\n", "\n".join([colours, *texts])).strip()
