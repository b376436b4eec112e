"""Where a line of a score leads to, as far as its reader may go there."""

import uuid
from typing import Any

from flask import current_app, url_for

from vendor_risk.doors import may
from vendor_risk.store.models.evidence import StoredClaim
from vendor_risk.store.models.findings import StoredFinding


def to(endpoint: str, **parts: Any) -> str:
    """The address of a page; empty where there is none, or it is not for this reader."""
    if endpoint not in current_app.view_functions or not may(endpoint, "GET"):
        return ""
    return url_for(endpoint, **parts)


def finding(row: StoredFinding) -> str:
    """The page of a finding; of the scan that saw it where findings have none."""
    url = to("findings.show", finding_id=row.id)
    if not url and row.scan_id is not None:
        url = to("scans.show", scan_id=row.scan_id)
    return url or to("vendors.checks", vendor_id=row.vendor_id)


def evidence(claim: StoredClaim) -> str:
    """What a claim rests on: the scan, or the document."""
    if claim.origin_id is None:
        return ""
    if claim.origin == "scan":
        return to("scans.show", scan_id=claim.origin_id)
    if claim.origin == "document":
        return to("vendors.document", vendor_id=claim.vendor_id, document_id=claim.origin_id)
    return ""


def access(vendor_id: uuid.UUID) -> str:
    """The access register of a vendor."""
    return to("vendors.access", vendor_id=vendor_id)


def script(script_id: str) -> str:
    """A script on our own pages."""
    return to("scripts.show", script_id=uuid.UUID(script_id))
