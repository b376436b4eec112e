"""The pages of a vendor that only show: overview, external checks, history."""

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from flask import render_template
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlmodel import col, select

from vendor_risk.checks.catalogue import Judged, catalogue
from vendor_risk.doors import door, may
from vendor_risk.evidence import HostClass, Severity, Status
from vendor_risk.reports.table import unjudged
from vendor_risk.scoring.external import placed
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.queries import decisions, findings
from vendor_risk.store.queries import history as past
from vendor_risk.web.access import READS
from vendor_risk.web.findings.words import STATES as FINDING_STATES
from vendor_risk.web.frame import page_number
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import area
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.web.vendors.head import head_of, told_tabs
from vendor_risk.web.vendors.score_summary import summary
from vendor_risk.web.vendors.stories import stories
from vendor_risk.workflow import merges, scans
from vendor_risk.workflow.facts import explain
from vendor_risk.workflow.model_in_use import in_use

LATELY = dt.timedelta(days=90)
_FAULTS = 6  # on the overview; the scan has them all
_ACTS = 25  # of the history on one page
_SCANS = 25


@area.get("/vendors/<uuid:vendor_id>")
def show(vendor_id: uuid.UUID) -> str:
    """Who the vendor is, what it could do to us, what was seen of it, what to do next."""
    vendor = vendor_of(vendor_id)
    head = head_of(vendor)
    whole = may("vendors.score_page", "GET")
    strictest = next((one for one in head["bought"] if one.ended_at is None and one.tier), None)
    return render_template(
        "vendors/show.html",
        **head,
        **_seen(vendor),
        **summary(vendor, head["bought"], whole=whole),
        most_faults=_FAULTS,
        found=[] if vendor.ours or not whole else findings.open_of(session, vendor.id, _FAULTS),
        severity_of=Severity.of_rank,
        today=now().date(),
        closed_lately=findings.closed_lately(session, now() - LATELY, vendor.id) if whole else 0,
        finding_states=FINDING_STATES,
        strictest=strictest,
        explained=explain(strictest, in_use(session)) if strictest else None,
        merged=_merged(vendor),
        unconfirmed=decisions.unconfirmed(session, _FAULTS, vendor.id) if whole else [],
        recent=stories(past.of_vendor(session, vendor.id, most=5)) if whole else None,
    )


@area.get("/vendors/<uuid:vendor_id>/checks")
def checks(vendor_id: uuid.UUID) -> str:
    """What the last scan saw, and the scans before it."""
    vendor = vendor_of(vendor_id)
    all_scans = session.exec(
        select(Scan)
        .where(Scan.vendor_id == vendor.id)
        .order_by(col(Scan.created_at).desc(), col(Scan.id))
        .limit(_SCANS)
    ).all()
    return render_template(
        "vendors/checks.html", **head_of(vendor), **_seen(vendor), all_scans=all_scans
    )


@area.get("/vendors/<uuid:vendor_id>/history")
@door(READS)
def history(vendor_id: uuid.UUID) -> str:
    """What people did to the vendor, the newest first."""
    vendor = vendor_of(vendor_id)
    page = page_number()
    acts = past.of_vendor(session, vendor.id, first=(page - 1) * _ACTS, most=_ACTS + 1)
    return render_template(
        "vendors/history.html",
        **head_of(vendor),
        told_tabs=told_tabs(vendor),
        stories=stories(acts[:_ACTS]),
        merged=_merged(vendor),
        page=page,
        more=len(acts) > _ACTS,
    )


def _seen(vendor: Vendor) -> dict[str, Any]:
    """The scan that runs, and what the last one saw."""
    running = scans.open_scan(session, vendor.id)
    last = scans.latest_scan(session, vendor.id)
    judged = scans.judged_of(session, last.id) if last else ()
    hosts = scans.hosts_of(session, last.id) if last else ()
    classes = {host.host: HostClass(host.host_class) for host in hosts}
    faults = sorted(
        ((placed(one, classes), one) for one in judged if one.outcome.status is Status.FAILED),
        key=lambda pair: (-pair[0].rank, pair[1].check, pair[1].host),
    )
    failed_since = session.exec(
        select(Scan)
        .where(Scan.vendor_id == vendor.id, Scan.state == ScanState.FAILED)
        .order_by(col(Scan.finished_at).desc())
        .limit(1)
    ).first()
    if (
        failed_since
        and last
        and (failed_since.finished_at or vendor.created_at)
        < (last.finished_at or vendor.created_at)
    ):
        failed_since = None
    return {
        "last": last,
        "posture": scans.scan_posture(hosts, judged, in_use(session)) if judged and last else None,
        "faults": faults,
        "unseen": unjudged(judged),
        "unknown": sum(one.outcome.status is Status.UNKNOWN for one in judged),
        "failed": failed_words(faults),
        "passed": sum(one.outcome.status is Status.PASSED for one in judged),
        "texts": {check.id: check for check in catalogue()},
        "scan_hosts": hosts,
        "failed_since": failed_since,
        **_running(running),
    }


def failed_words(faults: Sequence[tuple[Severity, Judged]]) -> str:
    """How many checks failed, counted as the list counts them, and in how many places."""
    counted = [one for severity, one in faults if severity.rank > 0]
    checks = len({one.check for one in counted})
    words = str(ngettext("%(num)d check failed", "%(num)d checks failed", checks))
    if len(counted) > checks:
        words += " " + _("in %(num)d places", num=len(counted))
    if notes := len(faults) - len(counted):
        words += ", " + ngettext("%(num)d note", "%(num)d notes", notes)
    return words


def _running(scan: Scan | None) -> dict[str, Any]:
    """What scans/_progress.html reads, under the names that it has for them."""
    if scan is None:
        return {"scan": None}
    hosts = scans.hosts_of(session, scan.id)
    return {
        "scan": scan,
        "progress_hosts": hosts,
        "done": sum(host.state == "done" for host in hosts),
        "running": [host.host for host in hosts if host.state == "running"],
    }


def _merged(vendor: Vendor) -> list[tuple[Any, Vendor]]:
    joined = [
        (merge, session.get(Vendor, merge.merged_id))
        for merge in merges.merges_into(session, vendor.id)
    ]
    return [(merge, other) for merge, other in joined if other is not None]
