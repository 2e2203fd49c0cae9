"""`Chart`: a figure that carries its finding, its data and its language."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from ipplan_analysis.charts.svg import compact_svg
from ipplan_analysis.charts.theme import theme
from ipplan_analysis.schema import CHART_MIME, Language

PNG_DPI = 110  # readable in a notebook; pages use the SVG
PNG_COLOURS = 96  # the charts use about ten colours; the rest smooths letters


@dataclass(frozen=True, eq=False)
class Chart:
    """A figure with its finding in words.

    Attributes
    ----------
    figure : the picture; not known to pyplot, so that it is never shown twice.
    alt : the finding in one or two sentences with numbers, in the chart's language.
    data : the figures behind the picture, columns labelled in the chart's language.
    language : language of every text in the picture.
    """

    figure: Figure
    alt: str
    data: pd.DataFrame
    language: Language

    @property
    def claim(self) -> str:
        """The finding, for a cell that is compared on every run."""
        return self.alt

    @cached_property
    def png(self) -> bytes:
        """The picture as PNG with a reduced palette."""
        stream = io.BytesIO()
        with theme():
            self.figure.savefig(stream, format="png", dpi=PNG_DPI)
        packed = io.BytesIO()
        picture = Image.open(stream).convert("RGB")
        picture.quantize(PNG_COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(packed, format="PNG")
        return packed.getvalue()

    @cached_property
    def svg(self) -> str:
        """The picture as SVG text that can stand inside a page."""
        with theme():
            return compact_svg(self.figure, self.alt)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> tuple[dict[str, Any], dict[str, Any]]:
        table = json.loads(self.data.to_json(orient="split", index=False, force_ascii=False))
        content = {"svg": self.svg, "alt": self.alt, "data": table, "language": self.language}
        bundle = {"image/png": self.png, "text/plain": self.alt, CHART_MIME: content}
        return bundle, {"image/png": {"alt": self.alt}}
