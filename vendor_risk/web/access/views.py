"""The register over all vendors: the list, acts upon many, and its files."""

import datetime as dt
import tempfile
import uuid
from collections.abc import Callable, Iterable, Sequence
from typing import IO
from urllib.parse import parse_qs

import xlsxwriter
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
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.store.models.access import Access
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.queries import access as listed
from vendor_risk.store.queries.access import AccessFilter, Line
from vendor_risk.web.access import WRITES, area
from vendor_risk.web.access.filters import form_of, read
from vendor_risk.web.access.words import KINDS
from vendor_risk.web.frame import local_path, notice, page_number
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.exports import CSV_TYPE, XLSX_TYPE
from vendor_risk.workflow import access as steps
from vendor_risk.workflow import access_file
from vendor_risk.workflow.csv_file import guarded
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
            _workbook(lines),
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
    act = _ACTS.get(request.form.get("act", ""))
    if act is None:
        abort(400)
    chosen, more = _chosen(back)
    if not chosen:
        notice(_("Choose entries first."), kind="warning")
        return redirect(back)
    said, undo = act(chosen)
    session.commit()
    if more:
        said += " " + _("Do it again for the others: %(n)s at a time.", n=MOST_AT_ONCE)
    notice(said, undo=undo)
    return redirect(back)


@area.post("/undo")
@door(WRITES)
def undo() -> AnyResponse:
    """What this person marked as cut at one moment is open again."""
    back = local_path(request.args.get("back"), url_for(".index"))
    try:
        moment = dt.datetime.fromisoformat(request.args.get("at", ""))
    except ValueError:
        abort(404)
    if moment.tzinfo is None:
        abort(404)
    rows = steps.ended_at(session, moment, current_user.id)
    try:
        done = steps.resume(session, rows, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        notice(error.message, kind="error")
        return redirect(back)
    session.commit()
    notice(ngettext("%(num)d entry is open again.", "%(num)d entries are open again.", len(done)))
    return redirect(back)


def _chosen(back: str) -> tuple[Sequence[Access], bool]:
    """The entries to act upon, and whether more match than one act takes."""
    if request.form.get("all_matching"):
        query: MultiDict[str, str] = MultiDict(parse_qs(back.partition("?")[2]))
        wanted = read(query, steps.today(now())).wanted
        ids = listed.ids_of(session, wanted, MOST_AT_ONCE)
        more = listed.count(session, wanted) > len(ids)
    else:
        ticked = request.form.getlist("chosen", type=uuid.UUID)
        ids, more = ticked[:MOST_AT_ONCE], False
    rows = select(Access).where(col(Access.id).in_(ids)).order_by(col(Access.id))
    return session.exec(rows.with_for_update()).all(), more


Said = tuple[str, str]  # what was done, and the address that takes it back


def _review(chosen: Sequence[Access]) -> Said:
    done = len(steps.review(session, chosen, now=now(), actor=current_user.id))
    said = ngettext("%(num)d entry is reviewed.", "%(num)d entries are reviewed.", done)
    return said + _left(len(chosen) - done), ""


def _end(chosen: Sequence[Access]) -> Said:
    done = len(steps.end(session, chosen, now=now(), actor=current_user.id))
    said = ngettext("%(num)d entry is marked as cut.", "%(num)d entries are marked as cut.", done)
    return said + _left(len(chosen) - done), url_for(".undo", at=now().isoformat()) if done else ""


def _left(count: int) -> str:
    if not count:
        return ""
    return " " + str(ngettext("%(num)d was cut before.", "%(num)d were cut before.", count))


_ACTS: dict[str, Callable[[Sequence[Access]], Said]] = {"review": _review, "end": _end}


def _workbook(lines: Iterable[Line]) -> IO[bytes]:
    """A workbook in a temporary file that goes away with its last reader; flat in memory."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  (the answer reads and closes it)
    book = xlsxwriter.Workbook(
        file,
        {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False},
    )
    sheet = book.add_worksheet(_("Access register"))
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, 0, 32)
    sheet.set_column(1, 18, 18)
    bold = book.add_format({"bold": True})
    for column, head in enumerate(access_file.export_heads()):
        sheet.write_string(0, column, head, bold)
    for number, line in enumerate(lines, start=1):
        for column, cell in enumerate(access_file.cells(line.row, line.vendor)):
            if cell:
                sheet.write_string(number, column, guarded(cell))
    book.close()
    file.seek(0)
    return file
