"""Domains: the host names that a vendor lives under, each with what it is for."""

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlmodel import Session, func, select
from sqlmodel.sql.expression import SelectOfScalar

from vendor_risk.checks.declared import DeclarationRefused, pages_of
from vendor_risk.checks.names import organisation
from vendor_risk.evidence import HostClass
from vendor_risk.observe.target import TargetRefused, parse
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow import own_pages
from vendor_risk.workflow.vendors import Actor, VendorRefused, note

# One scan looks at every host, each for up to the deadline of a host (20 s by default): 50 hosts
# side by side stay within a minute.
MOST = 50
PAGES = "checkout_pages"  # the field of the form, the column and the word of the log


def read_host(text: str) -> tuple[str, str, str]:
    """ASCII host, the host as people read it, and its registrable name.

    VendorRefused says how to mend what is no host name.
    """
    try:
        target = parse(text)
    except TargetRefused as error:
        raise VendorRefused.because(error, "domain") from error
    return target.host, target.display, organisation(target.host)


def add_domain(
    session: Session,
    vendor: Vendor,
    text: str,
    host_class: HostClass = HostClass.MAIN,
    *,
    pages: str = "",
    now: dt.datetime,
    actor: Actor,
) -> Domain:
    """The vendor has this host; VendorRefused when it is no host name or there already.

    `pages` are its check-out and log-in pages, one a line.
    """
    host, display, registrable = read_host(text)
    declared = read_pages(pages, host)
    if session.exec(_own(vendor.id).where(Domain.host == host)).first():
        raise VendorRefused(
            "%(display)s is among the vendor's domains already.", "domain", display=display
        )
    count = session.exec(
        select(func.count()).select_from(Domain).where(Domain.vendor_id == vendor.id)
    ).one()
    if count >= MOST:
        raise VendorRefused(
            "A vendor has at most %(most)s domains: remove one first.", "domain", most=MOST
        )
    domain = Domain(
        vendor_id=vendor.id,
        host=host,
        display=display,
        registrable=registrable,
        host_class=host_class,
        checkout_pages=declared,
        created_at=now,
    )
    session.add(domain)
    vendor.updated_at = now
    vendor.next_scan_at = now  # nobody has seen this one yet
    session.flush()
    after = {"domain": display, "class": str(host_class)} | _pages(declared)
    note(session, vendor, "vendor.domain_added", actor=actor, now=now, after=after)
    return domain


def set_checkout_pages(
    session: Session,
    vendor: Vendor,
    domain: Domain,
    text: str,
    *,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """Scans ask for these pages from now on, one a line; False when they did already.

    VendorRefused where one is no page of the vendor.
    """
    declared = read_pages(text, domain.host)
    if declared == domain.checkout_pages:
        return False
    before = {"domain": domain.display, PAGES: domain.checkout_pages}
    domain.checkout_pages = declared
    vendor.updated_at = now
    after = {"domain": domain.display, PAGES: declared}
    note(session, vendor, "vendor.domain_pages", actor=actor, now=now, before=before, after=after)
    return True


def read_pages(text: str, host: str) -> list[str]:
    """The whole addresses of the pages that the lines name; VendorRefused says how to mend them."""
    try:
        return list(pages_of(text.splitlines(), host))
    except DeclarationRefused as error:
        raise VendorRefused.because(error, PAGES) from error


def _pages(declared: list[str]) -> dict[str, list[str]]:
    """What the log says of declared pages: nothing where there are none."""
    return {PAGES: declared} if declared else {}


def remove_domain(
    session: Session, vendor: Vendor, domain: Domain, *, now: dt.datetime, actor: Actor
) -> None:
    """The host is no longer the vendor's; what earlier scans saw of it stays with them."""
    before = {"domain": domain.display, "class": domain.host_class} | _pages(domain.checkout_pages)
    session.delete(domain)
    vendor.updated_at = now
    session.flush()
    if vendor.ours:
        own_pages.leave(session, vendor, domain.host, now=now, actor=actor)
    note(session, vendor, "vendor.domain_removed", actor=actor, now=now, before=before)


def domains_of(session: Session, vendor_id: uuid.UUID) -> Sequence[Domain]:
    """The vendor's hosts, the main one first, then by name."""
    rows = session.exec(_own(vendor_id).order_by(Domain.host)).all()
    return sorted(rows, key=lambda row: (row.host_class != HostClass.MAIN, row.host))


def _own(vendor_id: uuid.UUID) -> SelectOfScalar[Domain]:
    return select(Domain).where(Domain.vendor_id == vendor_id)
