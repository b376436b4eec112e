"""The pages of reports that are made again and again."""

import uuid

from flask import abort, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, role
from vendor_risk.store.models.reports import ReportSchedule
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.frame import notice
from vendor_risk.web.reports import area
from vendor_risk.web.reports.forms import EVERY, ScheduleForm
from vendor_risk.web.session import now, session
from vendor_risk.workflow import report_schedules
from vendor_risk.workflow.vendors import VendorRefused

SCHEDULES = role("analyst", "approver", "admin")
Page = str | AnyResponse | tuple[str, int]


@area.get("/schedules")
@door(SCHEDULES)
def schedules() -> str:
    """What runs, and a form for one more: of the portfolio, or with `vendor` of that one."""
    vendor = _vendor(request.args.get("vendor", ""))
    form = ScheduleForm(formdata=None, data={"vendor": str(vendor.id) if vendor else ""})
    return _page(form, vendor)


@area.post("/schedules")
@door(SCHEDULES)
def begin_schedule() -> Page:
    """One more runs from now on."""
    form = ScheduleForm()
    vendor = _vendor(form.vendor.data or "")
    _offer(form)
    if not form.validate():
        return _page(form, vendor), 422
    terms = report_schedules.Terms(
        vendor,
        form.every.data,
        form.language.data,
        form.first_on.data,
        [uuid.UUID(one) for one in form.people.data],
    )
    try:
        report_schedules.begin(session, terms, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(form, _vendor(form.vendor.data or "")), 422
    session.commit()
    notice(_("The report is made from that day on."))
    return redirect(url_for("reports.schedules"))


@area.post("/schedules/<uuid:schedule_id>/end")
@door(SCHEDULES)
def end_schedule(schedule_id: uuid.UUID) -> AnyResponse:
    """It makes no report any more."""
    row = session.get(ReportSchedule, schedule_id) or abort(404)
    report_schedules.end(session, row, now=now(), actor=current_user.id)
    session.commit()
    notice(_("The schedule is over. The reports that it made stay."))
    return redirect(url_for("reports.schedules"))


def _vendor(text: str) -> Vendor | None:
    if not text:
        return None
    try:
        return session.get(Vendor, uuid.UUID(text)) or abort(404)
    except ValueError:
        abort(404)


def _offer(form: ScheduleForm) -> list[tuple[uuid.UUID, str]]:
    people = report_schedules.readers(session)
    form.offer(people)
    return people


def _page(form: ScheduleForm, vendor: Vendor | None) -> str:
    people = {str(id): name for id, name in _offer(form)}
    return render_template(
        "reports/schedules.html",
        form=form,
        vendor=vendor,
        rows=report_schedules.running(session),
        people=people,
        every=EVERY,
    )
