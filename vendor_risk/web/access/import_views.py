"""A CSV goes into the register: the form, the dry run, and what came of it."""

import uuid

from flask import Response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web.access import WRITES, area
from vendor_risk.web.access.forms import FileForm
from vendor_risk.web.frame import notice
from vendor_risk.web.session import actor, now, session
from vendor_risk.web.vendors.exports import CSV_TYPE
from vendor_risk.web.vendors.found import vendor_of
from vendor_risk.workflow import access_file, csv_file
from vendor_risk.workflow.csv_file import CsvRefused

Page = str | AnyResponse | tuple[str, int]


@area.get("/import")
@door(WRITES)
def import_file() -> str:
    """The form of an upload, and what a file may hold."""
    return _page(FileForm(formdata=None), _vendor())


@area.get("/import/template.csv")
@door(WRITES)
def template() -> Response:
    """A file with all columns and one line that shows them."""
    text = access_file.template(one_vendor=_vendor() is not None)
    headers = {"Content-Disposition": 'attachment; filename="access-register-template.csv"'}
    return Response(text, content_type=CSV_TYPE, headers=headers)


@area.post("/import")
@door(WRITES)
def try_file() -> Page:
    """What would become of each line; nothing is written."""
    form, vendor = FileForm(), _vendor()
    if not form.validate():
        return _page(form, vendor), 422
    try:
        raw = form.file.data.read(access_file.MOST_BYTES + 1)
        if len(raw) > access_file.MOST_BYTES:
            raise CsvRefused("The file is larger than 1 MB: split it.")
        text, guessed = csv_file.decode(raw)
        trial = access_file.try_out(session, text, vendor=vendor, now=now())
    except CsvRefused as error:
        form.file.errors = [error.said(_)]
        return _page(form, vendor), 422
    return render_template(
        "access/import_trial.html",
        trial=trial,
        text=text,
        guessed=guessed,
        vendor=vendor,
        filename=(form.file.data.filename or "")[:200],
    )


@area.post("/import/run")
@door(WRITES)
def run_file() -> Page:
    """All good lines of the file that was tried out are in the register."""
    vendor = _vendor()
    try:
        text, _guessed = csv_file.decode(request.form.get("text", "").encode("utf-8", "replace"))
        trial = access_file.run(session, text, vendor=vendor, now=now(), actor=actor())
    except CsvRefused as error:
        session.rollback()
        form = FileForm(formdata=None)
        form.file.errors = [error.said(_)]
        return _page(form, vendor), 422
    session.commit()
    counts = trial.counts
    said = ngettext("%(num)d entry is new", "%(num)d entries are new", counts["new"])
    said += ", " + ngettext("%(num)d was changed.", "%(num)d were changed.", counts["update"])
    if counts["wrong"]:
        said += " " + ngettext(
            "%(num)d wrong line was left out.",
            "%(num)d wrong lines were left out.",
            counts["wrong"],
        )
    notice(said)
    if vendor is not None:
        return redirect(url_for("vendors.access", vendor_id=vendor.id))
    return redirect(url_for("access.index"))


def _vendor() -> Vendor | None:
    named = request.args.get("vendor", type=uuid.UUID)
    return vendor_of(named) if named else None


def _page(form: FileForm, vendor: Vendor | None) -> str:
    return render_template(
        "access/import.html", form=form, vendor=vendor, columns=access_file.COLUMNS
    )
