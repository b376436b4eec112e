"""The way of a CSV into the inventory: upload, columns, dry run, apply, lines that failed."""

import uuid
from collections.abc import Iterator
from dataclasses import dataclass

from flask import (
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    stream_template,
    url_for,
)
from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import defer
from sqlmodel import col, select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.store.models.vendors import VendorImport
from vendor_risk.store.queries import vendors as listed
from vendor_risk.web.frame import notice, page_number
from vendor_risk.web.session import actor, enqueue, now, session
from vendor_risk.web.vendors import MOST_AT_ONCE, WORKS, WRITES, area
from vendor_risk.web.vendors.exports import CSV_TYPE
from vendor_risk.web.vendors.forms import PolicyForm, UploadForm
from vendor_risk.workflow import imports, scans
from vendor_risk.workflow.csv_file import MOST_LINES, CsvRefused
from vendor_risk.workflow.import_columns import COLUMNS
from vendor_risk.workflow.import_trial import FATES, Policy, table_of, try_out
from vendor_risk.workflow.imports import APPLIED
from vendor_risk.workflow.vendors import VendorRefused

Page = str | AnyResponse | tuple[str, int]

_SAMPLE_LINES = 3  # of each column, to recognise it by
_PER_PAGE = 50
_RECENT = 10
_EXAMPLE = (
    "Name;Supplier number;Domains;Tags;Owner's e-mail;State;What is bought;Our legal entity;"
    "Spend a year;Currency;Contact's name;Contact's e-mail;Contact's roles\r\n"
    "Kestrel Print;4711;kestrelprint.example;marketing, print;;approved;Posters;Shop DE;"
    "12500.00;EUR;Jo Kestrel;jo@kestrelprint.example;commercial\r\n"
)


@area.get("/vendors/import")
@door(WORKS)
def imports_index() -> str:
    """The form of an upload, and the last imports."""
    return _upload_page(UploadForm(formdata=None))


@area.post("/vendors/import")
@door(WRITES)
def import_upload() -> Page:
    """The file is kept; next, its columns."""
    form = UploadForm()
    if not form.validate():
        return _upload_page(form), 422
    file = form.file.data
    try:
        row = imports.upload(
            session, filename=file.filename or "", raw=file.read(), now=now(), actor=actor()
        )
    except CsvRefused as error:
        session.rollback()
        form.file.errors = [error.said(_)]
        return _upload_page(form), 422
    session.commit()
    return redirect(url_for("vendors.import_columns", import_id=row.id))


@area.get("/vendors/import/example.csv")
@door(WORKS)
def import_example() -> Response:
    """A file that shows the columns."""
    headers = {"Content-Disposition": 'attachment; filename="vendors-example.csv"'}
    return Response("\ufeff" + _EXAMPLE, content_type=CSV_TYPE, headers=headers)


@area.get("/vendors/import/<uuid:import_id>/columns")
@door(WORKS)
def import_columns(import_id: uuid.UUID) -> Page:
    """Which column is what, as guessed or as chosen last time."""
    row = _found(import_id)
    if row.state == APPLIED:
        return redirect(url_for("vendors.import_trial", import_id=row.id))
    return _columns_page(row, dict(row.mapping), "", "")


@area.post("/vendors/import/<uuid:import_id>/columns")
@door(WRITES)
def choose_columns(import_id: uuid.UUID) -> Page:
    """The columns are these; next, the dry run."""
    row = _found(import_id)
    mapping = {
        name.removeprefix("column-"): value
        for name, value in request.form.items()
        if name.startswith("column-") and value
    }
    try:
        imports.choose_columns(session, row, mapping)
    except VendorRefused as error:
        session.rollback()
        return _columns_page(_found(import_id), mapping, error.said(_), error.field), 422
    session.commit()
    return redirect(url_for("vendors.import_trial", import_id=row.id))


@area.get("/vendors/import/<uuid:import_id>")
@door(WORKS)
def import_trial(import_id: uuid.UUID) -> Page:
    """The dry run: what would become of each line."""
    row = _found(import_id)
    if row.state == APPLIED:
        unseen = imports.unseen(session, row, MOST_AT_ONCE + 1)
        return render_template(
            "vendors/import_done.html",
            row=row,
            counts=row.counts,
            unseen=len(unseen),
            most=MOST_AT_ONCE,
        )
    form = _policy_form()
    try:
        trial = try_out(session, row, _policy(form))
    except VendorRefused:
        return redirect(url_for("vendors.import_columns", import_id=row.id))
    counts = trial.counts
    default = "wrong" if counts["wrong"] else "skip" if counts["skip"] else "new"
    what = request.args.get("show", default)
    fates = trial.of(what) if what in FATES else trial.fates
    page = page_number()
    pages = max(1, -(-len(fates) // _PER_PAGE))
    page = min(page, pages)
    return render_template(
        "vendors/import_trial.html",
        row=row,
        form=form,
        counts=counts,
        what=what,
        fates=fates[(page - 1) * _PER_PAGE : page * _PER_PAGE],
        total=len(fates),
        page=page,
        pages=pages,
        per_page=_PER_PAGE,
        owners=dict(listed.people(session)),
    )


@area.post("/vendors/import/<uuid:import_id>")
@door(WRITES)
def import_apply(import_id: uuid.UUID) -> AnyResponse:
    """Enter and update; the page grows with the progress, and ends with what came of it."""
    row = _found(import_id)
    if row.state == APPLIED:
        return redirect(url_for("vendors.import_trial", import_id=row.id))
    form = PolicyForm()
    policy = _policy(form) if form.validate() else Policy()
    run = Run(row, policy)
    return stream_template("vendors/import_run.html", row=row, run=run)  # type: ignore[return-value]


@area.post("/vendors/import/<uuid:import_id>/scan")
@door(WRITES)
def import_scan(import_id: uuid.UUID) -> AnyResponse:
    """The vendors that came with the file are looked at from outside, so many at once."""
    row = _found(import_id)
    unseen = imports.unseen(session, row, MOST_AT_ONCE, writing=True)
    who = actor()
    by = who if isinstance(who, uuid.UUID) else None
    queued = scans.request_scans(session, unseen, now=now(), by=by, enqueue=enqueue)
    left = len(imports.unseen(session, row, 1))
    session.commit()
    said = ngettext(
        "A scan of %(num)d vendor is under way.",
        "Scans of %(num)d vendors are under way.",
        len(queued),
    )
    if left:
        said += " " + _("Do it again for the others: %(n)s at a time.", n=MOST_AT_ONCE)
    notice(said)
    return redirect(url_for("vendors.import_trial", import_id=row.id))


@area.get("/vendors/import/<uuid:import_id>/failed.csv")
@door(WORKS)
def import_failed(import_id: uuid.UUID) -> AnyResponse:
    """The lines that were wrong, each with the reason, to mend and send again."""
    row = _found(import_id)
    try:
        lines = (
            row.content
            if row.state == APPLIED
            else imports.failed_lines(row, try_out(session, row))
        )
    except VendorRefused:
        return redirect(url_for("vendors.import_columns", import_id=row.id))
    if not lines:  # it went in whole, or is forgotten since
        return redirect(url_for("vendors.import_trial", import_id=row.id))
    content = "\ufeff" + lines
    headers = {"Content-Disposition": 'attachment; filename="vendors-failed.csv"'}
    return Response(content, content_type=CSV_TYPE, headers=headers)


@dataclass(slots=True)
class Run:
    """An import under way, whose steps the page shows while they are done."""

    row: VendorImport
    policy: Policy
    refused: str = ""

    def steps(self) -> Iterator[tuple[int, int]]:
        """How many of how many lines are in; at the end all are kept, or none."""
        try:
            session.commit()  # the page read in it; what is found out next holds up nobody
            with current_app.extensions["database"].reading() as reading:
                row = reading.get_one(VendorImport, self.row.id)
                planned = imports.plan(reading, row, self.policy)
            yield from imports.apply(
                session, row, self.policy, planned=planned, now=now(), actor=actor()
            )
            session.commit()
        except VendorRefused as error:
            session.rollback()
            self.refused = error.said(_)
        except Exception:  # the page is half sent: no error page can follow, so this one says it
            session.rollback()
            current_app.logger.exception("import %s broke off", self.row.id)
            self.refused = _("It broke off. Nothing was imported; try it once more.")


def _found(import_id: uuid.UUID) -> VendorImport:
    row = session.get(VendorImport, import_id)
    if row is None:
        abort(404)
    return row


def _policy_form() -> PolicyForm:
    """The form with what the address says, or what is usual."""
    form = PolicyForm(formdata=None)
    for name in ("known", "alike"):
        value = request.args.get(name)
        if value in {choice.value for choice in form[name].choices}:
            form[name].data = value
    return form


def _policy(form: PolicyForm) -> Policy:
    return Policy(update=form.known.data == "update", skip_alike=form.alike.data == "skip")


def _upload_page(form: UploadForm) -> str:
    recent = session.exec(
        select(VendorImport)
        .options(defer(VendorImport.content))  # type: ignore[arg-type]
        .order_by(col(VendorImport.created_at).desc())
        .limit(_RECENT)
    ).all()
    return render_template(
        "vendors/import.html",
        form=form,
        recent=recent,
        columns=COLUMNS,
        most=MOST_LINES,
        people=dict(listed.people(session)),
    )


def _columns_page(row: VendorImport, mapping: dict[str, str], refused: str, place: str) -> str:
    table = table_of(row)
    samples = [
        [line.cells[place] for line in table.lines if line.cells[place].strip()][:_SAMPLE_LINES]
        for place in range(len(table.header))
    ]
    return render_template(
        "vendors/import_columns.html",
        row=row,
        table=table,
        samples=samples,
        mapping=mapping,
        columns=COLUMNS,
        refused=refused,
        refused_at=place,
    )
