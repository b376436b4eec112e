"""What the form that raises a finding begins with, when it is opened beside an answer."""

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from vendor_risk.questionnaires.form import Consequence
from vendor_risk.store.models.findings import TITLE
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.session import now
from vendor_risk.workflow.responses.reading import Line, read


@dataclass(frozen=True, slots=True)
class Beside:
    """The answer that it is raised beside, and the fields as its question words them."""

    response: QuestionnaireResponse
    question: str
    fields: Mapping[str, str]


def beside_answer(session: Session, vendor: Vendor, said: Mapping[str, str]) -> Beside | None:
    """What `response` and `question` name; None where they name nothing of this vendor."""
    try:
        row = session.get(QuestionnaireResponse, uuid.UUID(said.get("response", "")))
    except ValueError:
        return None
    if row is None or row.vendor_id != vendor.id:
        return None
    line = read(session, row, today=now().astimezone(dt.UTC).date()).line(said.get("question", ""))
    return Beside(row, line.id, _fields(row, line)) if line else None


def _fields(row: QuestionnaireResponse, line: Line) -> Mapping[str, str]:
    question = line.asked.question
    told = {
        "control": line.asked.control or "",
        "engagement_id": str(row.engagement_id),
        "effect": question.why["en"] if question.why else "",
    }
    outcome = _outcome(line)
    if outcome is None:
        return told
    return told | {
        "title": outcome.risk["en"][:TITLE],
        "severity": str(outcome.severity),
        "fix": outcome.fix["en"],
    }


def _outcome(line: Line) -> Consequence | None:
    """What the answer leads to, or else what the worst one would."""
    outcomes = line.asked.question.outcomes
    if line.fault is not None and line.fault.answer in outcomes:
        return outcomes[line.fault.answer]
    return max(outcomes.values(), key=lambda one: one.severity.rank, default=None)
