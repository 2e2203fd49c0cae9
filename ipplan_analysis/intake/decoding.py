"""Bytes of a text file into text, whatever program saved it."""

from __future__ import annotations

import codecs

from ipplan_analysis.intake.faults import file_fault

SAMPLE = 4096  # bytes looked at for the pattern of zero bytes; even, so that byte pairs stay whole
# UTF-32 before UTF-16: its little-endian mark begins with the mark of UTF-16
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes, file: str) -> str:
    """Text of a CSV file in UTF-8, UTF-16, UTF-32 or GB18030 (which contains GBK and GB2312).

    Tried in this order: byte-order mark; zero bytes at every second place (UTF-16); strict UTF-8; strict GB18030. UTF-8
    comes before GB18030 since text in the latter is almost never valid UTF-8, while the reverse is common.

    Raises
    ------
    IntakeError : the bytes are none of these.
    """
    for encoding in _candidates(content):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    raise file_fault(
        file,
        "bytes that are not text",
        "CSV in UTF-8, GB18030 or UTF-16, or an Excel workbook (.xlsx)",
        "Save the file again as CSV UTF-8 or as .xlsx.",
    )


def _candidates(content: bytes) -> tuple[str, ...]:
    for mark, encoding in MARKS:
        if content.startswith(mark):
            return (encoding,)
    sample = content[:SAMPLE]
    if b"\0" in sample:
        low, high = sample[1::2].count(0), sample[0::2].count(0)  # Latin letters in UTF-16 have a zero high byte
        return ("utf-16-le",) if low > high else ("utf-16-be",)
    return ("utf-8", "gb18030")
