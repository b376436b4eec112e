"""Our own pages: when they become ours or no longer are, what they say of vendors follows."""

import datetime as dt
import uuid
from collections.abc import Iterable

from sqlmodel import Session, col, select, update

from vendor_risk.store.models.scripts import PageScript
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.workflow import scores
from vendor_risk.workflow.engagements import observe
from vendor_risk.workflow.vendors import Actor


def leave(session: Session, ours: Vendor, host: str, *, now: dt.datetime, actor: Actor) -> None:
    """The host is ours no longer, so nothing runs on our pages there."""
    here = (col(PageScript.ours_id) == ours.id, col(PageScript.host) == host)
    tied = session.exec(select(PageScript.vendor_id).where(*here).distinct()).all()
    still = update(PageScript).where(*here, col(PageScript.gone_at).is_(None))
    session.exec(still.values(gone_at=now))
    recompute(session, (id for id in tied if id), now=now, actor=actor)


def changed(session: Session, ours: Vendor, *, now: dt.datetime, actor: Actor) -> None:
    """The mark was put on this record or taken off it: its scripts count, or count no longer."""
    session.flush()
    query = select(PageScript.vendor_id).where(PageScript.ours_id == ours.id).distinct()
    tied = [id for id in session.exec(query) if id]
    recompute(session, [*tied, ours.id], now=now, actor=actor)


def recompute(
    session: Session, vendor_ids: Iterable[uuid.UUID], *, now: dt.datetime, actor: Actor
) -> None:
    """The facts of these vendors hold what is seen on our pages now."""
    session.flush()
    vendor_ids = sorted(set(vendor_ids))
    for vendor_id in vendor_ids:
        vendor = session.get(Vendor, vendor_id)
        if vendor is not None and not vendor.merged_into_id:
            observe(session, vendor, now=now, actor=actor)
    scores.rescore(session, vendor_ids, now=now, cause=scores.SCRIPTS)
