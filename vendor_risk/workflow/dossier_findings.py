"""What the dossier of a vendor tells of its findings: each with all that happened to it."""

import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence

from sqlmodel import col, select

from vendor_risk.evidence import Severity
from vendor_risk.reports.dossier import Event, Fault
from vendor_risk.reports.plain import plain, plain_lines
from vendor_risk.store.models.findings import FindingEvent, StoredFinding
from vendor_risk.workflow.dossier_desk import LONG, VENDOR, Desk, day_of


def findings_of(desk: Desk) -> Iterator[Fault]:
    """Those that stand, the worst first; then those that closed, the last closed first."""
    rows: Sequence[StoredFinding] = desk.first(
        "findings",
        select(StoredFinding)
        .where(StoredFinding.vendor_id == desk.vendor.id)
        .order_by(
            col(StoredFinding.closed_at).is_not(None),
            col(StoredFinding.closed_at).desc(),
            col(StoredFinding.severity).desc(),
            col(StoredFinding.opened_at),
            col(StoredFinding.id),
        ),
    )
    life: defaultdict[uuid.UUID, list[FindingEvent]] = defaultdict(list)
    # the newest are kept where there are too many, and told in their order
    for event in desk.first(
        "events",
        select(FindingEvent)
        .join(StoredFinding, col(StoredFinding.id) == col(FindingEvent.finding_id))
        .where(StoredFinding.vendor_id == desk.vendor.id)
        .order_by(col(FindingEvent.at).desc(), col(FindingEvent.id)),
    ):
        life[event.finding_id].append(event)
    for n, row in enumerate(rows, start=1):
        ref = f"F{n}"
        accepted = row.accepted_until is not None and row.closed_at is None
        yield Fault(
            ref=ref,
            id=str(row.id),
            severity=Severity.of_rank(row.severity),
            title=plain(row.title or row.reason, 300),
            control=row.control,
            kind=row.kind,
            reference=row.reference,
            asset=plain(row.asset),
            engagement=desk.engagement(row.engagement_id),
            state=row.state,
            owner=desk.name(row.owner_id),
            due=row.due_on,
            first_seen=day_of(row.first_seen_at),
            opened=day_of(row.opened_at),
            closed=day_of(row.closed_at),
            times=row.times_opened,
            value=plain_lines(row.evidence_value),
            command=plain_lines(row.evidence_command),
            accepted_until=row.accepted_until if accepted else None,
            accepted_by=desk.name(row.accepted_by_id) if accepted else "",
            events=tuple(_event(desk, ref, one) for one in reversed(life[row.id])),
        )


def _event(desk: Desk, finding: str, row: FindingEvent) -> Event:
    return Event(
        at=row.at,
        by=row.by_kind,
        who=desk.name(row.by_id),
        act=row.act,
        before=row.state_before,
        after=row.state_after,
        note=plain_lines(row.note, LONG),
        file=_shown_file(desk, finding, row) if row.file_sha256 else "",
    )


def _shown_file(desk: Desk, finding: str, row: FindingEvent) -> str:
    return desk.keep(
        row.id,
        name=plain(row.file_name),
        sha256=row.file_sha256 or "",
        kind="finding",
        belongs=finding,
        added_by=desk.name(row.by_id) or desk.words.gettext(VENDOR),
        added_on=day_of(row.at),
    )
