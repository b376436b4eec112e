"""The end of answering: check what is open, declare and submit, or decline with a reason."""

from flask import redirect, render_template, request, url_for
from flask_babel import lazy_gettext as _
from wtforms import BooleanField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length

from vendor_risk.store.models.responses import WITH_VENDOR
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import area
from vendor_risk.web.questionnaire.entry import Page, entered
from vendor_risk.web.questionnaire.lines import of_link, parts_of
from vendor_risk.web.questionnaire.views import frame, rail
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.forms import VendorsForm
from vendor_risk.workflow.responses import answers, files
from vendor_risk.workflow.responses import reminders as reminding
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.vendors import VendorRefused


class SubmitForm(VendorsForm):
    """Who says that the answers are true."""

    name = StringField(
        _("Your name"),
        validators=[
            DataRequired(_("Give your name: it stands under the answers.")),
            Length(max=200),
        ],
    )
    role = StringField(
        _("Your role"),
        validators=[
            DataRequired(_("Give your role, such as “Owner” or “Head of IT”.")),
            Length(max=200),
        ],
    )
    declared = BooleanField(
        _("The answers are true and complete as far as I know, and I may give them."),
        validators=[DataRequired(_("Tick this: without it the answers cannot be submitted."))],
    )


class DeclineForm(VendorsForm):
    """Why nobody answers."""

    reason = TextAreaField(
        _("Why will you not answer?"),
        validators=[
            DataRequired(_("Say why, in a sentence.")),
            Length(max=answers.REASON, message=_("Shorten this to %(max)d characters or fewer.")),
        ],
    )


@area.route("/<token>/check", methods=["GET", "POST"])
@entered
def check(token: str, at: Entry) -> Page:
    """What is still open, and the declaration."""
    if not at.owner or at.response.state not in WITH_VENDOR:
        return redirect(url_for(".overview", token=token))
    if request.method != "POST":
        form = SubmitForm(formdata=None, data={"name": at.link.name})
        return _check(token, at, form)
    form = SubmitForm()
    if not form.validate():
        return _check(token, at, form), 422
    try:
        answers.submit(
            session,
            at,
            name=form.name.data or "",
            role=form.role.data or "",
            declared=bool(form.declared.data),
            now=now(),
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _check(token, at, form), 422
    session.commit()
    return redirect(url_for(".overview", token=token))


@area.post("/<token>/reminders")
@entered
def reminders(token: str, at: Entry) -> Page:
    """No reminders from now on, or reminders again."""
    quiet = request.form.get("go") != "on"
    if reminding.set_quiet(session, at, quiet=quiet, now=now()):
        session.commit()
        notice(_("You get no more reminders.") if quiet else _("Reminders go out again."))
    return redirect(url_for(".overview", token=token))


@area.route("/<token>/decline", methods=["GET", "POST"])
@entered
def decline(token: str, at: Entry) -> Page:
    """Nobody at the vendor will answer."""
    if not at.owner or at.response.state not in WITH_VENDOR:
        return redirect(url_for(".overview", token=token))
    if request.method != "POST":
        return _decline(token, at, DeclineForm(formdata=None))
    form = DeclineForm()
    if not form.validate():
        return _decline(token, at, form), 422
    try:
        answers.decline(session, at, form.reason.data or "", now=now())
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _decline(token, at, form), 422
    session.commit()
    return redirect(url_for(".overview", token=token))


def _check(token: str, at: Entry, form: SubmitForm) -> str:
    sheet = answers.sheet(session, at.response, today=now().date())
    parts = parts_of(of_link(at, sheet))
    return render_template(
        "questionnaire/check.html",
        **frame(token, at),
        form=form,
        parts=parts,
        sheet=sheet,
        rail=rail(token, parts, sheet),
        open=[
            (part, each, n)
            for part in parts
            for n, each in enumerate(part.questions, start=1)
            if each.question.id in sheet.open
        ],
        optional=len(sheet.evaluation.blanks) - len(sheet.open),
        faults=len(sheet.evaluation.faults),
        shown=len(files.files_for(session, at)),
    )


def _decline(token: str, at: Entry, form: DeclineForm) -> str:
    return render_template("questionnaire/decline.html", **frame(token, at), form=form)
