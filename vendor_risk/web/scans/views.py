"""The pages of scans."""

import uuid
from collections import Counter
from typing import Any

from flask import Response, abort, make_response, redirect, render_template, url_for
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, func, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.checks.catalogue import Judged, catalogue
from vendor_risk.doors import door, may, role, roles_here
from vendor_risk.evidence import N_, HostClass, Status
from vendor_risk.reports.table import unjudged
from vendor_risk.scoring.external import placed
from vendor_risk.scoring.knockouts import KNOCKOUTS
from vendor_risk.store.audit import record
from vendor_risk.store.models.scans import Scan, ScanState
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.scans import area
from vendor_risk.web.session import actor, enqueue, now, session
from vendor_risk.web.vendors.profile_views import failed_words
from vendor_risk.workflow import host_classes, scans
from vendor_risk.workflow.domains import domains_of
from vendor_risk.workflow.model_in_use import in_use

FAMILIES = {
    "dns": N_("DNS"),
    "tls": N_("TLS"),
    "web": N_("Web"),
    "mail": N_("Mail"),
    "intel": N_("Lists"),
}
PAGE = 50
_STOP_ALL = frozenset({"analyst", "admin"})
# htmx stops asking when it reads this code: the scan is over.
STOP_POLLING = 286


@area.get("")
def index() -> str:
    """The newest scans of all vendors, those that run first."""
    page = page_number()
    rows = _listed((page - 1) * PAGE, PAGE + 1)
    return render_template(
        "scans/index.html", rows=rows[:PAGE], page=page, more=len(rows) > PAGE, now=now()
    )


def _listed(first: int, most: int) -> list[tuple[Scan, Vendor]]:
    """Open scans, the newest first, then finished ones; each kind in the order of an index."""
    both = select(Scan, Vendor).join(Vendor, col(Scan.vendor_id) == Vendor.id)
    still = col(Scan.finished_at).is_(None)
    opened = both.where(still).order_by(col(Scan.created_at).desc(), col(Scan.id))
    rows = list(session.exec(opened.offset(first).limit(most)).all())
    if len(rows) < most:
        before = session.exec(select(func.count()).select_from(Scan).where(still)).one()
        ended = both.where(~still).order_by(col(Scan.finished_at).desc(), col(Scan.id))
        ended = ended.offset(max(0, first - before)).limit(most - len(rows))
        rows += session.exec(ended).all()
    return rows


@area.get("/<uuid:scan_id>")
def show(scan_id: uuid.UUID) -> str:
    """A scan while it runs, and its result afterwards."""
    scan, vendor = _found(scan_id)
    return render_template(
        "scans/show.html", vendor=vendor, offers=_offers(scan, vendor), **_shown(scan)
    )


def _offers(scan: Scan, vendor: Vendor) -> list[host_classes.Offer]:
    """The hosts that the newest scan saw to take cards, for those who may say what they are for."""
    if vendor.archived_at is not None or not may("vendors.class_domain"):
        return []
    last = scans.latest_scan(session, vendor.id)
    if last is None or last.id != scan.id:
        return []
    return host_classes.offers(session, vendor.id, domains_of(session, vendor.id))


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
    vendor = session.get(Vendor, vendor_id, with_for_update=True) or abort(404)
    if vendor.merged_into_id is not None:
        return redirect(url_for("vendors.show", vendor_id=vendor.id))  # which leads on
    if vendor.archived_at is not None:
        notice(_("%(name)s is archived: restore it first.", name=vendor.name), kind="warning")
        return redirect(url_for("vendors.show", vendor_id=vendor.id))
    if vendor.sample:
        notice(_(scans.SAMPLES_REFUSED), kind="warning")
        return redirect(url_for("vendors.show", vendor_id=vendor.id))
    try:
        scan = scans.request_scan(session, vendor, now=now(), by=current_user.id, enqueue=enqueue)
    except IntegrityError:  # the worker ordered one in this moment
        session.rollback()
        scan = scans.open_scan(session, vendor_id)
    if scan is None:
        notice(
            _("There is nothing to look at: add a domain to %(name)s first.", name=vendor.name),
            kind="warning",
        )
        return redirect(url_for("vendors.show", vendor_id=vendor_id))
    session.commit()
    return redirect(url_for("scans.show", scan_id=scan.id))


@area.post("/<uuid:scan_id>/stop")
@door(role("analyst", "admin", "requester"))
def stop(scan_id: uuid.UUID) -> AnyResponse:
    """Stop after the hosts in hand; what they showed is kept with the scan."""
    scan, vendor = _found(scan_id)
    if not _may_stop(scan):
        abort(403)
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


def _may_stop(scan: Scan) -> bool:
    """Analysts and administrators stop any scan, the others the ones they asked for."""
    asked = scan.requested_by_id is not None and scan.requested_by_id == current_user.id
    return asked or bool((roles_here() or frozenset()) & _STOP_ALL)


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
        "failed": failed_words(faults),
        "unseen": unjudged(judged),
        "passed": sum(one.outcome.status is Status.PASSED for one in judged),
        "texts": {check.id: check for check in catalogue()},
        "posture": _posture(scan, hosts, judged),
        "knockouts": KNOCKOUTS,
        "done": sum(host.state == "done" for host in hosts),
        "running": [host.host for host in hosts if host.state == "running"],
        "may_stop": _may_stop(scan),
        "over": scan.state not in (ScanState.QUEUED, ScanState.RUNNING),
    }


def _posture(scan: Scan, hosts: Any, judged: tuple[Judged, ...]) -> Any:
    """By the outcomes, or as it was kept where those are no longer."""
    if scan.thinned_at is not None:
        return scan.posture
    return scans.scan_posture(hosts, judged, in_use(session)) if judged else None


def _cells(judged: tuple[Judged, ...], host: str) -> dict[str, dict[str, int]]:
    """By family: how many checks failed, passed or stayed unknown on one host."""
    counts: dict[str, Counter[str]] = {family: Counter() for family in FAMILIES}
    for one in judged:
        if one.host == host and one.family in counts:
            counts[one.family][one.outcome.status] += 1
    return {family: dict(counter) for family, counter in counts.items()}
