"""What a scan of our own pages leaves behind: each script with its vendor, known or not."""

import contextlib
import datetime as dt
import hashlib
import uuid
from collections.abc import Iterable

from sqlalchemy import ColumnElement, or_
from sqlmodel import Session, col, select

from vendor_risk.checks.names import organisation
from vendor_risk.checks.own_scripts import Loaded, OwnPages
from vendor_risk.checks.owners import Table, hosts_of
from vendor_risk.evidence import N_
from vendor_risk.store.models.scans import Scan
from vendor_risk.store.models.scripts import ADDRESS, PageScript
from vendor_risk.store.models.vendors import NAME, Domain, Vendor
from vendor_risk.workflow.authorisation import lapse
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.merges import standing
from vendor_risk.workflow.own_pages import recompute
from vendor_risk.workflow.vendors import VendorRefused, clean, create_vendor

ACTOR = "scan"
SHADOW = "shadow"  # the tag of a vendor that nobody entered
# Vendors that one look may make: a page that names hundreds of hosts must not flood the queue.
SHADOWS_MOST = 32
# Why a scan withdraws an authorisation, as the row says it.
WHY_BACK = N_("It was gone and came back.")
WHY_LOOSE = N_("No hash holds it to its content any more.")
WHY_PLAIN = N_("It is loaded over http now.")
WHY_CARDS = N_("Its page takes cards now.")
_AT_ONCE = 400  # SQLite of old takes 999 parameters in a statement


def record(
    session: Session,
    scan_id: uuid.UUID,
    host: str,
    seen: OwnPages,
    *,
    now: dt.datetime,
    table: Table | None = None,
) -> None:
    """The scripts that a host of ours loads stand in the inventory, each tied to a vendor.

    A script is gone when its page was seen as a whole without it, or is not there any more; a page
    that was blocked or cut says nothing. `table` tells owners; it ties hosts of one owner to one
    vendor.
    """
    scan = session.get(Scan, scan_id)
    ours = session.get(Vendor, scan.vendor_id) if scan else None
    if ours is None or not ours.ours or not _still_ours(session, ours, host):
        return
    keys = [_key(loaded) for loaded in seen.scripts]
    # By page, whichever host led there: two that end at one page show the same scripts.
    here = select(PageScript).where(
        PageScript.ours_id == ours.id,
        or_(col(PageScript.page).in_(seen.whole), col(PageScript.key).in_(keys)),
    )
    rows = {row.key: row for row in session.exec(here)}
    before = {row.vendor_id for row in rows.values()}
    present: list[PageScript] = []
    for key, loaded in zip(keys, seen.scripts, strict=True):
        row = rows.get(key) or _new(session, ours, host, key, now)
        rows[key] = row
        if why := _shaken(row, loaded):
            lapse(session, row, why, now=now, actor=ACTOR)
        _show(row, loaded, now)
        if host in loaded.page.split("/", 3)[2:3]:
            row.host = host  # with that host the page leaves, and not with one that led there
        present.append(row)
    there = {row.key for row in present}
    for row in rows.values():
        if row.page in seen.whole and row.key not in there and row.gone_at is None:
            row.gone_at = now
    session.flush()
    _tie(session, ours, present, table, now)
    tied = before | {row.vendor_id for row in present}
    recompute(session, (id for id in tied if id and id != ours.id), now=now, actor=ACTOR)


def _still_ours(session: Session, ours: Vendor, host: str) -> bool:
    """Whether nobody took the host off since the scan began; nobody does until this is done."""
    domain = select(Domain).where(Domain.vendor_id == ours.id, Domain.host == host)
    return session.exec(domain.with_for_update()).first() is not None


def _key(loaded: Loaded) -> str:
    text = f"{loaded.page}\n{loaded.script}"
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def _new(session: Session, ours: Vendor, host: str, key: str, now: dt.datetime) -> PageScript:
    row = PageScript(
        ours_id=ours.id,
        key=key,
        host=host,
        page="",
        script="",
        script_host="",
        domain="",
        first_seen=now,
        last_seen=now,
        created_at=now,
    )
    session.add(row)
    return row


def _shaken(row: PageScript, loaded: Loaded) -> str:
    """What an authorisation of the script rested on and is no more; empty while all of it holds."""
    if row.gone_at is not None:
        return WHY_BACK
    lost = (
        (row.held and not loaded.held, WHY_LOOSE),
        (row.encrypted and not loaded.encrypted, WHY_PLAIN),
        (loaded.card_page and not row.card_page, WHY_CARDS),
    )
    return next((why for so, why in lost if so), "")


def _show(row: PageScript, loaded: Loaded, now: dt.datetime) -> None:
    """What was seen now stands in the row; what people said of it stays."""
    row.page, row.script = clean(loaded.page)[:ADDRESS], clean(loaded.script)[:ADDRESS]
    row.script_host, row.domain = clean(loaded.host)[:253], clean(loaded.domain)[:253]
    row.owner = clean(loaded.owner)[:NAME]
    row.card_page, row.encrypted, row.held = loaded.card_page, loaded.encrypted, loaded.held
    row.last_seen, row.gone_at = now, None


def _tie(
    session: Session,
    ours: Vendor,
    rows: Iterable[PageScript],
    table: Table | None,
    now: dt.datetime,
) -> None:
    """Each script is that of a vendor; who was never heard of becomes one that waits for triage."""
    by_domain: dict[str, list[PageScript]] = {}
    for row in rows:
        by_domain.setdefault(row.domain, []).append(row)
    made = 0
    for domain, theirs in by_domain.items():
        vendor = _owner(session, ours, domain, theirs, table)
        if vendor is None and made < SHADOWS_MOST:
            # what makes no name of a vendor stays untied, and the others are tied all the same
            with contextlib.suppress(VendorRefused):
                vendor = _shadow(session, ours, theirs[0], now)
            made += 1
        for row in theirs:
            row.vendor_id = vendor.id if vendor else None
        session.flush()


def _owner(
    session: Session, ours: Vendor, domain: str, rows: list[PageScript], table: Table | None
) -> Vendor | None:
    """By the domain, else by another domain of the same owner, else whose it was before."""
    tied = next((row.vendor_id for row in rows if row.vendor_id), None)
    found = _with_domain(session, ours, [domain], tied)
    owner = next((row.owner for row in rows if row.owner), "")
    if found is None and owner and table:
        others = dict.fromkeys(organisation(name) for name in hosts_of(owner, table))
        found = _with_domain(session, ours, list(others), tied)
    if found is None:
        before = select(PageScript.vendor_id).where(
            PageScript.ours_id == ours.id,
            PageScript.domain == domain,
            col(PageScript.vendor_id).is_not(None),
            PageScript.vendor_id != ours.id,
        )
        latest = before.order_by(col(PageScript.last_seen).desc(), col(PageScript.id))
        known = session.exec(latest.limit(1)).first()
        found = session.get(Vendor, known) if known else None
    return standing(session, found) if found else None


def _with_domain(
    session: Session, ours: Vendor, domains: list[str], tied: uuid.UUID | None
) -> Vendor | None:
    """The vendor of one of the domains: our own, the one it was before, the oldest on the list."""
    found: dict[uuid.UUID, Vendor] = {}
    for start in range(0, len(domains), _AT_ONCE):
        of_these: ColumnElement[bool] = col(Domain.registrable).in_(
            domains[start : start + _AT_ONCE]
        )
        query = select(Vendor).join(Domain, col(Domain.vendor_id) == Vendor.id)
        rows = session.exec(query.where(of_these, Vendor.sample == ours.sample))
        found |= {vendor.id: vendor for vendor in rows}

    def order(vendor: Vendor) -> tuple[bool, bool, bool, bool, dt.datetime]:
        return (
            not vendor.ours,
            vendor.id != tied,
            vendor.merged_into_id is not None,
            vendor.archived_at is not None,
            vendor.created_at,
        )

    return min(found.values(), key=order, default=None)


def _shadow(session: Session, ours: Vendor, row: PageScript, now: dt.datetime) -> Vendor:
    """A vendor in use that nobody has judged, with the domain that its script comes from."""
    vendor = create_vendor(
        session,
        name=(row.owner or row.domain)[:NAME],
        in_use=True,
        tags=(SHADOW,),
        sample=ours.sample,
        now=now,
        actor=ACTOR,
    )
    # an address, or a name that no scan can look at, is no domain; its script ties it all the same
    with contextlib.suppress(VendorRefused):
        add_domain(session, vendor, row.domain, now=now, actor=ACTOR)
    return vendor
