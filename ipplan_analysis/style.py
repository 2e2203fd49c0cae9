"""Colours, sizes and the font that charts and reports share. Standard library only, so that a report loads no chart library."""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

from ipplan_analysis.schema import PlanError

FONT_PACKAGE, FONT_FILE, FONT_FAMILY = "zhplot", "fonts/NotoSansSC-Regular.ttf", "Noto Sans SC"
# Blue against orange stays distinct in every common form of colour blindness; all text colours reach 4.5:1 on white.
INK, MUTED, GRID, PAPER = "#1b2733", "#5b6670", "#dfe3e7", "#ffffff"
BLUE, BAND80, BAND50 = "#0b5c9e", "#d3e3f1", "#a3c5e3"
ORANGE, ZONE = "#b34a00", "#eff2f5"
WIDTH = 7.0  # inches: a printed text column, and a page column of about 670 px
ROW = 0.33  # inches: two lines of a name
EDGE = 0.12  # inches of white at the left and right
SIZE, SMALL, TITLE = 8.5, 7.5, 11.5  # points
DASHED, DOTTED = (0, (5, 2)), (0, (1, 2.5))
STATUS_COLOURS = {
    "met": "#08488a",
    "met on one assumption": "#08488a",
    "on course": "#1f6fb2",
    "open": "#5b6670",
    "off course": "#b34a00",
    "out of reach": "#84260a",
    "missed": "#84260a",
    "not assessable": "#5b6670",
    "listed": "#5b6670",
}


class FontError(PlanError):
    """The Chinese font cannot be found."""


@cache
def font_path() -> Path:
    """The Chinese font file, found without importing the package that ships it.

    Raises
    ------
    FontError : the package or its font is missing.
    """
    spec = importlib.util.find_spec(FONT_PACKAGE)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        path = Path(folder) / FONT_FILE
        if path.is_file():
            return path
    raise FontError(
        f"No Chinese font: {FONT_FILE} of the package {FONT_PACKAGE} was not found. "
        f"Run `pip install --force-reinstall {FONT_PACKAGE}`."
    )
