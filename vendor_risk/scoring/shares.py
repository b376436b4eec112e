"""Whole points that sum exactly to a total: floors first, the rest to the largest remainders."""

from collections.abc import Mapping


def apportioned(whole: int, parts: Mapping[str, int], divisor: int) -> dict[str, int]:
    """`whole` points over the parts, each worth exactly part / divisor; ties go by name."""
    points = {name: part // divisor for name, part in parts.items()}
    order = sorted(parts, key=lambda name: (-(parts[name] % divisor), name))
    for name in order[: whole - sum(points.values())]:
        points[name] += 1
    return points


def shared(whole: int, parts: Mapping[str, int]) -> dict[str, int]:
    """`whole` points by the size of the parts; parts that are all 0 get nothing."""
    total = sum(parts.values())
    if total == 0:
        return dict.fromkeys(parts, 0)
    return apportioned(whole, {name: whole * part for name, part in parts.items()}, total)
