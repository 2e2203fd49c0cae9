"""Narrative cells: split at their headings, and tidied for reading as one page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ipplan_analysis.report.blocks import Block, Chart, Heading, Prose, Text

HEADING = re.compile(r"(#{1,6})\s+(.+?)\s*#*\s*$")
LABEL = 40  # characters; a longer line says something of its own
FENCE = ("```", "~~~")
MARKS = re.compile(r"[`*_]{1,2}")  # a heading is shown plain


def narrative(source: str) -> list[Block]:
    """Headings and the prose between them."""
    blocks: list[Block] = []
    lines: list[str] = []
    fenced = False
    for line in source.splitlines():
        fenced ^= line.lstrip().startswith(FENCE)
        match = None if fenced else HEADING.match(line)
        if match is None:
            lines.append(line)
            continue
        _add_prose(blocks, lines)
        blocks.append(Heading(len(match.group(1)), MARKS.sub("", match.group(2))))
    _add_prose(blocks, lines)
    return blocks


def _add_prose(blocks: list[Block], lines: list[str]) -> None:
    text = "\n".join(lines).strip()
    lines.clear()
    if text:
        blocks.append(Prose(text))


def tidy(blocks: Sequence[Block]) -> list[Block]:
    """Blocks as a page wants them.

    A printed finding that repeats its chart's becomes the chart's caption, without the words that announced it; words
    that announce what a page does not show (a file), and headings over code alone, go.
    """
    return _without_bare_headings(_without_announcements(_with_captions(blocks)))


def _with_captions(blocks: Sequence[Block]) -> list[Block]:
    kept: list[Block] = []
    chart_at = -1
    for block in blocks:
        chart = kept[chart_at] if chart_at >= 0 else None
        if isinstance(block, Text) and isinstance(chart, Chart) and chart.alt.split() == block.text.split():
            kept[chart_at] = replace(chart, caption=block.text)
            kept[chart_at + 1 :] = [other for other in kept[chart_at + 1 :] if not _is_label(other)]
            continue
        if isinstance(block, Chart):
            chart_at = len(kept)
        kept.append(block)
    return kept


def _is_label(block: Block) -> bool:
    return isinstance(block, Prose) and len(block.markdown) <= LABEL and "\n" not in block.markdown


def _without_announcements(blocks: Sequence[Block]) -> list[Block]:
    following: list[Block | None] = [*blocks[1:], None]
    return [
        block
        for block, after in zip(blocks, following, strict=False)
        if not (isinstance(block, Prose) and block.markdown.endswith((":", "：")) and isinstance(after, Heading | None))
    ]


def _without_bare_headings(blocks: Sequence[Block]) -> list[Block]:
    return [
        block
        for place, block in enumerate(blocks)
        if not isinstance(block, Heading) or block.level == 1 or _has_content(blocks[place + 1 :], block.level)
    ]


def _has_content(after: Sequence[Block], level: int) -> bool:
    for block in after:
        if not isinstance(block, Heading):
            return True
        if block.level <= level:
            return False
    return False
