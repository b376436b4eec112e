"""The pages of the inventory: the list, one script, acts upon many, and the file for auditors."""

import uuid
from collections.abc import Mapping, Sequence

from flask import Response, abort, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.store.models.scripts import PURPOSE, PageScript
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.queries import scripts as listed
from vendor_risk.store.queries.scripts import ScriptFilter
from vendor_risk.store.queries.vendors import name_of
from vendor_risk.web import bulk as bulk_acts
from vendor_risk.web.frame import local_path, notice, page_number
from vendor_risk.web.scripts import WRITES, area, exports
from vendor_risk.web.scripts.filters import form_of, read
from vendor_risk.web.scripts.forms import ScriptForm
from vendor_risk.web.session import now, session
from vendor_risk.workflow import authorisation as steps
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
# One act upon more scripts than this takes longer than people wait; they press once more.
MOST_AT_ONCE = 1000


@area.get("")
def index() -> str:
    """The scripts that match, one page of them, those on pages that take cards first."""
    asked = read(request.args)
    total = listed.count(session, asked.wanted)
    pages = max(1, -(-total // asked.per))
    page = min(page_number(), pages)
    return render_template(
        "scripts/index.html",
        ours=listed.ours(session),
        lines=listed.page(session, asked.wanted, first=(page - 1) * asked.per, most=asked.per),
        asked=asked,
        filters=form_of(request.args, asked),
        total=total,
        everything=listed.count(session, ScriptFilter(gone=None)),
        waiting=listed.waiting(session),
        last_look=listed.last_look(session),
        page=page,
        pages=pages,
        query=request.query_string.decode("ascii", "replace"),
        writes=may("scripts.bulk"),
        most_purpose=PURPOSE,
    )


@area.get("/export.csv")
def export() -> Response:
    """All scripts that match, in the order of the list."""
    lines = listed.every(session, read(request.args).wanted)
    name = f"pci-dss-6.4.3-script-inventory-{now():%Y-%m-%d}.csv"
    return Response(
        stream_with_context(exports.as_csv(lines)),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@area.get("/<uuid:script_id>")
def show(script_id: uuid.UUID) -> str:
    """One script on one page, and what people say of it."""
    row = _row(script_id)
    said = {
        "revision": row.revision,
        "purpose": row.purpose,
        "integrity_note": row.integrity_note,
    }
    return _page(row, ScriptForm(formdata=None, data=said))


@area.post("/<uuid:script_id>")
@door(WRITES)
def save(script_id: uuid.UUID) -> Page:
    """The script is there for what the form says, and with that button it is authorised too."""
    row, form = _row(script_id), ScriptForm()
    if not form.validate():
        return _page(row, form), 422
    try:
        steps.describe(
            session,
            row,
            purpose=form.purpose.data or "",
            integrity_note=form.integrity_note.data or "",
            revision=_number(form.revision.data),
            now=now(),
            actor=current_user.id,
        )
        if request.form.get("go") == "authorise":
            _authorise_one(row)
    except Stale:
        stored = [
            (str(form[name].label.text), getattr(row, name), form[name].data or "")
            for name in ("purpose", "integrity_note")
        ]
        form.revision.data = str(row.revision)
        return _page(row, form, [each for each in stored if each[1] != each[2]]), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(_row(script_id), form), 422
    session.commit()
    undo = url_for(".undo", at=now().isoformat()) if row.authorised_at == now() else ""
    notice(_("Saved, and authorised.") if undo else _("Saved."), undo=undo)
    return redirect(url_for(".show", script_id=row.id))


@area.post("/<uuid:script_id>/withdraw")
@door(WRITES)
def withdraw(script_id: uuid.UUID) -> AnyResponse:
    """The script is authorised no longer."""
    row = _row(script_id)
    if steps.withdraw(session, [row], now=now(), actor=current_user.id):
        session.commit()
        notice(_("It is authorised no longer."))
    return redirect(url_for(".show", script_id=row.id))


@area.post("/<uuid:script_id>/gone")
@door(WRITES)
def gone(script_id: uuid.UUID) -> AnyResponse:
    """The script is there no longer, says a person; the next look that sees it brings it back."""
    row = _row(script_id)
    if steps.mark_gone(session, [row], now=now(), actor=current_user.id):
        session.commit()
        notice(_("It is marked as gone. A look that sees it again brings it back."))
    return redirect(url_for(".show", script_id=row.id))


@area.post("/bulk")
@door(WRITES)
def bulk() -> AnyResponse:
    """One act upon the chosen scripts, or upon all that match; says how many were left alone."""
    back = local_path(request.form.get("back"), url_for(".index"))
    nothing = _("Choose scripts first.")
    return bulk_acts.press(_ACTS, _chosen(back), back=back, nothing=nothing, most=MOST_AT_ONCE)


@area.post("/undo")
@door(WRITES)
def undo() -> AnyResponse:
    """What this person authorised at one moment is so no longer."""
    moment = bulk_acts.moment()
    done = steps.undo(session, moment, now=now(), actor=current_user.id)
    session.commit()
    notice(_withdrawn_words(len(done)))
    return redirect(url_for(".index"))


def _row(script_id: uuid.UUID) -> PageScript:
    return session.get(PageScript, script_id) or abort(404)


def _page(row: PageScript, form: ScriptForm, conflict: object = ()) -> str:
    return render_template(
        "scripts/show.html",
        row=row,
        form=form,
        conflict=conflict,
        vendor=session.get(Vendor, row.vendor_id) if row.vendor_id else None,
        authorised_by=name_of(session, row.authorised_by_id),
        last_look=listed.last_look(session),
        writes=may("scripts.bulk"),
    )


def _authorise_one(row: PageScript) -> None:
    if row.authorised_at is not None:
        return
    if not row.purpose:
        raise VendorRefused(_("Say what it is needed for: authorising rests on that."), "purpose")
    if not steps.authorise(session, [row], now=now(), actor=current_user.id):
        raise VendorRefused(_("It is no longer there, so there is nothing to authorise."))


def _chosen(back: str) -> tuple[Sequence[PageScript], bool]:
    """The scripts to act upon, and whether more match than one act takes."""
    ids, more = bulk_acts.meant(
        back, lambda query, most: listed.ids_of(session, read(query).wanted, most), MOST_AT_ONCE
    )
    rows = select(PageScript).where(col(PageScript.id).in_(ids)).order_by(col(PageScript.id))
    return session.exec(rows.with_for_update()).all(), more


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _authorise(chosen: Sequence[PageScript]) -> bulk_acts.Said:
    done = len(steps.authorise(session, chosen, now=now(), actor=current_user.id))
    said = ngettext("%(num)d script is authorised.", "%(num)d scripts are authorised.", done)
    if left := len(chosen) - done:
        said += " " + ngettext(
            "%(num)d was left alone: it has no purpose yet, is gone, or was authorised before.",
            "%(num)d were left alone: they have no purpose yet, are gone, or were authorised "
            "before.",
            left,
        )
    return said, url_for(".undo", at=now().isoformat()) if done else ""


def _withdraw(chosen: Sequence[PageScript]) -> bulk_acts.Said:
    done = steps.withdraw(session, chosen, now=now(), actor=current_user.id)
    return _withdrawn_words(len(done)), ""


def _say_purpose(chosen: Sequence[PageScript]) -> bulk_acts.Said:
    purpose = request.form.get("purpose", "")
    done = steps.say_purpose(session, chosen, purpose, now=now(), actor=current_user.id)
    said = ngettext("%(num)d script was changed.", "%(num)d scripts were changed.", done)
    return str(said), ""


def _withdrawn_words(count: int) -> str:
    return str(
        ngettext(
            "%(num)d script is authorised no longer.",
            "%(num)d scripts are authorised no longer.",
            count,
        )
    )


_ACTS: Mapping[str, bulk_acts.Act[PageScript]] = {
    "authorise": _authorise,
    "withdraw": _withdraw,
    "purpose": _say_purpose,
}
