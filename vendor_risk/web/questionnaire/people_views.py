"""Who at the vendor answers: colleagues for sections, and handing all of it to somebody else."""

import uuid
from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectChoice, StringField
from wtforms.validators import DataRequired, InputRequired, Length

from vendor_risk.questionnaires.translations import said
from vendor_risk.store.models.responses import WITH_VENDOR
from vendor_risk.web import language
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import area, letters
from vendor_risk.web.questionnaire.entry import Page, entered
from vendor_risk.web.questionnaire.lines import of_link, parts_of
from vendor_risk.web.questionnaire.views import frame
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.forms import Boxes, VendorsForm
from vendor_risk.workflow.responses import answers, links
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.vendors import VendorRefused, clean

_MAIL = [DataRequired(_("Give an e-mail address, such as ann@example.com.")), Length(max=254)]


class ColleagueForm(VendorsForm):
    """Who helps, with which sections."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the name.")), Length(max=200)])
    email = StringField(_("E-mail"), validators=_MAIL)
    sections = Boxes(_("Sections"), validators=[InputRequired(_("Choose at least one section."))])


class SuccessorForm(VendorsForm):
    """Who is the right person."""

    name = StringField(_("Name"), validators=[DataRequired(_("Give the name.")), Length(max=200)])
    email = StringField(_("E-mail"), validators=_MAIL)


@area.route("/<token>/people", methods=["GET", "POST"])
@entered
def people(token: str, at: Entry) -> Page:
    """Colleagues who answer sections; each gets a link of their own by mail."""
    if not _may(at):
        return redirect(url_for(".overview", token=token))
    parts = parts_of(of_link(at, answers.sheet(session, at.response, today=now().date())))
    titles = {part.id: said(dict(part.title), language.current()) for part in parts}

    def page(form: ColleagueForm) -> str:
        return render_template(
            "questionnaire/people.html",
            **frame(token, at),
            form=form,
            helpers=links.contributors(session, at.response, now=now()),
            titles=titles,
        )

    form = ColleagueForm() if request.method == "POST" else ColleagueForm(formdata=None)
    form.sections.choices = [SelectChoice(id, title) for id, title in titles.items()]
    if request.method != "POST":
        return page(form)
    if not form.validate():
        return page(form), 422
    chosen = form.sections.data or []
    return _send(
        token,
        at,
        lambda: links.invite(
            session,
            at,
            name=form.name.data or "",
            email=form.email.data or "",
            sections=chosen,
            known=list(titles),
            now=now(),
        ),
        form,
        page,
        gettext("%(name)s gets a mail with a link.", name=clean(form.name.data or "")),
    )


@area.post("/<token>/people/<uuid:link_id>/remove")
@entered
def remove_helper(token: str, at: Entry, link_id: uuid.UUID) -> Page:
    """A colleague's link opens nothing any more."""
    try:
        links.take_back(session, at, link_id, now=now())
    except VendorRefused as error:
        session.rollback()
        notice(error.said(gettext), kind="error")
        return redirect(url_for(".overview", token=token))
    session.commit()
    notice(gettext("The link opens nothing any more. What was answered over it stays."))
    return redirect(url_for(".people", token=token))


@area.route("/<token>/hand-over", methods=["GET", "POST"])
@entered
def hand_over(token: str, at: Entry) -> Page:
    """Somebody else is the right person: they get a link, and this one ends."""
    if not _may(at):
        return redirect(url_for(".overview", token=token))

    def page(form: SuccessorForm) -> str:
        return render_template("questionnaire/hand_over.html", **frame(token, at), form=form)

    if request.method != "POST":
        return page(SuccessorForm(formdata=None))
    form = SuccessorForm()
    if not form.validate():
        return page(form), 422
    sent = _send(
        token,
        at,
        lambda: links.hand_over(
            session, at, name=form.name.data or "", email=form.email.data or "", now=now()
        ),
        form,
        page,
        "",
    )
    if isinstance(sent, tuple):
        return sent
    return render_template("questionnaire/handed_over.html", name=clean(form.name.data or ""))


def _may(at: Entry) -> bool:
    return at.owner and at.response.state in WITH_VENDOR


def _send(  # noqa: PLR0917
    token: str,
    at: Entry,
    make: Callable[[], str],
    form: VendorsForm,
    page: Callable[..., str],
    words: str,
) -> Page:
    """The link is made and its letter waits in the outbox."""
    by = at.link.name
    try:
        fresh = links.found(session, made := make(), now=now())
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return page(form), 422
    assert fresh is not None
    asked = of_link(fresh, answers.sheet(session, at.response, today=now().date()))
    letters.ask(at.response, fresh.link, made, asked, by=by)
    session.commit()
    if words:
        notice(words)
    return redirect(url_for(".people", token=token))
