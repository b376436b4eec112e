"""The page of a letter: just its findings, where the vendor says fixed or disputes."""

import io
import uuid

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_wtf.file import FileField
from werkzeug.wrappers import Response as AnyResponse
from wtforms import HiddenField, TextAreaField
from wtforms.validators import Length

from vendor_risk.checks.base import CATALOGUE
from vendor_risk.evidence import Severity
from vendor_risk.store.models.findings import FindingRequest, StoredFinding
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.findings.one_views import number, proof_in
from vendor_risk.web.findings.words import STATES
from vendor_risk.web.frame import notice
from vendor_risk.web.portal import area
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.forms import VendorsForm
from vendor_risk.workflow import finding_requests as steps
from vendor_risk.workflow.finding_files import MOST_BYTES
from vendor_risk.workflow.findings import NOTE
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
_STEPS = {"say-fixed": "say-fixed", "dispute": "dispute"}


class AnswerForm(VendorsForm):
    """What the vendor says of one finding."""

    revision = HiddenField()
    note = TextAreaField(
        "",
        validators=[
            Length(max=NOTE, message=lazy_gettext("Shorten this to %(max)d characters or fewer."))
        ],
    )
    file = FileField("")


@area.get("/f/<token>")
def show(token: str) -> Page:
    """The findings of the letter; nothing is written by looking."""
    asked = steps.opened(session, token, now=now())
    return _page(asked, token) if asked else _gone()


@area.post("/f/<token>/<uuid:finding_id>")
def answer(token: str, finding_id: uuid.UUID) -> Page:
    """The vendor said that it is fixed, or why it is not so."""
    asked = steps.opened(session, token, now=now())
    if asked is None:
        return _gone()
    row = session.get(StoredFinding, finding_id)
    if row is None or row.request_id != asked.id:
        return _gone()
    form = worded(row, AnswerForm(prefix=prefix_of(row)))
    if not form.validate():
        return _page(asked, token, form, row), 422
    files = current_app.extensions["files"]
    kept: uuid.UUID | None = None
    try:
        proof = proof_in(form.file)
        event = steps.answer(
            session,
            asked,
            row,
            _STEPS.get(request.form.get("go", ""), ""),
            note=form.note.data or "",
            revision=number(form.revision.data),
            evidence=proof,
            now=now(),
        )
        if proof is not None:
            kept = event.id
            files.write(event.id, io.BytesIO(proof.content), at_most=MOST_BYTES)
        session.commit()
    except Stale:
        session.rollback()
        stale = VendorRefused(_("It changed meanwhile: read it again."), "note")
        return _again(token, finding_id, form, stale), 409
    except VendorRefused as error:
        session.rollback()
        return _again(token, finding_id, form, error), 422
    except BaseException:
        if kept is not None:
            files.delete(kept)
        raise
    notice(_("Thank you. Your answer is with us."))
    return redirect(url_for(".show", token=token))


def _again(token: str, finding_id: uuid.UUID, form: AnswerForm, error: VendorRefused) -> str:
    """The page with what was typed and what was wrong with it."""
    asked = steps.opened(session, token, now=now())
    row = session.get(StoredFinding, finding_id)
    if asked is None or row is None:
        return render_template("portal/gone.html")
    form.refuse(VendorRefused(error.said(_), error.field or "note"))
    form.revision.data = str(row.revision)
    return _page(asked, token, form, row)


def _page(
    asked: FindingRequest,
    token: str,
    tried: AnswerForm | None = None,
    about: StoredFinding | None = None,
) -> str:
    items = []
    rows = steps.asked_by(session, asked)
    for row in rows:
        check = CATALOGUE.get(row.reference) if row.kind == "check" else None
        form = (
            tried
            if tried is not None and about is not None and about.id == row.id
            else worded(
                row,
                AnswerForm(formdata=None, prefix=prefix_of(row), data={"revision": row.revision}),
            )
        )
        items.append(
            {
                "row": row,
                "title": row.reason or row.title,
                "severity": Severity.of_rank(row.severity),
                "fix": _(check.remediation) if check else row.fix,
                "effect": _(check.rationale) if check else row.effect,
                "look": STATES[row.state],
                "form": form,
                "answerable": row.state in steps.ANSWERABLE,
            }
        )
    vendor = session.get_one(Vendor, asked.vendor_id)
    waiting = sum(row.state in ("asked", "open") for row in rows)
    return render_template(
        "portal/show.html",
        asked=asked,
        vendor=vendor,
        token=token,
        items=items,
        waiting=waiting,
        today=now().date(),
        form=tried,
    )


def prefix_of(row: StoredFinding) -> str:
    """What the fields of this finding begin with: several stand on one page."""
    return f"f{row.id.hex[:12]}-"


def worded(row: StoredFinding, form: AnswerForm) -> AnswerForm:
    """The form with its words."""
    form.note.label.text = _("Your words")
    form.note.description = _("What you changed, or why it is not so. A dispute needs a reason.")
    form.file.label.text = _("Evidence")
    form.file.description = _("A PDF, a PNG or JPEG picture, text or CSV; up to 10 MB.")
    return form


def _gone() -> tuple[str, int]:
    """One answer for a link that is unknown, has ended or was revoked: it tells nothing."""
    return render_template("portal/gone.html"), 404
