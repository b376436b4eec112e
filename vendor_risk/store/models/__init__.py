"""The tables: columns only, one file per group; importing this package knows them all."""

from vendor_risk.store.models import (
    audit,
    intake,
    outbox,
    people,
    reports,
    scans,
    scripts,
    vendors,
    workers,
)

__all__ = [
    "audit",
    "intake",
    "outbox",
    "people",
    "reports",
    "scans",
    "scripts",
    "vendors",
    "workers",
]
