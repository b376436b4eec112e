"""Whether a vendor's bare word counts: an answer that was contradicted, and how that is cleared."""

import datetime as dt
import uuid

from sqlmodel import Session, select

from vendor_risk.evidence import N_, Severity
from vendor_risk.store.models.findings import FindingEvent, FindingKind, FindingState, StoredFinding
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import scores
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.settings import due_days, due_on
from vendor_risk.workflow.vendors import Actor, VendorRefused, clean, lock, note, refuse_gone, touch

EXHIBIT = 220  # characters; two of them and the words around them fit the vendor's column
NOTE = 1000
REFERENCE = "contradiction"
TITLE = N_("What the vendor said is contradicted by what was seen")

# A false answer is no fault of a host: as grave as what keeps a control from counting in full, and
# not as grave as the fault itself, which is a finding of its own.
SEVERITY = Severity.MEDIUM


def mark(
    session: Session,
    vendor: Vendor,
    *,
    control: str,
    said: str,
    seen: str,
    revision: int,
    now: dt.datetime,
    actor: Actor,
) -> StoredFinding:
    """The vendor's word counts less until somebody clears it; a finding keeps both exhibits.

    VendorRefused where an exhibit is missing or the vendor is contradicted already, Stale when
    somebody changed the vendor meanwhile.
    """
    lock(session, vendor, revision)
    refuse_gone(vendor)
    if control not in in_use(session).controls:
        raise VendorRefused(
            "“%(control)s” is no control: choose one of the list.", "control", control=control[:20]
        )
    said, seen = _exhibit(said, "said"), _exhibit(seen, "seen")
    if vendor.contradicted_at is not None:
        raise VendorRefused("It is contradicted already: clear that first.")
    finding = _finding(session, vendor, control=control, said=said, seen=seen, now=now, actor=actor)
    vendor.contradicted_at = now
    vendor.contradicted_why = f"{control}: “{said}” against “{seen}”"
    touch(vendor, now)
    after = {"control": control, "said": said, "seen": seen}
    note(session, vendor, "vendor.contradicted", actor=actor, now=now, after=after)
    scores.rescore(session, [vendor.id], now=now, cause=scores.CREDIBILITY)
    return finding


def clear_contradiction(
    session: Session,
    vendor: Vendor,
    *,
    why: str,
    revision: int,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The vendor's word counts as before; False when it did already.

    The finding with the exhibits stays: it is closed where findings are. VendorRefused without a
    note, Stale when somebody changed the vendor meanwhile.
    """
    lock(session, vendor, revision)
    if vendor.contradicted_at is None:
        return False
    why = clean(why)
    if not why:
        raise VendorRefused("Say what you checked, so that others can follow it.", "why")
    if len(why) > NOTE:
        raise VendorRefused(
            "The note has %(count)s characters, and %(most)s fit: shorten it.",
            "why",
            count=len(why),
            most=NOTE,
        )
    before = {"contradicted_at": vendor.contradicted_at, "why": vendor.contradicted_why}
    vendor.contradicted_at, vendor.contradicted_why = None, ""
    touch(vendor, now)
    note(
        session,
        vendor,
        "vendor.contradiction_cleared",
        actor=actor,
        now=now,
        before=before,
        after={"why": why},
    )
    scores.rescore(session, [vendor.id], now=now, cause=scores.CREDIBILITY)
    return True


def _exhibit(text: str, field: str) -> str:
    text = clean(text)
    if not text:
        words = {"said": N_("Quote the answer."), "seen": N_("Say what was seen, and where.")}
        raise VendorRefused(words[field], field)
    if len(text) > EXHIBIT:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            field,
            count=len(text),
            most=EXHIBIT,
        )
    return text


def _finding(
    session: Session,
    vendor: Vendor,
    *,
    control: str,
    said: str,
    seen: str,
    now: dt.datetime,
    actor: Actor,
) -> StoredFinding:
    """The finding of this control, open; one that was closed before is open again."""
    today = now.astimezone(dt.UTC).date()
    row = session.exec(
        select(StoredFinding)
        .where(
            StoredFinding.vendor_id == vendor.id,
            StoredFinding.kind == FindingKind.PERSON,
            StoredFinding.reference == REFERENCE,
            StoredFinding.asset == control,
        )
        .with_for_update()
    ).first()
    before = row.state if row else ""
    if row is None:
        row = StoredFinding(
            vendor_id=vendor.id,
            kind=FindingKind.PERSON,
            reference=REFERENCE,
            asset=control,
            control=control,
            severity=SEVERITY.rank,
            title=TITLE,
            owner_id=vendor.owner_id,
            first_seen_at=now,
            last_seen_at=now,
            opened_at=now,
            created_at=now,
            sample=vendor.sample,
        )
        session.add(row)
    else:
        row.times_opened += row.closed_at is not None
        row.opened_at = row.last_seen_at = now
        row.accepted_until = row.accepted_by_id = None
        row.revision += 1
    row.state, row.closed_at, row.answered_at = FindingState.OPEN, None, None
    row.due_on = due_on(due_days(session), SEVERITY, vendor.tier, today)
    row.reason, row.evidence_value = said, seen
    session.flush()
    session.add(
        FindingEvent(
            finding_id=row.id,
            at=now,
            by_id=actor if isinstance(actor, uuid.UUID) else None,
            act="seen",
            state_before=before,
            state_after=row.state,
            created_at=now,
        )
    )
    return row
