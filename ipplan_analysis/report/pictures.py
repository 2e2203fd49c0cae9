"""Pictures too tall for a sheet of paper, cut where nothing is drawn."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
from PIL import Image

TALLEST = 1.25  # height over width of a picture that still fits an A4 page with its caption
WHITE = 250


def pieces(png: bytes) -> list[bytes]:
    """The picture, or its parts from top to bottom where it is taller than a page; cuts go through white rows only."""
    picture = Image.open(io.BytesIO(png))
    if picture.height <= TALLEST * picture.width:
        return [png]
    blank = np.asarray(picture.convert("L")).min(axis=1) >= WHITE
    cuts = _cuts(blank, int(TALLEST * picture.width))
    return [_cut(picture, top, bottom) for top, bottom in pairwise(cuts)]


def _cuts(blank: np.ndarray, tallest: int) -> list[int]:
    """Rows at which to cut: each part as tall as it may be, from white row to white row."""
    height, cuts = len(blank), [0]
    while height - cuts[-1] > tallest:
        end = cuts[-1] + tallest
        white = np.flatnonzero(blank[cuts[-1] + tallest // 2 : end])
        cuts.append(cuts[-1] + tallest // 2 + _middle_of_last_gap(white) if len(white) else end)
    return [*cuts, height]


def _middle_of_last_gap(white: np.ndarray) -> int:
    """Middle of the widest run of white rows, so that a title stays with the panel below it."""
    runs = np.split(white, np.flatnonzero(np.diff(white) > 1) + 1)
    widest = max(len(run) for run in runs)
    last = next(run for run in reversed(runs) if len(run) >= 0.9 * widest)
    return int(last[len(last) // 2])


def _cut(picture: Image.Image, top: int, bottom: int) -> bytes:
    stream = io.BytesIO()
    picture.crop((0, top, picture.width, bottom)).save(stream, format="PNG", optimize=True)
    return stream.getvalue()
