"""What moved between two looks at the same hosts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from vendor_risk.checks.catalogue import Judged
from vendor_risk.evidence import HostClass, Severity, Status
from vendor_risk.scoring.external import placed


class Move(StrEnum):
    """How an outcome differs from the one before; the order is the order on the page."""

    NEW = "new"
    WORSE = "worse"
    LOST = "lost from sight"
    MILDER = "milder"
    DROPPED = "no longer asked"
    MENDED = "mended"


# How a fault ends that is found no more: only a pass proves that it was mended.
_ENDS = {Status.PASSED: Move.MENDED, Status.NOT_APPLICABLE: Move.DROPPED}


@dataclass(frozen=True, slots=True)
class Change:
    """One check on one host that no longer says what it said.

    `before` and `now` are severities; None means that no fault was found then.
    """

    move: Move
    check: str
    host: str
    before: Severity | None
    now: Severity | None


def changes(
    before: Sequence[Judged], now: Sequence[Judged], classes: Mapping[str, HostClass]
) -> tuple[Change, ...]:
    """Every fault that is new, worse, milder, mended, no longer asked about or out of sight.

    A host that is no longer looked at says nothing, so none of its faults counts as mended.
    """
    earlier = {(one.check, one.host): one for one in before}
    found = [_change(earlier.get((one.check, one.host)), one, classes) for one in now]
    return _ordered(change for change in found if change is not None)


def _change(before: Judged | None, now: Judged, classes: Mapping[str, HostClass]) -> Change | None:
    was = _severity(before, classes)
    is_now = _severity(now, classes)
    if was is None and is_now is None:
        return None
    if was is None:
        move = Move.NEW
    elif is_now is None:
        move = _ENDS.get(now.outcome.status, Move.LOST)
    elif is_now is was:
        return None
    else:
        move = Move.WORSE if is_now.rank > was.rank else Move.MILDER
    return Change(move, now.check, now.host, was, is_now)


def _severity(judged: Judged | None, classes: Mapping[str, HostClass]) -> Severity | None:
    if judged is None or judged.outcome.status is not Status.FAILED:
        return None
    return placed(judged, classes)


def _ordered(found: Iterable[Change]) -> tuple[Change, ...]:
    """By move, then the gravest first."""
    order = list(Move)
    return tuple(
        sorted(
            found,
            key=lambda one: (order.index(one.move), -_gravest(one).rank, one.check, one.host),
        )
    )


def _gravest(change: Change) -> Severity:
    severities = [one for one in (change.before, change.now) if one is not None]
    return max(severities, key=lambda severity: severity.rank)
