"""Questionnaires of the sample vendors in every state of their life: invented, like the vendors.

Each is sent, answered and reviewed by the same steps as a real one.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlmodel import Session, select

from vendor_risk.jobs import letters
from vendor_risk.questionnaires import table
from vendor_risk.questionnaires.form import Value
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.store.files import Files
from vendor_risk.store.models.people import User
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow.responses import accepting, answers, links, review, sending, threads
from vendor_risk.workflow.responses import files as shown
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.responses.reading import ACCEPTED, read

_ROUNDS = 6  # a question may open another one
_ROWS = (("Cloud hosting", "Cirrus Hosting (invented)", "Frankfurt"),)
_PAPER = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Round:
    """One questionnaire that was sent: so many days ago, due so many days after."""

    sent: int
    due: int
    asked: tuple[str, ...] | None = None  # what the analyst chose; None for what the facts ask for
    answered: int | None = None  # questions; None for all
    said: Mapping[str, str] = field(default_factory=dict)  # answers that are not "met"
    submitted: int | None = None  # days ago
    accepted: int | None = None
    asks: tuple[str, str] | None = None  # a question and what the vendor wants to know
    paper: str = ""  # a question that has a file


ROUNDS: Mapping[str, Round] = {
    "Polar Heating & Cooling": Round(
        sent=30,
        due=21,
        asked=("contractor-access",),
        said={"IR-01": "unmet", "HV-01": "partly", "DL-01": "partly"},
        submitted=18,
        accepted=15,
    ),
    "Osprey Logistics": Round(
        sent=20,
        due=21,
        said={"IR-01": "unmet", "DP-04": "partly", "GV-02": "partly"},
        submitted=2,
        paper="HV-01",
    ),
    "Kestrel Tags": Round(
        sent=25,
        due=21,
        answered=9,
        asks=("WB-01", "Do you mean all pages, or those with card fields alone?"),
    ),
    "Halvorsen Cloud Backup": Round(sent=1, due=21, answered=0),
}


def show(
    session: Session,
    vendor: Vendor,
    files: Files,
    analyst: User,
    *,
    head: letters.Letterhead,
    now: dt.datetime,
) -> None:
    """The vendor was asked, and answered as far as is invented for it."""
    told = ROUNDS.get(vendor.name)
    if told is None:
        return
    engagement = session.exec(select(Engagement).where(Engagement.vendor_id == vendor.id)).one()
    at = now - dt.timedelta(days=told.sent)
    due = at.date() + dt.timedelta(days=told.due)
    sent = sending.send(session, vendor, engagement, told.asked, due=due, now=at, actor=analyst.id)
    letters.ask(session, sent, head, at)
    entry = links.found(session, sent.token, now=at)
    if entry is None or told.answered == 0:
        return
    at += dt.timedelta(days=1)
    links.enter(session, entry, now=at)
    _answer(session, entry, told, files, at)
    if told.asks:
        question, words = told.asks
        threads.ask_us(session, entry, words, question=question, now=at)
    if told.submitted is not None:
        at = now - dt.timedelta(days=told.submitted)
        answers.submit(
            session, entry, name=entry.link.name, role="Security lead", declared=True, now=at
        )
    if told.accepted is not None:
        _accept(session, entry.response, analyst, now - dt.timedelta(days=told.accepted))


def _answer(session: Session, at: Entry, told: Round, files: Files, now: dt.datetime) -> None:
    done: set[str] = set()
    for _ in range(_ROUNDS):
        sheet = answers.sheet(session, at.response, today=now.date())
        left = [
            each
            for each in sheet.evaluation.visible
            if each.question.type != "info" and each.question.id not in done
        ]
        if not left:
            return
        for each in left:
            id = each.question.id
            if told.answered is not None and len(done) >= told.answered:
                return
            done.add(id)
            value, note = _value(each, told, now)
            answers.save(session, at, id, value, note=note, revision=0, now=now)
            if id == told.paper:
                shown.add(
                    session, at, id, "policy (sample).pdf", _PAPER, files=files,
                    document_date=now.date() - dt.timedelta(days=90), now=now,
                )  # fmt: skip


def _value(each: Asked, told: Round, now: dt.datetime) -> tuple[Value, str]:
    kind = each.question.type
    if kind == "choice":
        wanted = told.said.get(each.question.id, "met")
        ids = [one.id for one in each.options]
        said = wanted if wanted in ids else ids[0]
        return said, "For most of it, the rest is planned." if said == "partly" else ""
    if kind == "multi":
        return (each.options[0].id,), ""
    if kind == "number":
        return 1, ""
    if kind == "date":
        return now.date().isoformat(), ""
    if kind == "table":
        return table.written(_ROWS), ""
    return "As in our security policy.", ""


def _accept(
    session: Session, response: QuestionnaireResponse, analyst: User, now: dt.datetime
) -> None:
    review.take(session, response, now=now, actor=analyst.id)
    review.accept_plain(session, response, now=now, actor=analyst.id)
    for line in read(session, response, today=now.date()).lines:
        if line.row is not None and not line.decided and line.answered:
            review.judge(
                session, response, line.id, ACCEPTED,
                revision=line.row.revision, now=now, actor=analyst.id,
            )  # fmt: skip
    accepting.accept(session, response, now=now, actor=analyst.id)
