"""How wide the columns of a table are on paper."""

from __future__ import annotations

import math
import re

from ipplan_analysis.report.blocks import Table

WORD, SOURCES = 14.0, 13.0  # letters: of the longest word kept whole, of two source identifiers side by side
LEAST, MOST = 5.0, 60.0  # letters in a column, before all are scaled to the page
AIR = 2.0  # letters between columns
GROWTH = 3.4  # letters per square root of a letter: long texts do not crush short ones


def shares(table: Table) -> list[float]:
    """Share of the whole width that each column gets; they add up to 1."""
    needs = [_need(table, place) for place in range(len(table.columns))]
    return [need / sum(needs) for need in needs]


def letters(text: str) -> float:
    """Width of a text in Latin letters; a Chinese character is two."""
    return sum(2.0 if ord(char) > 0x2E80 else 1.0 for char in text)


def _need(table: Table, place: int) -> float:
    column, texts = table.columns[place], [row[place].text for row in table.rows]
    longest = max(map(letters, texts), default=0.0)
    word = max((letters(part) for text in [column.heading, *texts] for part in re.split(r"[\s/]", text)), default=0.0)
    whole = SOURCES if column.key == "source" else min(word, WORD)
    return min(MOST, max(LEAST, whole + AIR, GROWTH * math.sqrt(longest)))
