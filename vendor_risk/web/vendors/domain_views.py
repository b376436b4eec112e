"""The domains of a vendor: see them, add one, say what it is for and where customers pay on it,
take it away and back.
"""

import uuid

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.checks.declared import as_typed
from vendor_risk.doors import door
from vendor_risk.evidence import HostClass
from vendor_risk.store.audit import tell
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.web.frame import notice
from vendor_risk.web.session import actor, enqueue, now, session
from vendor_risk.web.vendors import WRITES, area
from vendor_risk.web.vendors.forms import HOST_CLASSES, DomainForm, PagesForm
from vendor_risk.web.vendors.found import MOST_ACTS, belonging, vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.workflow import domains as steps
from vendor_risk.workflow import duplicates, host_classes, scans
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]
_MOST_OTHERS = 3  # vendors with the same domain that one act tells of
_REMOVED = "vendor.domain_removed"


@area.get("/vendors/<uuid:vendor_id>/domains")
def domains(vendor_id: uuid.UUID) -> str:
    """The hosts with what each is for, and a form for one more."""
    vendor = vendor_of(vendor_id)
    return _page(vendor, _blank(vendor))


@area.post("/vendors/<uuid:vendor_id>/domains")
@door(WRITES)
def add_domain(vendor_id: uuid.UUID) -> Page:
    """The vendor has one host more; the first one is looked at from outside at once."""
    vendor, form = vendor_of(vendor_id), DomainForm()
    first = not steps.domains_of(session, vendor.id)
    if not form.validate():
        return _page(vendor, form), 422
    try:
        domain = steps.add_domain(
            session,
            vendor,
            form.domain.data,
            HostClass(form.host_class.data),
            pages=form.checkout_pages.data or "",
            now=now(),
            actor=actor(),
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(vendor_of(vendor_id), form), 422
    scan = None
    if first:
        who = actor()
        by = who if isinstance(who, uuid.UUID) else None
        scan = scans.request_scan(
            session, vendor, now=now(), by=by, enqueue=enqueue, cause="registered"
        )
    session.commit()
    added = _("%(name)s is added.", name=domain.display)
    notice(f"{added} {_('A scan is under way.')}" if scan else added)
    _tell_of_others(vendor, domain)
    return redirect(url_for("vendors.domains", vendor_id=vendor.id))


def _tell_of_others(vendor: Vendor, domain: Domain) -> None:
    """Who else has that name: it is allowed, as when two are one company, but rarely meant."""
    for other in duplicates.find(
        session, hosts=[domain.host], besides=vendor.id, most=_MOST_OTHERS
    ):
        notice(
            _(
                "%(name)s has this domain too: one of them may be wrong, or they are the same"
                " company.",
                name=other.name,
            ),
            kind="warning",
            about=(other.name, url_for("vendors.show", vendor_id=other.vendor_id)),
        )


@area.post("/vendors/<uuid:vendor_id>/domains/<uuid:domain_id>")
@door(WRITES)
def class_domain(vendor_id: uuid.UUID, domain_id: uuid.UUID) -> AnyResponse:
    """The host is for what the form says."""
    vendor = vendor_of(vendor_id)
    domain = belonging(Domain, domain_id, vendor)
    wanted = request.form.get("host_class", "")
    if wanted in HOST_CLASSES and host_classes.set_domain_class(
        session, vendor, domain, HostClass(wanted), now=now(), actor=actor()
    ):
        session.commit()
        notice(_("Saved. What was seen of %(name)s is weighed so now.", name=domain.display))
    return redirect(url_for("vendors.domains", vendor_id=vendor.id))


@area.get("/vendors/<uuid:vendor_id>/domains/<uuid:domain_id>/pages")
@door(WRITES)
def edit_pages(vendor_id: uuid.UUID, domain_id: uuid.UUID) -> str:
    """The form with the host's check-out and log-in pages."""
    vendor = vendor_of(vendor_id)
    domain = belonging(Domain, domain_id, vendor)
    lines = "\n".join(as_typed(page, domain.host) for page in domain.checkout_pages)
    return _pages(vendor, domain, PagesForm(formdata=None, data={"checkout_pages": lines}))


@area.post("/vendors/<uuid:vendor_id>/domains/<uuid:domain_id>/pages")
@door(WRITES)
def save_pages(vendor_id: uuid.UUID, domain_id: uuid.UUID) -> Page:
    """Scans of the host ask for the pages that the form names."""
    vendor, form = vendor_of(vendor_id), PagesForm()
    domain = belonging(Domain, domain_id, vendor)
    if not form.validate():
        return _pages(vendor, domain, form), 422
    text = form.checkout_pages.data or ""
    try:
        changed = steps.set_checkout_pages(session, vendor, domain, text, now=now(), actor=actor())
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return _pages(vendor, belonging(Domain, domain_id, vendor), form), 422
    if changed:
        session.commit()
        notice(
            _("Saved. The next scan asks for these pages.")
            if domain.checkout_pages
            else _("Saved. Scans go by the links of the front page.")
        )
    return redirect(url_for("vendors.domains", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/domains/<uuid:domain_id>/remove")
@door(WRITES)
def remove_domain(vendor_id: uuid.UUID, domain_id: uuid.UUID) -> AnyResponse:
    """The host is no longer the vendor's; one click takes that back."""
    vendor = vendor_of(vendor_id)
    domain = belonging(Domain, domain_id, vendor)
    steps.remove_domain(session, vendor, domain, now=now(), actor=actor())
    session.commit()
    act = session.exec(
        select(AuditEntry.sequence)
        .where(AuditEntry.act == _REMOVED, AuditEntry.subject_id == str(vendor.id))
        .order_by(col(AuditEntry.sequence).desc())
    ).first()
    undo = url_for(
        "vendors.return_domain",
        vendor_id=vendor.id,
        domain=domain.display,
        host_class=domain.host_class,
        act=act,
    )
    notice(_("%(name)s is removed.", name=domain.display), undo=undo)
    return redirect(url_for("vendors.domains", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/domains/return")
@door(WRITES)
def return_domain(vendor_id: uuid.UUID) -> AnyResponse:
    """A host that was removed is back, with the class it had and the pages that the log knows."""
    vendor = vendor_of(vendor_id)
    wanted = request.args.get("host_class", "")
    host_class = HostClass(wanted) if wanted in HOST_CLASSES else HostClass.OTHER
    try:
        text = request.args.get("domain", "")
        steps.add_domain(
            session,
            vendor,
            text,
            host_class,
            pages=_removed_pages(vendor, text, request.args.get("act", 0, type=int)),
            now=now(),
            actor=actor(),
        )
        session.commit()
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
    return redirect(url_for("vendors.domains", vendor_id=vendor.id))


def _removed_pages(vendor: Vendor, text: str, act: int) -> str:
    """The pages that a removed host had, one a line; nothing where the log says so or nothing."""
    entry = session.get(AuditEntry, act) if 0 < act < MOST_ACTS else None
    if entry is None or entry.act != _REMOVED or entry.subject_id != str(vendor.id):
        return ""
    said = tell(session, entry).before or {}
    return "\n".join(said.get(steps.PAGES, ())) if said.get("domain") == text else ""


def _blank(vendor: Vendor) -> DomainForm:
    has_one = bool(steps.domains_of(session, vendor.id))
    return DomainForm(
        formdata=None, data={"host_class": HostClass.OTHER if has_one else HostClass.MAIN}
    )


def _page(vendor: Vendor, form: DomainForm) -> str:
    head = head_of(vendor)
    return render_template(
        "vendors/domains.html",
        **head,
        offers=host_classes.offers(session, vendor.id, head["hosts"]),
        form=form,
        classes=HOST_CLASSES,
        as_typed=as_typed,
    )


def _pages(vendor: Vendor, domain: Domain, form: PagesForm) -> str:
    return render_template("vendors/pages.html", vendor=vendor, domain=domain, form=form)
