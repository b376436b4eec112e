"""Families: subsidiaries and brands under their parents, without circles."""

import datetime as dt
from collections.abc import Sequence

from sqlmodel import Session, col, select

from vendor_risk.store.models.vendors import Engagement, Kinship, Vendor
from vendor_risk.workflow import scores
from vendor_risk.workflow.vendors import (
    Actor,
    VendorRefused,
    changed,
    note,
    refuse_gone,
    touch,
)

_DEEPEST = 20  # generations of parents: no group of companies known to us has half as many


def set_parent(
    session: Session,
    vendor: Vendor,
    parent: Vendor | None,
    kinship: Kinship | None,
    *,
    now: dt.datetime,
    actor: Actor,
) -> bool:
    """The vendor is a subsidiary or a brand of its parent, or stands alone with None.

    With another parent, or none, no engagement counts a parent's evidence any more: that was said
    of the one before. VendorRefused when the parent is the vendor itself or one of its own
    descendants.
    """
    refuse_gone(vendor)
    if parent is not None:
        refuse_gone(parent)
        _refuse_cycle(session, vendor, parent)
        if parent.sample != vendor.sample:
            raise VendorRefused("A sample vendor cannot belong to a real one, nor the other way.")
    wanted = {
        "parent_id": parent.id if parent else None,
        "kinship": str(kinship or Kinship.SUBSIDIARY) if parent else None,
    }
    before, after = changed(vendor, wanted)
    if not after:
        return False
    if "parent_id" in after and (heirs := _disinherit(session, vendor)):
        before["inherits"], after["inherits"] = heirs, []
    touch(vendor, now)
    scores.rescore(session, [vendor.id], now=now, cause=scores.FACTS)
    note(session, vendor, "vendor.parent", actor=actor, now=now, before=before, after=after)
    return True


def ancestors(session: Session, vendor: Vendor) -> list[Vendor]:
    """The parent, its parent and so on, at most 20 of them."""
    above: list[Vendor] = []
    while vendor.parent_id is not None and len(above) < _DEEPEST:
        parent = session.get(Vendor, vendor.parent_id)
        if parent is None:
            break
        above.append(parent)
        vendor = parent
    return above


def children_of(session: Session, vendor: Vendor, most: int = 50) -> Sequence[Vendor]:
    """Its subsidiaries and brands that stand, by name."""
    return session.exec(
        select(Vendor)
        .where(Vendor.parent_id == vendor.id, col(Vendor.merged_into_id).is_(None))
        .order_by(col(Vendor.name_key))
        .limit(most)
    ).all()


def _disinherit(session: Session, vendor: Vendor) -> list[str]:
    """No engagement of the vendor counts a parent's evidence; the names of those that did."""
    rows = session.exec(
        select(Engagement)
        .where(Engagement.vendor_id == vendor.id, col(Engagement.inherits).is_(True))
        .order_by(col(Engagement.name), col(Engagement.id))
        .with_for_update()
    ).all()
    for row in rows:
        row.inherits = False
        row.revision += 1
    return [row.name for row in rows]


def _refuse_cycle(session: Session, vendor: Vendor, parent: Vendor) -> None:
    if parent.id == vendor.id:
        raise VendorRefused("A vendor cannot be its own parent.", "parent")
    above = ancestors(session, parent)
    if vendor.id in [one.id for one in above]:
        raise VendorRefused(
            "%(parent)s belongs to %(vendor)s: take it out from under it first.",
            "parent",
            parent=parent.name,
            vendor=vendor.name,
        )
    if len(above) >= _DEEPEST:
        raise VendorRefused("There are too many generations above that parent.", "parent")
