"""Pages that join two vendors which are one, show what may be one, and undo a merge."""

import uuid

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.store.models.vendors import Merge, Vendor
from vendor_risk.store.queries import search
from vendor_risk.store.queries import vendors as listed
from vendor_risk.web.frame import notice
from vendor_risk.web.session import actor, now, session
from vendor_risk.web.vendors import WORKS, WRITES, area
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.web.vendors.words import FIELDS
from vendor_risk.workflow import duplicates as likely
from vendor_risk.workflow import merges
from vendor_risk.workflow.domains import domains_of
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.vendors import VendorRefused, clean


@area.get("/vendors/duplicates")
@door(WORKS)
def duplicates() -> str:
    """Pairs in the portfolio that may be one vendor, each with the reason."""
    found = likely.pairs(session)
    ids = {id for pair in found.pairs for id in (pair.left, pair.right)}
    rows = {row.vendor.id: row for row in listed.rows_of(session, sorted(ids))}
    pairs = [pair for pair in found.pairs if pair.left in rows and pair.right in rows]
    return render_template("vendors/duplicates.html", found=found, pairs=pairs, rows=rows)


@area.get("/vendors/<uuid:vendor_id>/join")
@door(WRITES)
def join(vendor_id: uuid.UUID) -> str:
    """Vendors that may be the same one, and a search for another."""
    vendor = vendor_of(vendor_id)
    text = clean(request.args.get("q", ""))[:200]
    hosts = [domain.host for domain in domains_of(session, vendor.id)]
    offered = likely.find(session, name=vendor.name, hosts=hosts, besides=vendor.id)
    matches = search.vendors(session, text, name_key(text), 25) if text else ()
    return render_template(
        "vendors/join.html",
        **head_of(vendor),
        text=text,
        offered=offered,
        matches=[one for one in matches if one.id != vendor.id],
    )


@area.get("/vendors/<uuid:vendor_id>/join/<uuid:other_id>")
@door(WRITES)
def preview_join(vendor_id: uuid.UUID, other_id: uuid.UUID) -> str | tuple[str, int]:
    """What joining would move, before anything moves."""
    kept, joined = vendor_of(vendor_id), vendor_of(other_id, "other_id")
    try:
        seen, refused = merges.preview(session, kept, joined), ""
    except VendorRefused as error:
        seen, refused = None, error.said(_)
    page = render_template(
        "vendors/join_preview.html",
        kept=kept,
        joined=joined,
        rows={row.vendor.id: row for row in listed.rows_of(session, [kept.id, joined.id])},
        seen=seen,
        refused=refused,
        fields=FIELDS,
    )
    return page if seen else (page, 409)


@area.post("/vendors/<uuid:vendor_id>/join/<uuid:other_id>")
@door(WRITES)
def do_join(vendor_id: uuid.UUID, other_id: uuid.UUID) -> AnyResponse:
    """The other vendor becomes part of this one; one click takes them apart again."""
    ids = sorted((vendor_id, other_id))
    # Both rows in one order, so that two people who join crosswise do not wait for each other.
    locked = select(Vendor).where(col(Vendor.id).in_(ids)).order_by(col(Vendor.id))
    session.exec(locked.with_for_update()).all()
    kept, joined = vendor_of(vendor_id), vendor_of(other_id, "other_id")
    try:
        merge = merges.join(session, kept, joined, now=now(), actor=actor())
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(url_for("vendors.preview_join", vendor_id=vendor_id, other_id=other_id))
    session.commit()
    notice(
        _("%(name)s is part of this vendor now.", name=joined.name),
        undo=url_for("vendors.undo_join", merge_id=merge.id),
    )
    return redirect(url_for("vendors.show", vendor_id=kept.id))


@area.post("/vendors/merges/<uuid:merge_id>/undo")
@door(WRITES)
def undo_join(merge_id: uuid.UUID) -> AnyResponse:
    """The two are two again."""
    merge = session.get(Merge, merge_id, with_for_update=True)
    if merge is None:
        return redirect(url_for("vendors.index"))
    try:
        merges.undo(session, merge, now=now(), actor=actor())
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(url_for("vendors.show", vendor_id=merge.kept_id))
    session.commit()
    notice(_("They are two vendors again."))
    return redirect(url_for("vendors.show", vendor_id=merge.merged_id))
