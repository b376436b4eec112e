"""Imports: a CSV becomes vendors in use that nobody has triaged yet, all of it or nothing."""

import csv
import datetime as dt
import hashlib
import io
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlmodel import Session, SQLModel, col, delete, func, select
from sqlmodel import update as update_rows

from vendor_risk.evidence import HostClass
from vendor_risk.store.audit import record
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.scans import Scan
from vendor_risk.store.models.vendors import (
    Contact,
    ContactToken,
    Domain,
    Engagement,
    Vendor,
    VendorImport,
    VendorState,
    VendorTag,
)
from vendor_risk.workflow import csv_file, scores
from vendor_risk.workflow.contacts import token_hashes
from vendor_risk.workflow.import_columns import Entry, checked_mapping, guess
from vendor_risk.workflow.import_trial import (
    AT_ONCE,
    NEW,
    PURCHASES,
    UPDATE,
    WRONG,
    Policy,
    Trial,
    table_of,
    try_out,
)
from vendor_risk.workflow.import_updates import update
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.vendors import Actor, VendorRefused

UPLOADED, APPLIED = "uploaded", "applied"
_KEPT = dt.timedelta(days=30)


def upload(
    session: Session, *, filename: str, raw: bytes, now: dt.datetime, actor: Actor
) -> VendorImport:
    """The file is kept, sealed, with a guess of what its columns are; CsvRefused when it is none.

    A file with the same header as an earlier one gets the columns that were chosen then.
    """
    _forget_old(session, now)
    text, was_windows = csv_file.decode(raw)
    table = csv_file.read(text)
    header_hash = hashlib.sha256("\x1f".join(table.header).casefold().encode()).hexdigest()
    row = VendorImport(
        by_id=actor if isinstance(actor, uuid.UUID) else None,
        filename=filename[-255:] or "vendors.csv",
        content=text,
        mapping=_remembered(session, header_hash) or guess(table.header),
        header_hash=header_hash,
        state=UPLOADED,
        counts={"lines": len(table.lines), "windows": int(was_windows)},
        created_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, "import.uploaded", actor, now)
    return row


def choose_columns(session: Session, row: VendorImport, mapping: Mapping[str, str]) -> None:
    """The columns are these; VendorRefused when that cannot be, or the import is over."""
    _refuse_over(row)
    row.mapping = checked_mapping(mapping, len(table_of(row).header))
    session.flush()


@dataclass(frozen=True, slots=True)
class Plan:
    """A trial, and the last act of the log that it knows of."""

    trial: Trial
    mapping: Mapping[str, str]
    policy: Policy
    sequence: int


def plan(session: Session, row: VendorImport, policy: Policy | None = None) -> Plan:
    """What applying would do, found out in a reading session, so that nobody waits for it."""
    _refuse_over(row)
    sequence = _last_act(session)  # first, so that what changes meanwhile is noticed
    policy = policy or Policy()
    return Plan(try_out(session, row, policy), dict(row.mapping), policy, sequence)


def apply(
    session: Session,
    row: VendorImport,
    policy: Policy | None = None,
    *,
    planned: Plan | None = None,
    now: dt.datetime,
    actor: Actor,
) -> Iterator[tuple[int, int]]:
    """Enter and update vendors; yields how many of how many lines are done, for a progress bar.

    The caller commits when the iterator has ended, so that either all good lines are in, or none.
    What was `planned` is done unless a vendor was changed since; then it is found out anew. Lines
    with an error are left out; `failed_lines` has them. VendorRefused when it is over.
    """
    locked = session.get(VendorImport, row.id, with_for_update=True, populate_existing=True)
    if locked is None:
        raise VendorRefused("The file is no longer there: upload it again.")
    _refuse_over(locked)
    policy = policy or Policy()
    if planned is not None and _holds(session, planned, locked, policy):
        trial = planned.trial
    else:
        trial = try_out(session, locked, policy)
    fresh = [fate.entry for fate in trial.of(NEW)]
    known = trial.of(UPDATE)
    total = len(fresh) + len(known)
    yield 0, total
    for start in range(0, len(fresh), AT_ONCE):
        some = fresh[start : start + AT_ONCE]
        _enter(session, some, locked, now, actor)
        yield start + len(some), total
    for start in range(0, len(known), AT_ONCE):
        due = known[start : start + AT_ONCE]
        with scores.together(session, now=now, cause=scores.FACTS):
            update(session, due, locked, now=now, actor=actor)
        yield len(fresh) + start + len(due), total
    locked.state = APPLIED
    locked.applied_at = now
    locked.counts = locked.counts | trial.counts
    # Of the file, which names people, only what is still to be mended is kept.
    locked.content = failed_lines(locked, trial) if trial.of(WRONG) else ""
    session.flush()
    _note(session, locked, "import.applied", actor, now)
    yield total, total


def unseen(
    session: Session, row: VendorImport, most: int, *, writing: bool = False
) -> Sequence[Vendor]:
    """Vendors that came with the file, have a domain and were never asked to be scanned.

    For writing they are held until the end of the transaction.
    """
    if row.applied_at is None:
        return ()
    query = (
        select(Vendor)
        .where(
            Vendor.created_at == row.applied_at,
            col(Vendor.archived_at).is_(None),
            select(Domain.id).where(Domain.vendor_id == Vendor.id).exists(),
            ~select(Scan.id).where(Scan.vendor_id == Vendor.id).exists(),
        )
        .order_by(col(Vendor.name_key), col(Vendor.id))
        .limit(most)
    )
    return session.exec(query.with_for_update() if writing else query).all()


def failed_lines(row: VendorImport, trial: Trial) -> str:
    """The lines that cannot be imported as they came, with a column that says why, as CSV."""
    table = table_of(row)
    out = io.StringIO()
    writer = csv.writer(out, delimiter=table.separator, lineterminator="\r\n")
    writer.writerow([*map(csv_file.guarded, table.header), "Line", "What is wrong"])
    for fate in trial.of(WRONG):
        cells = map(csv_file.guarded, fate.entry.line.cells)
        writer.writerow(
            [*cells, fate.entry.line.number, " ".join(each.message for each in fate.entry.errors)]
        )
    return out.getvalue()


def _holds(session: Session, planned: Plan, row: VendorImport, policy: Policy) -> bool:
    """Whether nobody changed a vendor, the columns or the choices since it was planned."""
    if planned.mapping != row.mapping or planned.policy != policy:
        return False
    since = select(AuditEntry.sequence).where(
        AuditEntry.sequence > planned.sequence, AuditEntry.subject_kind == "vendor"
    )
    return session.exec(since.limit(1)).first() is None


def _last_act(session: Session) -> int:
    return session.exec(select(func.max(AuditEntry.sequence))).one() or 0


def _forget_old(session: Session, now: dt.datetime) -> None:
    """Files of long ago are gone: what was not imported whole, what was imported in part."""
    old = col(VendorImport.created_at) < now - _KEPT
    session.exec(delete(VendorImport).where(old, col(VendorImport.state) == UPLOADED))
    applied = update_rows(VendorImport).where(old, col(VendorImport.state) == APPLIED)
    session.exec(applied.values(content=""))


def _remembered(session: Session, header_hash: str) -> dict[str, str]:
    """What was chosen for the last file with this header that was imported."""
    earlier = session.exec(
        select(VendorImport.mapping)
        .where(VendorImport.header_hash == header_hash, VendorImport.state == APPLIED)
        .order_by(col(VendorImport.created_at).desc())
    ).first()
    return dict(earlier or {})


def _refuse_over(row: VendorImport) -> None:
    if row.state != UPLOADED:
        raise VendorRefused("This file was imported already.")


def _enter(
    session: Session,
    entries: Sequence[Entry],
    row: VendorImport,
    now: dt.datetime,
    actor: Actor,
) -> None:
    """The same rows as the steps for one vendor make, by the hundred: 50 times as fast."""
    rows: dict[type[SQLModel], list[dict[str, Any]]] = {model: [] for model in _BLANK}
    for entry in entries:
        vendor_id = uuid.uuid4()
        for model, said in _rows(entry, vendor_id, now):
            rows[model].append(_BLANK[model] | {"id": uuid.uuid4(), "created_at": now} | said)
        record(
            session,
            actor=actor,
            act="vendor.imported",
            subject_kind="vendor",
            subject_id=vendor_id,
            after={"name": entry.name, "file": row.filename, "line": entry.line.number},
            now=now,
        )
    for model, some in rows.items():
        if some:
            session.execute(insert(cast(Table, model.__table__)), some)  # type: ignore[attr-defined]


def _blank(model: type[SQLModel]) -> dict[str, Any]:
    """What a row has of which nothing is said: making 100,000 models to ask costs 20 s."""
    ids = {"id", "vendor_id", "contact_id"}
    return {
        name: field.get_default(call_default_factory=True)
        for name, field in model.model_fields.items()
        if name not in ids and not field.is_required()
    }


# In the order in which rows need each other.
_BLANK: Mapping[type[SQLModel], dict[str, Any]] = {
    model: _blank(model) for model in (Vendor, Domain, VendorTag, Contact, ContactToken, Engagement)
}


def _rows(
    entry: Entry, vendor_id: uuid.UUID, now: dt.datetime
) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    of = {"vendor_id": vendor_id}
    vendor = {
        "id": vendor_id,
        "name": entry.name,
        "name_key": name_key(entry.name),
        "supplier_number": entry.supplier_number,
        "state": str(entry.state or VendorState.ASSESSING),
        "in_use": True,
        "owner_id": entry.owner_id,
        "updated_at": now,
        "next_scan_at": now if entry.hosts else None,
    }
    yield Vendor, vendor
    for place, (host, display, registrable) in enumerate(entry.hosts):
        host_class = str(HostClass.OTHER if place else HostClass.MAIN)
        names = {"host": host, "display": display, "registrable": registrable}
        yield Domain, of | names | {"host_class": host_class}
    for tag in entry.tags:
        yield VendorTag, of | {"tag": tag}
    if entry.contact_name:
        contact = {
            "id": uuid.uuid4(),
            "name": entry.contact_name,
            "email": entry.contact_email,
            "phone": entry.contact_phone,
            "roles": [str(role) for role in entry.contact_roles],
        }
        yield Contact, of | contact
        for token in token_hashes(entry.contact_name, entry.contact_email):
            yield ContactToken, {"contact_id": contact["id"], "token": token}
    if entry.buys:
        yield (
            Engagement,
            of
            | {
                "name": entry.engagement or PURCHASES,
                "legal_entity": entry.legal_entity,
                "spend_minor": entry.spend_minor,
                "currency": entry.currency,
                "owner_id": entry.owner_id,
            },
        )


def _note(session: Session, row: VendorImport, act: str, actor: Actor, now: dt.datetime) -> None:
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="import",
        subject_id=row.id,
        after={"file": row.filename, **row.counts},
        now=now,
    )
