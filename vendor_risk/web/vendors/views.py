"""The vendor list: filter, sort, page, export, act upon many, and the search over everything."""

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import parse_qs

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

from vendor_risk.doors import door
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.queries import vendors as listed
from vendor_risk.store.queries.search import search as search_all
from vendor_risk.store.queries.vendors import Row, VendorFilter
from vendor_risk.web import bulk as bulk_acts
from vendor_risk.web.frame import local_path, notice
from vendor_risk.web.session import actor, enqueue, now, session
from vendor_risk.web.vendors import MOST_AT_ONCE, WRITES, area, exports
from vendor_risk.web.vendors.filters import Asked, form_of, read
from vendor_risk.workflow import reviews, scans, vendors
from vendor_risk.workflow.contacts import wanted_tokens
from vendor_risk.workflow.names import name_key
from vendor_risk.workflow.responses import rounds
from vendor_risk.workflow.settings import appetite
from vendor_risk.workflow.vendors import VendorRefused, clean

_SHOWN = 8  # of each kind on the page of a search
_LONGEST = 200  # characters of a search; names are no longer


@area.get("/vendors")
def index() -> str:
    """The vendors that match, one page of them."""
    owners = listed.people(session)
    asked = read(request.args, dict(owners), now(), appetite(session))
    total = listed.count(session, asked.wanted)
    pages = max(1, -(-total // asked.per))
    asked.page = min(asked.page, pages)
    everything = total if asked.wanted == VendorFilter() else listed.count(session, VendorFilter())
    rows = listed.page(
        session,
        asked.wanted,
        sort=asked.sort,
        first=(asked.page - 1) * asked.per,
        most=asked.per,
    )
    return render_template(
        "vendors/index.html",
        rows=rows,
        asked=asked,
        total=total,
        everything=everything,
        pages=pages,
        owners=owners,
        filters=form_of(request.args, asked, owners, listed.tags(session)),
        query=request.query_string.decode("ascii", "replace"),
        today=now().date(),
    )


@area.get("/vendors/export.<kind>")
def export(kind: str) -> Response:
    """All vendors that match, in the order of the list, as `csv` or `xlsx`."""
    if kind not in ("csv", "xlsx"):
        abort(404)
    asked = _asked(request.args)
    rows = listed.every(session, asked.wanted, sort=asked.sort)
    if kind == "csv":
        return _csv(rows)
    return send_file(
        exports.as_workbook(rows),
        mimetype=exports.XLSX_TYPE,
        as_attachment=True,
        download_name=_file_name(kind),
        max_age=0,
    )


@area.post("/vendors/bulk")
@door(WRITES)
def bulk() -> AnyResponse:
    """One act upon the chosen vendors, or upon all that match; says how many were left alone."""
    back = local_path(request.form.get("back"), url_for("vendors.index"))
    act = request.form.get("act", "")
    if act == "export" and request.form.get("all_matching"):
        return redirect(url_for("vendors.export", kind="csv") + "?" + back.partition("?")[2])
    if act == "send" and (request.form.get("all_matching") or request.form.get("chosen")):
        return _draw_up(back)
    chosen = _chosen(back)
    if act == "export" and chosen[0]:
        return _csv(listed.rows_of(session, [vendor.id for vendor in chosen[0]]))
    nothing = _("Choose vendors first.")
    return bulk_acts.press(
        _ACTS, chosen, back=back, nothing=nothing, most=MOST_AT_ONCE, beside="export"
    )


@area.post("/vendors/bulk/restore")
@door(WRITES)
def bulk_restore() -> AnyResponse:
    """Take back the archiving of all vendors that went at one moment."""
    moment = bulk_acts.moment()
    gone = session.exec(
        select(Vendor).where(Vendor.archived_at == moment, col(Vendor.merged_into_id).is_(None))
    ).all()
    for vendor in gone:
        vendors.restore(session, vendor, now=now(), actor=actor())
    session.commit()
    notice(ngettext("%(num)d vendor is back.", "%(num)d vendors are back.", len(gone)))
    return redirect(url_for("vendors.index"))


@area.post("/vendors/bulk/no-review")
@door(WRITES)
def bulk_no_review() -> AnyResponse:
    """Take back the reviews that this person opened at one moment."""
    gone = reviews.undo(session, bulk_acts.moment(), now=now(), actor=actor())
    session.commit()
    notice(ngettext("%(num)d review is withdrawn.", "%(num)d reviews are withdrawn.", gone))
    return redirect(url_for("vendors.index"))


@area.get("/search")
def search() -> str:
    """What a text leads to: vendors, engagements, contacts and domains."""
    text = clean(request.args.get("q", ""))[:_LONGEST]
    found = search_all(
        session,
        text=text,
        key=name_key(text) if text else "",
        words=wanted_tokens(text) if text else (),
        most=_SHOWN,
    )
    return render_template("vendors/search.html", text=text, found=found, most=_SHOWN)


def _asked(args: MultiDict[str, str]) -> Asked:
    return read(args, dict(listed.people(session)), now(), appetite(session))


def _csv(rows: Iterable[Row]) -> Response:
    lines = stream_with_context(exports.as_csv(rows))
    headers = {"Content-Disposition": f'attachment; filename="{_file_name("csv")}"'}
    return Response(lines, content_type=exports.CSV_TYPE, headers=headers)


def _file_name(kind: str) -> str:
    return f"vendors-{now():%Y-%m-%d}.{kind}"


def _chosen(back: str) -> tuple[Sequence[Vendor], bool]:
    """The vendors to act upon, and whether more match than one act takes."""
    ids, more = bulk_acts.meant(
        back, lambda query, most: listed.ids_of(session, _asked(query).wanted, most), MOST_AT_ONCE
    )
    query_rows = select(Vendor).where(col(Vendor.id).in_(ids)).with_for_update()
    return session.exec(query_rows.order_by(col(Vendor.name_key))).all(), more


def _draw_up(back: str) -> AnyResponse:
    """A round of questionnaires to them; its page asks what and until when, and shows to whom."""
    ids, more = bulk_acts.meant(
        back, lambda query, most: listed.ids_of(session, _asked(query).wanted, most), rounds.MOST
    )
    left = listed.count(session, _asked(_query_of(back)).wanted) - len(ids) if more else 0
    row = rounds.draw_up(session, ids, left_out=left, now=now(), actor=current_user.id)
    session.commit()
    return redirect(url_for("responses.round", round_id=row.id))


def _query_of(address: str) -> MultiDict[str, str]:
    return MultiDict(parse_qs(address.partition("?")[2]))


def _is_id(text: str) -> bool:
    try:
        uuid.UUID(text)
    except ValueError:
        return False
    return True


def _scan(chosen: Sequence[Vendor]) -> bulk_acts.Said:
    queued = scans.request_scans(
        session, chosen, now=now(), by=_person(), enqueue=enqueue, cause="asked"
    )
    said = str(
        ngettext(
            "A scan of %(num)d vendor is under way.",
            "Scans of %(num)d vendors are under way.",
            len(queued),
        )
    )
    samples = sum(vendor.sample for vendor in chosen)
    if samples:
        said += " " + _(scans.SAMPLES_REFUSED)
    if left := len(chosen) - len(queued) - samples:
        said += " " + ngettext(
            "%(num)d was left alone: it has no domain, or is archived.",
            "%(num)d were left alone: they have no domain, or are archived.",
            left,
        )
    return said, ""


def _set_owner(chosen: Sequence[Vendor]) -> bulk_acts.Said:
    wanted = request.form.get("owner", "")
    people = dict(listed.people(session))
    owner_id = uuid.UUID(wanted) if _is_id(wanted) else None
    if wanted and owner_id not in people:
        raise VendorRefused(_("Choose who owns them."))
    done = sum(
        vendors.set_owner(session, vendor, owner_id, now=now(), actor=actor()) for vendor in chosen
    )
    return _done(done, len(chosen), _("had that owner already")), ""


def _add_tag(chosen: Sequence[Vendor]) -> bulk_acts.Said:
    tag = request.form.get("tag", "")
    done = sum(vendors.add_tag(session, vendor, tag, now=now(), actor=actor()) for vendor in chosen)
    return _done(done, len(chosen), _("had that tag already")), ""


def _archive(chosen: Sequence[Vendor]) -> bulk_acts.Said:
    done = sum(vendors.archive(session, vendor, now=now(), actor=actor()) for vendor in chosen)
    undo = url_for("vendors.bulk_restore", at=now().isoformat()) if done else ""
    said = ngettext("%(num)d vendor is archived.", "%(num)d vendors are archived.", done)
    return said, undo


def _reassess(chosen: Sequence[Vendor]) -> bulk_acts.Said:
    try:
        due_on = dt.date.fromisoformat(request.form.get("due_on", ""))
    except ValueError:
        due_on = None
    told = reviews.open_many(
        session,
        chosen,
        due_on=due_on,
        reason=request.form.get("reason", ""),
        now=now(),
        actor=actor(),
    )
    said = str(ngettext("%(num)d review is open.", "%(num)d reviews are open.", told.opened))
    if told.open_before:
        said += " " + ngettext(
            "%(num)d was open already, and stays as it is.",
            "%(num)d were open already, and stay as they are.",
            told.open_before,
        )
    if told.without:
        said += " " + ngettext(
            "%(num)d vendor has nothing that is approved.",
            "%(num)d vendors have nothing that is approved.",
            told.without,
        )
    undo = url_for("vendors.bulk_no_review", at=now().isoformat()) if told.opened else ""
    return said, undo


def _done(done: int, of: int, why: str) -> str:
    said = str(ngettext("%(num)d vendor was changed.", "%(num)d vendors were changed.", done))
    if of > done:
        said += " " + _("%(n)s %(why)s.", n=of - done, why=why)
    return said


def _person() -> uuid.UUID | None:
    who = actor()
    return who if isinstance(who, uuid.UUID) else None


_ACTS: Mapping[str, bulk_acts.Act[Vendor]] = {
    "scan": _scan,
    "owner": _set_owner,
    "tag": _add_tag,
    "reassess": _reassess,
    "archive": _archive,
}
