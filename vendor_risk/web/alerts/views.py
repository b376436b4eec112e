"""The inbox of what moved, what a person wants to be told, and the page that ends the letters."""

import datetime as dt
import uuid

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.evidence import Severity
from vendor_risk.store.models.people import User
from vendor_risk.web.alerts import area, ending
from vendor_risk.web.alerts.forms import ChoiceForm
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.moves.words import ANSWERS, told
from vendor_risk.web.session import now, session
from vendor_risk.workflow import alerts
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
PER = 50


@area.get("")
def index() -> str:
    """What I have not seen, or all that I was told."""
    page = page_number()
    everything = request.args.get("show") == "all"
    rows = alerts.inbox(
        session, current_user.id, unseen=not everything, first=(page - 1) * PER, most=PER + 1
    )
    return render_template(
        "alerts/index.html",
        rows=rows[:PER],
        more=len(rows) > PER,
        page=page,
        everything=everything,
        unseen=alerts.unseen(session, current_user.id),
        told=told,
        answers=ANSWERS,
        severity=lambda row: Severity.of_rank(row.severity),
    )


@area.post("/seen")
def seen() -> AnyResponse:
    """What was chosen, or all, is seen; it can be taken back."""
    ids = None
    if request.form.get("all") != "1":
        try:
            ids = [uuid.UUID(text) for text in request.form.getlist("alert")[:PER]]
        except ValueError:
            abort(400)
    count = alerts.see(session, current_user.id, ids, now=now())
    session.commit()
    if count:
        words = ngettext("%(num)d alert is seen.", "%(num)d alerts are seen.", count)
        notice(words, undo=url_for(".seen_not", at=now().isoformat()))
    else:
        notice(_("Choose at least one that you have not seen."), kind="warning")
    return redirect(url_for(".index"))


@area.post("/seen-not")
def seen_not() -> AnyResponse:
    """What was marked as seen at that moment is not."""
    try:
        moment = dt.datetime.fromisoformat(request.args.get("at", ""))
    except ValueError:
        abort(400)
    alerts.see_not(session, current_user.id, moment)
    session.commit()
    notice(_("They wait for you again."))
    return redirect(url_for(".index"))


@area.get("/choices")
def choices() -> str:
    """What I am told, and how."""
    return _choices_page()


@area.post("/choices")
def choose() -> Page:
    """I am told so from now on."""
    form = ChoiceForm()
    if not form.validate():
        return _choices_page(form), 422
    try:
        done = alerts.choose(session, _me(), form.wanted(), revision=_revision(form), now=now())
    except Stale:
        session.rollback()
        return _choices_page(form, stale=True), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _choices_page(form), 422
    session.commit()
    notice(_("Saved.") if done else _("It was so already."))
    return redirect(url_for(".choices"))


@area.post("/choices/default")
def choose_default() -> AnyResponse:
    """I am told what my roles say."""
    person = _me()
    revision = alerts.revision_of(session, person)
    if alerts.choose(session, person, None, revision=revision, now=now()):
        session.commit()
        notice(_("You are told what your roles say."))
    return redirect(url_for(".choices"))


@ending.get("/<token>")
def off(token: str) -> Page:
    """Whose letters end, and the button; a mail scanner that opens it ends nothing."""
    person = alerts.person_of(session, token[:200])
    if person is None:
        return render_template("portal/gone.html"), 404
    return render_template("alerts/off.html", person=person, done=False)


@ending.post("/<token>")
def end(token: str) -> Page:
    """No letter about moves comes any more."""
    person = alerts.person_of(session, token[:200])
    if person is None:
        return render_template("portal/gone.html"), 404
    alerts.unsubscribe(session, person, now=now())
    session.commit()
    return render_template("alerts/off.html", person=person, done=True)


def _choices_page(form: ChoiceForm | None = None, *, stale: bool = False) -> str:
    person = _me()
    revision = alerts.revision_of(session, person)
    if form is None:
        form = ChoiceForm(
            formdata=None,
            data=ChoiceForm.shown(alerts.choice_of(session, person), revision),
        )
    form.revision.data = str(revision)
    return render_template(
        "alerts/choices.html", form=form, stale=stale, chosen=_is_chosen(person), revision=revision
    )


def _is_chosen(person: User) -> bool:
    """Whether the person chose something else than their roles say."""
    usual = alerts.of_roles(alerts.role_choices(session), person)
    return alerts.choice_of(session, person) != usual


def _revision(form: ChoiceForm) -> int:
    text = form.revision.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else -1


def _me() -> User:
    person: User = current_user._get_current_object()
    return person
