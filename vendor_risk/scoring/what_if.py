"""What a score would be after some things were done; nothing is written."""

import datetime
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from vendor_risk.evidence import Claim, Severity, Source
from vendor_risk.scoring.advice import MET, without
from vendor_risk.scoring.knockouts import WORST_FACT
from vendor_risk.scoring.model import Model, load
from vendor_risk.scoring.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Deeds:
    """What is supposed to have been done: findings closed, controls proven, knock-outs lifted."""

    findings: frozenset[str] = frozenset()
    controls: frozenset[str] = frozenset()
    knockouts: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.findings or self.controls or self.knockouts)


def after(
    snapshot: Snapshot,
    deeds: Deeds,
    rests_on: Mapping[str, Collection[str]],
    model: Model | None = None,
) -> Snapshot:
    """The snapshot after these deeds; what it does not hold is passed over.

    A control is proven when a reviewer has read evidence for the level that is claimed today, or
    for the best where nobody claimed any. A knock-out is lifted together with the findings that it
    rests on, and falls by itself where all of these are closed.
    """
    model = model or load()
    lifted = deeds.knockouts & set(snapshot.knockouts)
    closed = deeds.findings | {id for each in lifted for id in rests_on.get(each, ())}
    if WORST_FACT in deeds.knockouts:
        closed |= {one.id for one in snapshot.findings if one.severity is Severity.CRITICAL}
    left = without(snapshot, closed, rests_on)
    out = {*snapshot.out_of_scope, *snapshot.not_applicable}
    proofs = tuple(
        Claim(control, _level(snapshot, control), Source.REVIEWED, snapshot.as_of, _far(snapshot))
        for control in sorted(deeds.controls & model.controls.keys() - out)
    )
    return replace(
        left,
        claims=(*left.claims, *proofs),
        knockouts=tuple(id for id in left.knockouts if id not in lifted),
    )


def _level(snapshot: Snapshot, control: str) -> int:
    levels = [claim.level for claim in snapshot.claims if claim.control == control]
    return max(levels, default=MET)


def _far(snapshot: Snapshot) -> datetime.date:
    return snapshot.as_of + datetime.timedelta(days=365)
