"""What moved a score between two of its results, as `Score.to_json` gives them."""

from collections.abc import Mapping
from typing import Any


def moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[tuple[str, int], ...]:
    """Each control or knock-out whose points changed, by how much, the largest change first."""
    was, now = _points(before), _points(after)
    changes = {part: now.get(part, 0) - was.get(part, 0) for part in was.keys() | now.keys()}
    found = [(part, change) for part, change in changes.items() if change]
    return tuple(sorted(found, key=lambda each: (-abs(each[1]), each[0])))


def _points(result: Mapping[str, Any]) -> dict[str, int]:
    lines = result.get("lines", ())
    return {line.get("control") or line["knockout"]: int(line["points"]) for line in lines}
