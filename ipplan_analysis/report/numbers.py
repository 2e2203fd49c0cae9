"""Numbers as spreadsheets hold them: a value, and a format that shows what the other formats show."""

from __future__ import annotations

import math
import re

TOKEN = re.compile(r"[−-]?\d[\d,]*(?:\.\d+)?")
PERCENT, WAN, YI = 100.0, 1e-4, 1e-8  # shown number over value
ROUGH = 0.006  # three digits of a simulated figure


def as_number(text: str, value: float) -> tuple[float, str] | None:
    """Value and number format for a cell that reads `text`; None where the text is no writing of the value.

    The value keeps its digits where its format rounds it to the shown number, and is the shown number otherwise
    (``135,000`` or ``13.5万`` for a simulated 134,872). Ends like ``< 1 %`` keep the value and show the words.
    """
    match = TOKEN.search(text)
    if match is None:
        return None
    digits = match.group()
    shown = float(digits.replace(",", "").replace("−", "-"))
    before, after = text[: match.start()], text[match.end() :]
    scale = _scale(shown, value, after)
    if scale is None or before.strip() in ("<", ">"):
        return value, _quoted(text)
    decimals = len(digits.partition(".")[2])
    exact = math.isclose(value * scale, shown) if scale in (WAN, YI) else round(value * scale, decimals) == shown
    number = value if exact else round(shown / scale, 10)
    return (number, _format(digits, decimals, before, after, scale))


def _scale(shown: float, value: float, after: str) -> float | None:
    """How the shown number relates to the value; None where it does not."""
    scales = [1.0]
    scales += [PERCENT] if "%" in after else []
    scales += [WAN] if after.startswith("万") else [YI] if after.startswith("亿") else []
    fits = [
        scale
        for scale in scales
        if math.isclose(shown, value * scale, rel_tol=ROUGH, abs_tol=0.0051)
        or (scale == PERCENT and abs(shown - value * scale) < 1)
    ]
    return fits[0] if fits else None


def _format(digits: str, decimals: int, before: str, after: str, scale: float) -> str:
    fraction = "." + "0" * decimals if decimals else ""
    if scale == PERCENT:
        start, _, end = after.partition("%")
        return _quoted(before) + "0" + fraction + _quoted(start) + "%" + _quoted(end)
    if scale in (WAN, YI):
        return _quoted(before) + "#,##0" + _quoted(after[1:])
    return _quoted(before) + ("#,##0" if "," in digits else "0") + fraction + _quoted(after)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "”") + '"' if text else ""
