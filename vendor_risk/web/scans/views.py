"""The pages of scans."""

import uuid
from collections import Counter
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.checks.catalogue import Judged, catalogue
from vendor_risk.doors import door, role
from vendor_risk.evidence import HostClass, Status
from vendor_risk.scoring.external import KNOCKOUTS, placed
from vendor_risk.store.audit import record
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.scans import area
from vendor_risk.web.session import actor, enqueue, now, session
from vendor_risk.workflow import scans

FAMILIES = ("dns", "tls", "web", "mail")
PAGE = 50
# htmx stops asking when it reads this code: the scan is over.
STOP_POLLING = 286


@area.get("")
def index() -> str:
    """The newest scans of all vendors, those that run first."""
    page = page_number()
    rows = session.exec(
        select(Scan, Vendor)
        .join(Vendor, col(Scan.vendor_id) == Vendor.id)
        .order_by(col(Scan.finished_at).is_not(None), col(Scan.created_at).desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    ).all()
    return render_template(
        "scans/index.html", rows=rows[:PAGE], page=page, more=len(rows) > PAGE, now=now()
    )


@area.get("/<uuid:scan_id>")
def show(scan_id: uuid.UUID) -> str:
    """A scan while it runs, and its result afterwards."""
    scan, vendor = _found(scan_id)
    return render_template("scans/show.html", vendor=vendor, **_shown(scan))


@area.get("/<uuid:scan_id>/progress")
def progress(scan_id: uuid.UUID) -> Response:
    """The part of a page that asks again until the scan is over."""
    scan, vendor = _found(scan_id)
    shown = _shown(scan)
    answer = make_response(render_template("scans/_progress.html", vendor=vendor, **shown))
    if shown["over"]:
        answer.status_code = STOP_POLLING
        answer.headers["HX-Refresh"] = "true"
    return answer


@area.post("/start/<uuid:vendor_id>")
@door(role("analyst", "admin", "requester"))
def start(vendor_id: uuid.UUID) -> AnyResponse:
    """Queue a scan of a vendor, or show the one that is already under way."""
    vendor = session.get(Vendor, vendor_id) or abort(404)
    scan = scans.request_scan(session, vendor, now=now(), by=current_user.id, enqueue=enqueue)
    if scan is None:
        notice(
            _("There is nothing to look at: add a domain to %(name)s first.", name=vendor.name),
            kind="warning",
        )
        return redirect(url_for("vendors.show", vendor_id=vendor.id))
    session.commit()
    return redirect(url_for("scans.show", scan_id=scan.id))


@area.post("/<uuid:scan_id>/stop")
@door(role("analyst", "admin", "requester"))
def stop(scan_id: uuid.UUID) -> AnyResponse:
    """Stop after the hosts in hand; what they showed is kept with the scan."""
    scan, vendor = _found(scan_id)
    if scan.state in (ScanState.QUEUED, ScanState.RUNNING):
        scans.ask_to_stop(session, scan, now=now())
        record(
            session,
            actor=actor(),
            act="scan.stopped",
            subject_kind="vendor",
            subject_id=vendor.id,
            now=now(),
        )
        session.commit()
        notice(_("The scan stops after the hosts in hand."), kind="info")
    return redirect(url_for("scans.show", scan_id=scan.id))


def _found(scan_id: uuid.UUID) -> tuple[Scan, Vendor]:
    scan = session.get(Scan, scan_id) or abort(404)
    vendor = session.get(Vendor, scan.vendor_id) or abort(404)
    return scan, vendor


def _shown(scan: Scan) -> dict[str, Any]:
    hosts = scans.hosts_of(session, scan.id)
    judged = scans.judged_of(session, scan.id)
    classes = {host.host: HostClass(host.host_class) for host in hosts}
    faults = sorted(
        ((placed(one, classes), one) for one in judged if one.outcome.status is Status.FAILED),
        key=lambda pair: (-pair[0].rank, pair[1].check, pair[1].host),
    )
    return {
        "scan": scan,
        "hosts": hosts,
        "families": FAMILIES,
        "cells": {host.host: _cells(judged, host.host) for host in hosts},
        "faults": faults,
        "unknown": [one for one in judged if one.outcome.status is Status.UNKNOWN],
        "passed": sum(one.outcome.status is Status.PASSED for one in judged),
        "texts": {check.id: check for check in catalogue()},
        "posture": scans.scan_posture(session, scan.id) if judged else None,
        "knockouts": KNOCKOUTS,
        "done": sum(host.state == "done" for host in hosts),
        "running": [host.host for host in hosts if host.state == "running"],
        "over": scan.state not in (ScanState.QUEUED, ScanState.RUNNING),
    }


def _cells(judged: tuple[Judged, ...], host: str) -> dict[str, dict[str, int]]:
    """By family: how many checks failed, passed or stayed unknown on one host."""
    counts: dict[str, Counter[str]] = {family: Counter() for family in FAMILIES}
    for one in judged:
        if one.host == host and one.family in counts:
            counts[one.family][one.outcome.status] += 1
    return {family: dict(counter) for family, counter in counts.items()}
