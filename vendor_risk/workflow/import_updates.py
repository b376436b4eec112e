"""Brings vendors that we have up to date with the lines of an import."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from sqlmodel import Session, col, select

from vendor_risk.evidence import HostClass
from vendor_risk.store.models.vendors import (
    Contact,
    Domain,
    Engagement,
    Vendor,
    VendorImport,
    VendorTag,
)
from vendor_risk.workflow.contacts import add_contact
from vendor_risk.workflow.domains import add_domain
from vendor_risk.workflow.engagements import Terms, add_engagement, edit_engagement, terms_of
from vendor_risk.workflow.import_columns import Entry
from vendor_risk.workflow.import_trial import PURCHASES, Fate, engagement_meant
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.vendors import Actor, VendorRefused, add_tag, changed, note, touch

Belonging = TypeVar("Belonging", Contact, Domain, Engagement, VendorTag)


@dataclass(frozen=True, slots=True)
class _Act:
    """Who brings in what, and when."""

    session: Session
    row: VendorImport
    now: dt.datetime
    actor: Actor


@dataclass(frozen=True, slots=True)
class _Had:
    """What the vendors of some lines have, read in a few questions rather than in thousands."""

    vendors: Mapping[uuid.UUID, Vendor]
    tags: Mapping[uuid.UUID, Sequence[VendorTag]]
    domains: Mapping[uuid.UUID, Sequence[Domain]]
    contacts: Mapping[uuid.UUID, Sequence[Contact]]
    engagements: Mapping[uuid.UUID, Sequence[Engagement]]


def update(
    session: Session, fates: Sequence[Fate], row: VendorImport, *, now: dt.datetime, actor: Actor
) -> None:
    """Each vendor says what its line says; what a line leaves empty stays as it is."""
    act = _Act(session, row, now, actor)
    had = _had(session, [fate.vendor_id for fate in fates if fate.vendor_id is not None])
    for fate in fates:
        vendor = had.vendors.get(fate.vendor_id) if fate.vendor_id else None
        if vendor is None:
            raise VendorRefused(
                "Line %(number)s: its vendor is no longer there.", number=fate.entry.line.number
            )
        entry = fate.entry
        _say(act, vendor, entry)
        for tag in sorted(set(entry.tags) - {own.tag for own in had.tags[vendor.id]}):
            add_tag(session, vendor, tag, now=now, actor=actor)
        _add_hosts(act, vendor, entry, had.domains[vendor.id])
        _add_contact(act, vendor, entry, had.contacts[vendor.id])
        _buy(act, vendor, entry, had.engagements[vendor.id])


def _had(session: Session, ids: Sequence[uuid.UUID]) -> _Had:
    vendors = session.exec(select(Vendor).where(col(Vendor.id).in_(ids)).with_for_update()).all()
    return _Had(
        {vendor.id: vendor for vendor in vendors},
        _by_vendor(session, VendorTag, ids),
        _by_vendor(session, Domain, ids),
        _by_vendor(session, Contact, ids),
        _by_vendor(session, Engagement, ids),
    )


def _by_vendor(
    session: Session, model: type[Belonging], ids: Iterable[uuid.UUID]
) -> Mapping[uuid.UUID, list[Belonging]]:
    belongings: dict[uuid.UUID, list[Belonging]] = defaultdict(list)
    for one in session.exec(select(model).where(col(model.vendor_id).in_(ids))):
        belongings[one.vendor_id].append(one)
    return belongings


def _say(act: _Act, vendor: Vendor, entry: Entry) -> None:
    said = {
        "name": entry.name,
        "owner_id": entry.owner_id,
        "state": str(entry.state) if entry.state else None,
    }
    wanted = {field: value for field, value in said.items() if value is not None}
    before, after = changed(vendor, wanted | {"in_use": True})
    if not after:
        return
    vendor.name_key = name_key(vendor.name)
    touch(vendor, act.now)
    after |= {"file": act.row.filename, "line": entry.line.number}
    note(
        act.session,
        vendor,
        "vendor.edited",
        actor=act.actor,
        now=act.now,
        before=before,
        after=after,
    )


def _add_hosts(act: _Act, vendor: Vendor, entry: Entry, had: Sequence[Domain]) -> None:
    hosts = {domain.host for domain in had}
    for host, display, _ in entry.hosts:
        if host in hosts:
            continue
        kind = HostClass.OTHER if hosts else HostClass.MAIN
        add_domain(act.session, vendor, display, kind, now=act.now, actor=act.actor)
        hosts.add(host)


def _add_contact(act: _Act, vendor: Vendor, entry: Entry, had: Sequence[Contact]) -> None:
    """A contact is known by its address, or by its name where the line gives no address."""
    if not entry.contact_name:
        return
    if entry.contact_email and entry.contact_email in {contact.email for contact in had}:
        return
    if not entry.contact_email and entry.contact_name in {contact.name for contact in had}:
        return
    add_contact(
        act.session,
        vendor,
        name=entry.contact_name,
        email=entry.contact_email or "",
        phone=entry.contact_phone or "",
        roles=entry.contact_roles,
        now=act.now,
        actor=act.actor,
    )


def _buy(act: _Act, vendor: Vendor, entry: Entry, had: Sequence[Engagement]) -> None:
    if not entry.buys:
        return
    standing = [row for row in had if row.ended_at is None]
    place = engagement_meant(entry, [row.name for row in standing])
    row = None if place is None else standing[place]
    name = entry.engagement or PURCHASES
    terms = terms_of(row) if row else Terms(name, owner_id=entry.owner_id)
    if entry.legal_entity:
        terms = replace(terms, legal_entity=entry.legal_entity)
    if entry.spend_minor is not None:
        terms = replace(terms, spend_minor=entry.spend_minor, currency=entry.currency)
    if row is None:
        add_engagement(act.session, vendor, terms, now=act.now, actor=act.actor)
    elif terms != terms_of(row):
        edit_engagement(
            act.session, vendor, row, terms, revision=row.revision, now=act.now, actor=act.actor
        )
