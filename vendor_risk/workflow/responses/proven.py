"""Skip by proof: what reviewed reports and certificates answer, so that the vendor need not."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from sqlmodel import Session, col, select

from vendor_risk.evidence import Source
from vendor_risk.store.models.documents import Document, DocumentControl, DocumentKind
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.workflow.documents import holds_until

KINDS = (DocumentKind.SOC2_II, DocumentKind.ISO27001, DocumentKind.PCI_AOC)
_NAMES = {
    DocumentKind.SOC2_II: "SOC 2 Type II",
    DocumentKind.ISO27001: "ISO 27001",
    DocumentKind.PCI_AOC: "PCI DSS AOC",
}

Proven = dict[str, dict[str, str]]


def of(session: Session, engagement: Engagement, *, today: dt.date) -> Proven:
    """By control, the document that shows it as met: read by one of us, current, our service in it.

    An audit goes before a certificate, and what holds longer before what ends sooner.
    """
    rows = session.exec(
        select(Document, DocumentControl)
        .join(DocumentControl, col(DocumentControl.document_id) == col(Document.id))
        .where(
            Document.vendor_id == engagement.vendor_id,
            col(Document.engagement_id).is_(None) | (Document.engagement_id == engagement.id),
            col(Document.withdrawn_at).is_(None),
            col(Document.reviewed_at).is_not(None),
            col(Document.service_in_scope).is_(True),
            col(Document.kind).in_(KINDS),
            DocumentControl.level == 100,
        )
    ).all()
    found: dict[str, tuple[bool, dt.date, str]] = {}
    told: Proven = {}
    for row, one in rows:
        until = holds_until(row)
        if until is None or until < today:
            continue
        rank = (one.source == Source.AUDITED, until, str(row.id))
        if one.control in found and found[one.control] >= rank:
            continue
        found[one.control] = rank
        told[one.control] = {
            "document": str(row.id),
            "kind": _NAMES[DocumentKind(row.kind)],
            "title": row.title,
            "date": row.document_date.isoformat(),
            "until": until.isoformat(),
            "source": one.source,
        }
    return dict(sorted(told.items()))


def broken(session: Session, response: QuestionnaireResponse, *, today: dt.date) -> Sequence[str]:
    """The controls whose proof held when the questions were sent and holds no longer."""
    if not response.proven:
        return ()
    now = of(session, session.get_one(Engagement, response.engagement_id), today=today)
    return tuple(control for control in response.proven if control not in now)


def standing(session: Session, response: QuestionnaireResponse, *, today: dt.date) -> set[str]:
    """The controls that a document answers: those frozen, and while it is open what still holds."""
    if response.ended_at is not None:
        return set(response.proven)
    return response.proven.keys() - set(broken(session, response, today=today))


def for_question(response: QuestionnaireResponse, control: str | None) -> Mapping[str, Any] | None:
    """The document that answered a question of this control when it was sent."""
    told = response.proven.get(control) if control else None
    return told and {**told, "date": dt.date.fromisoformat(told["date"])}
