"""One finding: what is wrong, what it costs, what happened to it, and the next step."""

import io
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from flask import (
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    send_file,
    url_for,
)
from flask_babel import gettext as _
from flask_wtf.file import FileField
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectChoice

from vendor_risk.checks.base import CATALOGUE
from vendor_risk.doors import door, may
from vendor_risk.evidence import Severity
from vendor_risk.reports.acts import FINDING_ACTS
from vendor_risk.scoring.advice import without
from vendor_risk.scoring.controls import NAMES
from vendor_risk.scoring.knockouts import KNOCKOUTS
from vendor_risk.scoring.score import score
from vendor_risk.store.models.findings import CAPPING, FindingEvent, FindingRequest, StoredFinding
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries import findings as listed
from vendor_risk.store.queries import vendors as inventory
from vendor_risk.web.findings import WRITES, area
from vendor_risk.web.findings.forms import CommentForm, RaiseForm, StepForm, WorkForm
from vendor_risk.web.findings.prefilled import beside_answer
from vendor_risk.web.findings.views import me
from vendor_risk.web.findings.words import HINTS, KINDS, STATES
from vendor_risk.web.frame import notice
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.web.vendors.score_lines import fact_of
from vendor_risk.workflow import findings as steps
from vendor_risk.workflow import scores
from vendor_risk.workflow.engagements import engagements_of
from vendor_risk.workflow.finding_files import MOST_BYTES, Evidence, checked_file, media_type
from vendor_risk.workflow.finding_moves import DUE_STATES, MOVES, Move, moves_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.responses.result import mark
from vendor_risk.workflow.vendors import Stale, VendorRefused, lock

Page = str | AnyResponse | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Cost:
    """What a finding costs one engagement, in 1/10000 of the score."""

    engagement: Engagement
    final: int
    without: int


@area.get("/<uuid:finding_id>")
def show(finding_id: uuid.UUID) -> str:
    """The finding with its evidence, effect, fix, cost and history."""
    return _page(_row(finding_id))


@area.post("/<uuid:finding_id>/step")
@door(WRITES)
def take(finding_id: uuid.UUID) -> Page:
    """The finding took the step that the form chose."""
    row, form = _row(finding_id), StepForm()
    form.step.choices = _choices(MOVES.values())
    if not form.validate() or form.step.data == "ask":
        return _page(row, step=form), 422
    files = current_app.extensions["files"]
    kept: uuid.UUID | None = None
    try:
        proof = proof_in(form.file)
        event = steps.step(
            session,
            row,
            form.step.data,
            note=form.note.data or "",
            until=form.until.data,
            link=form.link.data or "",
            evidence=proof,
            revision=number(form.revision.data),
            now=now(),
            by=me(),
        )
        if proof is not None:
            kept = event.id
            files.write(event.id, io.BytesIO(proof.content), at_most=MOST_BYTES)
        session.commit()
    except Stale:
        form.revision.data = str(row.revision)
        return _page(row, step=form, stale=True), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(VendorRefused(error.said(_), error.field))
        return _page(_row(finding_id), step=form), 422
    except BaseException:
        if kept is not None:
            files.delete(kept)
        raise
    notice(_("It is “%(state)s” now.", state=_(STATES[row.state].word)))
    return redirect(url_for(".show", finding_id=row.id))


@area.post("/<uuid:finding_id>/work")
@door(WRITES)
def work(finding_id: uuid.UUID) -> Page:
    """The finding has the owner and the day of the form."""
    row, form = _row(finding_id), WorkForm()
    form.offer_owners(inventory.people(session))
    if not form.validate():
        return _page(row, work=form), 422
    try:
        lock(session, row, number(form.revision.data))
        steps.set_owner(session, [row], form.owner, now=now(), by=me())
        if form.due_on.data != row.due_on:
            steps.set_due(session, [row], form.due_on.data, now=now(), by=me())
    except Stale:
        form.revision.data = str(row.revision)
        return _page(row, work=form, stale=True), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(_row(finding_id), work=form), 422
    session.commit()
    notice(_("Saved."))
    return redirect(url_for(".show", finding_id=row.id))


@area.post("/<uuid:finding_id>/comment")
@door(WRITES)
def comment(finding_id: uuid.UUID) -> Page:
    """The history has the words."""
    row, form = _row(finding_id), CommentForm()
    if not form.validate():
        return _page(row, comment=form), 422
    try:
        steps.comment(session, row, form.note.data or "", now=now(), by=me())
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(_row(finding_id), comment=form), 422
    session.commit()
    notice(_("The comment is kept."))
    return redirect(url_for(".show", finding_id=row.id))


@area.get("/files/<uuid:event_id>")
def evidence(event_id: uuid.UUID) -> Response:
    """The file that a vendor sent, to keep and not to run."""
    event = session.get(FindingEvent, event_id) or abort(404)
    if event.file_sha256 is None:
        abort(404)
    try:
        file = current_app.extensions["files"].open(event.id)
    except FileNotFoundError:
        abort(404)
    answer = send_file(
        file,
        mimetype=media_type(event.file_name),
        as_attachment=True,
        download_name=event.file_name,
        max_age=0,
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@area.get("/raise/<uuid:vendor_id>")
@door(WRITES)
def new(vendor_id: uuid.UUID) -> str:
    """The empty form, or one with what the question of a response says."""
    vendor = vendor_of(vendor_id)
    beside = beside_answer(session, vendor, request.args)
    said = beside.fields if beside else None
    return _new_page(vendor, RaiseForm(formdata=None, data=said))


@area.post("/raise/<uuid:vendor_id>")
@door(WRITES)
def add(vendor_id: uuid.UUID) -> Page:
    """The vendor has the finding of the form."""
    vendor, form = vendor_of(vendor_id), RaiseForm()
    form.offer(_bought(vendor))
    if not form.validate():
        return _new_page(vendor, form), 422
    named = form.engagement_id.data
    beside = beside_answer(session, vendor, request.form)
    try:
        row = steps.raise_finding(
            session,
            vendor,
            engagement_id=uuid.UUID(named) if named else None,
            control=form.control.data,
            severity=form.rank,
            title=form.title.data,
            effect=form.effect.data or "",
            fix=form.fix.data or "",
            knockout=form.knockout.data,
            asset=form.asset.data or "",
            reference=mark(beside.response) if beside else "",
            now=now(),
            by=me(),
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _new_page(vendor_of(vendor_id), form), 422
    session.commit()
    notice(_("The finding is raised, and the score counts it."))
    if beside:
        return redirect(
            url_for("responses.show", response_id=beside.response.id, q=beside.question)
        )
    return redirect(url_for(".show", finding_id=row.id))


def proof_in(field: FileField) -> Evidence | None:
    """The file of a form; None where there is none, VendorRefused for one that is not taken."""
    sent = field.data
    if not sent or not sent.filename:
        return None
    return checked_file(sent.filename, sent.stream.read(MOST_BYTES + 1))


def number(text: str | None) -> int:
    """The number in a hidden field; 0, which no revision is, for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _row(finding_id: uuid.UUID) -> StoredFinding:
    return session.get(StoredFinding, finding_id) or abort(404)


def _page(
    row: StoredFinding,
    *,
    step: StepForm | None = None,
    work: WorkForm | None = None,
    comment: CommentForm | None = None,
    stale: bool = False,
) -> str:
    vendor = session.get_one(Vendor, row.vendor_id)
    person = me().person
    possible = steps.open_to(session, row, person)
    elsewhere = [
        move for move in moves_of(row.state) if move.name != "ask" and move not in possible
    ]
    step = step or StepForm(formdata=None, data={"revision": row.revision})
    step.step.choices = _choices(possible)
    if work is None:
        said = {
            "revision": row.revision,
            "owner_id": str(row.owner_id or ""),
            "due_on": row.due_on,
        }
        work = WorkForm(formdata=None, data=said)
    people = inventory.people(session)
    if row.owner_id and row.owner_id not in dict(people):  # somebody who has left
        people.append((row.owner_id, inventory.name_of(session, row.owner_id)))
    work.offer_owners(people)
    check = CATALOGUE.get(row.reference) if row.kind == "check" else None
    letter = session.get(FindingRequest, row.request_id) if row.request_id else None
    forms = (step, work, comment)
    return render_template(
        "findings/show.html",
        row=row,
        vendor=vendor,
        severity=Severity.of_rank(row.severity),
        look=STATES[row.state],
        states=STATES,
        kind=KINDS[row.kind],
        control=NAMES.get(row.control, ""),
        knockout=fact_of(row.knockout, row.silent_since) if row.knockout in KNOCKOUTS else "",
        effect=_(check.rationale) if check else row.effect,
        fix=_(check.remediation) if check else row.fix,
        references=check.references if check else (),
        costs=_costs(row),
        events=listed.events_of(session, row.id),
        acts=FINDING_ACTS,
        hints=HINTS,
        owner=inventory.name_of(session, row.owner_id),
        accepted_by=inventory.name_of(session, row.accepted_by_id),
        letter=letter,
        letter_open=letter is not None and letter.revoked_at is None and letter.expires_at >= now(),
        today=now().date(),
        overdue=row.state in DUE_STATES and row.due_on is not None and row.due_on < now().date(),
        possible=possible,
        elsewhere=[_(move.label) for move in elsewhere],
        needs_proof=steps.needs_proof(session, row),
        can_ask=any(move.name == "ask" for move in moves_of(row.state)),
        step=step,
        work=work,
        comment=comment or CommentForm(formdata=None),
        form=next((one for one in forms if one is not None and one.errors), step),
        stale=stale,
        writes=may("findings.take"),
    )


def _choices(moves: Iterable[Move]) -> list[SelectChoice]:
    return [SelectChoice(move.name, _(move.label)) for move in moves]


def _costs(row: StoredFinding) -> list[Cost]:
    """What each engagement that it touches scores, and would score without it."""
    if row.state not in CAPPING:
        return []
    query = select(Engagement).where(
        Engagement.vendor_id == row.vendor_id, col(Engagement.ended_at).is_(None)
    )
    if row.engagement_id:
        query = query.where(Engagement.id == row.engagement_id)
    costs = []
    model = in_use(session)
    for engagement in session.exec(query.order_by(col(Engagement.name)).limit(20)):
        judged = scores.judge(session, engagement, now=now(), model=model)
        if judged is None:
            continue
        then = score(without(judged.snapshot, {str(row.id)}, judged.rests_on), model)
        costs.append(Cost(engagement, judged.score.final, then.final))
    return costs


def _bought(vendor: Vendor) -> list[tuple[str, str]]:
    standing = [one for one in engagements_of(session, vendor.id) if one.ended_at is None]
    return [(str(one.id), one.name) for one in standing]


def _new_page(vendor: Vendor, form: RaiseForm) -> str:
    form.offer(_bought(vendor))
    beside = beside_answer(session, vendor, request.values)
    shown: dict[str, Any] = {"vendor": vendor, "form": form, "beside": beside}
    return render_template("findings/new.html", **shown)
