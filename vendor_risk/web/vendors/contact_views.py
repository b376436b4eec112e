"""The contacts of a vendor: see them, add, change and remove one, and take the removal back."""

import uuid
from typing import Any

from flask import abort, redirect, render_template, url_for
from flask_babel import gettext as _
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.store.audit import tell
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.vendors import Contact, ContactRole, Vendor
from vendor_risk.web.frame import notice
from vendor_risk.web.session import actor, now, session
from vendor_risk.web.vendors import WRITES, area
from vendor_risk.web.vendors.forms import CONTACT_ROLES, ContactForm
from vendor_risk.web.vendors.found import MOST_ACTS, belonging, vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.workflow import contacts as steps
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]
_REMOVED = "vendor.contact_removed"


@area.get("/vendors/<uuid:vendor_id>/contacts")
def contacts(vendor_id: uuid.UUID) -> str:
    """The people with what we ask each about."""
    vendor = vendor_of(vendor_id)
    return render_template(
        "vendors/contacts.html",
        **head_of(vendor),
        people=steps.contacts_of(session, vendor.id),
        role_names=CONTACT_ROLES,
    )


@area.get("/vendors/<uuid:vendor_id>/contacts/new")
@door(WRITES)
def new_contact(vendor_id: uuid.UUID) -> str:
    """An empty form for a person."""
    return _page(vendor_of(vendor_id), ContactForm(formdata=None), None)


@area.post("/vendors/<uuid:vendor_id>/contacts/new")
@door(WRITES)
def add_contact(vendor_id: uuid.UUID) -> Page:
    """The vendor has one contact more."""
    vendor, form = vendor_of(vendor_id), ContactForm()
    if not form.validate():
        return _page(vendor, form, None), 422
    try:
        steps.add_contact(session, vendor, **_said(form), now=now(), actor=actor())
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(vendor_of(vendor_id), form, None), 422
    session.commit()
    notice(_("The contact is added."))
    return redirect(url_for("vendors.contacts", vendor_id=vendor.id))


@area.get("/vendors/<uuid:vendor_id>/contacts/<uuid:contact_id>")
@door(WRITES)
def edit_contact(vendor_id: uuid.UUID, contact_id: uuid.UUID) -> str:
    """The form with what we know of the person."""
    vendor = vendor_of(vendor_id)
    contact = belonging(Contact, contact_id, vendor)
    return _page(vendor, ContactForm(formdata=None, obj=contact), contact)


@area.post("/vendors/<uuid:vendor_id>/contacts/<uuid:contact_id>")
@door(WRITES)
def save_contact(vendor_id: uuid.UUID, contact_id: uuid.UUID) -> Page:
    """The contact says what the form says."""
    vendor, form = vendor_of(vendor_id), ContactForm()
    contact = belonging(Contact, contact_id, vendor)
    if not form.validate():
        return _page(vendor, form, contact), 422
    try:
        steps.edit_contact(session, vendor, contact, **_said(form), now=now(), actor=actor())
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return _page(vendor, form, belonging(Contact, contact_id, vendor)), 422
    session.commit()
    notice(_("Saved."))
    return redirect(url_for("vendors.contacts", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/contacts/<uuid:contact_id>/remove")
@door(WRITES)
def remove_contact(vendor_id: uuid.UUID, contact_id: uuid.UUID) -> AnyResponse:
    """The contact is gone; one click takes that back."""
    vendor = vendor_of(vendor_id)
    contact = belonging(Contact, contact_id, vendor)
    name = contact.name
    steps.remove_contact(session, vendor, contact, now=now(), actor=actor())
    session.commit()
    act = session.exec(
        select(AuditEntry.sequence)
        .where(AuditEntry.act == _REMOVED, AuditEntry.subject_id == str(vendor.id))
        .order_by(col(AuditEntry.sequence).desc())
    ).first()
    undo = url_for("vendors.return_contact", vendor_id=vendor.id, act=act) if act else ""
    notice(_("%(name)s is removed.", name=name), undo=undo)
    return redirect(url_for("vendors.contacts", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/contacts/return/<int:act>")
@door(WRITES)
def return_contact(vendor_id: uuid.UUID, act: int) -> AnyResponse:
    """A contact that was removed is back, as the sealed log remembers it."""
    session.get(Vendor, vendor_id, with_for_update=True)  # of two clicks one returns it
    vendor = vendor_of(vendor_id)
    entry = session.get(AuditEntry, act) if act < MOST_ACTS else None
    if entry is None or entry.act != _REMOVED or entry.subject_id != str(vendor.id):
        abort(404)
    back = redirect(url_for("vendors.contacts", vendor_id=vendor.id))
    contact_id = entry.change_key
    if contact_id is not None and session.get(Contact, contact_id) is not None:
        return back
    said = tell(session, entry).before or {}
    try:
        steps.add_contact(
            session,
            vendor,
            name=said.get("name", ""),
            email=said.get("email") or "",
            phone=said.get("phone") or "",
            roles=[ContactRole(role) for role in said.get("roles", [])],
            contact_id=contact_id,
            now=now(),
            actor=actor(),
        )
        session.commit()
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
    return back


def _said(form: ContactForm) -> dict[str, Any]:
    return {
        "name": form.name.data,
        "email": form.email.data,
        "phone": form.phone.data,
        "roles": [ContactRole(role) for role in form.roles.data or ()],
    }


def _page(vendor: Vendor, form: ContactForm, contact: Contact | None) -> str:
    return render_template("vendors/contact.html", vendor=vendor, form=form, contact=contact)
