"""What moved at one vendor: since the last look, since each approval, and all of it."""

import uuid

from flask import render_template

from vendor_risk.doors import door
from vendor_risk.evidence import Severity
from vendor_risk.store.models.decisions import DecisionState
from vendor_risk.web.access import READS
from vendor_risk.web.findings.words import STATES
from vendor_risk.web.frame import page_number
from vendor_risk.web.moves.words import ANSWERS, told
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import area
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.web.vendors.head import head_of, told_tabs
from vendor_risk.workflow import baselines, decisions, scans
from vendor_risk.workflow import moves as steps
from vendor_risk.workflow.engagements import engagements_of

_PER = 50


@area.get("/vendors/<uuid:vendor_id>/moves")
@door(READS)
def moves(vendor_id: uuid.UUID) -> str:
    """The last look against the one before, today against each approval, and the whole list."""
    vendor = vendor_of(vendor_id)
    page = page_number()
    rows = steps.of_vendor(session, vendor.id, most=_PER + 1, skip=(page - 1) * _PER)
    last = scans.latest_scan(session, vendor.id)
    approved = []
    for bought in engagements_of(session, vendor.id) if page == 1 else ():
        decided = decisions.in_state(session, bought.id, DecisionState.IN_FORCE)
        if decided is not None and decided.kind in decisions.APPROVALS and not bought.ended_at:
            today = baselines.frozen(session, bought, now=now())
            approved.append((bought, decided, baselines.drift(decided.baseline, today)))
    return render_template(
        "vendors/moves.html",
        **head_of(vendor),
        told_tabs=told_tabs(vendor),
        rows=rows[:_PER],
        more=len(rows) > _PER,
        page=page,
        last=last,
        fresh=[row for row in rows if last is not None and row.scan_id == last.id],
        once=steps.waiting_of(session, vendor.id),
        approved=approved,
        finding_states=STATES,
        told=told,
        answers=ANSWERS,
        severity=lambda row: Severity.of_rank(row.severity),
    )
