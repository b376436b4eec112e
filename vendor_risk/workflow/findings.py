"""The life of a finding: each step that a person takes with it, and what it does to the score."""

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, col, func, select

from vendor_risk.evidence import Severity
from vendor_risk.refusals import Word
from vendor_risk.store.audit import record
from vendor_risk.store.models.findings import (
    ANSWERED,
    TITLE,
    FindingEvent,
    FindingKind,
    StoredFinding,
)
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import scores
from vendor_risk.workflow.finding_files import Evidence
from vendor_risk.workflow.finding_moves import (
    ACCEPT_MOVE,
    ACCEPTED,
    ASK_MOVE,
    CLOCK,
    CLOSED,
    EXPIRE_MOVE,
    LIFTING,
    MARK_FALSE_MOVE,
    MOVES,
    OPEN,
    REOPEN_MOVE,
    SAID_FIXED,
    SAY_FIXED_MOVE,
    UNDO_MOVE,
    VERIFIED,
    VERIFY_MOVE,
    Move,
    Teller,
    moves_of,
)
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.people import approvers, role_names
from vendor_risk.workflow.settings import due_days, due_on
from vendor_risk.workflow.vendors import VendorRefused, changed, clean, lock

# Longer is no acceptance but a wish to forget: an acceptance is looked at again within two years.
LONGEST_ACCEPTANCE = dt.timedelta(days=2 * 365)
NOTE = 4000
_LAST_DUE = dt.timedelta(days=5 * 365)
_EFFECT, _FIX, _ASSET, _LINK = 2000, 4000, 253, 500


def open_to(session: Session, row: StoredFinding, person: uuid.UUID | None) -> list[Move]:
    """The steps that this person may take with it by hand; to ask is a letter of its own."""
    approves = is_approver(session, person)
    heavy = not approves and bool(grave(session, [row]))
    return [
        move
        for move in moves_of(row.state)
        if move is not ASK_MOVE
        and (approves or move is not ACCEPT_MOVE)
        and not (heavy and move in LIFTING)
    ]


def needs_proof(session: Session, row: StoredFinding) -> bool:
    """Whether nobody's word alone closes it as mended: it weighs much, and nothing shows it.

    A file that the vendor sent with its last answer is there to be read, and shows.
    """
    if row.severity < Severity.HIGH.rank and not row.knockout:
        return False
    if row.state != SAID_FIXED or row.answered_at is None:
        return True
    sent = select(FindingEvent.id).where(
        FindingEvent.finding_id == row.id,
        FindingEvent.act == SAY_FIXED_MOVE.name,
        FindingEvent.at >= row.answered_at,
        col(FindingEvent.file_sha256).is_not(None),
    )
    return session.exec(sent.limit(1)).first() is None


def step(
    session: Session,
    row: StoredFinding,
    name: str,
    *,
    note: str = "",
    until: dt.date | None = None,
    link: str = "",
    evidence: Evidence | None = None,
    revision: int,
    now: dt.datetime,
    by: Teller,
) -> FindingEvent:
    """The finding took this step; VendorRefused when it cannot, Stale when it moved on.

    `until` is the last day of an acceptance, and only an approver accepts. `link` or `evidence`
    shows that it is mended; who keeps the file names it by the event.
    """
    lock(session, row, revision)
    move = MOVES[name]
    refuse_impossible(row, move, by_approver=is_approver(session, by.person))
    said = _said(move, note)
    link = _checked_link(link)
    if move is VERIFY_MOVE and not link and evidence is None and needs_proof(session, row):
        raise VendorRefused(
            "A %(severity)s finding is verified by what others can look at: add a"
            " file or a link, such as a screenshot, a ticket or the report of a"
            " retest. A scan that no longer sees it closes it by itself.",
            "file",
            severity=Word(Severity.of_rank(row.severity)),
        )
    if link:
        said = checked_note(f"{said}\n{link}".strip())
    if move is ACCEPT_MOVE:
        _refuse_endless(until, now)
        refuse_unless_approver(session, by.person)
    if move in LIFTING and grave(session, [row]) and not is_approver(session, by.person):
        raise VendorRefused(
            "“%(title)s” weighs so much that “%(move)s” takes an approver, as"
            " accepting it does: ask %(approvers)s.",
            title=row.title,
            move=Word(move.label),
            approvers=approvers(session),
        )
    event = _go(session, row, move, said, until=until, now=now, by=by)
    if evidence is not None:
        event.file_name, event.file_sha256 = evidence.name, evidence.sha256
    scores.rescore(session, [row.vendor_id], now=now, cause=scores.FINDING, by=by.person)
    return event


def take_all(
    session: Session,
    rows: Sequence[StoredFinding],
    name: str,
    *,
    note: str,
    until: dt.date | None = None,
    now: dt.datetime,
    by: Teller,
) -> list[StoredFinding]:
    """Those that took the step; left alone is what cannot, for the state that it is in."""
    move = MOVES[name]
    if move is VERIFY_MOVE:
        raise ValueError("each one is verified by itself, for what was seen of it")
    said = _said(move, note)
    if move is ACCEPT_MOVE:
        _refuse_endless(until, now)
        refuse_unless_approver(session, by.person)
    done = [row for row in rows if row.state in move.sources]
    if move in LIFTING and not is_approver(session, by.person):
        heavy = {row.id for row in grave(session, done)}
        done = [row for row in done if row.id not in heavy]
        if heavy and not done:
            raise VendorRefused(
                "They weigh so much that “%(move)s” takes an approver, as accepting them"
                " does: ask %(approvers)s.",
                move=Word(move.label),
                approvers=approvers(session),
            )
    for row in done:
        _go(session, row, move, said, until=until, now=now, by=by)
    _rescore(session, done, now, by)
    return done


def ask_all(
    session: Session,
    rows: Sequence[StoredFinding],
    request_id: uuid.UUID,
    *,
    now: dt.datetime,
    by: Teller,
) -> None:
    """The vendor is asked to mend these by this letter; VendorRefused when one cannot be."""
    for row in rows:
        refuse_impossible(row, ASK_MOVE)
    for row in rows:
        row.request_id = request_id
        _go(session, row, ASK_MOVE, "", until=None, now=now, by=by)
    _rescore(session, rows, now, by)


def undo(
    session: Session, moment: dt.datetime, *, now: dt.datetime, by: Teller
) -> list[StoredFinding]:
    """What this person accepted or marked as false at one moment is as it was before.

    What somebody has touched since stays as it is.
    """
    events = session.exec(
        select(FindingEvent).where(
            FindingEvent.by_id == by.person,
            FindingEvent.at == moment,
            col(FindingEvent.act).in_((ACCEPT_MOVE.name, MARK_FALSE_MOVE.name)),
        )
    ).all()
    done = []
    for event in events:
        row = session.get(StoredFinding, event.finding_id, with_for_update=True)
        if row is None or row.state != event.state_after or _touched_since(session, event):
            continue
        # An acceptance that ended with the act stays ended: its end and its approver are gone.
        again = OPEN if event.state_before == ACCEPTED else event.state_before
        before, row.state = row.state, again
        row.closed_at = row.accepted_until = row.accepted_by_id = None
        row.answered_at = _answered(session, row)
        row.revision += 1
        _note(session, row, UNDO_MOVE.name, "", before=before, now=now, by=by)
        done.append(row)
    _rescore(session, done, now, by)
    return done


def expire_acceptances(session: Session, now: dt.datetime) -> int:
    """Findings whose acceptance has ended are open again and say so; how many were."""
    today = now.astimezone(dt.UTC).date()
    rows = session.exec(
        select(StoredFinding)
        .where(col(StoredFinding.accepted_until) < today, StoredFinding.state == ACCEPTED)
        .order_by(col(StoredFinding.id))
        .with_for_update()
    ).all()
    by = Teller("clock", CLOCK)
    for row in rows:
        note = f"accepted until {row.accepted_until:%Y-%m-%d}"
        _go(session, row, EXPIRE_MOVE, note, until=None, now=now, by=by)
    _rescore(session, rows, now, by)
    return len(rows)


def set_owner(
    session: Session,
    rows: Sequence[StoredFinding],
    owner_id: uuid.UUID | None,
    *,
    now: dt.datetime,
    by: Teller,
) -> list[StoredFinding]:
    """Those that have another owner from now on; VendorRefused for who cannot sign in."""
    owner = session.get(User, owner_id) if owner_id else None
    if owner_id and (owner is None or not owner.active):
        raise VendorRefused("Choose somebody who has an account.", "owner_id")
    said = (owner.name or owner.email) if owner else "nobody"
    return _set(session, rows, {"owner_id": owner_id}, "owner", said, now=now, by=by)


def set_due(
    session: Session,
    rows: Sequence[StoredFinding],
    due: dt.date | None,
    *,
    now: dt.datetime,
    by: Teller,
) -> list[StoredFinding]:
    """Those that are due on another day from now on; VendorRefused for a day that is past.

    A critical or high one is put off no further than its severity allows: whoever lets it wait
    longer takes a risk, and that is an acceptance, of an approver, which lifts no knock-out.
    """
    today = now.astimezone(dt.UTC).date()
    if due is None:
        raise VendorRefused("Give the day by which it has to be mended.", "due_on")
    if due < today:
        raise VendorRefused("That day is past: give one from today on.", "due_on")
    if due > today + _LAST_DUE:
        raise VendorRefused("That is more than five years ahead: check the year.", "due_on")
    standing = [row for row in rows if row.closed_at is None]
    for row in standing:
        _refuse_put_off(session, row, due)
    done = _set(session, standing, {"due_on": due}, "due", due.isoformat(), now=now, by=by)
    _rescore(session, done, now, by)
    return done


def comment(
    session: Session, row: StoredFinding, text: str, *, now: dt.datetime, by: Teller
) -> FindingEvent:
    """The finding's history has these words; nothing else of it changes."""
    text = checked_note(text)
    if not text:
        raise VendorRefused("Write the comment.", "note")
    return _note(session, row, "comment", text, before=row.state, now=now, by=by)


def raise_finding(
    session: Session,
    vendor: Vendor,
    *,
    engagement_id: uuid.UUID | None = None,
    control: str,
    severity: Severity,
    title: str,
    effect: str = "",
    fix: str = "",
    knockout: str = "",
    asset: str = "",
    reference: str = "",
    now: dt.datetime,
    by: Teller,
) -> StoredFinding:
    """A finding that a person saw; VendorRefused when it is none that the model can count.

    `reference` tells it apart from all others; it is made up where none is given.
    """
    if vendor.ours or vendor.merged_into_id is not None or vendor.archived_at is not None:
        raise VendorRefused(
            "%(vendor)s is not judged, so nothing can be found at it.", vendor=vendor.name
        )
    model = in_use(session)
    if control not in model.controls:
        raise VendorRefused("Choose a control of the risk model.", "control")
    if knockout and knockout not in model.knockouts:
        raise VendorRefused("Choose a knock-out of the risk model, or none.", "knockout")
    if engagement_id is not None:
        engagement = session.get(Engagement, engagement_id)
        if engagement is None or engagement.vendor_id != vendor.id:
            raise VendorRefused("Choose an engagement of this vendor.", "engagement_id")
    row = StoredFinding(
        vendor_id=vendor.id,
        engagement_id=engagement_id,
        kind=FindingKind.PERSON,
        reference=reference or uuid.uuid4().hex,
        asset=_short(asset, _ASSET, "asset"),
        control=control,
        severity=severity.rank,
        title=_short(title, TITLE, "title"),
        effect=_long(effect, _EFFECT, "effect"),
        fix=_long(fix, _FIX, "fix"),
        knockout=knockout,
        owner_id=vendor.owner_id,
        due_on=_due(session, severity, vendor.tier, now),
        first_seen_at=now,
        last_seen_at=now,
        opened_at=now,
        created_at=now,
        updated_at=now,
        sample=vendor.sample,
    )
    if not row.title:
        raise VendorRefused("Say in a sentence what is wrong.", "title")
    session.add(row)
    session.flush()
    said = {"title": row.title, "control": control, "severity": str(severity)}
    _note(session, row, "raised", "", before="", now=now, by=by, after=said)
    _rescore(session, [row], now, by)
    return row


def refuse_impossible(row: StoredFinding, move: Move, *, by_approver: bool = False) -> None:
    """VendorRefused, with what they can do instead, when its state allows no such step."""
    if row.state in move.sources:
        return
    mine = [each for each in moves_of(row.state) if each is not ACCEPT_MOVE or by_approver]
    raise VendorRefused(
        "The finding is “%(state)s”, so “%(move)s” is not possible. What is possible now: %(can)s.",
        state=Word(row.state),
        move=Word(move.label),
        can=tuple(Word(each.label) for each in mine),
    )


def is_approver(session: Session, person: uuid.UUID | None) -> bool:
    """Whether this person may take a risk for the company."""
    user = session.get(User, person) if person else None
    return user is not None and "approver" in role_names(user)


def grave(session: Session, rows: Sequence[StoredFinding]) -> list[StoredFinding]:
    """Those that no analyst alone may take out of the score.

    Critical ones, those that name a knock-out, and high ones of a vendor of tier 1 or 2, where a
    decision takes two people as well.
    """
    high = {row.vendor_id for row in rows if row.severity == Severity.HIGH.rank}
    tiers: dict[uuid.UUID, int | None] = {}
    if high:
        found = select(Vendor.id, Vendor.tier).where(col(Vendor.id).in_(high))
        tiers = dict(session.exec(found).all())
    return [
        row
        for row in rows
        if row.severity >= Severity.CRITICAL.rank
        or row.knockout
        or (row.severity == Severity.HIGH.rank and tiers.get(row.vendor_id) in (1, 2))
    ]


def refuse_unless_approver(session: Session, person: uuid.UUID | None) -> None:
    """VendorRefused unless this is an approver: a risk is taken by who may take it."""
    if not is_approver(session, person):
        raise VendorRefused("Only an approver accepts a risk: ask one to do it.")


def checked_note(text: str) -> str:
    """The words as they are kept, with their line breaks; VendorRefused when there are too many."""
    return _long(text, NOTE, "note")


def _said(move: Move, note: str) -> str:
    said = checked_note(note)
    if move.reason and not said:
        raise VendorRefused(move.reason, "note")
    return said


def _checked_link(link: str) -> str:
    link = clean(link)
    if not link:
        return ""
    if len(link) > _LINK:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            "link",
            count=len(link),
            most=_LINK,
        )
    try:
        host = urlsplit(link).hostname if link.lower().startswith(("https://", "http://")) else None
    except ValueError:  # half an IPv6 address
        host = None
    if not host or " " in link:
        raise VendorRefused(
            "Give a whole address, such as https://tickets.shop.example/4711.", "link"
        )
    return link


def _refuse_endless(until: dt.date | None, now: dt.datetime) -> None:
    today = now.astimezone(dt.UTC).date()
    if until is None:
        raise VendorRefused("Give the last day: nothing is accepted for ever.", "until")
    if until < today:
        raise VendorRefused("That day is past: an acceptance ends in the future.", "until")
    if until > today + LONGEST_ACCEPTANCE:
        raise VendorRefused("An acceptance lasts two years at most: choose a nearer day.", "until")


def _go(
    session: Session,
    row: StoredFinding,
    move: Move,
    note: str,
    *,
    until: dt.date | None,
    now: dt.datetime,
    by: Teller,
) -> FindingEvent:
    before = row.state
    row.accepted_until = row.accepted_by_id = None
    if move is ACCEPT_MOVE:
        row.accepted_until, row.accepted_by_id = until, by.person
    if move is REOPEN_MOVE or move is EXPIRE_MOVE:
        _begin_again(session, row, now)
    row.state = move.target
    row.closed_at = now if move.target in CLOSED else None
    row.answered_at = now if move.target in ANSWERED else None
    row.revision += 1
    row.updated_at = now
    after = {"accepted_until": until} if move is ACCEPT_MOVE else {}
    return _note(session, row, move.name, note, before=before, now=now, by=by, after=after)


def _begin_again(session: Session, row: StoredFinding, now: dt.datetime) -> None:
    """It is open from now on: one that was mended is due anew, as when a scan sees it again.

    Of one that was never mended the day stays where it was sooner; else accepting a fault and
    opening it again would put off its day.
    """
    tier = session.get_one(Vendor, row.vendor_id).tier
    anew = _due(session, Severity.of_rank(row.severity), tier, now)
    days = [day for day in (row.due_on, anew) if day]
    row.due_on = anew if row.state == VERIFIED else min(days, default=None)
    row.opened_at = now
    if row.closed_at is not None:
        row.times_opened += 1


def _refuse_put_off(session: Session, row: StoredFinding, due: dt.date) -> None:
    severity = Severity.of_rank(row.severity)
    if row.due_on is None or due <= row.due_on or severity.rank < Severity.HIGH.rank:
        return
    # From its first day, or from when it came back after it was mended: accepting it, or calling
    # it false, and opening it again puts nothing off.
    returned = select(func.max(FindingEvent.at)).where(
        FindingEvent.finding_id == row.id,
        FindingEvent.state_before == VERIFIED,
        FindingEvent.state_after == OPEN,
    )
    since = session.exec(returned).one() or row.first_seen_at
    tier = session.get_one(Vendor, row.vendor_id).tier
    last = max(_due(session, severity, tier, since) or row.due_on, row.due_on)
    if due > last:
        raise VendorRefused(
            "“%(title)s” is %(severity)s, and has to be mended by %(last)s at the"
            " latest. To wait longer is to accept the risk: an approver does that,"
            " until a day.",
            "due_on",
            title=row.title,
            severity=severity,
            last=f"{last:%Y-%m-%d}",
        )


def _due(
    session: Session, severity: Severity, tier: int | None, now: dt.datetime
) -> dt.date | None:
    return due_on(due_days(session), severity, tier, now.astimezone(dt.UTC).date())


def _set(
    session: Session,
    rows: Iterable[StoredFinding],
    wanted: Mapping[str, Any],
    act: str,
    said: str,
    *,
    now: dt.datetime,
    by: Teller,
) -> list[StoredFinding]:
    done = []
    for row in rows:
        had, has = changed(row, wanted)
        if not has:
            continue
        row.revision += 1
        row.updated_at = now
        _note(session, row, act, said, before=row.state, now=now, by=by, was=had, after=has)
        done.append(row)
    session.flush()
    return done


def _touched_since(session: Session, event: FindingEvent) -> bool:
    later = select(FindingEvent.id).where(
        FindingEvent.finding_id == event.finding_id,
        FindingEvent.at > event.at,
        FindingEvent.state_before != FindingEvent.state_after,
    )
    return session.exec(later.limit(1)).first() is not None


def _answered(session: Session, row: StoredFinding) -> dt.datetime | None:
    """When the vendor answered what waits for us again."""
    if row.state not in ANSWERED:
        return None
    said = select(func.max(FindingEvent.at)).where(
        FindingEvent.finding_id == row.id,
        FindingEvent.state_after == row.state,
        FindingEvent.state_before != row.state,
    )
    return session.exec(said).one()


def _rescore(
    session: Session, rows: Collection[StoredFinding], now: dt.datetime, by: Teller
) -> None:
    vendors = sorted({row.vendor_id for row in rows})
    scores.rescore(session, vendors, now=now, cause=scores.FINDING, by=by.person)


def _short(text: str, most: int, field: str) -> str:
    return _fitting(clean(text), most, field)


def _long(text: str, most: int, field: str) -> str:
    lines = (clean(line) for line in text.replace("\r\n", "\n").split("\n"))
    return _fitting("\n".join(lines).strip(), most, field)


def _fitting(text: str, most: int, field: str) -> str:
    if len(text) > most:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.", field, count=len(text), most=most
        )
    return text


def _note(
    session: Session,
    row: StoredFinding,
    act: str,
    note: str,
    *,
    before: str,
    now: dt.datetime,
    by: Teller,
    was: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> FindingEvent:
    """The history of the finding and the audit log both have the act."""
    event = FindingEvent(
        finding_id=row.id,
        at=now,
        by_kind=by.kind,
        by_id=by.person,
        contact_id=by.contact_id,
        act=act,
        state_before=before,
        state_after=row.state,
        note=note,
        created_at=now,
    )
    session.add(event)
    moved = before != row.state
    record(
        session,
        actor=by.actor,
        act=f"finding.{act}",
        subject_kind="finding",
        subject_id=row.id,
        before=({"state": before} if moved and before else {}) | dict(was or {}) or None,
        after=({"state": row.state} if moved else {})
        | dict(after or {})
        | ({"note": note} if note and not was else {})
        or None,
        now=now,
    )
    return event
