"""What became of an accepted response, as its vendor reads it, and what the vendor says to it."""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, func, or_, select

from vendor_risk.questionnaires.evaluate import Fault
from vendor_risk.store.models.findings import (
    FindingEvent,
    FindingKind,
    StoredFinding,
)
from vendor_risk.store.models.responses import (
    QuestionnaireResponse,
    ResponseLink,
    ResponseState,
)
from vendor_risk.workflow import findings
from vendor_risk.workflow.finding_files import Evidence
from vendor_risk.workflow.finding_moves import CLOSED, DUE_STATES, VENDOR, Teller
from vendor_risk.workflow.responses import links
from vendor_risk.workflow.responses.links import GRACE, Entry
from vendor_risk.workflow.responses.reading import Line, read
from vendor_risk.workflow.vendors import VendorRefused

STEPS = ("say-fixed", "dispute")
# A dispute and "fixed" can take turns, with a file each time.
MOST_ANSWERS = 20
# What the vendor may know of a finding's history: its own words, and what was decided on them.
_DECIDED = ("confirm", "not-theirs", "compensate", "verify", "false", "reopen")


@dataclass(frozen=True, slots=True)
class Told:
    """A finding as its vendor reads it: never a score, a knock-out or a note among ourselves.

    `fault` has its texts in the languages of the questionnaire; None for what a reviewer raised.
    """

    row: StoredFinding
    fault: Fault | None
    events: Sequence[FindingEvent]

    @property
    def open(self) -> bool:
        """Whether somebody still has to mend it."""
        return self.row.state in DUE_STATES


@dataclass(frozen=True, slots=True)
class Result:
    """What was accepted, and what came of it, the worst first."""

    lines: Sequence[Line]
    found: Sequence[Told]

    @property
    def open(self) -> int:
        """How many findings wait to be mended."""
        return sum(one.open for one in self.found)


def mark(response: QuestionnaireResponse) -> str:
    """The reference of a finding that a reviewer raises beside an answer: the vendor reads it."""
    return f"{response.number}:{uuid.uuid4().hex}"


def result(session: Session, response: QuestionnaireResponse) -> Result:
    """What the vendor reads once the response is accepted."""
    on = (response.accepted_at or response.updated_at).astimezone(dt.UTC).date()
    told = read(session, response, today=on)
    faults = {fault.question: fault for fault in told.evaluation.faults}
    rows = findings_of(session, response)
    said = _events(session, rows)
    return Result(
        told.lines,
        [
            Told(
                row,
                faults.get(row.reference) if row.kind == FindingKind.QUESTION else None,
                said.get(row.id, ()),
            )
            for row in rows
        ],
    )


def findings_of(session: Session, response: QuestionnaireResponse) -> Sequence[StoredFinding]:
    """What its answers made, and what a reviewer raised beside them; what is open first."""
    if response.state != ResponseState.ACCEPTED or response.snapshot is None:
        return ()
    asked = [one["question"] for one in json.loads(response.snapshot)["findings"]]
    rows = session.exec(
        select(StoredFinding).where(
            StoredFinding.vendor_id == response.vendor_id,
            or_(
                (col(StoredFinding.kind) == FindingKind.QUESTION)
                & (col(StoredFinding.engagement_id) == response.engagement_id)
                & col(StoredFinding.reference).in_(asked),
                (col(StoredFinding.kind) == FindingKind.PERSON)
                & col(StoredFinding.reference).startswith(f"{response.number}:", autoescape=True),
            ),
        )
    ).all()
    return sorted(
        rows, key=lambda row: (row.state in CLOSED, -row.severity, row.title, str(row.id))
    )


def answer(
    session: Session,
    at: Entry,
    finding_id: uuid.UUID,
    name: str,
    *,
    note: str,
    revision: int,
    evidence: Evidence | None,
    now: dt.datetime,
) -> FindingEvent:
    """The vendor says that it is fixed, or disputes it; who keeps the file names it by the event.

    `name` is the step: say-fixed or dispute.
    """
    if not at.owner:
        raise VendorRefused("Only who owns the answers can do this.")
    row = next((one for one in findings_of(session, at.response) if one.id == finding_id), None)
    if row is None or name not in STEPS:
        raise VendorRefused("This is no longer asked by this link.")
    given = select(func.count()).where(
        FindingEvent.finding_id == row.id, FindingEvent.by_kind == VENDOR
    )
    if session.exec(given).one() >= MOST_ANSWERS:
        raise VendorRefused("You have answered this often: write us a message instead.")
    by = Teller("vendor", VENDOR, at.link.contact_id)
    event = findings.step(
        session, row, name, note=note, evidence=evidence, revision=revision, now=now, by=by
    )
    session.flush()
    return event


def announce(
    session: Session, response: QuestionnaireResponse, *, now: dt.datetime
) -> tuple[ResponseLink, str] | None:
    """A link for the letter that tells the owner of the answers; None where nobody is to be told.

    It, and those that the owner has, work until the grace after the last day on which something
    has to be mended.
    """
    owner = links.owner_of(session, response)
    if owner is None or not owner.email:
        return None
    days = [row.due_on for row in findings_of(session, response) if row.due_on]
    last = max((*days, now.astimezone(dt.UTC).date(), response.due_on))
    until = dt.datetime.combine(last + GRACE, dt.time(23, 59, 59), dt.UTC)
    link, token = links.beside(session, response, owner, now=now)
    for one in (link, *links.standing(session, response, now=now)):
        if one.sections is None:
            one.expires_at = max(one.expires_at, until)
    session.flush()
    return link, token


def _events(session: Session, rows: Sequence[StoredFinding]) -> dict[uuid.UUID, list[FindingEvent]]:
    told: dict[uuid.UUID, list[FindingEvent]] = {}
    for event in session.exec(
        select(FindingEvent)
        .where(
            col(FindingEvent.finding_id).in_([row.id for row in rows]),
            or_(
                col(FindingEvent.by_kind) == VENDOR,
                col(FindingEvent.act).in_(_DECIDED),
            ),
        )
        .order_by(col(FindingEvent.at), col(FindingEvent.id))
    ):
        told.setdefault(event.finding_id, []).append(event)
    return told
