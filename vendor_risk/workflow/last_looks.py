"""What the looks at a host leave behind for the next one to compare with."""

import uuid
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlmodel import Session, col, select

from vendor_risk.checks.observations import Previous
from vendor_risk.store.models.scans import HostMemory

_PREVIOUS: TypeAdapter[Previous] = TypeAdapter(Previous)


def known_of(
    session: Session, vendor_ids: Collection[uuid.UUID]
) -> defaultdict[uuid.UUID, dict[str, Previous]]:
    """What to compare with at each host of these vendors, where one was looked at before."""
    known: defaultdict[uuid.UUID, dict[str, Previous]] = defaultdict(dict)
    for row in _rows(session, vendor_ids):
        if (before := _read(row.pages)) is not None:
            known[row.vendor_id][row.host] = before
    return known


def remember(session: Session, left: Mapping[uuid.UUID, Mapping[str, Previous]]) -> None:
    """The next looks compare with this, by vendor and host."""
    if not left:
        return
    rows = {(row.vendor_id, row.host): row for row in _rows(session, left)}
    for vendor_id, hosts in left.items():
        for host, before in hosts.items():
            pages = _PREVIOUS.dump_python(before, mode="json")
            row = rows.get((vendor_id, host))
            if row is None:
                session.add(HostMemory(vendor_id=vendor_id, host=host, pages=pages))
            else:
                row.pages = pages


def hand_over(session: Session, kept_id: uuid.UUID, joined_id: uuid.UUID) -> None:
    """What a joined vendor's hosts showed is compared with by looks at the kept one."""
    rows = _rows(session, [kept_id, joined_id])
    has = {row.host for row in rows if row.vendor_id == kept_id}
    for row in rows:
        if row.vendor_id == joined_id and row.host not in has:
            session.add(HostMemory(vendor_id=kept_id, host=row.host, pages=row.pages))


def _rows(session: Session, vendor_ids: Collection[uuid.UUID]) -> list[HostMemory]:
    return list(
        session.exec(select(HostMemory).where(col(HostMemory.vendor_id).in_(list(vendor_ids))))
    )


def _read(stored: Any) -> Previous | None:
    """Nothing where it cannot be read: a look does not stop because of an old one."""
    try:
        return _PREVIOUS.validate_python(stored)
    except ValidationError:
        return None
