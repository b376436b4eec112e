"""One's own settings, the list of people, the outbox."""

import uuid
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask_babel import force_locale, get_babel
from flask_babel import gettext as _
from flask_login import current_user
from flask_security.recoverable import generate_reset_password_token
from sqlmodel import col, select
from werkzeug.wrappers import Response

from vendor_risk.doors import door, only
from vendor_risk.evidence import N_
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.people import User
from vendor_risk.web.accounts import area
from vendor_risk.web.accounts.forms import OwnForm, PersonForm, RolesForm
from vendor_risk.web.session import actor, now, session
from vendor_risk.workflow import outbox, people, reassignment

ROLE_EXAMPLES = {
    "requester": N_("Asks for vendors: fills in the intake form and follows what becomes of it."),
    "analyst": N_("Judges: reviews answers and findings, orders scans, writes reports."),
    "approver": N_("Decides: signs what analysts propose."),
    "auditor": N_("Reads everything and changes nothing; goes with no other role."),
    "admin": N_("Runs the product: people, mail, settings."),
}

# The list of people is the company's staff who judge vendors, the outbox a day's mail.
_MAILS_SHOWN = 200


@area.route("/own", methods=["GET", "POST"])
def own() -> str | Response | tuple[str, int]:
    """One's own name, time zone, theme, password and second factor."""
    form = OwnForm(obj=current_user)
    if request.method == "GET":
        return render_template("accounts/own.html", form=form)
    if not form.validate():
        return render_template("accounts/own.html", form=form), 422
    people.set_preferences(
        session,
        _myself(),
        actor=actor(),
        now=now(),
        name=form.name.data,
        timezone=form.timezone.data,
        language=form.language.data,
    )
    session.commit()
    flash(_("Saved."), "success")
    return redirect(url_for("accounts.own"))


@area.get("/people")
@door(only("admin", "auditor"))
def everybody() -> str:
    """Who has an account, with which roles and which second factor."""
    return _people_page(PersonForm())


@area.post("/people")
@door(only("admin"))
def invite() -> str | Response | tuple[str, int]:
    """A new account, whose owner is mailed a link to set a password."""
    form = PersonForm()
    if not form.validate():
        return _people_again(form)
    try:
        user = people.create_user(
            session,
            email=form.email.data,
            name=form.name.data,
            roles=form.roles.data or [],
            actor=actor(),
            now=now(),
        )
    except people.PeopleError as error:
        session.rollback()
        form.form_errors.append(error.said(_))
        return _people_again(form)
    _send_link(user, "invitation")
    session.commit()
    flash(_("Invited %(email)s.", email=user.email), "success")
    return redirect(url_for("accounts.person", user_id=user.id))


def _people_again(form: PersonForm) -> tuple[str, int]:
    return _people_page(form), 422


def _people_page(form: PersonForm) -> str:
    listed = session.exec(select(User).order_by(col(User.email))).all()
    return render_template(
        "accounts/people.html", people=listed, form=form, role_examples=_examples()
    )


def _examples() -> dict[str, str]:
    return {role: _(words) for role, words in ROLE_EXAMPLES.items()}


@area.get("/people/<uuid:user_id>")
@door(only("admin", "auditor"))
def person(user_id: uuid.UUID) -> str:
    """One account and what can be done with it."""
    user = _user(user_id)
    return _person_page(user, RolesForm(roles=people.role_names(user)))


def _person_page(user: User, form: RolesForm) -> str:
    work = reassignment.counts(session, user.id)
    return render_template(
        "accounts/person.html",
        user=user,
        work=work if any(work.values()) else None,
        form=form,
        roles=people.role_names(user),
        role_examples=_examples(),
        second_factor_due=current_app.config["SECOND_FACTOR_DUE"](user),
    )


@area.post("/people/<uuid:user_id>/roles")
@door(only("admin"))
def roles(user_id: uuid.UUID) -> Response | tuple[str, int]:
    """The person has these roles from now on."""
    user, form = _user(user_id), RolesForm()
    if not form.validate():
        return _person_page(user, form), 422
    return _do(user, people.set_roles, form, roles=form.roles.data or [])


@area.post("/people/<uuid:user_id>/deactivate")
@door(only("admin"))
def deactivate(user_id: uuid.UUID) -> Response | tuple[str, int]:
    """The person can no longer sign in."""
    return _do(_user(user_id), people.deactivate)


@area.post("/people/<uuid:user_id>/activate")
@door(only("admin"))
def activate(user_id: uuid.UUID) -> Response | tuple[str, int]:
    """The person can sign in again."""
    return _do(_user(user_id), people.activate)


@area.post("/people/<uuid:user_id>/second-factor")
@door(only("admin"))
def reset_second_factor(user_id: uuid.UUID) -> Response | tuple[str, int]:
    """The person sets up a new authenticator at the next sign-in."""
    return _do(_user(user_id), people.reset_second_factor)


@area.post("/people/<uuid:user_id>/link")
@door(only("admin"))
def send_link(user_id: uuid.UUID) -> Response:
    """The person is mailed a link to set a password."""
    user = _user(user_id)
    if not user.active:
        abort(422)
    _send_link(user, "reset")
    session.commit()
    flash(_("A link is on its way to %(email)s.", email=user.email), "success")
    return redirect(url_for("accounts.person", user_id=user.id))


@area.get("/mail")
@door(only("admin"))
def mail() -> str:
    """What was sent, what waits and what failed; read here when there is no mail server."""
    shown = outbox.newest(session, _MAILS_SHOWN)
    return render_template("accounts/mail.html", mails=shown, limit=_MAILS_SHOWN)


@area.get("/mail/<uuid:mail_id>")
@door(only("admin"))
def letter(mail_id: uuid.UUID) -> str:
    """One mail as its reader sees it."""
    found = session.get(OutboxMail, mail_id) or abort(404)
    return render_template("accounts/letter.html", mail=found)


@area.post("/mail/<uuid:mail_id>/again")
@door(only("admin"))
def mail_again(mail_id: uuid.UUID) -> Response:
    """A mail that failed is tried again."""
    found = session.get(OutboxMail, mail_id) or abort(404)
    outbox.try_again(session, found, actor=actor(), now=now())
    session.commit()
    return redirect(url_for("accounts.letter", mail_id=found.id))


def _do(
    user: User, step: Any, form: RolesForm | None = None, **arguments: Any
) -> Response | tuple[str, int]:
    try:
        step(session, user, actor=actor(), now=now(), **arguments)
    except people.PeopleError as error:
        session.rollback()
        again = form or RolesForm(formdata=None, roles=people.role_names(user))
        again.form_errors.append(error.said(_))
        return _person_page(user, again), 422
    session.commit()
    flash(_("Saved."), "success")
    return redirect(url_for("accounts.person", user_id=user.id))


def _send_link(user: User, kind: str) -> None:
    """The link works once: it carries a fingerprint of the password that it replaces."""
    path = url_for("security.reset_password", token=_token(user))
    address = current_app.config["ADDRESS"] + path
    with force_locale(user.language or get_babel().default_locale):  # theirs, not the sender's
        outbox.put(
            session,
            dedup_key=f"{kind}/{user.id}/{now().isoformat()}",
            recipient=user.email,
            subject=_("Set your password for Vendor Risk"),
            text=render_template(f"mail/{kind}.txt", user=user, address=address),
            html=render_template(f"mail/{kind}.html", user=user, address=address),
            now=now(),
        )
    people.note_link(session, user, actor=actor(), now=now())


def _token(user: User) -> str:
    return str(generate_reset_password_token(user))  # type: ignore[no-untyped-call]


def _user(user_id: uuid.UUID) -> User:
    return session.get(User, user_id) or abort(404)


def _myself() -> User:
    found: User = current_user._get_current_object()
    return found
