"""Questionnaires to a vendor: what is on its way, sending, sending again, withdrawing."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from babel import Locale
from flask import Response, abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectChoice

from vendor_risk.doors import door
from vendor_risk.questionnaires.chosen import INTAKE
from vendor_risk.questionnaires.template import Template
from vendor_risk.questionnaires.translations import FALLBACK, languages, said
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import (
    WITH_VENDOR,
    QuestionnaireResponse,
    ResponseFile,
    ResponseLink,
    ResponseState,
)
from vendor_risk.store.models.vendors import Contact, Engagement, Vendor
from vendor_risk.web import language
from vendor_risk.web.access import READS
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import letters, words
from vendor_risk.web.questionnaire.file_views import attached
from vendor_risk.web.questionnaire.lines import parts_of
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import WRITES, area
from vendor_risk.web.vendors.forms import CONTACT_ROLES
from vendor_risk.web.vendors.found import belonging, vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.web.vendors.questionnaire_forms import SendForm, WithdrawForm
from vendor_risk.workflow import questionnaires as on_disk
from vendor_risk.workflow.finding_requests import recipients
from vendor_risk.workflow.responses import answers, links, sending
from vendor_risk.workflow.responses.published import current, imported
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]

STATES = {
    ResponseState.DRAFT: ("line", "pencil"),
    ResponseState.SENT: ("line", "send"),
    ResponseState.OPENED: ("line", "eye"),
    ResponseState.IN_PROGRESS: ("low", "progress"),
    ResponseState.SUBMITTED: ("medium", "inbox"),
    ResponseState.IN_REVIEW: ("medium", "eye"),
    ResponseState.RETURNED: ("low", "history"),
    ResponseState.ACCEPTED: ("good", "circle-check"),
    ResponseState.LAPSED: ("high", "clock"),
    ResponseState.WITHDRAWN: ("line", "circle-x"),
    ResponseState.DECLINED: ("high", "circle-x"),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A response on the list of its vendor."""

    row: QuestionnaireResponse
    engagement: str
    titles: str
    answered: int
    of: int
    late: bool
    links: Sequence[tuple[ResponseLink, OutboxMail | None]]

    @property
    def failed(self) -> list[OutboxMail]:
        """Letters that did not get through."""
        return [mail for _link, mail in self.links if mail is not None and mail.state == "failed"]

    @property
    def open(self) -> bool:
        """Whether the vendor is asked at the moment."""
        return self.row.state in WITH_VENDOR

    @property
    def look(self) -> tuple[str, str]:
        """Tone and icon of its state."""
        return STATES[ResponseState(self.row.state)]


@area.get("/vendors/<uuid:vendor_id>/questionnaires")
@door(READS)
def questionnaires(vendor_id: uuid.UUID) -> str:
    """What was sent, how far it is, and letters that did not get through."""
    vendor = vendor_of(vendor_id)
    head = head_of(vendor)
    rows = sending.of_vendor(session, vendor.id)
    names = {one.id: one.name for one in head["bought"]}
    return render_template(
        "vendors/questionnaires.html",
        **head,
        rows=[_shown(row, names) for row in rows],
        standing=[one for one in head["bought"] if one.ended_at is None],
        mail_leaves=current_app.config["MAIL_LEAVES"],
        today=now().date(),
    )


@area.get("/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>/questionnaires")
@door(WRITES)
def choose_questionnaires(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> str:
    """What would be asked, all of it, and what forbids it; boxes are set by the facts."""
    vendor = vendor_of(vendor_id)
    engagement = belonging(Engagement, engagement_id, vendor)
    return _page(vendor, engagement, SendForm(formdata=None), None)


@area.post("/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>/questionnaires")
@door(WRITES)
def send_questionnaires(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> Page:
    """The letter waits in the outbox; without a mail server its link is shown, once."""
    vendor = vendor_of(vendor_id)
    engagement = belonging(Engagement, engagement_id, vendor)
    form = SendForm()
    chosen = [id for id in form.chosen.raw_data or [] if id in sendable()]
    if request.form.get("go") == "count":  # the boxes were changed: show what that asks
        return _page(vendor, engagement, form, chosen)
    _fill(vendor, form)
    if not form.validate():
        return _page(vendor, engagement, form, chosen), 422
    try:
        sent = sending.send(
            session,
            vendor,
            engagement,
            chosen,
            contact_id=form.contact,
            due=form.due_on.data,
            message=form.message.data or "",
            language=form.language.data or FALLBACK,
            now=now(),
            actor=current_user.id,
        )
    except VendorRefused as error:
        session.rollback()
        vendor = vendor_of(vendor_id)
        form.refuse(
            VendorRefused.because(
                error, "chosen" if error.field == "questionnaires" else error.field
            )
        )
        return _page(vendor, belonging(Engagement, engagement_id, vendor), form, chosen), 422
    at = links.found(session, sent.token, now=now())
    assert at is not None
    _post(sent.response, at.link, sent.token)
    session.commit()
    return _sent(vendor, sent.response, at.link, sent.token)


@area.post("/vendors/<uuid:vendor_id>/questionnaires/<uuid:response_id>/again")
@door(WRITES)
def send_questionnaire_again(vendor_id: uuid.UUID, response_id: uuid.UUID) -> Page:
    """A new link: by mail, or (`go=link`) as text to copy; the one before ends."""
    vendor = vendor_of(vendor_id)
    response = _response(vendor, response_id)
    copy = request.form.get("go") == "link"
    try:
        link, token = links.send_again(session, response, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(url_for("vendors.questionnaires", vendor_id=vendor.id))
    if not copy:
        _post(response, link, token)
    session.commit()
    return _sent(vendor, response, link, token, copy=copy)


@area.route(
    "/vendors/<uuid:vendor_id>/questionnaires/<uuid:response_id>/withdraw", methods=["GET", "POST"]
)
@door(WRITES)
def withdraw_questionnaire(vendor_id: uuid.UUID, response_id: uuid.UUID) -> Page:
    """It is asked no more, for a reason."""
    vendor = vendor_of(vendor_id)
    response = _response(vendor, response_id)

    def page(form: WithdrawForm) -> str:
        return render_template(
            "vendors/questionnaire_withdraw.html", vendor=vendor, row=response, form=form
        )

    if request.method != "POST":
        return page(WithdrawForm(formdata=None))
    form = WithdrawForm()
    if not form.validate():
        return page(form), 422
    try:
        sending.withdraw(
            session, response, form.reason.data or "", now=now(), actor=current_user.id
        )
    except VendorRefused as error:
        session.rollback()
        vendor = vendor_of(vendor_id)
        response = _response(vendor, response_id)
        form.refuse(error)
        return page(form), 422
    session.commit()
    notice(_("%(number)s is withdrawn: its links open nothing any more.", number=response.number))
    return redirect(url_for("vendors.questionnaires", vendor_id=vendor.id))


@area.get("/vendors/<uuid:vendor_id>/questionnaires/<uuid:response_id>/files/<uuid:file_id>")
@door(READS)
def questionnaire_file(
    vendor_id: uuid.UUID, response_id: uuid.UUID, file_id: uuid.UUID
) -> Response:
    """A file of evidence, for whoever judges the answer; always an attachment."""
    vendor = vendor_of(vendor_id)
    response = _response(vendor, response_id)
    row = session.get(ResponseFile, file_id)
    if row is None or row.response_id != response.id or row.removed_at is not None:
        abort(404)
    return attached(row)


def _response(vendor: Vendor, response_id: uuid.UUID) -> QuestionnaireResponse:
    row = session.get(QuestionnaireResponse, response_id)
    if row is None or row.vendor_id != vendor.id:
        abort(404)
    return row


def sendable() -> dict[str, Template]:
    """The questionnaires that can be sent, our own last; one that is broken is left out."""
    found = {}
    ids = [path.stem for path in on_disk.shipped() if path.stem != INTAKE]
    for id in dict.fromkeys([*ids, *(row.questionnaire_id for row in imported(session))]):
        try:
            found[id] = current(session, id)
        except VendorRefused:
            continue
    return found


def _fill(vendor: Vendor, form: SendForm) -> dict[str, Template]:
    offered = sendable()
    form.chosen.choices = [
        SelectChoice(id, said(one.form.title, language.current())) for id, one in offered.items()
    ]
    form.contact_id.choices = [
        SelectChoice(str(one.id), _named(one)) for one in recipients(session, vendor.id)
    ]
    known = sorted({FALLBACK}.union(*(languages(one.form) for one in offered.values())))
    form.language.choices = [
        SelectChoice(one, _language(one)) for one in sorted(known, key=lambda one: one != FALLBACK)
    ]
    return offered


def _language(code: str) -> str:
    return str(Locale.parse(code, sep="-").get_display_name(language.current().partition("-")[0]))


def _named(contact: Contact) -> str:
    roles = ", ".join(str(CONTACT_ROLES[role]) for role in contact.roles)
    return f"{contact.name}, {contact.email}" + (f" ({roles})" if roles else "")


def _page(
    vendor: Vendor, engagement: Engagement, form: SendForm, chosen: Sequence[str] | None
) -> str:
    offered = _fill(vendor, form)
    try:
        plan = sending.plan(session, vendor, engagement, chosen, now=now())
    except VendorRefused as error:
        plan = sending.Plan((), (), 0, {}, 0, (), (error,))
    picked = [one.form.id for one in plan.templates] if chosen is None else list(chosen)
    form.chosen.data = picked
    if not form.due_on.data and not form.due_on.errors and chosen is None:
        form.due_on.data = now().date() + sending.USUAL
    return render_template(
        "vendors/questionnaire_send.html",
        vendor=vendor,
        engagement=engagement,
        form=form,
        plan=plan,
        parts=parts_of(plan.questions),
        asked=sum(each.question.type != "info" for each in plan.questions),
        details={id: detail(one) for id, one in offered.items()},
        reachable=bool(form.contact_id.choices),
        mail_leaves=current_app.config["MAIL_LEAVES"],
        option_words=lambda one: words.option(one, language.current()),
        say=lambda text: said(text, language.current()),
    )


def detail(template: Template) -> str:
    """How long one questionnaire is, beside its box."""
    count = sum(len(section.questions) for section in template.form.sections)
    return str(
        _(
            "%(n)s questions, about %(minutes)s minutes alone, version %(version)s",
            n=count,
            minutes=template.form.estimate_minutes,
            version=template.form.version,
        )
    )


def _post(response: QuestionnaireResponse, link: ResponseLink, token: str) -> None:
    asked = answers.sheet(session, response, today=now().date()).evaluation.visible
    letters.ask(response, link, token, asked)


def _sent(
    vendor: Vendor,
    response: QuestionnaireResponse,
    link: ResponseLink,
    token: str,
    *,
    copy: bool = False,
) -> str:
    """The page after sending: it alone shows the link, for no table keeps it."""
    return render_template(
        "vendors/questionnaire_sent.html",
        vendor=vendor,
        row=response,
        link=link,
        address=letters.address_of(token),
        copy=copy,
        mail_leaves=current_app.config["MAIL_LEAVES"],
    )


def _shown(row: QuestionnaireResponse, names: dict[uuid.UUID, str]) -> Shown:
    sheet = answers.sheet(session, row, today=now().date())
    asked = [each for each in sheet.evaluation.visible if each.question.type != "info"]
    every = session.exec(
        select(ResponseLink)
        .where(ResponseLink.response_id == row.id, col(ResponseLink.revoked_at).is_(None))
        .order_by(col(ResponseLink.created_at))
    ).all()
    keys = [letters.key_of(link) for link in every]
    mails = {
        mail.dedup_key: mail
        for mail in session.exec(select(OutboxMail).where(col(OutboxMail.dedup_key).in_(keys)))
    }
    titles = {each.form.id: said(each.form.title, language.current()) for each in sheet.questions}
    return Shown(
        row,
        names.get(row.engagement_id, ""),
        ", ".join(titles.get(one["id"], one["id"]) for one in row.asked),
        len(asked) - len(sheet.evaluation.blanks),
        len(asked),
        _is_late(row, now().date()),
        [(link, mails.get(letters.key_of(link))) for link in every],
    )


def _is_late(row: QuestionnaireResponse, today: dt.date) -> bool:
    return row.state in WITH_VENDOR and row.due_on < today
