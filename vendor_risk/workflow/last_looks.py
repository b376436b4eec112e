"""What the last look at a host left behind for the next one to compare with."""

import uuid

from sqlmodel import Session, col, select

from vendor_risk.checks.observations import OBSERVATIONS, Previous
from vendor_risk.checks.remembered import remembered
from vendor_risk.store.models.scans import Scan, ScanHost


def last_look(session: Session, scan_id: uuid.UUID, host: str) -> str | None:
    """The stored observations of the vendor's last look at a host before this scan."""
    scan = session.get(Scan, scan_id)
    if scan is None:
        return None
    return session.exec(
        select(ScanHost.observations)
        .join(Scan, col(Scan.id) == col(ScanHost.scan_id))
        .where(
            Scan.vendor_id == scan.vendor_id,
            ScanHost.host == host,
            ScanHost.scan_id != scan_id,
            col(ScanHost.observations).is_not(None),
        )
        .order_by(col(ScanHost.observed_at).desc())
        .limit(1)
    ).first()


def previous(stored: str | None) -> Previous | None:
    """What to compare with; nothing where there was no look, or one that cannot be read.

    It decodes a whole look, so no transaction should be open meanwhile.
    """
    if stored is None:
        return None
    try:
        return remembered(OBSERVATIONS.validate_json(stored))
    except ValueError:
        return None
