"""The access of a vendor to our systems: see it, enter it, change it, review it, cut it."""

import uuid

from flask import Response, current_app, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, role
from vendor_risk.pdf import PdfUnavailable, render_sheet
from vendor_risk.press import PressBroken, made_apart
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.queries.vendors import name_of
from vendor_risk.web.access import READS
from vendor_risk.web.access.forms import AccessForm, said_of
from vendor_risk.web.access.words import FACTS, KINDS
from vendor_risk.web.frame import notice
from vendor_risk.web.session import actor, now, session
from vendor_risk.web.vendors import WRITES, area
from vendor_risk.web.vendors.found import belonging, vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.workflow import access as steps
from vendor_risk.workflow import cut_off
from vendor_risk.workflow.engagements import engagements_of, level_of
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
_SHEET_SECONDS = 60  # it takes three or four, most of them to load the engine


@area.get("/vendors/<uuid:vendor_id>/access")
@door(READS)
def access(vendor_id: uuid.UUID) -> str:
    """Every account and connection, in the order in which they would be cut."""
    vendor = vendor_of(vendor_id)
    rows = steps.entries_of(session, vendor.id)
    return render_template(
        "vendors/access.html",
        **head_of(vendor),
        rows=[row for row in rows if row.ended_at is None],
        ended=sorted(
            (row for row in rows if row.ended_at),
            key=lambda row: row.ended_at or row.created_at,
            reverse=True,
        ),
        enders={row.id: name_of(session, row.ended_by_id) for row in rows if row.ended_by_id},
        kinds=KINDS,
        access_steps=steps,
        today=steps.today(now()),
        level=max((level_of(row) for row in rows if row.ended_at is None), default=0),
    )


@area.get("/vendors/<uuid:vendor_id>/access/new")
@door(WRITES)
def new_access(vendor_id: uuid.UUID) -> str:
    """An empty form; whoever fills it looks at the entry today."""
    form = AccessForm(formdata=None, data={"last_reviewed_on": steps.today(now()), "remote": True})
    return _page(vendor_of(vendor_id), form, None)


@area.post("/vendors/<uuid:vendor_id>/access/new")
@door(WRITES)
def add_access(vendor_id: uuid.UUID) -> Page:
    """The register has one entry more."""
    vendor, form = vendor_of(vendor_id), AccessForm()
    _offer(form, vendor)
    if not form.validate():
        return _page(vendor, form, None), 422
    try:
        steps.add(session, vendor, form.terms(), now=now(), actor=actor())
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(vendor_of(vendor_id), form, None), 422
    session.commit()
    notice(_("The entry is in the register."))
    return redirect(url_for("vendors.access", vendor_id=vendor.id))


@area.get("/vendors/<uuid:vendor_id>/access/<uuid:access_id>")
@door(WRITES)
def edit_access(vendor_id: uuid.UUID, access_id: uuid.UUID) -> str:
    """The form with what the entry says."""
    vendor = vendor_of(vendor_id)
    row = belonging(Access, access_id, vendor)
    return _page(vendor, AccessForm(formdata=None, data=said_of(row)), row)


@area.post("/vendors/<uuid:vendor_id>/access/<uuid:access_id>")
@door(WRITES)
def save_access(vendor_id: uuid.UUID, access_id: uuid.UUID) -> Page:
    """The entry says what the form says; 409 with both texts when somebody was faster."""
    vendor, form = vendor_of(vendor_id), AccessForm()
    row = belonging(Access, access_id, vendor)
    _offer(form, vendor)
    if not form.validate():
        return _page(vendor, form, row), 422
    revision = form.revision.data or ""
    number = (
        int(revision) if revision.isascii() and revision.isdigit() and len(revision) < 10 else 0
    )
    try:
        steps.edit(session, vendor, row, form.terms(), revision=number, now=now(), actor=actor())
    except Stale:
        conflict = _conflict(row, form)
        form.revision.data = str(row.revision)
        return _page(vendor, form, row, conflict), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return _page(vendor, form, belonging(Access, access_id, vendor)), 422
    session.commit()
    notice(_("Saved."))
    return redirect(url_for("vendors.access", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/access/<uuid:access_id>/end")
@door(WRITES)
def end_access(vendor_id: uuid.UUID, access_id: uuid.UUID) -> AnyResponse:
    """The entry is cut, by whom the log says; one click takes that back."""
    vendor, row = _locked(vendor_id, access_id)
    back = url_for("vendors.access", vendor_id=vendor.id)
    if steps.end(session, [row], now=now(), actor=current_user.id):
        session.commit()
        undo = url_for("vendors.resume_access", vendor_id=vendor.id, access_id=row.id)
        notice(_("%(name)s is marked as cut.", name=row.name), undo=undo)
    return redirect(back)


@area.post("/vendors/<uuid:vendor_id>/access/<uuid:access_id>/resume")
@door(WRITES)
def resume_access(vendor_id: uuid.UUID, access_id: uuid.UUID) -> AnyResponse:
    """The entry holds again."""
    _vendor, row = _locked(vendor_id, access_id)
    try:
        if steps.resume(session, [row], now=now(), actor=current_user.id):
            session.commit()
            notice(_("%(name)s is open again.", name=row.name))
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
    return redirect(url_for("vendors.access", vendor_id=vendor_id))


@area.post("/vendors/<uuid:vendor_id>/access/<uuid:access_id>/review")
@door(WRITES)
def review_access(vendor_id: uuid.UUID, access_id: uuid.UUID) -> AnyResponse:
    """Somebody looked at the entry today."""
    vendor, row = _locked(vendor_id, access_id)
    if steps.review(session, [row], now=now(), actor=current_user.id):
        session.commit()
        notice(_("%(name)s is reviewed.", name=row.name))
    return redirect(url_for("vendors.access", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/access/cut-off-sheet")
@door(role("analyst", "approver", "admin"))
def cut_off_sheet(vendor_id: uuid.UUID) -> AnyResponse:
    """One page for whoever cuts the vendor off tonight; the log says who printed it."""
    vendor = vendor_of(vendor_id)
    sheet = cut_off.sheet_of(
        session,
        vendor,
        now=now(),
        organisation=current_app.config["ORGANISATION"],
        printed_by=current_user.name or current_user.email,
    )
    if not sheet.ways:
        notice(_("Nothing is open, so there is nothing to cut off."), kind="info")
        return redirect(url_for("vendors.access", vendor_id=vendor.id))
    try:
        content = made_apart(render_sheet, sheet, _SHEET_SECONDS)
    except (PdfUnavailable, PressBroken) as error:
        notice(_("The PDF could not be made: %(why)s", why=str(error)), kind="error")
        return redirect(url_for("vendors.access", vendor_id=vendor.id))
    cut_off.printed(session, vendor, sheet, now=now(), actor=actor())
    session.commit()
    name = f"cut-off-{now():%Y-%m-%d-%H%M}.pdf"
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, headers=headers)


def _locked(vendor_id: uuid.UUID, access_id: uuid.UUID) -> tuple[Vendor, Access]:
    vendor = vendor_of(vendor_id)
    row = belonging(Access, access_id, vendor)
    session.refresh(row, with_for_update=True)  # of two clicks one acts
    return vendor, row


def _offer(form: AccessForm, vendor: Vendor) -> None:
    bought = engagements_of(session, vendor.id)
    kept = form.engagement_id.data
    form.offer((one.id, one.name) for one in bought if one.ended_at is None or str(one.id) == kept)


def _conflict(row: Access, form: AccessForm) -> list[tuple[str, str, str]]:
    stored, rows = said_of(row), []
    for key in steps.Terms.__dataclass_fields__:
        theirs, own = _shown(form, key, stored[key]), _shown(form, key, form[key].data)
        if theirs != own:
            rows.append((str(form[key].label.text), theirs, own))
    return rows


def _shown(form: AccessForm, key: str, value: object) -> str:
    options = getattr(form[key], "choices", None)
    if options:
        return next((str(one.label) for one in options if one.value == value), str(value or ""))
    if isinstance(value, bool):
        word = "yes" if value else "no"
        return str(_(FACTS[word]))
    return str(value or "")


def _page(vendor: Vendor, form: AccessForm, row: Access | None, conflict: object = ()) -> str:
    _offer(form, vendor)
    return render_template(
        "vendors/access_entry.html", vendor=vendor, form=form, row=row, conflict=conflict
    )
