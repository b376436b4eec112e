"""A table that a vendor filled, as the text that is kept: one line a row, cells parted by bars."""

from collections.abc import Iterable, Sequence

_BAR = " | "


def written(rows: Iterable[Sequence[str]]) -> str:
    """The rows as text; empty ones are left out, and a bar within a cell becomes a broken one."""
    lines = []
    for row in rows:
        cells = [" ".join(cell.replace("|", "\N{BROKEN BAR}").split()) for cell in row]
        if any(cells):
            lines.append(_BAR.join(cells))
    return "\n".join(lines)


def rows(text: str, columns: int) -> list[list[str]]:
    """The rows of a kept text, each with so many cells."""
    found = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        found.append((cells + [""] * columns)[:columns])
    return found
