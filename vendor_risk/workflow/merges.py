"""Merges: two vendors that are one become one, and two again when that was a mistake."""

import datetime as dt
import json
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, func, select, update
from sqlmodel.sql.expression import SelectOfScalar

from vendor_risk.checks.declared import DeclarationRefused, pages_of
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.decisions import Condition, Decision, Review
from vendor_risk.store.models.documents import Contract, Document
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import (
    CAPPING,
    FindingEvent,
    FindingKind,
    FindingRequest,
    FindingState,
    StoredFinding,
)
from vendor_risk.store.models.intake import Intake
from vendor_risk.store.models.moves import StoredMove
from vendor_risk.store.models.reports import IssuedReport, ReportSchedule
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.scans import Scan
from vendor_risk.store.models.scores import StoredScore
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import (
    Contact,
    Domain,
    Engagement,
    Merge,
    Vendor,
    VendorState,
    VendorTag,
)
from vendor_risk.store.models.work import Note
from vendor_risk.workflow import advisories, last_looks, moves, scores
from vendor_risk.workflow.engagements import observe
from vendor_risk.workflow.families import ancestors
from vendor_risk.workflow.scans import open_scan
from vendor_risk.workflow.standing import settle
from vendor_risk.workflow.vendors import (
    Actor,
    VendorRefused,
    note,
    refresh,
    touch,
)

Moving = type[
    Access
    | Condition
    | Contact
    | Contract
    | Decision
    | Document
    | Domain
    | Engagement
    | FindingRequest
    | Intake
    | IssuedReport
    | Note
    | PageScript
    | QuestionnaireResponse
    | ReportSchedule
    | Review
    | Scan
    | StoredClaim
    | StoredFinding
    | StoredMove
    | StoredScore
    | VendorTag
]

# The words under which the journal keeps what moved; each names the table of the rows.
MOVING: Mapping[str, Moving] = {
    "contacts": Contact,
    "domains": Domain,
    "engagements": Engagement,
    "tags": VendorTag,
    "scans": Scan,
    "requests": Intake,
    "reports": IssuedReport,
    "schedules": ReportSchedule,
    "scripts": PageScript,
    "findings": StoredFinding,
    "letters": FindingRequest,
    "moves": StoredMove,
    "claims": StoredClaim,
    "scores": StoredScore,
    "decisions": Decision,
    "conditions": Condition,
    "reviews": Review,
    "access": Access,
    "documents": Document,
    "contracts": Contract,
    "notes": Note,
    "responses": QuestionnaireResponse,
}
_CHILDREN = "children"
_PAGES = "pages"  # declared ones, of domains that both have
_HEIRS = "heirs"  # engagements that counted the evidence of a parent that the kept vendor has not
_BEFORE, _AFTER = "before", "after"

_OWN = (
    "supplier_number",
    "owner_id",
    "in_use",
    "parent_id",
    "kinship",
    "triaged_at",
    "contradicted_at",
    "contradicted_why",
    "observed",
)
_EVIDENCE = ("contradicted_at", "contradicted_why", "observed")  # gains that no list names
_LAST_SCAN = (  # what the last scan left on the vendor; it goes together
    "posture_score",
    "posture_grade",
    "worst_severity",
    "failed_checks",
    "last_scan_at",
)
_SEEN = (*_LAST_SCAN, "next_scan_at")
_FAMILY = ("parent_id", "kinship")
_STANDING = ("state", "state_before_archive", "archived_at")
_TIMES = frozenset({"triaged_at", "last_scan_at", "next_scan_at", "archived_at", "contradicted_at"})
_IDS = frozenset({"owner_id", "parent_id"})
_AT_ONCE = 500  # SQLite of Debian 12 takes 32,766 parameters in a statement; older ones 999


@dataclass(frozen=True, slots=True)
class Preview:
    """What a merge would move, by the words of MOVING, and what would stay behind and why."""

    moves: Mapping[str, int]
    children: int
    same_domains: tuple[str, ...]
    same_tags: tuple[str, ...]
    gains: tuple[str, ...]


def preview(session: Session, kept: Vendor, joined: Vendor) -> Preview:
    """What `join` would do; VendorRefused when it would refuse."""
    _refuse(session, kept, joined)
    ids = {word: _moving_ids(session, word, kept, joined) for word in MOVING}
    gains = _gained(kept, joined)
    return Preview(
        moves={word: len(found) for word, found in ids.items()},
        children=len(_children(session, kept, joined)),
        same_domains=_shared(session, Domain.host, Domain.vendor_id, kept, joined),
        same_tags=_shared(session, VendorTag.tag, VendorTag.vendor_id, kept, joined),
        gains=tuple(field for field in gains if field not in (*_SEEN, *_EVIDENCE)),
    )


def join(
    session: Session, kept: Vendor, joined: Vendor, *, now: dt.datetime, actor: Actor
) -> Merge:
    """All that the joined vendor has is the kept one's, whose page its address leads to.

    Domains and tags that both have stay with the joined vendor, so that nothing is lost; check-out
    pages that were declared there are the kept one's too.
    VendorRefused while a scan of either runs, or when one was joined or archived before.
    """
    _refuse(session, kept, joined)
    _tell_apart(session, kept, joined)
    _leave_runs(session, kept, joined)
    moved = {word: [str(id) for id in _moving_ids(session, word, kept, joined)] for word in MOVING}
    moved[_CHILDREN] = [str(id) for id in _children(session, kept, joined)]
    moved[_PAGES] = _declare(session, kept, joined)
    gains = _gained(kept, joined)
    moved[_HEIRS] = _disinherit(session, joined, gains.get("parent_id", kept.parent_id))
    moved[_BEFORE] = [
        _pack(kept, (*_OWN, *_SEEN)),
        _pack(joined, (*_OWN, *_SEEN, *_STANDING)),
    ]
    _reopen_same(session, kept, joined, now)
    for word, model in MOVING.items():
        _hand_over(session, model, moved[word], kept.id)
    _adopt(session, moved[_CHILDREN], kept.id)
    moves.remember_both(session, kept.id, joined.id)
    advisories.hand_over(session, kept.id, joined.id)
    last_looks.hand_over(session, kept.id, joined.id)
    _leave(joined, kept, now)
    session.flush()  # the number must be free before the kept vendor takes it
    for field, value in gains.items():
        setattr(kept, field, value)
    touch(kept, now)
    observe(session, kept, now=now, actor=actor)
    _refresh_both(session, kept, joined, now)
    moved[_AFTER] = [_pack(kept, (*_OWN, *_SEEN))]
    by = actor if isinstance(actor, uuid.UUID) else None
    merge = Merge(kept_id=kept.id, merged_id=joined.id, by_id=by, moved=moved, created_at=now)
    session.add(merge)
    session.flush()
    counts = {word: len(moved[word]) for word in (*MOVING, _CHILDREN) if moved[word]}
    for vendor, act, other in (
        (kept, "vendor.took_in", joined),
        (joined, "vendor.joined", kept),
    ):
        after = {"vendor": other.name, "id": other.id, "moved": counts}
        note(session, vendor, act, actor=actor, now=now, after=after)
    return merge


def undo(session: Session, merge: Merge, *, now: dt.datetime, actor: Actor) -> None:
    """Both vendors are again what they were; what the kept one got since stays with it.

    VendorRefused when the merge was undone before, or the kept vendor was itself joined since.
    """
    kept, joined = session.get(Vendor, merge.kept_id), session.get(Vendor, merge.merged_id)
    if merge.undone_at is not None or kept is None or joined is None:
        raise VendorRefused("This was taken apart already.")
    if joined.merged_into_id != kept.id or kept.merged_into_id is not None:
        raise VendorRefused(
            "%(vendor)s was joined to another vendor since: take that apart first.",
            vendor=kept.name,
        )
    for word, model in MOVING.items():
        _hand_over(session, model, merge.moved.get(word, []), joined.id, only_from=kept.id)
    _follow_back(session, merge, kept, joined)
    _adopt(session, merge.moved[_CHILDREN], joined.id, only_from=kept.id)
    _declare_no_more(session, merge.moved.get(_PAGES, []))
    for some in _slices(merge.moved.get(_HEIRS, [])):
        theirs = (col(Engagement.id).in_(some), col(Engagement.vendor_id) == joined.id)
        session.exec(update(Engagement).where(*theirs).values(inherits=True))
    before_kept, before_joined = (_unpack(text) for text in merge.moved[_BEFORE])
    (after_kept,) = (_unpack(text) for text in merge.moved[_AFTER])
    _take_back(kept, before_kept, after_kept)
    session.flush()
    joined.merged_into_id = None
    for field, had in before_joined.items():
        setattr(joined, field, had)
    if _number_taken(session, joined):
        joined.supplier_number = None
    session.flush()
    if kept.id in [vendor.id for vendor in ancestors(session, kept)]:
        kept.parent_id = kept.kinship = None  # somebody turned the family around since
    merge.undone_at = now
    touch(kept, now)
    touch(joined, now)
    for vendor in (kept, joined):
        observe(session, vendor, now=now, actor=actor)
    _refresh_both(session, kept, joined, now)
    for vendor, other in ((kept, joined), (joined, kept)):
        after = {"vendor": other.name, "id": other.id}
        note(session, vendor, "vendor.taken_apart", actor=actor, now=now, after=after)


def _follow_back(session: Session, merge: Merge, kept: Vendor, joined: Vendor) -> None:
    """What was made since on engagements, decisions and documents goes back with them."""
    hanging: tuple[tuple[str, Any, Any], ...] = (
        ("engagements", Decision, Decision.engagement_id),
        ("engagements", Review, Review.engagement_id),
        ("engagements", StoredScore, StoredScore.engagement_id),
        ("engagements", StoredFinding, StoredFinding.engagement_id),
        ("engagements", StoredClaim, StoredClaim.engagement_id),
        ("engagements", Access, Access.engagement_id),
        ("engagements", Contract, Contract.engagement_id),
        ("engagements", Document, Document.engagement_id),
        ("engagements", Note, Note.engagement_id),
        ("engagements", QuestionnaireResponse, QuestionnaireResponse.engagement_id),
        ("documents", StoredClaim, StoredClaim.origin_id),
    )
    for word, model, column in hanging:
        for some in _slices(merge.moved.get(word, [])):
            here = (col(column).in_(some), col(model.vendor_id) == kept.id)
            session.exec(update(model).where(*here).values(vendor_id=joined.id))
    decided = select(Decision.id).where(Decision.vendor_id == joined.id)
    theirs = (col(Condition.decision_id).in_(decided), col(Condition.vendor_id) == kept.id)
    session.exec(update(Condition).where(*theirs).values(vendor_id=joined.id))


def _disinherit(session: Session, joined: Vendor, parent_id: uuid.UUID | None) -> list[str]:
    """What the joined vendor's engagements counted of its parent, no other parent's takes over."""
    if joined.parent_id == parent_id:
        return []
    rows = session.exec(
        select(Engagement).where(
            Engagement.vendor_id == joined.id, col(Engagement.inherits).is_(True)
        )
    ).all()
    for row in rows:
        row.inherits = False
    return [str(row.id) for row in rows]


def _declare(session: Session, kept: Vendor, joined: Vendor) -> list[str]:
    """Pages that the joined vendor declared on hosts of both are asked for with the kept one's.

    Gives what changed, for the way back. What is too much for a host stays with the joined vendor.
    """
    own = {row.host: row for row in session.exec(_domains(kept))}
    changed = []
    for other in session.exec(_domains(joined)):
        row = own.get(other.host)
        before = list(row.checkout_pages) if row is not None else []
        after = _both_pages(before, other.checkout_pages, other.host)
        if row is not None and after != before:
            row.checkout_pages = after
            changed.append(json.dumps({"domain": str(row.id), "before": before, "after": after}))
    return changed


def _both_pages(some: Sequence[str], more: Sequence[str], host: str) -> list[str]:
    """The pages of one side, and of the other as many as may be declared."""
    both = list(some)
    for page in more:
        try:
            both = list(pages_of([*both, page], host))
        except DeclarationRefused:
            continue
    return both


def _declare_no_more(session: Session, changed: Iterable[str]) -> None:
    """The pages are as before the merge, where nobody changed them since."""
    for text in changed:
        said = json.loads(text)
        row = session.get(Domain, uuid.UUID(said["domain"]))
        if row is not None and row.checkout_pages == said["after"]:
            row.checkout_pages = said["before"]


def _domains(vendor: Vendor) -> SelectOfScalar[Domain]:
    return select(Domain).where(Domain.vendor_id == vendor.id).order_by(Domain.host)


def _take_back(kept: Vendor, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
    """What the merge changed is as it was; what changed since is left with all it goes with."""
    alone = [(field,) for field in before if field not in (*_LAST_SCAN, *_FAMILY)]
    for fields in (_LAST_SCAN, _FAMILY, *alone):
        if all(getattr(kept, field) == after[field] for field in fields):
            for field in fields:
                setattr(kept, field, before[field])


def merges_into(session: Session, vendor_id: uuid.UUID) -> Sequence[Merge]:
    """The merges that still hold, the latest first."""
    return session.exec(
        select(Merge)
        .where(Merge.kept_id == vendor_id, col(Merge.undone_at).is_(None))
        .order_by(col(Merge.created_at).desc())
    ).all()


def standing(session: Session, vendor: Vendor) -> Vendor:
    """The vendor that this one was joined to, however often; itself when it was not."""
    seen = {vendor.id}
    while vendor.merged_into_id is not None:
        onward = session.get(Vendor, vendor.merged_into_id)
        if onward is None or onward.id in seen:
            break
        seen.add(onward.id)
        vendor = onward
    return vendor


def _refuse(session: Session, kept: Vendor, joined: Vendor) -> None:
    if kept.id == joined.id:
        raise VendorRefused("That is the vendor itself: choose another one.")
    for vendor in (kept, joined):
        if vendor.ours:
            raise VendorRefused(
                "%(vendor)s is our own company, which is no vendor.", vendor=vendor.name
            )
        if vendor.merged_into_id is not None:
            raise VendorRefused(
                "%(vendor)s was joined to another vendor already.", vendor=vendor.name
            )
        if open_scan(session, vendor.id) is not None:
            raise VendorRefused(
                "%(vendor)s is being scanned: wait for the end, or stop the scan.",
                vendor=vendor.name,
            )
    if kept.archived_at is not None:
        raise VendorRefused("%(vendor)s is archived: restore it first.", vendor=kept.name)
    for upper, lower in ((kept, joined), (joined, kept)):
        if upper.id in [vendor.id for vendor in ancestors(session, lower)[1:]]:
            raise VendorRefused(
                "Another company stands between %(upper)s and %(lower)s: take %(lower)s"
                " out from under it first.",
                upper=upper.name,
                lower=lower.name,
            )
    if kept.sample != joined.sample:
        raise VendorRefused("A sample vendor cannot be joined to a real one.")


def _moving_ids(session: Session, word: str, kept: Vendor, joined: Vendor) -> Sequence[uuid.UUID]:
    model = MOVING[word]
    query = select(model.id).where(model.vendor_id == joined.id)
    if model is Domain:
        query = query.where(col(Domain.host).not_in(_had(Domain.host, Domain.vendor_id, kept)))
    if model is VendorTag:
        query = query.where(
            col(VendorTag.tag).not_in(_had(VendorTag.tag, VendorTag.vendor_id, kept))
        )
    if model is StoredFinding:
        query = query.where(~_same_finding(kept))
    return session.exec(query.order_by(col(model.id))).all()


def _same_finding(kept: Vendor) -> ColumnElement[bool]:
    """Whether the kept vendor has a finding of that identity: it stays where it is.

    What an answer made belongs to its engagement, and is never the same as that of another one.
    """
    other = aliased(StoredFinding)
    same = select(other.id).where(
        other.vendor_id == kept.id,
        other.kind == StoredFinding.kind,
        other.reference == StoredFinding.reference,
        other.asset == StoredFinding.asset,
        StoredFinding.kind != FindingKind.QUESTION,
    )
    return same.exists()


def _tell_apart(session: Session, kept: Vendor, joined: Vendor) -> None:
    """Findings of answers about engagements that are called the same get places of their own."""
    rows = session.exec(
        select(StoredFinding).where(
            col(StoredFinding.vendor_id).in_((kept.id, joined.id)),
            StoredFinding.kind == FindingKind.QUESTION,
        )
    ).all()
    taken = {(row.reference, row.asset) for row in rows if row.vendor_id == kept.id}
    every = {(row.reference, row.asset) for row in rows}
    for row in rows:
        if row.vendor_id == kept.id or (row.reference, row.asset) not in taken:
            continue
        name = row.asset[:240]
        row.asset = next(
            one
            for one in (f"{name} ({n})" for n in range(2, len(every) + 3))
            if (row.reference, one) not in every
        )
        every.add((row.reference, row.asset))
    session.flush()


def _reopen_same(session: Session, kept: Vendor, joined: Vendor, now: dt.datetime) -> None:
    """What is open at the joined vendor is open at the kept one, which has it as closed."""
    other = aliased(StoredFinding)
    pairs = session.exec(
        select(StoredFinding, other)
        .join(
            other,
            and_(
                col(other.kind) == col(StoredFinding.kind),
                col(other.reference) == col(StoredFinding.reference),
                col(other.asset) == col(StoredFinding.asset),
            ),
        )
        .where(
            StoredFinding.vendor_id == kept.id,
            other.vendor_id == joined.id,
            StoredFinding.kind != FindingKind.QUESTION,
            col(other.state).in_(CAPPING),
            col(StoredFinding.state).not_in(CAPPING),
        )
    ).all()
    for row, theirs in pairs:
        before = row.state
        row.state, row.closed_at, row.opened_at = FindingState.OPEN, None, now
        row.severity = max(row.severity, theirs.severity)
        row.due_on, row.times_opened = theirs.due_on, row.times_opened + 1
        row.revision += 1
        session.add(
            FindingEvent(
                finding_id=row.id,
                at=now,
                by_kind="product",
                act="joined",
                state_before=before,
                state_after=row.state,
                created_at=now,
            )
        )
    session.flush()


def _had(column: Any, owner: Any, kept: Vendor) -> Any:
    return select(column).where(owner == kept.id)


def _shared(
    session: Session, column: Any, owner: Any, kept: Vendor, joined: Vendor
) -> tuple[str, ...]:
    query = select(column).where(owner == joined.id, column.in_(_had(column, owner, kept)))
    return tuple(session.exec(query.order_by(column)).all())


def _children(session: Session, kept: Vendor, joined: Vendor) -> Sequence[uuid.UUID]:
    return session.exec(
        select(Vendor.id)
        .where(Vendor.parent_id == joined.id, Vendor.id != kept.id)
        .order_by(col(Vendor.id))
    ).all()


def _gained(kept: Vendor, joined: Vendor) -> dict[str, Any]:
    """What the kept vendor lacks and the joined one has."""
    gains: dict[str, Any] = {}
    for field in ("supplier_number", "owner_id", "triaged_at"):
        if getattr(kept, field) is None and getattr(joined, field) is not None:
            gains[field] = getattr(joined, field)
    if joined.in_use and not kept.in_use:
        gains["in_use"] = True
    if kept.parent_id == joined.id or (kept.parent_id is None and joined.parent_id != kept.id):
        gains["parent_id"], gains["kinship"] = joined.parent_id, joined.kinship
    if joined.contradicted_at is not None and kept.contradicted_at is None:
        gains["contradicted_at"] = joined.contradicted_at
        gains["contradicted_why"] = joined.contradicted_why
    if more := set(joined.observed) - set(kept.observed):
        gains["observed"] = sorted({*kept.observed, *more})
    newer = joined.last_scan_at is not None and (
        kept.last_scan_at is None or joined.last_scan_at > kept.last_scan_at
    )
    if newer:
        gains |= {field: getattr(joined, field) for field in _SEEN}
    return {f: value for f, value in gains.items() if value != getattr(kept, f)}


def _leave(joined: Vendor, kept: Vendor, now: dt.datetime) -> None:
    joined.merged_into_id = kept.id
    joined.supplier_number = None if kept.supplier_number is None else joined.supplier_number
    joined.parent_id = joined.kinship = None
    if joined.archived_at is None:
        joined.state_before_archive = joined.state
        joined.state = VendorState.ARCHIVED
        joined.archived_at = now
    touch(joined, now)


def _leave_runs(session: Session, kept: Vendor, joined: Vendor) -> None:
    """A run has one scan of each vendor, and that is the kept one's."""
    theirs = select(Scan.run_id).where(Scan.vendor_id == kept.id, col(Scan.run_id).is_not(None))
    for scan in session.exec(
        select(Scan).where(Scan.vendor_id == joined.id, col(Scan.run_id).in_(theirs))
    ).all():
        scan.run_id = None
    session.flush()


def _hand_over(
    session: Session,
    model: Moving,
    ids: Iterable[str],
    to: uuid.UUID,
    *,
    only_from: uuid.UUID | None = None,
) -> None:
    session.flush()
    for some in _slices(ids):
        where: list[ColumnElement[bool]] = [col(model.id).in_(some)]
        if only_from is not None:
            where.append(col(model.vendor_id) == only_from)
        session.exec(update(model).where(*where).values(vendor_id=to))


def _adopt(
    session: Session, ids: Iterable[str], to: uuid.UUID, *, only_from: uuid.UUID | None = None
) -> None:
    for some in _slices(ids):
        where: list[ColumnElement[bool]] = [col(Vendor.id).in_(some)]
        if only_from is not None:
            where.append(col(Vendor.parent_id) == only_from)
        session.exec(update(Vendor).where(*where).values(parent_id=to))


def _slices(ids: Iterable[str]) -> Iterable[list[uuid.UUID]]:
    all_ids = [uuid.UUID(id) for id in ids]
    for start in range(0, len(all_ids), _AT_ONCE):
        yield all_ids[start : start + _AT_ONCE]


def _refresh_both(session: Session, kept: Vendor, joined: Vendor, now: dt.datetime) -> None:
    refresh(session, kept)
    refresh(session, joined)
    session.expire_all()  # rows moved by statements
    for vendor in (kept, joined):
        settle(session, vendor, now=now)
    scores.rescore(session, [kept.id, joined.id], now=now, cause=scores.MERGE)


def _number_taken(session: Session, vendor: Vendor) -> bool:
    """Somebody gave the number to another vendor since, perhaps the kept one anew."""
    if vendor.supplier_number is None:
        return False
    with session.no_autoflush:
        holders = session.exec(
            select(func.count())
            .select_from(Vendor)
            .where(Vendor.supplier_number == vendor.supplier_number, Vendor.id != vendor.id)
        ).one()
    return holders > 0


def _pack(vendor: Vendor, fields: Iterable[str]) -> str:
    said: dict[str, Any] = {}
    for field in fields:
        value = getattr(vendor, field)
        if isinstance(value, dt.datetime):
            value = value.isoformat()
        said[field] = str(value) if isinstance(value, uuid.UUID) else value
    return json.dumps(said)


def _unpack(text: str) -> dict[str, Any]:
    said: dict[str, Any] = json.loads(text)
    for field, value in said.items():
        if value is None:
            continue
        if field in _TIMES:
            said[field] = dt.datetime.fromisoformat(value)
        elif field in _IDS:
            said[field] = uuid.UUID(value)
    return said
