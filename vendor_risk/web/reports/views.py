"""The pages of reports."""

import json
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
    request,
    url_for,
)
from flask_babel import gettext as _
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, only
from vendor_risk.pdf import render_html
from vendor_risk.reports.issue import attached
from vendor_risk.reports.report import Kind
from vendor_risk.reports.sheets import sheets
from vendor_risk.store.audit import record
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.reports import area
from vendor_risk.web.reports.exports import workbook
from vendor_risk.web.reports.forms import OrderForm, SignForm, VendorOrderForm
from vendor_risk.web.session import actor, enqueue, now, session
from vendor_risk.web.vendors.exports import XLSX_TYPE
from vendor_risk.workflow import reports
from vendor_risk.workflow.vendors import VendorRefused

PAGE = 50
Page = str | AnyResponse | tuple[str, int]
# htmx stops asking when it reads this code: the report is made, or failed.
STOP_POLLING = 286


@area.get("")
def index() -> str:
    """All reports, the newest first."""
    page = page_number()
    rows = (
        select(IssuedReport, Vendor)
        .join(Vendor, col(IssuedReport.vendor_id) == Vendor.id, isouter=True)
        .order_by(col(IssuedReport.created_at).desc(), col(IssuedReport.id))
    )
    found = session.exec(rows.offset((page - 1) * PAGE).limit(PAGE + 1)).all()
    return render_template(
        "reports/index.html", rows=found[:PAGE], page=page, more=len(found) > PAGE
    )


@area.get("/new")
def new() -> str:
    """Order the report of the portfolio, or with `vendor` that of one, in a language."""
    vendor = None
    if told := request.args.get("vendor"):
        try:
            vendor = session.get(Vendor, uuid.UUID(told))
        except ValueError:
            vendor = None
        if vendor is None:
            abort(404)
    form = VendorOrderForm(formdata=None) if vendor else OrderForm(formdata=None)
    return render_template("reports/new.html", vendor=vendor, form=form)


@area.post("/create/<uuid:vendor_id>")
def create(vendor_id: uuid.UUID) -> Page:
    """Freeze what is known of a vendor and order its PDF; a dossier is frozen by a worker."""
    vendor = session.get(Vendor, vendor_id) or abort(404)
    form = VendorOrderForm()
    if not form.validate():
        return render_template("reports/new.html", vendor=vendor, form=form), 422
    order = reports.request_report
    if form.kind.data == Kind.DOSSIER:
        order = reports.request_dossier
    issued = order(
        session,
        vendor,
        now=now(),
        actor=actor(),
        prepared_by=current_user.name or current_user.email,
        organisation=current_app.config["ORGANISATION"],
        language=form.language.data,
        enqueue=enqueue,
    )
    session.commit()
    return redirect(url_for("reports.show", report_id=issued.id))


@area.post("/create-portfolio")
def create_portfolio() -> Page:
    """Order the report of all vendors; a worker freezes it when its turn comes."""
    form = OrderForm()
    if not form.validate():
        return render_template("reports/new.html", vendor=None, form=form), 422
    issued = reports.request_portfolio(
        session,
        now=now(),
        actor=actor(),
        prepared_by=current_user.name or current_user.email,
        organisation=current_app.config["ORGANISATION"],
        language=form.language.data,
        enqueue=enqueue,
    )
    session.commit()
    return redirect(url_for("reports.show", report_id=issued.id))


@area.get("/<uuid:report_id>")
def show(report_id: uuid.UUID) -> str:
    """One report: its state, its files, its content, and who signed it."""
    issued, vendor = _found(report_id)
    return _shown(issued, vendor, SignForm(formdata=None))


def _shown(issued: IssuedReport, vendor: Vendor | None, form: SignForm) -> str:
    report = reports.frozen(issued) if issued.snapshot else None
    return render_template(
        "reports/show.html",
        issued=issued,
        vendor=vendor,
        report=report,
        beside=[one.name for one in attached(report)] if report else [],
        form=form,
    )


@area.post("/<uuid:report_id>/sign")
@door(only("approver"))
def sign(report_id: uuid.UUID) -> Page:
    """Say that one read the report, and what follows from it."""
    issued, vendor = _found(report_id)
    form = SignForm()
    if not form.validate():
        return _shown(issued, vendor, form), 422
    try:
        reports.sign(
            session,
            session.get_one(IssuedReport, issued.id, with_for_update=True),
            person=current_user._get_current_object(),
            note=form.note.data or "",
            now=now(),
        )
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(url_for("reports.show", report_id=report_id))
    session.commit()
    notice(_("You signed this report."))
    return redirect(url_for("reports.show", report_id=report_id))


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
    issued, _vendor = _frozen(report_id)
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


@area.get("/<uuid:report_id>/lists/<name>")
def beside(report_id: uuid.UUID, name: str) -> Response:
    """A list that the frozen report carries with it: its findings, or its vendors."""
    issued, _vendor = _frozen(report_id)
    lists = {one.name: one for one in attached(reports.frozen(issued))}
    held = lists.get(name) or abort(404)
    return _file(held.content, "text/csv; charset=utf-8", f"{issued.number}-{held.name}")


@area.get("/<uuid:report_id>/report.json")
def as_json(report_id: uuid.UUID) -> Response:
    """The frozen report, as its hash was taken of it."""
    issued, _vendor = _frozen(report_id)
    content = json.dumps(issued.snapshot, ensure_ascii=False, indent=1)
    return _file(content.encode(), "application/json", f"{issued.number}.json")


@area.get("/<uuid:report_id>/report.xlsx")
def as_workbook(report_id: uuid.UUID) -> Response:
    """The frozen report as a workbook: a sheet for each kind of row."""
    issued, _vendor = _frozen(report_id)
    content = workbook(sheets(reports.frozen(issued)))
    return _file(content, XLSX_TYPE, f"{issued.number}.xlsx")


def _file(content: bytes, kind: str, name: str) -> Response:
    answer = make_response(content)
    answer.headers["Content-Type"] = kind
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@area.post("/<uuid:report_id>/retry")
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


def _found(report_id: uuid.UUID) -> tuple[IssuedReport, Vendor | None]:
    issued = session.get(IssuedReport, report_id) or abort(404)
    if issued.vendor_id is None:
        return issued, None
    return issued, session.get(Vendor, issued.vendor_id) or abort(404)


def _frozen(report_id: uuid.UUID) -> tuple[IssuedReport, Vendor | None]:
    """The same of a report whose content is settled."""
    issued, vendor = _found(report_id)
    if not issued.snapshot:
        abort(404)
    return issued, vendor
