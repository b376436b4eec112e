"""The register over all vendors: the list, acts upon many, and its files."""

from collections.abc import Mapping, Sequence

from flask import (
    Response,
    abort,
    redirect,
    render_template,
    request,
    send_file,
    stream_with_context,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.queries import access as listed
from vendor_risk.store.queries.access import AccessFilter
from vendor_risk.web import bulk as bulk_acts
from vendor_risk.web.access import WRITES, area
from vendor_risk.web.access.filters import form_of, read
from vendor_risk.web.access.words import KINDS
from vendor_risk.web.frame import local_path, notice, page_number
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.exports import CSV_TYPE, XLSX_TYPE, workbook
from vendor_risk.workflow import access as steps
from vendor_risk.workflow import access_file
from vendor_risk.workflow.vendors import VendorRefused

# One act upon more entries than this takes longer than people wait; they press once more.
MOST_AT_ONCE = 500


@area.get("")
def index() -> str:
    """The entries that match, one page of them."""
    today = steps.today(now())
    asked = read(request.args, today)
    total = listed.count(session, asked.wanted)
    pages = max(1, -(-total // asked.per))
    page = min(page_number(), pages)
    only_vendor = session.get(Vendor, asked.wanted.vendor_id) if asked.wanted.vendor_id else None
    first = (page - 1) * asked.per
    return render_template(
        "access/index.html",
        lines=listed.page(session, asked.wanted, sort=asked.sort, first=first, most=asked.per),
        asked=asked,
        only_vendor=only_vendor,
        filters=form_of(request.args, asked),
        total=total,
        everything=listed.count(session, AccessFilter(ended=None)),
        page=page,
        pages=pages,
        query=request.query_string.decode("ascii", "replace"),
        writes=may("access.bulk"),
        kinds=KINDS,
        today=today,
        steps=steps,
    )


@area.get("/export.<kind>")
def export(kind: str) -> Response:
    """All entries that match, in the order of the list, as `csv` or `xlsx`."""
    if kind not in ("csv", "xlsx"):
        abort(404)
    asked = read(request.args, steps.today(now()))
    lines = listed.every(session, asked.wanted, sort=asked.sort)
    name = f"access-register-{now():%Y-%m-%d}.{kind}"
    if kind == "xlsx":
        return send_file(
            workbook(
                _("Access register"),
                access_file.export_heads(),
                (access_file.cells(line.row, line.vendor) for line in lines),
            ),
            mimetype=XLSX_TYPE,
            as_attachment=True,
            download_name=name,
            max_age=0,
        )
    rows = ((line.row, line.vendor) for line in lines)
    return Response(
        stream_with_context(access_file.as_csv(rows)),
        content_type=CSV_TYPE,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@area.post("/bulk")
@door(WRITES)
def bulk() -> AnyResponse:
    """One act upon the chosen entries, or upon all that match."""
    back = local_path(request.form.get("back"), url_for(".index"))
    nothing = _("Choose entries first.")
    return bulk_acts.press(_ACTS, _chosen(back), back=back, nothing=nothing, most=MOST_AT_ONCE)


@area.post("/undo")
@door(WRITES)
def undo() -> AnyResponse:
    """What this person marked as cut at one moment is open again."""
    back = local_path(request.args.get("back"), url_for(".index"))
    moment = bulk_acts.moment()
    rows = steps.ended_at(session, moment, current_user.id)
    try:
        done = steps.resume(session, rows, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(back)
    session.commit()
    notice(ngettext("%(num)d entry is open again.", "%(num)d entries are open again.", len(done)))
    return redirect(back)


def _chosen(back: str) -> tuple[Sequence[Access], bool]:
    """The entries to act upon, and whether more match than one act takes."""
    today = steps.today(now())
    ids, more = bulk_acts.meant(
        back,
        lambda query, most: listed.ids_of(session, read(query, today).wanted, most),
        MOST_AT_ONCE,
    )
    rows = select(Access).where(col(Access.id).in_(ids)).order_by(col(Access.id))
    return session.exec(rows.with_for_update()).all(), more


def _review(chosen: Sequence[Access]) -> bulk_acts.Said:
    done = len(steps.review(session, chosen, now=now(), actor=current_user.id))
    said = ngettext("%(num)d entry is reviewed.", "%(num)d entries are reviewed.", done)
    return said + _left(len(chosen) - done), ""


def _end(chosen: Sequence[Access]) -> bulk_acts.Said:
    done = len(steps.end(session, chosen, now=now(), actor=current_user.id))
    said = ngettext("%(num)d entry is marked as cut.", "%(num)d entries are marked as cut.", done)
    return said + _left(len(chosen) - done), url_for(".undo", at=now().isoformat()) if done else ""


def _left(count: int) -> str:
    if not count:
        return ""
    return " " + str(ngettext("%(num)d was cut before.", "%(num)d were cut before.", count))


_ACTS: Mapping[str, bulk_acts.Act[Access]] = {"review": _review, "end": _end}
