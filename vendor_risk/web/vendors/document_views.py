"""The documents and contracts of a vendor: see, add, review, withdraw, end."""

import uuid
from typing import Any

from flask import Response, abort, current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.http import dump_options_header
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store.models.documents import Contract, Document, DocumentDuty
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.store.queries.vendors import name_of
from vendor_risk.web.access import READS
from vendor_risk.web.frame import notice
from vendor_risk.web.session import actor, now, session
from vendor_risk.web.vendors import WRITES, area, conflicts
from vendor_risk.web.vendors.conflicts import Conflict
from vendor_risk.web.vendors.document_forms import KINDS, ContractForm, DocumentForm
from vendor_risk.web.vendors.found import belonging, vendor_of
from vendor_risk.web.vendors.head import head_of
from vendor_risk.workflow import contracts as agreed
from vendor_risk.workflow import documents as steps
from vendor_risk.workflow.access import today
from vendor_risk.workflow.documents import Read
from vendor_risk.workflow.engagements import engagements_of
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]


@area.get("/vendors/<uuid:vendor_id>/documents")
@door(READS)
def documents(vendor_id: uuid.UUID) -> str:
    """Documents with how long they hold, and contracts with their dates."""
    vendor = vendor_of(vendor_id)
    rows = steps.documents_of(session, vendor.id)
    return render_template(
        "vendors/documents.html",
        **head_of(vendor),
        rows=[
            (row, steps.holds_until(row), len(steps.controls_of(session, row.id))) for row in rows
        ],
        contracts=agreed.contracts_of(session, vendor.id),
        kinds=KINDS,
        today=today(now()),
        soon=steps.EXPIRES_SOON,
    )


@area.route("/vendors/<uuid:vendor_id>/documents/new", methods=["GET", "POST"])
@door(WRITES)
def add_document(vendor_id: uuid.UUID) -> Page:
    """A document is kept; next, somebody reads it."""
    vendor = vendor_of(vendor_id)
    form = _offered(
        DocumentForm() if request.method == "POST" else DocumentForm(formdata=None), vendor
    )
    if request.method != "POST":
        return _document_page(vendor, form, None)
    if not form.validate():
        return _document_page(vendor, form, None), 422
    file = form.file.data
    content = file.read(steps.LARGEST + 1) if file else None
    try:
        row = steps.add(
            session,
            vendor,
            form.terms(),
            files=current_app.extensions["files"],
            content=content or None,
            file_name=(file.filename or "") if file else "",
            now=now(),
            actor=actor(),
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _document_page(vendor_of(vendor_id), form, None), 422
    session.commit()
    notice(_("The document is kept. It counts once somebody has read it."))
    return redirect(url_for("vendors.document", vendor_id=vendor.id, document_id=row.id))


@area.get("/vendors/<uuid:vendor_id>/documents/<uuid:document_id>")
@door(READS)
def document(vendor_id: uuid.UUID, document_id: uuid.UUID) -> str:
    """What the document says of itself, and what was read in it."""
    vendor = vendor_of(vendor_id)
    return _review_page(vendor, belonging(Document, document_id, vendor))


@area.post("/vendors/<uuid:vendor_id>/documents/<uuid:document_id>")
@door(WRITES)
def review_document(vendor_id: uuid.UUID, document_id: uuid.UUID) -> Page:
    """What was read counts from now on; what was typed stays when it cannot."""
    vendor = vendor_of(vendor_id)
    row = belonging(Document, document_id, vendor)
    read: dict[str, Read] = {}
    for control in in_use(session).controls:
        level, _dash, source = request.form.get(f"read-{control}", "").partition(" ")
        if level.isascii() and level.isdigit() and len(level) < 4:
            read[control] = Read(int(level), source, request.form.get(f"note-{control}", ""))
    try:
        steps.review(
            session,
            row,
            read,
            revision=_number(request.form.get("revision")),
            note=request.form.get("note", ""),
            now=now(),
            actor=actor(),
        )
    except Stale:
        conflict = conflicts.of_readings(_readings(row), read)
        return _review_page(vendor, row, read, conflict=conflict), 409
    except VendorRefused as error:
        session.rollback()
        vendor = vendor_of(vendor_id)
        return _review_page(
            vendor, belonging(Document, document_id, vendor), read, error.said(_)
        ), 422
    session.commit()
    notice(_("What was read counts from now on."))
    return redirect(url_for("vendors.document", vendor_id=vendor.id, document_id=row.id))


@area.post("/vendors/<uuid:vendor_id>/documents/<uuid:document_id>/duties/<uuid:duty_id>")
@door(WRITES)
def document_duty(vendor_id: uuid.UUID, document_id: uuid.UUID, duty_id: uuid.UUID) -> AnyResponse:
    """What the report leaves to us is done."""
    row = belonging(Document, document_id, vendor_of(vendor_id))
    duty = session.get(DocumentDuty, duty_id)
    if duty is None or duty.document_id != row.id:
        abort(404)
    if steps.do_duty(session, duty, now=now(), actor=actor()):
        session.commit()
        notice(_("Noted."))
    return redirect(url_for("vendors.document", vendor_id=vendor_id, document_id=row.id))


@area.route("/vendors/<uuid:vendor_id>/documents/<uuid:document_id>/edit", methods=["GET", "POST"])
@door(WRITES)
def edit_document(vendor_id: uuid.UUID, document_id: uuid.UUID) -> Page:
    """The document says this of itself."""
    vendor = vendor_of(vendor_id)
    row = belonging(Document, document_id, vendor)
    if request.method != "POST":
        return _document_page(vendor, _document_form(vendor, row), row)
    form = _offered(DocumentForm(), vendor)
    if not form.validate():
        return _document_page(vendor, form, row), 422
    try:
        steps.edit(
            session,
            vendor,
            row,
            form.terms(),
            revision=_number(form.revision.data),
            now=now(),
            actor=actor(),
        )
    except Stale:
        form.revision.data = str(row.revision)
        stored = _document_form(vendor, row)
        conflict = conflicts.of_forms(stored, form, steps.Terms.__dataclass_fields__)
        return _document_page(vendor, form, row, conflict), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        vendor = vendor_of(vendor_id)
        return _document_page(vendor, form, belonging(Document, document_id, vendor)), 422
    session.commit()
    notice(_("Saved."))
    return redirect(url_for("vendors.document", vendor_id=vendor.id, document_id=row.id))


@area.get("/vendors/<uuid:vendor_id>/documents/<uuid:document_id>/file")
@door(READS)
def document_file(vendor_id: uuid.UUID, document_id: uuid.UUID) -> Response:
    """The file, to be saved and never to be shown in this site's name."""
    row = belonging(Document, document_id, vendor_of(vendor_id))
    if not row.file_sha256:
        abort(404)
    with current_app.extensions["files"].open(row.id) as file:
        content = file.read()
    ending = row.file_name.rpartition(".")[2].lower()
    answer = Response(content, content_type=steps.TYPES.get(ending, "application/octet-stream"))
    options = {"filename": row.file_name}
    answer.headers["Content-Disposition"] = dump_options_header("attachment", options)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@area.post("/vendors/<uuid:vendor_id>/documents/<uuid:document_id>/withdraw")
@door(WRITES)
def withdraw_document(vendor_id: uuid.UUID, document_id: uuid.UUID) -> AnyResponse:
    """The document counts no longer; one click takes that back."""
    vendor = vendor_of(vendor_id)
    row = belonging(Document, document_id, vendor)
    if steps.withdraw(session, row, now=now(), actor=actor()):
        session.commit()
        undo = url_for("vendors.return_document", vendor_id=vendor.id, document_id=row.id)
        notice(_("%(title)s counts no longer.", title=row.title), undo=undo)
    return redirect(url_for("vendors.documents", vendor_id=vendor.id))


@area.post("/vendors/<uuid:vendor_id>/documents/<uuid:document_id>/return")
@door(WRITES)
def return_document(vendor_id: uuid.UUID, document_id: uuid.UUID) -> AnyResponse:
    """The document counts again."""
    vendor = vendor_of(vendor_id)
    row = belonging(Document, document_id, vendor)
    if steps.take_back(session, row, now=now(), actor=actor()):
        session.commit()
        notice(_("%(title)s counts again.", title=row.title))
    return redirect(url_for("vendors.documents", vendor_id=vendor.id))


@area.route("/vendors/<uuid:vendor_id>/contracts/new", methods=["GET", "POST"])
@door(WRITES)
def add_contract(vendor_id: uuid.UUID) -> Page:
    """The vendor has one contract more."""
    return _contract(vendor_of(vendor_id), None)


@area.route("/vendors/<uuid:vendor_id>/contracts/<uuid:contract_id>", methods=["GET", "POST"])
@door(WRITES)
def edit_contract(vendor_id: uuid.UUID, contract_id: uuid.UUID) -> Page:
    """The contract says what the form says."""
    vendor = vendor_of(vendor_id)
    return _contract(vendor, belonging(Contract, contract_id, vendor))


@area.post("/vendors/<uuid:vendor_id>/contracts/<uuid:contract_id>/<act>")
@door(WRITES)
def close_contract(vendor_id: uuid.UUID, contract_id: uuid.UUID, act: str) -> AnyResponse:
    """The contract is over, or holds again."""
    vendor = vendor_of(vendor_id)
    row = belonging(Contract, contract_id, vendor)
    if act not in ("end", "resume"):
        abort(404)
    step = agreed.end if act == "end" else agreed.resume
    if step(session, row, now=now(), actor=actor()):
        session.commit()
        again = "resume" if act == "end" else "end"
        here: dict[str, Any] = {"vendor_id": vendor.id, "contract_id": row.id}
        said = _("%(title)s has ended.") if act == "end" else _("%(title)s holds again.")
        notice(
            said % {"title": row.title}, undo=url_for("vendors.close_contract", act=again, **here)
        )
    return redirect(url_for("vendors.documents", vendor_id=vendor.id))


def _contract(vendor: Vendor, row: Contract | None) -> Page:
    if request.method != "POST":
        return _contract_page(vendor, _contract_form(vendor, row), row)
    form = _offered(ContractForm(), vendor)
    if not form.validate():
        return _contract_page(vendor, form, row), 422
    try:
        if row is None:
            agreed.add(session, vendor, form.terms(), now=now(), actor=actor())
        else:
            revision = _number(form.revision.data)
            agreed.edit(
                session, vendor, row, form.terms(), revision=revision, now=now(), actor=actor()
            )
    except Stale:
        form.revision.data = str(row.revision) if row else ""
        stored = _contract_form(vendor, row)
        conflict = conflicts.of_forms(stored, form, agreed.Terms.__dataclass_fields__)
        return _contract_page(vendor, form, row, conflict), 409
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _contract_page(vendor, form, row), 422
    session.commit()
    notice(_("Saved."))
    return redirect(url_for("vendors.documents", vendor_id=vendor.id))


def _document_form(vendor: Vendor, row: Document) -> DocumentForm:
    """The form with what the document says of itself."""
    said = {key: getattr(row, key) for key in (*steps.Terms.__dataclass_fields__, "revision")}
    said["engagement_id"] = str(row.engagement_id or "")
    said["service_in_scope"] = {True: "yes", False: "no", None: ""}[row.service_in_scope]
    form: DocumentForm = _offered(DocumentForm(formdata=None, data=said), vendor)
    return form


def _contract_form(vendor: Vendor, row: Contract | None) -> ContractForm:
    """The form with what the contract says."""
    said: dict[str, Any] = {"review_days_before": 60}
    if row is not None:
        fields = (*agreed.Terms.__dataclass_fields__, "revision")
        said = {key: getattr(row, key) for key in fields}
        said["engagement_id"] = str(row.engagement_id or "")
    form: ContractForm = _offered(ContractForm(formdata=None, data=said), vendor)
    return form


def _readings(row: Document) -> dict[str, Read]:
    kept = steps.controls_of(session, row.id)
    return {control: Read(one.level, one.source, one.note) for control, one in kept.items()}


def _offered(form: Any, vendor: Vendor) -> Any:
    form.offer((one.id, one.name) for one in engagements_of(session, vendor.id))
    return form


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _document_page(
    vendor: Vendor, form: DocumentForm, row: Document | None, conflict: Conflict | None = None
) -> str:
    return render_template(
        "vendors/document_edit.html", vendor=vendor, form=form, row=row, conflict=conflict or ()
    )


def _contract_page(
    vendor: Vendor, form: ContractForm, row: Contract | None, conflict: Conflict | None = None
) -> str:
    return render_template(
        "vendors/contract.html", vendor=vendor, form=form, row=row, conflict=conflict or ()
    )


def _review_page(
    vendor: Vendor,
    row: Document,
    read: dict[str, Read] | None = None,
    refused: str = "",
    conflict: Conflict | None = None,
) -> str:
    if read is None:
        read = _readings(row)
    return render_template(
        "vendors/document.html",
        vendor=vendor,
        row=row,
        read=read,
        refused=refused,
        conflict=conflict or (),
        controls={control: NAMES[control] for control in sorted(in_use(session).controls)},
        kinds=KINDS,
        until=steps.holds_until(row),
        duties=steps.duties_of(session, row.id),
        today=today(now()),
        auditable=row.kind in steps.AUDITS,
        reviewer=name_of(session, row.reviewed_by_id),
    )
