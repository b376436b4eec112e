"""Findings that answers make: raised, open again in a later round, and closed when mended."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.questionnaires.evaluate import Fault
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.store.models.findings import (
    REASON,
    TITLE,
    FindingKind,
    FindingState,
    StoredFinding,
)
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import sightings
from vendor_risk.workflow.sightings import DECIDED, Sighting

NOT_ASKED = "not asked"


@dataclass(frozen=True, slots=True)
class Found:
    """What becomes of findings: raised, told again (with what is told), closed, asked no more."""

    raised: tuple[Fault, ...]
    again: tuple[tuple[StoredFinding, Fault], ...]
    closed: tuple[StoredFinding, ...]
    unasked: tuple[StoredFinding, ...]

    @property
    def reopened(self) -> list[tuple[StoredFinding, Fault]]:
        """Those of the told that were closed."""
        return [(row, fault) for row, fault in self.again if row.closed_at is not None]


def compare(
    session: Session,
    response: QuestionnaireResponse,
    faults: Sequence[Fault],
    *,
    answered: Collection[str],
    asked: Collection[str],
    known: Collection[str],
) -> Found:
    """What the faults make of the findings there are; writes nothing.

    `answered` are the questions whose answer counts, `asked` those that were asked, `known` all of
    the questionnaires. One that was asked and says nothing leaves its finding as it is.
    """
    rows = {row.reference: row for row in of_engagement(session, response)}
    told = {fault.question: fault for fault in faults}
    standing = [row for row in rows.values() if row.closed_at is None and row.reference not in told]
    return Found(
        raised=tuple(fault for id, fault in told.items() if id not in rows),
        again=tuple((rows[id], fault) for id, fault in told.items() if id in rows),
        closed=tuple(row for row in standing if row.reference in answered),
        unasked=tuple(
            row for row in standing if row.reference in known and row.reference not in asked
        ),
    )


def write(  # noqa: PLR0917
    session: Session,
    response: QuestionnaireResponse,
    found: Found,
    questions: Iterable[Asked],
    at: Sighting,
    said: dict[str, str],
) -> None:
    """The findings are as `compare` told; `said` are the answers in words."""
    by_id = {each.question.id: each for each in questions}
    for fault in found.raised:
        row = fresh(session, response, fault, by_id[fault.question], said, now=at.now)
        session.add(row)
        session.flush()
        sightings.event(at, row, sightings.SEEN, "")
    for row, fault in found.again:
        rank = fault.severity.rank
        if row.state in DECIDED:
            # What was decided on was an earlier answer. This one says it anew.
            row.times_opened += 1
            sightings.reopen(at, row, sightings.BACK, fault.due)
        else:
            sightings.see_again(at, row, rank, fault.due)
        _describe(row, response, fault, by_id[fault.question], said)
        row.last_seen_at = at.now
    for row in found.closed:
        sightings.close(at, row, sightings.GONE)
    for row in found.unasked:
        sightings.close(at, row, NOT_ASKED)
    session.flush()


def fresh(
    session: Session,
    response: QuestionnaireResponse,
    fault: Fault,
    asked: Asked,
    said: dict[str, str],
    *,
    now: dt.datetime,
) -> StoredFinding:
    """The finding of a fault that was none before; it is in no session yet."""
    vendor = session.get_one(Vendor, response.vendor_id)
    row = StoredFinding(
        vendor_id=vendor.id,
        engagement_id=response.engagement_id,
        kind=FindingKind.QUESTION,
        reference=fault.question,
        asset=_asset(session, response, fault.question),
        control=fault.control,
        severity=fault.severity.rank,
        title="",
        state=FindingState.OPEN,
        owner_id=vendor.owner_id,
        due_on=fault.due,
        first_seen_at=now,
        last_seen_at=now,
        opened_at=now,
        created_at=now,
        sample=response.sample,
    )
    _describe(row, response, fault, asked, said)
    return row


def of_engagement(session: Session, response: QuestionnaireResponse) -> Sequence[StoredFinding]:
    """All findings that answers about this engagement made, closed ones too."""
    return session.exec(
        select(StoredFinding)
        .where(
            StoredFinding.vendor_id == response.vendor_id,
            StoredFinding.engagement_id == response.engagement_id,
            StoredFinding.kind == FindingKind.QUESTION,
        )
        .order_by(col(StoredFinding.reference))
    ).all()


def _describe(
    row: StoredFinding,
    response: QuestionnaireResponse,
    fault: Fault,
    asked: Asked,
    said: dict[str, str],
) -> None:
    question = asked.question
    row.control, row.severity = fault.control, fault.severity.rank
    row.title = _cut(question.text["en"], TITLE)
    row.reason = _cut(fault.risk["en"], REASON)
    row.fix = fault.fix["en"]
    row.effect = _cut((question.why or fault.risk)["en"], 2000)
    row.knockout = fault.knockout or ""
    words = said.get(fault.question) or "no answer by the due date"
    row.silent_since = None if said.get(fault.question) else response.due_on
    row.evidence_value = _cut(f"{words} ({response.number})", 1000)


def _asset(session: Session, response: QuestionnaireResponse, question: str) -> str:
    """What was bought, as the place of the finding; told apart where two are called the same."""
    name = session.get_one(Engagement, response.engagement_id).name[:240]
    taken = set(
        session.exec(
            select(StoredFinding.asset).where(
                StoredFinding.vendor_id == response.vendor_id,
                StoredFinding.kind == FindingKind.QUESTION,
                StoredFinding.reference == question,
            )
        )
    )
    names = (name, *(f"{name} ({n})" for n in range(2, len(taken) + 3)))
    return next(one for one in names if one not in taken)


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
