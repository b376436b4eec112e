"""The pages of reports."""

import uuid
from collections.abc import Callable
from typing import cast

from flask import (
    Response,
    abort,
    current_app,
    make_response,
    redirect,
    render_template,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, role
from vendor_risk.pdf import render_html
from vendor_risk.reports.table import findings_csv
from vendor_risk.store.audit import record
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.reports import area
from vendor_risk.web.session import actor, enqueue, now, session
from vendor_risk.workflow import reports

PAGE = 50
# htmx stops asking when it reads this code: the report is made, or failed.
STOP_POLLING = 286


@area.get("")
def index() -> str:
    """All reports, the newest first."""
    page = page_number()
    rows = session.exec(
        select(IssuedReport, Vendor)
        .join(Vendor, col(IssuedReport.vendor_id) == Vendor.id)
        .order_by(col(IssuedReport.created_at).desc())
        .offset((page - 1) * PAGE)
        .limit(PAGE + 1)
    ).all()
    return render_template("reports/index.html", rows=rows[:PAGE], page=page, more=len(rows) > PAGE)


@area.post("/create/<uuid:vendor_id>")
@door(role("analyst", "approver", "admin"))
def create(vendor_id: uuid.UUID) -> AnyResponse:
    """Freeze what is known of a vendor and order its PDF."""
    vendor = session.get(Vendor, vendor_id) or abort(404)
    issued = reports.request_report(
        session,
        vendor,
        now=now(),
        actor=actor(),
        prepared_by=current_user.name or current_user.email,
        organisation=current_app.config["ORGANISATION"],
        enqueue=enqueue,
    )
    session.commit()
    return redirect(url_for("reports.show", report_id=issued.id))


@area.get("/<uuid:report_id>")
def show(report_id: uuid.UUID) -> str:
    """One report: its state, its files and its content."""
    issued, vendor = _found(report_id)
    return render_template(
        "reports/show.html", issued=issued, vendor=vendor, report=reports.frozen(issued)
    )


@area.get("/<uuid:report_id>/progress")
def progress(report_id: uuid.UUID) -> Response:
    """The part of a page that asks again until the PDF is there."""
    issued, vendor = _found(report_id)
    answer = make_response(render_template("reports/_progress.html", issued=issued, vendor=vendor))
    if issued.state != "queued":
        answer.status_code = STOP_POLLING
        answer.headers["HX-Refresh"] = "true"
    return answer


@area.get("/<uuid:report_id>/read")
def read(report_id: uuid.UUID) -> str:
    """The report on screen, from the template that also makes the paper."""
    issued, _vendor = _found(report_id)
    asset = cast(Callable[[str], str], current_app.jinja_env.globals["asset"])
    back = url_for("reports.show", report_id=issued.id)
    return render_html(reports.frozen(issued), asset=asset, back=back)


@area.get("/<uuid:report_id>/pdf")
def paper(report_id: uuid.UUID) -> Response:
    """The PDF, as it was made once."""
    issued, _vendor = _found(report_id)
    if issued.state != "done":
        abort(404)
    with current_app.extensions["files"].open(issued.id) as file:
        content = file.read()
    answer = make_response(content)
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'attachment; filename="{issued.number}.pdf"'
    return answer


@area.get("/<uuid:report_id>/findings.csv")
def findings(report_id: uuid.UUID) -> Response:
    """Every finding of the frozen report as CSV."""
    issued, _vendor = _found(report_id)
    answer = make_response(findings_csv(reports.frozen(issued)))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="{issued.number}-findings.csv"'
    return answer


@area.post("/<uuid:report_id>/retry")
@door(role("analyst", "approver", "admin"))
def retry(report_id: uuid.UUID) -> AnyResponse:
    """Order a failed PDF once more, of the same frozen content."""
    issued, _vendor = _found(report_id)
    if issued.state == "failed":
        reports.try_again(session, issued, enqueue=enqueue)
        record(
            session,
            actor=actor(),
            act="report.retried",
            subject_kind="report",
            subject_id=issued.id,
            now=now(),
        )
        session.commit()
        notice(_("The PDF is made once more."), kind="info")
    return redirect(url_for("reports.show", report_id=issued.id))


def _found(report_id: uuid.UUID) -> tuple[IssuedReport, Vendor]:
    issued = session.get(IssuedReport, report_id) or abort(404)
    vendor = session.get(Vendor, issued.vendor_id) or abort(404)
    return issued, vendor
