"""What to do next: the proofs that would tell most, and the repairs that would help most."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from vendor_risk.evidence import Claim, Severity, Source
from vendor_risk.scoring.knockouts import WORST_FACT
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
    """What together raises the score, and by how much, in 1/10000: findings that are closed.

    `lifts` are the knock-outs that go, `demands` those among them that no finding holds in force:
    each asks for something else to be done.
    """

    findings: tuple[str, ...]
    control: str
    gains: int
    lifts: tuple[str, ...] = ()
    demands: tuple[str, ...] = ()


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
    """The findings and knock-outs without which the score rises most, found by scoring without.

    `rests_on` names the findings that hold a knock-out in force: it goes when all of them are
    closed. Findings that raise nothing alone, because another holds the same control down as far,
    are offered together with those, and so are knock-outs that cap as low as one another.
    """
    model = model or load()
    rests_on = rests_on or {}
    now = score(snapshot, model)
    in_force = now.assurance.knockouts
    deeds = [(closed, frozenset[str]()) for closed in _candidates(snapshot, rests_on)]
    deeds += _lifted(snapshot, rests_on, in_force)
    repairs = []
    for closed, demands in dict.fromkeys(deeds):
        left = without(snapshot, closed, rests_on)
        stay = tuple(id for id in left.knockouts if id not in demands)
        then = score(replace(left, knockouts=stay), model)
        gains = then.final - now.final
        if gains <= 0:
            continue
        controls = {f.control for f in snapshot.findings if f.id in closed}
        gone = tuple(id for id in in_force if id not in then.assurance.knockouts)
        asked = tuple(id for id in in_force if id in demands)
        repairs.append(Repair(tuple(sorted(closed)), min(controls, default=""), gains, gone, asked))
    repairs.sort(
        key=lambda each: (
            -each.gains,
            len(each.findings) + len(each.demands),
            each.findings,
            each.lifts,
        )
    )
    return _apart(repairs, most)


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


def _lifted(
    snapshot: Snapshot, rests_on: Mapping[str, Collection[str]], in_force: Sequence[str]
) -> list[tuple[frozenset[str], frozenset[str]]]:
    """The findings to close and the knock-outs to lift otherwise, from the lowest cap upward.

    Lifting any other than the lowest raises nothing, so the next one only comes with it.
    """
    critical = [one.id for one in snapshot.findings if one.severity is Severity.CRITICAL]
    found = []
    for count in range(1, len(in_force) + 1):
        ids = in_force[:count]
        closed = {one for id in ids for one in rests_on.get(id, ())}
        closed.update(critical if WORST_FACT in ids else ())
        demands = {id for id in ids if id in snapshot.knockouts and not rests_on.get(id)}
        found.append((frozenset(closed), frozenset(demands)))
    return found


def _apart(repairs: list[Repair], most: int) -> tuple[Repair, ...]:
    """The best ones with nothing to do in common, so that their sum is no double count."""
    chosen: list[Repair] = []
    taken: set[str] = set()
    for repair in repairs:
        done = {*repair.findings, *repair.demands}
        if len(chosen) < most and not taken & done:
            chosen.append(repair)
            taken |= done
    return tuple(chosen)


def _width(told: Score) -> int:
    return told.assurance.high - told.assurance.low
