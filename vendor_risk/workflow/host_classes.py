"""What a host is for: said by a person, offered where a page was seen to take cards."""

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session, col, select

from vendor_risk.checks.pages import address
from vendor_risk.checks.web_facts import card_pages, pages_read
from vendor_risk.evidence import HostClass
from vendor_risk.store.models.scans import Scan, ScanHost
from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Domain, Vendor
from vendor_risk.workflow import own_pages, results, scans
from vendor_risk.workflow.authorisation import lapse
from vendor_risk.workflow.page_scripts import WHY_CARDS
from vendor_risk.workflow.vendors import Actor, note


@dataclass(frozen=True, slots=True)
class Offer:
    """A domain that is not for payment, and a page of it that was seen to ask for a card."""

    domain: Domain
    page: str


def offers(session: Session, vendor_id: uuid.UUID, domains: Sequence[Domain]) -> list[Offer]:
    """The domains whose pages took cards in the last scan although nobody said so."""
    if all(domain.host_class == HostClass.PAYMENT for domain in domains):
        return []
    by_host = {domain.host: domain for domain in domains}
    found: dict[str, Offer] = {}
    for seen in _last_hosts(session, vendor_id):
        for page in _card_pages(seen):
            url = address(page)
            # The page's own host, and where nobody entered that one, the host that led there.
            domain = by_host.get(url.host if url else "") or by_host.get(seen.host)
            if domain is not None and domain.host_class != HostClass.PAYMENT:
                found.setdefault(domain.host, Offer(domain, page))
    return [found[host] for host in sorted(found)]


def set_domain_class(
    session: Session,
    vendor: Vendor,
    domain: Domain,
    host_class: HostClass,
    *,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The host is for this from now on; False when it was already.

    What was seen of it is weighed again at once: posture, findings and scores, and of our own
    hosts the scripts on their pages.
    """
    if domain.host_class == host_class:
        return False
    # A scan that ends in this moment has to see the new class, or to be seen by it. Its row is
    # held before any other, as the scan itself does.
    if running := scans.open_scan(session, vendor.id):
        session.get(Scan, running.id, with_for_update=True, populate_existing=True)
    before = {"domain": domain.display, "class": domain.host_class}
    domain.host_class = host_class
    vendor.updated_at = now
    after = {"domain": domain.display, "class": str(host_class)}
    note(session, vendor, "vendor.domain_class", actor=actor, now=now, before=before, after=after)
    scan = scans.place(session, vendor, domain.host, host_class)
    if vendor.ours:
        _weigh_scripts(session, vendor, domain, now=now, actor=actor)
    else:
        by = actor if isinstance(actor, uuid.UUID) else None
        results.weigh(session, vendor, scan, domain.host, host_class, now=now, by=by)
    return True


def _weigh_scripts(
    session: Session, ours: Vendor, domain: Domain, *, now: dt.datetime, actor: Actor
) -> None:
    """On a payment host of ours every page takes cards; on others, those that ask for one."""
    seen = [one for one in _last_hosts(session, ours.id) if one.host == domain.host]
    asking = {page.partition("?")[0] for one in seen for page in _card_pages(one)}
    rows = session.exec(
        select(PageScript).where(
            PageScript.ours_id == ours.id,
            PageScript.host == domain.host,
            col(PageScript.gone_at).is_(None),
        )
    ).all()
    tied = {row.vendor_id for row in rows if row.vendor_id}
    for row in rows:
        takes_cards = domain.host_class == HostClass.PAYMENT or row.page in asking
        if takes_cards and not row.card_page:
            lapse(session, row, WHY_CARDS, now=now, actor=actor)
        row.card_page = takes_cards
    own_pages.recompute(session, tied - {ours.id}, now=now, actor=actor)


def _last_hosts(session: Session, vendor_id: uuid.UUID) -> Sequence[ScanHost]:
    last = scans.latest_scan(session, vendor_id)
    return scans.hosts_of(session, last.id) if last else ()


def _card_pages(seen: ScanHost) -> tuple[str, ...]:
    told = (fact["values"] for fact in seen.facts or () if fact["id"] == pages_read.id)
    return tuple(page for values in told for page in card_pages(values))
