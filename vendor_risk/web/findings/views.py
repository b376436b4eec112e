"""The table of findings: the list, its files, and acts upon many."""

import datetime as dt
import uuid
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
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may, only
from vendor_risk.evidence import Severity
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.queries import findings as listed
from vendor_risk.store.queries import vendors as inventory
from vendor_risk.web import bulk as bulk_acts
from vendor_risk.web.findings import WRITES, area, exports, letters
from vendor_risk.web.findings.filters import form_of, read
from vendor_risk.web.findings.words import STATES
from vendor_risk.web.frame import local_path, notice, page_number
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.exports import CSV_TYPE, XLSX_TYPE
from vendor_risk.workflow import findings as steps
from vendor_risk.workflow.finding_moves import DUE_STATES, Teller
from vendor_risk.workflow.vendors import VendorRefused

# One act upon more findings than this takes longer than people wait; they press once more.
MOST_AT_ONCE = 500
_NAMED = 10  # refused vendors in one notice
LATELY = dt.timedelta(days=90)
_APPROVERS = only("approver")


@area.get("")
def index() -> str:
    """The findings that match, one page of them, the worst first."""
    asked = read(request.args)
    total = listed.count(session, asked.wanted)
    more = total > listed.MOST_COUNTED
    total = min(total, listed.MOST_COUNTED)
    pages = max(1, -(-total // asked.per))
    page = min(page_number(), pages)
    first = (page - 1) * asked.per
    return render_template(
        "findings/index.html",
        lines=listed.page(session, asked.wanted, sort=asked.sort, first=first, most=asked.per),
        asked=asked,
        filters=form_of(request.args, asked),
        total=total,
        more=more,
        page=page,
        pages=pages,
        states=STATES,
        severity_of=Severity.of_rank,
        due_states=DUE_STATES,
        today=now().date(),
        closed_lately=0 if total else listed.closed_lately(session, now() - LATELY),
        any_at_all=bool(total) or listed.any_at_all(session),
        people=inventory.people(session) if may("findings.bulk") else (),
        query=request.query_string.decode("ascii", "replace"),
        writes=may("findings.bulk"),
        accepts=may(_APPROVERS),
    )


@area.get("/export.<kind>")
def export(kind: str) -> Response:
    """All findings that match, in the order of the table, as `csv` or `xlsx`."""
    if kind not in ("csv", "xlsx"):
        abort(404)
    asked = read(request.args)
    lines = listed.every(session, asked.wanted, sort=asked.sort)
    name = f"findings-{now():%Y-%m-%d}.{kind}"
    if kind == "csv":
        return Response(
            stream_with_context(exports.as_csv(lines)),
            content_type=CSV_TYPE,
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
    return send_file(
        exports.as_workbook(lines),
        mimetype=XLSX_TYPE,
        as_attachment=True,
        download_name=name,
        max_age=0,
    )


@area.post("/bulk")
@door(WRITES)
def bulk() -> AnyResponse:
    """One act upon the chosen findings, or upon all that match; says how many were left alone."""
    back = local_path(request.form.get("back"), url_for(".index"))
    chosen, more = _chosen(back)
    if chosen and request.form.get("act") == "ask":
        return _ask(chosen, back, more=more)
    nothing = _("Choose findings first.")
    return bulk_acts.press(
        _ACTS, (chosen, more), back=back, nothing=nothing, most=MOST_AT_ONCE, beside="ask"
    )


@area.post("/undo")
@door(WRITES)
def undo() -> AnyResponse:
    """What this person accepted or marked as false at one moment is as it was."""
    moment = bulk_acts.moment()
    done = len(steps.undo(session, moment, now=now(), by=me()))
    session.commit()
    notice(ngettext("%(num)d finding is as before.", "%(num)d findings are as before.", done))
    return redirect(url_for(".index"))


def me() -> Teller:
    """The person of this request, as steps name who takes them."""
    return Teller(current_user.id)


def day_of(text: str) -> dt.date | None:
    """The day that a field of a form holds; None for nothing and for what is none."""
    try:
        return dt.date.fromisoformat(text.strip())
    except ValueError:
        return None


def _chosen(back: str) -> tuple[Sequence[StoredFinding], bool]:
    """The findings to act upon, and whether more match than one act takes."""

    def matching(query: MultiDict[str, str], most: int) -> Sequence[uuid.UUID]:
        asked = read(query)
        return listed.ids_of(session, asked.wanted, most, sort=asked.sort)

    ids, more = bulk_acts.meant(back, matching, MOST_AT_ONCE)
    rows = select(StoredFinding).where(col(StoredFinding.id).in_(ids))
    return session.exec(rows.order_by(col(StoredFinding.id)).with_for_update()).all(), more


def _told(done: int, chosen: Sequence[StoredFinding], *, heavy: bool = False) -> str:
    """How many were changed, and why the others were left alone."""
    said = str(ngettext("%(num)d finding was changed.", "%(num)d findings were changed.", done))
    if left := len(chosen) - done:
        if heavy and not may(_APPROVERS):
            said += " " + _("What weighs heavily takes an approver, as accepting it does.")
        said += " " + ngettext(
            "%(num)d was left alone: its state does not allow it, or it is so already.",
            "%(num)d were left alone: their state does not allow it, or they are so already.",
            left,
        )
    return said


def _undo(done: int) -> str:
    return url_for(".undo", at=now().isoformat()) if done else ""


def _owner(chosen: Sequence[StoredFinding]) -> bulk_acts.Said:
    named = request.form.get("owner_id", "")
    try:
        owner = uuid.UUID(named) if named else None
    except ValueError:
        abort(400)
    done = len(steps.set_owner(session, chosen, owner, now=now(), by=me()))
    return _told(done, chosen), ""


def _due(chosen: Sequence[StoredFinding]) -> bulk_acts.Said:
    due = day_of(request.form.get("due_on", ""))
    done = len(steps.set_due(session, chosen, due, now=now(), by=me()))
    return _told(done, chosen), ""


def _accept(chosen: Sequence[StoredFinding]) -> bulk_acts.Said:
    until = day_of(request.form.get("until", ""))
    note = request.form.get("accept_note", "")
    kept = steps.take_all(session, chosen, "accept", note=note, until=until, now=now(), by=me())
    return _told(len(kept), chosen), _undo(len(kept))


def _false(chosen: Sequence[StoredFinding]) -> bulk_acts.Said:
    note = request.form.get("false_note", "")
    kept = steps.take_all(session, chosen, "false", note=note, now=now(), by=me())
    return _told(len(kept), chosen, heavy=True), _undo(len(kept))


def _ask(chosen: Sequence[StoredFinding], back: str, *, more: bool) -> AnyResponse:
    """One letter for each vendor; who could not be asked is named, with the reason."""
    if request.form.get("ask_word", "").strip().casefold() != _("send").casefold():
        notice(
            _("Type the word that the form asks for: letters cannot be taken back."), kind="error"
        )
        return redirect(back)
    named = request.form.get("ask_due", "")
    due = day_of(named)
    if named.strip() and due is None:
        notice(_("Give a day, such as 2027-01-31."), kind="error")
        return redirect(back)
    message = request.form.get("ask_message", "")
    try:
        asked, count, refused = letters.ask_many(chosen, due=due, message=message)
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
        return redirect(back)
    session.commit()
    said = ngettext(
        "%(num)d vendor is asked: its letter is in the outbox.",
        "%(num)d vendors are asked: a letter for each is in the outbox.",
        count,
    )
    said += " " + ngettext("%(num)d finding is in it.", "%(num)d findings are in them.", asked)
    if refused:
        told = "; ".join(f"{name} ({why})" for name, why in refused[:_NAMED])
        said += " " + _("Not asked: %(names)s.", names=told)
        if len(refused) > _NAMED:
            said += " " + _("And %(n)s more.", n=len(refused) - _NAMED)
    if more:
        said += " " + _("Do it again for the others: %(n)s at a time.", n=MOST_AT_ONCE)
    notice(said, kind="warning" if refused else "success")
    return redirect(back)


_ACTS: Mapping[str, bulk_acts.Act[StoredFinding]] = {
    "owner": _owner,
    "due": _due,
    "accept": _accept,
    "false": _false,
}
