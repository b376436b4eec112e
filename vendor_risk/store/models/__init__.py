"""The tables: columns only, one file per group; importing this package knows them all."""

from vendor_risk.store.models import (
    access,
    audit,
    decisions,
    documents,
    evidence,
    findings,
    intake,
    outbox,
    people,
    reports,
    scans,
    scores,
    scripts,
    vendors,
    work,
    workers,
)

__all__ = [
    "access",
    "audit",
    "decisions",
    "documents",
    "evidence",
    "findings",
    "intake",
    "outbox",
    "people",
    "reports",
    "scans",
    "scores",
    "scripts",
    "vendors",
    "work",
    "workers",
]
