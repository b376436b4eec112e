"""What people bring themselves: their own questionnaires, and a vendor's filled copy of one."""

import datetime as dt
import uuid
from typing import Any

from flask import abort, redirect, render_template, request
from flask import url_for as url
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_login import current_user
from openpyxl.utils import get_column_letter
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door
from vendor_risk.questionnaires import versions
from vendor_risk.questionnaires.grid import FIELDS
from vendor_risk.questionnaires.rules import MOST_QUESTIONS
from vendor_risk.questionnaires.translations import said
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store.models.imports import QuestionnaireImport
from vendor_risk.store.models.responses import QuestionnaireResponse
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web import language
from vendor_risk.web.findings.views import day_of
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import words
from vendor_risk.web.responses import WRITES, area
from vendor_risk.web.session import now, session
from vendor_risk.workflow import grids, pack_versions, packs
from vendor_risk.workflow.grids import Layout
from vendor_risk.workflow.pack_versions import Renewal
from vendor_risk.workflow.responses import answers, copies
from vendor_risk.workflow.responses.published import current, imported, versions_of
from vendor_risk.workflow.vendors import Stale, VendorRefused, clean

Page = str | AnyResponse | tuple[str, int]
AS_BEFORE = "before"  # a control that a part keeps
_SHOWN = 8  # rows of the file beside the choice of columns
_CUT = 120  # characters of a cell there


@area.get("/import")
@door(WRITES)
def import_index() -> str:
    """Our own questionnaires, and where another is brought."""
    return _upload_page(None)


@area.post("/import")
@door(WRITES)
def import_questions() -> Page:
    """The file is read; what its columns are is asked next."""
    return _uploaded(None)


@area.get("/<uuid:response_id>/copy")
@door(WRITES)
def copy(response_id: uuid.UUID) -> str:
    """Where a vendor's filled copy of a questionnaire is read."""
    return _upload_page(_response(response_id))


@area.post("/<uuid:response_id>/copy")
@door(WRITES)
def import_copy(response_id: uuid.UUID) -> Page:
    """The file is read; what its columns are is asked next."""
    return _uploaded(_response(response_id))


@area.get("/import/<uuid:import_id>")
@door(WRITES)
def import_layout(import_id: uuid.UUID) -> Page:
    """Sheet, header and columns as proposed, or for the sheet and the row in the address."""
    row = _found(import_id)
    sheets = grids.sheets_of(row)
    number = request.args.get("sheet", row.sheet, type=int)
    number = number if 0 <= number < len(sheets) else 0
    proposed = row.header_row
    if number != row.sheet:
        proposed = grids.header_of(session, sheets[number]) or 0
    header = request.args.get("header", type=int)
    at = header - 1 if header else proposed
    at = at if 0 <= at < len(sheets[number].rows) else proposed
    same = (number, at) == (row.sheet, row.header_row)
    columns = row.columns if same else grids.columns_for(session, sheets[number], at)
    return _layout_page(row, Layout(number, at, columns))


@area.post("/import/<uuid:import_id>")
@door(WRITES)
def import_choose(import_id: uuid.UUID) -> Page:
    """The file is read so, and those with the same header after it."""
    row = _found(import_id)
    form = request.form
    chosen = {field: form.get(f"column-{field}", type=int) for field in FIELDS}
    layout = Layout(
        form.get("sheet", -1, type=int),
        form.get("header", 0, type=int) - 1,
        {field: at for field, at in chosen.items() if at is not None},
    )
    try:
        grids.choose(session, row, layout, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        return _layout_page(_found(import_id), layout, error), 422
    session.commit()
    return redirect(url(".import_pairs" if row.response_id else ".import_look", import_id=row.id))


@area.get("/import/<uuid:import_id>/look")
@door(WRITES)
def import_look(import_id: uuid.UUID) -> Page:
    """What would come of the file: its sections, to choose and to tie to our controls."""
    return _look_page(_found(import_id))


@area.post("/import/<uuid:import_id>/look")
@door(WRITES)
def import_save(import_id: uuid.UUID) -> Page:
    """The chosen sections are a questionnaire of our own; of one that we have, a new version.

    That is shown beside the version before, and published when somebody looked at it.
    """
    row = _found(import_id)
    if row.response_id is not None:
        abort(404)
    form = request.form
    if form.get("go") == "sections":
        return _look_page(row, typed=True)
    if pack_versions.newest(session, clean(form.get("id", ""))) is not None:
        return _versioned(row)
    try:
        template = packs.make(
            session,
            _chosen_parts(row),
            id=form.get("id", ""),
            title=form.get("title", ""),
            controls=_controls(row),
            now=now(),
            actor=current_user.id,
        )
    except VendorRefused as error:
        session.rollback()
        return _look_page(_found(import_id), error), 422
    session.commit()
    notice(_("%(address)s can be sent now.", address=template.address))
    return redirect(url(".import_index"))


def _versioned(row: QuestionnaireImport) -> Page:
    """What differs from the version before, and with `go=publish` the version itself."""
    form = request.form
    try:
        publishes = form.get("go") == "publish"
        told = (
            _renewal(row, form.get("version", ""), form.get("base", ""))
            if publishes
            else (_renewal(row))
        )
        if not publishes:
            return _version_page(row, told)
        if form.get("suggested") != told.suggested:
            raise VendorRefused("What you chose changes what differs: look at it once more.", "")
        template = pack_versions.publish(session, told, now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        row = _found(row.id)
        for chosen in (True, False):  # without what was chosen where that is what is refused
            try:
                return _version_page(row, _renewal(row, chosen=chosen), error), 422
            except VendorRefused:
                continue
        return _look_page(row, error), 422
    session.commit()
    notice(
        _(
            "%(address)s is what is sent from now on. What is on its way keeps its version.",
            address=template.address,
        )
    )
    return redirect(url(".import_index"))


def _renewal(
    row: QuestionnaireImport, version: str = "", base: str = "", *, chosen: bool = True
) -> Renewal:
    form = request.form
    items = grids.items_of(row)
    same = {item.row: one for item in items if (one := form.get(f"same-{item.row}")) is not None}
    named = "base" in form or form.get("title", "") != _plain_title(row)
    return pack_versions.renewal(
        session,
        _chosen_parts(row),
        id=form.get("id", ""),
        title=form.get("title", "") if named else "",
        controls=_controls(row),
        chosen=same if chosen else None,
        meant=[item.row for item in items if f"meant-{item.row}" in form] if chosen else (),
        version=version,
        base=base,
    )


def _chosen_parts(row: QuestionnaireImport) -> list[packs.Part]:
    wanted = request.form.getlist("section")
    parts = packs.parts_of(grids.items_of(row))
    return [part for n, part in enumerate(parts) if str(n) in wanted]


def _controls(row: QuestionnaireImport) -> dict[str, str]:
    """What was said of the parts; not of those that stay as they were."""
    parts = packs.parts_of(grids.items_of(row))
    said = {part.name: request.form.get(f"control-{n}", "").strip() for n, part in enumerate(parts)}
    return {name: control for name, control in said.items() if control != AS_BEFORE}


def _plain_title(row: QuestionnaireImport) -> str:
    return row.filename.rpartition(".")[0] or row.filename


@area.post("/import/retire")
@door(WRITES)
def import_retire() -> AnyResponse:
    """A questionnaire of our own is offered no more."""
    try:
        packs.retire(session, request.form.get("id", ""), now=now(), actor=current_user.id)
    except VendorRefused as error:
        session.rollback()
        notice(error.said(_), kind="error")
    else:
        session.commit()
        notice(_("It is offered no more. What was sent of it stays as it is."))
    return redirect(url(".import_index"))


@area.get("/import/<uuid:import_id>/pairs")
@door(WRITES)
def import_pairs(import_id: uuid.UUID) -> Page:
    """Our open questions, each with the row of the file that answers it."""
    return _pairs_page(*_of_copy(import_id))


@area.post("/import/<uuid:import_id>/pairs")
@door(WRITES)
def import_answers(import_id: uuid.UUID) -> Page:
    """What was paired is shown, or kept as answers to be confirmed."""
    row, response = _of_copy(import_id)
    if request.form.get("go") == "look":
        return _pairs_page(row, response)
    sheet = answers.sheet(session, response, today=now().date())
    pairs = _typed(row, sheet)
    try:
        seen_on = day_of(request.form.get("seen_on", ""))
        if seen_on is None:
            raise VendorRefused(_("Give the day of the file."), "seen_on")
        done = copies.save(
            session,
            sheet,
            pairs,
            filename=row.filename,
            seen_on=seen_on,
            nda=request.form.get("nda", ""),
            revisions={
                one.id: request.form.get(f"revision-{one.id}", -1, type=int) for one in pairs
            },
            now=now(),
            actor=current_user.id,
        )
        if not done:
            raise VendorRefused(_("No question has a row with an answer yet."))
    except Stale:
        session.rollback()
        refused = VendorRefused(
            _("Somebody answered one of these meanwhile. Nothing of yours is saved yet.")
        )
        return _pairs_page(*_of_copy(import_id), refused), 409
    except VendorRefused as error:
        session.rollback()
        return _pairs_page(*_of_copy(import_id), error), 422
    session.commit()
    notice(
        ngettext(
            "%(num)d answer is kept, to be confirmed.",
            "%(num)d answers are kept, to be confirmed.",
            done,
        )
    )
    return redirect(url(".behalf", response_id=response.id))


def _uploaded(response: QuestionnaireResponse | None) -> Page:
    sent = request.files.get("file")
    id = response.id if response else None
    try:
        if sent is None or not sent.filename:
            raise VendorRefused(_("Choose a file."), "file")
        row = grids.upload(
            session,
            filename=sent.filename,
            raw=sent.stream.read(grids.MOST_BYTES + 1),
            response=response,
            now=now(),
            actor=current_user.id,
        )
    except VendorRefused as error:
        session.rollback()
        return _upload_page(_response(id) if id else None, error), 422
    session.commit()
    return redirect(url(".import_layout", import_id=row.id))


def _upload_page(
    response: QuestionnaireResponse | None, refused: VendorRefused | None = None
) -> str:
    own = imported(session) if response is None else ()
    return render_template(
        "responses/import.html",
        row=response,
        vendor=session.get_one(Vendor, response.vendor_id) if response else None,
        own=[
            (
                one,
                current(session, one.questionnaire_id),
                [each.version for each in versions_of(session, one.questionnaire_id)],
            )
            for one in own
        ],
        refused=refused.said(_) if refused else "",
        say=_say,
    )


def _layout_page(
    row: QuestionnaireImport, layout: Layout, refused: VendorRefused | None = None
) -> str:
    sheets = grids.sheets_of(row)
    number = layout.sheet if 0 <= layout.sheet < len(sheets) else 0
    rows = sheets[number].rows
    at = layout.header_row if 0 <= layout.header_row < len(rows) else 0
    width = max(len(cells) for cells in rows)
    heads = [*rows[at], *[""] * (width - len(rows[at]))]
    return render_template(
        "responses/import_columns.html",
        row=row,
        response=session.get(QuestionnaireResponse, row.response_id) if row.response_id else None,
        sheets=[sheet.name for sheet in sheets],
        sheet=number,
        header=at,
        heads=[
            f"{get_column_letter(n)}: {head[:60]}" if head else get_column_letter(n)
            for n, head in enumerate(heads, start=1)
        ],
        rows=[
            (n, [cell[:_CUT] for cell in cells] + [""] * (width - len(cells)))
            for n, cells in enumerate(rows[at : at + _SHOWN + 1], start=at + 1)
        ],
        used={column: field for field, column in layout.columns.items()},
        fields=FIELDS,
        columns=layout.columns,
        refused=refused.said(_) if refused else "",
    )


def _look_page(
    row: QuestionnaireImport, refused: VendorRefused | None = None, *, typed: bool = False
) -> str:
    if row.response_id is not None:
        abort(404)
    parts = packs.parts_of(grids.items_of(row))
    total = sum(len(part.items) for part in parts)
    form = request.form
    suggested = packs.suggested_id(row.filename)
    before = pack_versions.newest(session, suggested)
    typed = typed or refused is not None
    every = {str(n) for n in range(len(parts))} if total <= MOST_QUESTIONS else set()
    return render_template(
        "responses/import_look.html",
        row=row,
        parts=parts,
        total=total,
        most=MOST_QUESTIONS,
        ticked=set(form.getlist("section")) if typed else every,
        id=form.get("id", "") if typed else suggested,
        before=before,
        own=[one.questionnaire_id for one in imported(session)],
        longest_id=packs.LONGEST_ID,
        title=form.get("title", "")
        if typed
        else before.form.title["en"]
        if before
        else _plain_title(row),
        controls=NAMES,
        chosen=form if typed else {},
        hidden=[
            (name, value)
            for name in form
            if name == "base" or name.startswith(("same-", "meant-"))
            for value in form.getlist(name)
        ]
        if typed
        else [],
        refused=refused.said(_) if refused else "",
    )


def _version_page(
    row: QuestionnaireImport, told: Renewal, refused: VendorRefused | None = None
) -> str:
    form = request.form
    typed = form.get("version", "").strip()
    kept = typed and typed != form.get("suggested")
    asked = [one for one in told.differences if one.after is not None]
    lines = [*zip(told.matches, asked, strict=True)]
    return render_template(
        "responses/import_version.html",
        row=row,
        told=told,
        unsure=[(match, one) for match, one in lines if not match.sure],
        changed=[
            (match, one) for match, one in lines if match.sure and one.kind == versions.CHANGED
        ],
        added=[(match, one) for match, one in lines if match.sure and one.kind == versions.ADDED],
        same=[(match, one) for match, one in lines if match.sure and one.kind == versions.SAME],
        removed=told.of(versions.REMOVED),
        before=[question for _section, question in told.old.asked()],
        number=lambda question: versions.number(told.old, question),
        version=typed if kept else told.suggested,
        title=told.new.form.title["en"],
        hidden=[
            (name, value)
            for name in form
            if name in ("id", "section") or name.startswith("control-")
            for value in form.getlist(name)
        ],
        refused=refused.said(_) if refused else "",
        say=_say,
    )


def _pairs_page(
    row: QuestionnaireImport,
    response: QuestionnaireResponse,
    refused: VendorRefused | None = None,
) -> str:
    sheet = answers.sheet(session, response, today=now().date())
    items = grids.items_of(row)
    typed = request.method == "POST"
    pairs = _typed(row, sheet) if typed else copies.pair(sheet, items)
    return render_template(
        "responses/import_pairs.html",
        row=row,
        response=response,
        vendor=session.get_one(Vendor, response.vendor_id),
        pairs=pairs,
        items=items,
        found=sum(one.value is not None for one in pairs),
        typed=request.form if typed else {},
        refused=refused.said(_) if refused else "",
        controls=NAMES,
        option_words=lambda one: words.option(one, language.current()),
        say=_say,
        today=now().date(),
        earliest=dt.date(2000, 1, 1),
    )


def _typed(row: QuestionnaireImport, sheet: answers.Sheet) -> tuple[copies.Pair, ...]:
    form = request.form
    ids = [each.question.id for each in copies.open_questions(sheet)]
    return copies.pair(
        sheet,
        grids.items_of(row),
        {id: form.get(f"row-{id}", "") for id in ids},
        {id: form.get(f"as-{id}", "") for id in ids},
    )


def _of_copy(import_id: uuid.UUID) -> tuple[QuestionnaireImport, QuestionnaireResponse]:
    row = _found(import_id)
    if row.response_id is None:
        abort(404)
    return row, _response(row.response_id)


def _found(import_id: uuid.UUID) -> QuestionnaireImport:
    return session.get(QuestionnaireImport, import_id) or abort(404)


def _response(response_id: uuid.UUID) -> QuestionnaireResponse:
    return session.get(QuestionnaireResponse, response_id) or abort(404)


def _say(text: Any) -> str:
    return said(text, language.current())
