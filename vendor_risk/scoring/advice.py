"""What to do next: the proofs that would tell most, and the repairs that would help most."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from vendor_risk.evidence import Claim, Source
from vendor_risk.scoring.model import Model, load
from vendor_risk.scoring.score import Score, score
from vendor_risk.scoring.snapshot import Snapshot

MOST = 3
MET = 100

# The next better source of a control; who has only a vendor's word asks for something to read.
_NEXT = {
    None: Source.REVIEWED,
    Source.SELF: Source.REVIEWED,
    Source.REVIEWED: Source.AUDITED,
}


@dataclass(frozen=True, slots=True)
class Proof:
    """A piece of evidence that is missing, and how much it would narrow the range, in 1/10000."""

    control: str
    source: Source
    narrows: int


@dataclass(frozen=True, slots=True)
class Repair:
    """Findings whose closing together raises the score, and by how much, in 1/10000.

    `lifts` is the knock-out that goes with them, None where none does.
    """

    findings: tuple[str, ...]
    control: str
    gains: int
    lifts: str | None = None


def cheapest_proofs(
    snapshot: Snapshot, model: Model | None = None, *, most: int = MOST
) -> tuple[Proof, ...]:
    """The proofs that would narrow the range most, each at the level that is claimed today.

    A control that nobody answered is taken at its best; ties go by id, and what would narrow
    nothing is no proof to ask for.
    """
    model = model or load()
    now = score(snapshot, model)
    proofs = []
    for line in now.assurance.lines:
        mine = [claim for claim in snapshot.claims if claim.control == line.control]
        best = max(mine, key=lambda claim: list(Source).index(claim.source), default=None)
        source = _NEXT.get(best.source if best else None)
        if source is None:
            continue
        level = max((claim.level for claim in mine), default=MET)
        proof = Claim(line.control, level, source, snapshot.as_of)
        then = score(replace(snapshot, claims=(*snapshot.claims, proof)), model)
        narrows = _width(now) - _width(then)
        if narrows > 0:
            proofs.append(Proof(line.control, source, narrows))
    return tuple(sorted(proofs, key=lambda each: (-each.narrows, each.control))[:most])


def fastest_way_up(
    snapshot: Snapshot,
    model: Model | None = None,
    *,
    rests_on: Mapping[str, Collection[str]] | None = None,
    most: int = MOST,
) -> tuple[Repair, ...]:
    """The findings whose closing raises the score most, found by scoring without each.

    `rests_on` names the findings that hold a knock-out in force: it goes when all of them are
    closed. Findings that raise nothing alone, because another holds the same control down as far,
    are offered together with those.
    """
    model = model or load()
    now = score(snapshot, model)
    repairs: dict[frozenset[str], Repair] = {}
    for closed in _candidates(snapshot, rests_on or {}):
        then = score(without(snapshot, closed, rests_on or {}), model)
        gains = then.final - now.final
        if gains <= 0:
            continue
        controls = {f.control for f in snapshot.findings if f.id in closed}
        gone = set(now.assurance.knockouts) - set(then.assurance.knockouts)
        repairs[closed] = Repair(
            tuple(sorted(closed)), min(controls, default=""), gains, min(gone, default=None)
        )
    order = sorted(repairs.values(), key=lambda each: (-each.gains, each.findings))
    return _apart(order, most)


def without(
    snapshot: Snapshot, closed: Collection[str], rests_on: Mapping[str, Collection[str]]
) -> Snapshot:
    """The snapshot after these findings were closed, with the knock-outs that still stand."""
    return replace(
        snapshot,
        findings=tuple(each for each in snapshot.findings if each.id not in closed),
        knockouts=tuple(
            id
            for id in snapshot.knockouts
            if not (rests_on.get(id) and set(rests_on[id]) <= set(closed))
        ),
    )


def _candidates(
    snapshot: Snapshot, rests_on: Mapping[str, Collection[str]]
) -> list[frozenset[str]]:
    """All findings of a control down to each severity, and all of a knock-out.

    One finding raises nothing alone unless it is the worst of its control, or the only one of a
    knock-out: then it is one of these sets.
    """
    sets: list[frozenset[str]] = []
    by_control: dict[str, list[tuple[int, str]]] = {}
    for each in snapshot.findings:
        by_control.setdefault(each.control, []).append((each.severity.rank, each.id))
    for ranked in by_control.values():
        for rank in {rank for rank, _ in ranked}:
            sets.append(frozenset(id for other, id in ranked if other >= rank))
    sets += [frozenset(ids) for ids in rests_on.values() if ids]
    return list(dict.fromkeys(sets))


def _apart(repairs: list[Repair], most: int) -> tuple[Repair, ...]:
    """The best ones that have no finding in common, so that their sum is no double count."""
    chosen: list[Repair] = []
    taken: set[str] = set()
    for repair in repairs:
        if len(chosen) < most and not taken & set(repair.findings):
            chosen.append(repair)
            taken.update(repair.findings)
    return tuple(chosen)


def _width(told: Score) -> int:
    return told.assurance.high - told.assurance.low
