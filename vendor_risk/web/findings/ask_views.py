"""The letter that asks a vendor to mend findings: written here, sent by the outbox, revoked."""

import uuid

from flask import abort, current_app, redirect, render_template, request, url_for
from flask_babel import force_locale, get_babel
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse
from wtforms import SelectChoice

from vendor_risk.doors import door
from vendor_risk.evidence import Severity
from vendor_risk.store.models.findings import FindingRequest, FindingState, StoredFinding
from vendor_risk.store.models.vendors import Contact, Vendor
from vendor_risk.web.findings import WRITES, area
from vendor_risk.web.findings.forms import AskForm
from vendor_risk.web.frame import day_words, local_path, notice
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.forms import CONTACT_ROLES
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.workflow import finding_requests as steps
from vendor_risk.workflow import outbox
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]


@area.get("/ask/<uuid:vendor_id>")
@door(WRITES)
def ask(vendor_id: uuid.UUID) -> str:
    """The form, with the findings that the address names ticked, or all."""
    vendor = vendor_of(vendor_id)
    named = request.args.getlist("finding")
    form = AskForm(formdata=None)
    form.chosen.data = named or [str(row.id) for row in _open_of(vendor)]
    return _page(vendor, form)


@area.post("/ask/<uuid:vendor_id>")
@door(WRITES)
def send(vendor_id: uuid.UUID) -> Page:
    """The letter waits in the outbox, and its findings are asked."""
    vendor, form = vendor_of(vendor_id), AskForm()
    _offer(vendor, form)
    if not form.validate():
        return _page(vendor, form), 422
    chosen = set(form.chosen.data or ())
    rows = [row for row in _open_of(vendor) if str(row.id) in chosen]
    try:
        asked, contact, token = steps.ask(
            session,
            vendor,
            rows,
            contact_id=form.contact,
            message=form.message.data or "",
            due=form.due_on.data,
            now=now(),
            actor=current_user.id,
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(vendor_of(vendor_id), form), 422
    _post(asked, contact, token)
    session.commit()
    notice(_("%(name)s is asked. The letter is in the outbox.", name=contact.name))
    return redirect(url_for(".index", q=vendor.name, state="asked"))


@area.post("/requests/<uuid:request_id>/revoke")
@door(WRITES)
def revoke(request_id: uuid.UUID) -> AnyResponse:
    """The link of a letter opens nothing any more."""
    asked = session.get(FindingRequest, request_id, with_for_update=True) or abort(404)
    if steps.revoke(session, asked, now=now(), actor=current_user.id):
        session.commit()
        notice(_("The link opens nothing any more. What was asked stays asked."))
    return redirect(local_path(request.form.get("back"), url_for(".index")))


def _open_of(vendor: Vendor) -> list[StoredFinding]:
    rows = (
        select(StoredFinding)
        .where(
            StoredFinding.vendor_id == vendor.id,
            col(StoredFinding.state).in_((FindingState.OPEN, FindingState.ASKED)),
        )
        .order_by(col(StoredFinding.severity).desc(), col(StoredFinding.opened_at))
        .limit(steps.MOST)
    )
    return list(session.exec(rows).all())


def _offer(vendor: Vendor, form: AskForm) -> list[StoredFinding]:
    rows = _open_of(vendor)
    form.chosen.choices = [SelectChoice(str(row.id), row.reason or row.title) for row in rows]
    form.contact_id.choices = [
        SelectChoice(str(one.id), _named(one)) for one in steps.recipients(session, vendor.id)
    ]
    return rows


def _named(contact: Contact) -> str:
    roles = ", ".join(str(CONTACT_ROLES[role]) for role in contact.roles)
    return f"{contact.name}, {contact.email}" + (f" ({roles})" if roles else "")


def _page(vendor: Vendor, form: AskForm) -> str:
    rows = _offer(vendor, form)
    return render_template(
        "findings/ask.html",
        vendor=vendor,
        form=form,
        details={
            str(row.id): f"{_(str(Severity.of_rank(row.severity)))} · {row.asset or row.control}"
            for row in rows
        },
        any_open=bool(rows),
        reachable=bool(form.contact_id.choices),
    )


def _post(asked: FindingRequest, contact: Contact, token: str) -> None:
    address = current_app.config["ADDRESS"] + url_for("portal.show", token=token)
    with force_locale(steps.language_of(session, contact) or get_babel().default_locale):
        due = day_words(asked.due_on) if asked.due_on else ""
        said = {"name": contact.name, "address": address, "due": due}
        outbox.put(
            session,
            dedup_key=f"findings/{asked.id}",
            recipient=contact.email or "",
            subject=_("Findings to mend, from %(who)s", who=current_app.config["ORGANISATION"]),
            text=render_template("mail/findings.txt", **said),
            html=render_template("mail/findings.html", **said),
            now=now(),
        )
