"""Pages that change a vendor itself: add, edit, tag, tie to a parent, archive and take back."""

import uuid
from typing import Any

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import Session
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.evidence import HostClass
from vendor_risk.store.models.vendors import Kinship, Vendor, VendorState
from vendor_risk.store.queries import search
from vendor_risk.store.queries import vendors as listed
from vendor_risk.web.frame import notice
from vendor_risk.web.session import actor, enqueue, now, session
from vendor_risk.web.vendors import WRITES, area
from vendor_risk.web.vendors.forms import KinshipForm, NewVendorForm, TagForm, VendorForm
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.web.vendors.words import STATES
from vendor_risk.workflow import domains, duplicates, families, own_pages, scans, vendors
from vendor_risk.workflow.duplicates import Likeness
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.vendors import Stale, VendorRefused, clean

Page = str | AnyResponse | tuple[str, int]


@area.get("/vendors/new")
@door(WRITES)
def new() -> str:
    """The form of a vendor that one enters by oneself."""
    form = NewVendorForm(data={"name": request.args.get("name", "")[:200]}, formdata=None)
    form.offer_owners(listed.people(session))
    return render_template("vendors/new.html", form=form, likenesses=())


@area.post("/vendors/new")
@door(WRITES)
def create() -> Page:
    """A vendor with its main domain, whose scan is queued; alike ones are offered first."""
    form = NewVendorForm()
    form.offer_owners(listed.people(session))
    if not form.validate():
        return render_template("vendors/new.html", form=form, likenesses=()), 422
    likenesses = _alike(form)
    if likenesses and form.confirmed.data != _typed(form):
        form.confirmed.data = _typed(form)
        return render_template("vendors/new.html", form=form, likenesses=likenesses), 422
    try:
        vendor = _create(form)
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return render_template("vendors/new.html", form=form, likenesses=()), 422
    session.commit()
    notice(_("%(name)s is in the inventory.", name=vendor.name))
    return redirect(url_for("vendors.show", vendor_id=vendor.id))


@area.get("/vendors/<uuid:vendor_id>/edit")
@door(WRITES)
def edit(vendor_id: uuid.UUID) -> str:
    """The form with what we say of the vendor."""
    vendor = vendor_of(vendor_id)
    return _edit_page(vendor, _form_of(vendor))


@area.post("/vendors/<uuid:vendor_id>/edit")
@door(WRITES)
def save(vendor_id: uuid.UUID) -> Page:
    """The vendor says what the form says; 409 with both texts when somebody was faster."""
    vendor = vendor_of(vendor_id)
    was_ours = vendor.ours
    form = VendorForm()
    form.offer_owners(listed.people(session))
    form.keep_state(vendor.state)
    if vendor.archived_at is not None:
        form.state.data = vendor.state
    if not form.validate():
        return _edit_page(vendor, form), 422
    try:
        vendors.edit_vendor(
            session,
            vendor,
            revision=_number(form.revision.data),
            name=form.name.data,
            supplier_number=form.supplier_number.data,
            owner_id=form.owner,
            state=VendorState(form.state.data),
            in_use=form.in_use.data,
            handshakes_agreed=form.handshakes_agreed.data,
            ours=form.ours.data,
            now=now(),
            actor=actor(),
        )
        if vendor.ours != was_ours:
            own_pages.changed(session, vendor, now=now(), actor=actor())
    except Stale:
        conflict = _conflict(vendor, form)
        form.revision.data = str(vendor.revision)
        return _edit_page(vendor, form, conflict=conflict), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _edit_page(vendor_of(vendor_id), form), 422
    session.commit()
    notice(_("Saved."))
    return redirect(url_for("vendors.show", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/archive")
@door(WRITES)
def archive(vendor_id: uuid.UUID) -> AnyResponse:
    """The vendor leaves the list; one click brings it back."""
    vendor = vendor_of(vendor_id)
    try:
        done = vendors.archive(session, vendor, now=now(), actor=actor())
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(url_for("vendors.show", vendor_id=vendor_id))
    if done:
        session.commit()
        notice(
            _("%(name)s is archived.", name=vendor.name),
            undo=url_for("vendors.restore", vendor_id=vendor.id),
        )
    return redirect(url_for("vendors.index"))


@area.post("/vendors/<uuid:vendor_id>/restore")
@door(WRITES)
def restore(vendor_id: uuid.UUID) -> AnyResponse:
    """The vendor is back on the list, in the state it had."""
    vendor = vendor_of(vendor_id)
    if vendors.restore(session, vendor, now=now(), actor=actor()):
        session.commit()
        notice(_("%(name)s is back.", name=vendor.name))
    return redirect(url_for("vendors.show", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/tags")
@door(WRITES)
def add_tag(vendor_id: uuid.UUID) -> AnyResponse:
    """The vendor bears one more tag."""
    vendor, form = vendor_of(vendor_id), TagForm()
    try:
        if not form.validate():
            raise VendorRefused(form.tag.errors[0])
        for word in form.tag.data.split(","):
            if word.strip():
                vendors.add_tag(session, vendor, word, now=now(), actor=actor())
        session.commit()
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
    return redirect(url_for("vendors.show", vendor_id=vendor.id, _anchor="h-relationship"))


@area.post("/vendors/<uuid:vendor_id>/tags/remove")
@door(WRITES)
def remove_tag(vendor_id: uuid.UUID) -> AnyResponse:
    """The vendor bears one tag less."""
    vendor = vendor_of(vendor_id)
    if vendors.remove_tag(
        session, vendor, clean(request.form.get("tag", "")), now=now(), actor=actor()
    ):
        session.commit()
    return redirect(url_for("vendors.show", vendor_id=vendor.id, _anchor="h-relationship"))


@area.get("/vendors/<uuid:vendor_id>/parent")
@door(WRITES)
def parent(vendor_id: uuid.UUID) -> str:
    """A search for the company that the vendor belongs to."""
    return _parent_page(vendor_of(vendor_id), KinshipForm(formdata=None))


@area.post("/vendors/<uuid:vendor_id>/parent")
@door(WRITES)
def set_parent(vendor_id: uuid.UUID) -> Page:
    """The vendor belongs to the chosen company, or stands alone again."""
    vendor, form = vendor_of(vendor_id), KinshipForm()
    chosen = _vendor(session, form.parent.data)
    kinship = Kinship(form.kinship.data) if form.kinship.data in set(Kinship) else None
    try:
        if form.parent.data and chosen is None:
            raise VendorRefused(_("That company is no longer there: choose again."))
        families.set_parent(session, vendor, chosen, kinship, now=now(), actor=actor())
    except VendorRefused as error:
        session.rollback()
        form.refuse(VendorRefused.because(error))
        return _parent_page(vendor_of(vendor_id), form), 422
    session.commit()
    said = _("It belongs to %(name)s now.", name=chosen.name) if chosen else _("It stands alone.")
    notice(said)
    return redirect(url_for("vendors.show", vendor_id=vendor.id))


def _parent_page(vendor: Vendor, form: KinshipForm) -> str:
    text = clean(request.args.get("q", ""))[:200]
    matches = search.vendors(session, text, name_key(text), 25) if text else ()
    own = {vendor.id, vendor.parent_id}
    return render_template(
        "vendors/parent.html",
        **head_of(vendor),
        form=form,
        text=text,
        matches=[one for one in matches if one.id not in own and one.archived_at is None],
    )


def _alike(form: NewVendorForm) -> list[Likeness]:
    host = ""
    if form.domain.data:
        try:
            host, _display, _registrable = domains.read_host(form.domain.data)
        except VendorRefused:
            host = ""  # told when the vendor is created
    return duplicates.find(session, name=form.name.data, hosts=[host] if host else [])


def _typed(form: NewVendorForm) -> str:
    """What the person saw the alike vendors for; another name or domain is looked up anew."""
    return f"{form.name.data}\n{form.domain.data}"


def _create(form: NewVendorForm) -> Vendor:
    vendor = vendors.create_vendor(
        session,
        name=form.name.data,
        supplier_number=form.supplier_number.data,
        owner_id=form.owner,
        state=VendorState(form.state.data),
        in_use=form.in_use.data,
        tags=(form.tags.data or "").split(","),
        now=now(),
        actor=actor(),
    )
    if form.domain.data:
        domains.add_domain(
            session, vendor, form.domain.data, HostClass.MAIN, now=now(), actor=actor()
        )
        who = actor()
        by = who if isinstance(who, uuid.UUID) else None
        scans.request_scan(session, vendor, now=now(), by=by, enqueue=enqueue, cause="registered")
    return vendor


def _form_of(vendor: Vendor) -> VendorForm:
    form = VendorForm(
        formdata=None,
        data={
            "revision": vendor.revision,
            "name": vendor.name,
            "supplier_number": vendor.supplier_number or "",
            "owner_id": str(vendor.owner_id or ""),
            "state": vendor.state,
            "in_use": vendor.in_use,
            "handshakes_agreed": vendor.handshakes_agreed,
            "ours": vendor.ours,
        },
    )
    form.offer_owners(listed.people(session))
    form.keep_state(vendor.state)
    return form


def _edit_page(vendor: Vendor, form: VendorForm, conflict: Any = ()) -> str:
    return render_template("vendors/edit.html", vendor=vendor, form=form, conflict=conflict)


def _conflict(vendor: Vendor, form: VendorForm) -> list[tuple[str, str, str]]:
    """For each field that differs: its name, what is stored by now, what was typed."""
    rows = [
        (form.name.label.text, vendor.name, form.name.data),
        (
            form.supplier_number.label.text,
            vendor.supplier_number or "",
            form.supplier_number.data,
        ),
        (
            form.owner_id.label.text,
            listed.name_of(session, vendor.owner_id),
            listed.name_of(session, form.owner),
        ),
        (
            form.state.label.text,
            _(STATES[vendor.state].word),
            _(STATES[form.state.data].word),
        ),
        (
            form.in_use.label.text,
            _("yes") if vendor.in_use else _("no"),
            _("yes") if form.in_use.data else _("no"),
        ),
        (
            form.handshakes_agreed.label.text,
            vendor.handshakes_agreed or "",
            form.handshakes_agreed.data or "",
        ),
        (
            form.ours.label.text,
            _("yes") if vendor.ours else _("no"),
            _("yes") if form.ours.data else _("no"),
        ),
    ]
    return [(str(name), str(theirs), str(own)) for name, theirs, own in rows if theirs != own]


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _vendor(session: Session, text: str | None) -> Vendor | None:
    try:
        return session.get(Vendor, uuid.UUID(text or ""))
    except ValueError:
        return None
