"""Tables as kubectl prints them: upper-case heads, columns three blanks apart, no lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from unicodedata import east_asian_width


def width(text: str) -> int:
    """Columns the text takes on a terminal."""
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], indent: str = "") -> list[str]:
    """The lines of a table; no trailing blanks."""
    found = [tuple(heads), *(tuple(row) for row in rows)]
    widths = [max(width(row[at]) for row in found) for at in range(len(heads))]
    lines = []
    for row in found:
        cells = [cell + " " * (size - width(cell)) for cell, size in zip(row, widths, strict=True)]
        lines.append((indent + "   ".join(cells)).rstrip())
    return lines
