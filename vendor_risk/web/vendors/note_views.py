"""Notes about a vendor and what we buy from it: write one, call a colleague, take one back."""

import uuid

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, only
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.models.work import Mention, Note
from vendor_risk.store.queries import vendors as listed
from vendor_risk.web.access import READS
from vendor_risk.web.frame import local_path, notice
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import area
from vendor_risk.web.vendors.forms import NoteForm
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.workflow import notes as steps
from vendor_risk.workflow.engagements import engagements_of
from vendor_risk.workflow.vendors import VendorRefused

NOTES = only("analyst", "approver", "admin")
Page = str | AnyResponse | tuple[str, int]


@area.get("/vendors/<uuid:vendor_id>/notes")
@door(READS)
def notes(vendor_id: uuid.UUID) -> str:
    """What people wrote about the vendor, or with `engagement` about that, the newest first."""
    vendor = vendor_of(vendor_id)
    about = _about(vendor, request.args.get("engagement"))
    return _page(
        vendor, NoteForm(formdata=None, data={"engagement_id": str(about.id) if about else ""})
    )


@area.post("/vendors/<uuid:vendor_id>/notes")
@door(NOTES)
def write_note(vendor_id: uuid.UUID) -> Page:
    """One note more; those it calls find it in their work."""
    vendor, form = vendor_of(vendor_id), NoteForm()
    me = current_user._get_current_object()
    about = _about(vendor, form.engagement_id.data)
    try:
        if form.engagement_id.data and about is None:
            raise VendorRefused(_("That is nothing we buy from this vendor."), "engagement_id")
        note, called = steps.write(
            session,
            vendor,
            form.text.data or "",
            engagement_id=about.id if about else None,
            person=me,
            now=now(),
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(vendor_of(vendor_id), form), 422
    session.commit()
    names = ", ".join(one.name or one.email for one in called)
    said = _("Written. It is in the work of %(names)s.", names=names) if names else _("Written.")
    unknown = ", ".join(f"@{word}" for word in steps.unknown_in(note.text, called)[:5])
    if unknown:
        said += " " + _("Nobody is called %(names)s who may read notes.", names=unknown)
    notice(said, kind="warning" if unknown else "success")
    return _back(vendor, about.id if about else None)


@area.post("/vendors/<uuid:vendor_id>/notes/<uuid:note_id>/withdraw")
@door(NOTES)
def withdraw_note(vendor_id: uuid.UUID, note_id: uuid.UUID) -> Page:
    """Whoever wrote it takes it back."""
    vendor = vendor_of(vendor_id)
    me = current_user._get_current_object()
    row = _note_of(vendor, note_id)
    about = row.engagement_id
    try:
        if steps.withdraw(session, row, person=me, now=now()):
            session.commit()
            notice(_("The note is withdrawn."))
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
    return _back(vendor_of(vendor_id), about)


@area.post("/vendors/<uuid:vendor_id>/notes/<uuid:note_id>/seen")
@door(NOTES)
def seen_note(vendor_id: uuid.UUID, note_id: uuid.UUID) -> AnyResponse:
    """Who is called has read it."""
    vendor = vendor_of(vendor_id)
    me = current_user._get_current_object()
    if steps.seen(session, _note_of(vendor, note_id), person=me, now=now()):
        session.commit()
        notice(_("It is off your list."))
    back = url_for("vendors.notes", vendor_id=vendor.id)
    return redirect(local_path(request.form.get("back"), back))


def _page(vendor: Vendor, form: NoteForm) -> str:
    about = _about(vendor, request.args.get("engagement"))
    rows = steps.notes_of(session, vendor.id, about.id if about else None)
    bought = engagements_of(session, vendor.id)
    form.offer((one.id, one.name) for one in bought)
    calling = session.exec(
        select(Mention.note_id).where(
            Mention.person_id == current_user.id, col(Mention.seen_at).is_(None)
        )
    ).all()
    return render_template(
        "vendors/notes.html",
        **head_of(vendor),
        form=form,
        rows=rows,
        about=about,
        subjects={one.id: one.name for one in bought},
        calling=set(calling),
        names={row.by_id: listed.name_of(session, row.by_id) for row in rows},
        me=current_user.id,
        people=listed.people(session),
    )


def _about(vendor: Vendor, text: str | None) -> Engagement | None:
    """The vendor's engagement that the text names; None for the vendor as a whole."""
    return next((one for one in engagements_of(session, vendor.id) if str(one.id) == text), None)


def _back(vendor: Vendor, engagement_id: uuid.UUID | None) -> AnyResponse:
    return redirect(url_for("vendors.notes", vendor_id=vendor.id, engagement=engagement_id))


def _note_of(vendor: Vendor, note_id: uuid.UUID) -> Note:
    row = session.get(Note, note_id)
    if row is None or row.vendor_id != vendor.id:
        abort(404)
    return row
