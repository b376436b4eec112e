"""The vendor answers: an overview, a page for each section, each answer saved as it is given."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from vendor_risk.questionnaires.translations import said
from vendor_risk.store.models.responses import (
    WITH_VENDOR,
    ResponseAnswer,
    ResponseState,
)
from vendor_risk.web import language
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import area, words
from vendor_risk.web.questionnaire.entry import Page, entered, gone
from vendor_risk.web.questionnaire.lines import (
    Line,
    Part,
    as_kept,
    can_change,
    counted,
    lines_of,
    of_link,
    parts_of,
    said_of_all,
    typed,
)
from vendor_risk.web.session import looks_first, now, session, writing
from vendor_risk.workflow.finding_files import MOST_BYTES
from vendor_risk.workflow.responses import answers, files, links, threads
from vendor_risk.workflow.responses.answers import Sheet
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.vendors import Stale, VendorRefused

RETURNED = "returned"  # in place of a section: what came back from review


@dataclass(slots=True)
class Kept:
    """Files written by a request: they go again when it fails."""

    ids: list[uuid.UUID]

    def undo(self) -> None:
        """None of them stays."""
        for id in self.ids:
            current_app.extensions["files"].delete(id)


@area.get("/<token>/overview")
@entered
def overview(token: str, at: Entry) -> Page:
    """Sections with their progress, the day, who helps, and what can be downloaded."""
    sheet = _sheet(at)
    asked = of_link(at, sheet)
    if at.response.state == ResponseState.ACCEPTED and at.owner:
        return redirect(url_for(".outcome", token=token))
    if at.response.state not in WITH_VENDOR:
        return render_template(
            "questionnaire/done.html", **frame(token, at), writable=_may_write(at)
        )
    parts = parts_of(asked)
    returned = [each for each in asked if (row := sheet.rows.get(each.question.id)) and row.flagged]
    waiting = next((part for part in parts if part.done(sheet) < len(part.asked)), None)
    return render_template(
        "questionnaire/overview.html",
        **frame(token, at),
        rail=rail(token, parts, sheet),
        parts=parts,
        sheet=sheet,
        answered=sum(part.done(sheet) for part in parts),
        returned=returned,
        first=RETURNED if returned else waiting.id if waiting else None,
        messages=said_of_all(at),
        helpers=links.contributors(session, at.response, now=now()),
        titles={part.id: part.title for part in parts},
        shown=len(files.files_for(session, at)),
        **counted(asked),
    )


@area.get("/<token>/s/<part_id>")
@entered
def section(token: str, at: Entry, part_id: str) -> Page:
    """The questions of a section, or of all that came back."""
    sheet = _sheet(at)
    part = _part(at, sheet, part_id)
    if part is None or at.response.state not in WITH_VENDOR:
        return redirect(url_for(".overview", token=token))
    return _page(token, at, sheet, part, lines_of(at, sheet, part, now().date()))


@area.post("/<token>/s/<part_id>")
@looks_first
@entered
def save(token: str, at: Entry, part_id: str) -> Page:
    """All that the page sent is kept, but what others changed meanwhile; then it goes on."""
    sheet = _sheet(at)
    part = _part(at, sheet, part_id)
    if part is None or at.response.state not in WITH_VENDOR:
        notice(_("This section is not asked of you any more."), kind="warning")
        return redirect(url_for(".overview", token=token))
    go, _dash, about = request.form.get("go", "save").partition("=")
    sent = _sent()
    lines = [line for line in lines_of(at, sheet, part, now().date()) if line.id in sent]
    kept, told = Kept([]), 0
    with writing():
        mine = links.found(session, token, now=now())
        if mine is None:
            return gone(token)
        try:
            for line in lines:
                if line.editable:
                    _take(mine, line, go, about)
                    _take_files(mine, line, kept)
                told += _take_message(mine, line)
            session.commit()
        except BaseException:
            kept.undo()
            raise
    at = links.found(session, token, now=now()) or at
    if told:
        notice(ngettext("Your message is with us.", "Your messages are with us.", told))
    after = _sheet(at)
    wrong = [line for line in lines if line.wrong]
    if wrong:
        part = _part(at, after, part_id) or part
        fresh = _with_faults(lines_of(at, after, part, now().date()), wrong)
        stale = any(line.conflict for line in wrong)
        return _page(token, at, after, part, fresh), 409 if stale else 422
    return _onward(token, at, sheet, after, part, go)


@area.post("/<token>/s/<part_id>/<question>")
@looks_first
@entered
def keep(token: str, at: Entry, part_id: str, question: str) -> Page:
    """One answer is saved while the others are still being typed."""
    sheet = _sheet(at)
    part = _part(at, sheet, part_id)
    lines = lines_of(at, sheet, part, now().date()) if part else []
    line = next((one for one in lines if one.id == question), None)
    if part is None or line is None or not line.editable:
        return render_template("questionnaire/_closed.html", key=question.replace(".", "_"))
    with writing():
        writer = links.found(session, token, now=now())
        if writer is None:
            return gone(token)
        _take(writer, line, "save", "")
        session.commit()
    at = links.found(session, token, now=now()) or at
    after = _sheet(at)
    part = _part(at, after, part_id) or part
    fresh = lines_of(at, after, part, now().date())
    mine = next((one for one in fresh if one.id == question), line)
    if line.error or line.conflict:
        (mine,) = _with_faults([mine], [line])
    before = {one.id for one in lines}
    there = {one.id for one in fresh}
    return render_template(
        "questionnaire/_kept.html",
        **frame(token, at),
        part=part,
        line=mine,
        at_time=now(),
        opened=[
            (fresh[n - 1].key, one)
            for n, one in enumerate(fresh)
            if n and one.id not in before and not request.form.get("only")
        ],
        closed=[one.key for one in lines if one.id not in there],
        parts=parts_of(of_link(at, after)),
        sheet=after,
        autosaved=True,
    )


def frame(token: str, at: Entry) -> dict[str, Any]:
    """What every page of the vendor reads."""
    here = language.current()
    return {
        "token": token,
        "at": at,
        "response": at.response,
        "owner": at.owner,
        "late": at.response.due_on < now().date(),
        "today": now().date(),
        "say": lambda text: said(text, here),
        "option_words": lambda one: words.option(one, here),
        "kind_words": words.kind,
        "accept": files.ACCEPT,
        "most_bytes": MOST_BYTES,
    }


def rail(
    token: str, parts: Sequence[Part], sheet: Sheet, current: str = ""
) -> list[dict[str, Any]]:
    """The sections with "5 of 6", for the side of a page."""
    here = language.current()
    return [
        {
            "label": said(dict(part.title), here),
            "url": url_for(".section", token=token, part_id=part.id),
            "state": "current"
            if part.id == current
            else "done"
            if part.done(sheet) == len(part.asked)
            else "todo",
            "note": _("%(n)s of %(of)s", n=part.done(sheet), of=len(part.asked)),
        }
        for part in parts
    ]


def _sheet(at: Entry) -> Sheet:
    return answers.sheet(session, at.response, today=now().date())


def _part(at: Entry, sheet: Sheet, part_id: str) -> Part | None:
    asked = of_link(at, sheet)
    if part_id == RETURNED:
        back = tuple(
            each
            for each in asked
            if can_change(at.response, sheet.rows.get(each.question.id))
            and (each.question.id in sheet.evaluation.blanks or _flagged(sheet, each.question.id))
        )
        title = {"en": _("What came back to you")}  # in the language of the page already
        return Part(RETURNED, title, back, 1) if back else None
    return next((part for part in parts_of(asked) if part.id == part_id), None)


def _flagged(sheet: Sheet, question: str) -> bool:
    row = sheet.rows.get(question)
    return row is not None and row.flagged


def _sent() -> set[str]:
    """The questions that the form shows: an answer that stands can still be asked about."""
    return {name[2:] for name in request.form if name.startswith(("r:", "m:"))}


def _take(at: Entry, line: Line, go: str, about: str) -> None:
    """Save what the form says of this question, unless nobody changed it here."""
    told = typed(line, request.form)
    if told is None:
        return
    confirmed = line.confirm and (go == "confirm-all" or (go, about) == ("confirm", line.id))
    if (go, about) == ("theirs", line.id):
        return
    revision = told.revision
    if go == "mine":
        id, _colon, seen = about.partition(":")
        if id == line.id and seen.isascii() and seen.isdigit() and len(seen) < 9:
            revision = int(seen)
    if told.wrong:
        line.error, line.raw, line.note = _(told.wrong), told.raw, told.note
        return
    here = (as_kept(told.value), told.note)
    if line.row is None:
        same = here == ("", "")
    else:
        same = here == (line.row.value, line.row.note) and not confirmed
    if same:
        return
    row = line.row
    # somebody saved since; was anything typed here at all?
    saved_since = row is not None and row.revision != revision
    if saved_since and here == answers.shown_as(session, at.response, line.id, revision):
        return
    line.value, line.note = told.value, told.note
    try:
        answers.save(
            session,
            at,
            line.id,
            told.value,
            note=told.note,
            revision=revision,
            now=now(),
        )
    except Stale:
        row = session.get(ResponseAnswer, (at.response.id, line.id))
        if row is not None and (row.value, row.note) == here and not row.confirm:
            return  # the page's own autosave was quicker than its button
        line.conflict = row
        line.revision = told.revision
    except VendorRefused as error:
        line.error = error.said(_)
        line.raw = told.value if isinstance(told.value, str) else ""


def _take_files(at: Entry, line: Line, kept: Kept) -> None:
    """The files chosen for this question are kept, and those that were ticked serve it."""
    try:
        if f"U:{line.id}" in request.form:
            chosen = [found for id in request.form.getlist(f"u:{line.id}") if (found := _uuid(id))]
            files.serve(session, at, line.id, chosen)
        for sent in request.files.getlist(f"f:{line.id}")[:5]:
            if not sent.filename:
                continue
            row = files.add(
                session,
                at,
                line.id,
                sent.filename,
                sent.stream.read(MOST_BYTES + 1),
                files=current_app.extensions["files"],
                now=now(),
            )
            if row in session.new or row.created_at == now():
                kept.ids.append(row.id)
    except VendorRefused as error:
        line.file_error = error.said(_)


def _take_message(at: Entry, line: Line) -> bool:
    """What was typed to us beside this question is said, whichever button was pressed."""
    text = request.form.get(f"m:{line.id}", "")
    if not text.strip():
        return False
    try:
        threads.ask_us(session, at, text, question=line.id, now=now())
    except VendorRefused as error:
        line.message_error, line.message = error.said(_), text
        return False
    return True


def _may_write(at: Entry) -> bool:
    return at.response.state in threads.TALKING


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def _with_faults(fresh: Sequence[Line], wrong: Sequence[Line]) -> list[Line]:
    """The lines as they are now, with what was typed where it could not be kept."""
    by_id = {line.id: line for line in wrong}
    made = []
    for line in fresh:
        before = by_id.get(line.id)
        if before is not None:
            line.file_error = before.file_error
            line.message_error, line.message = before.message_error, before.message
            if before.error or before.conflict:
                line.error, line.conflict = before.error, before.conflict
                line.value, line.note, line.raw = before.value, before.note, before.raw
                line.revision = before.revision
        made.append(line)
    return made


def _onward(  # noqa: PLR0917
    token: str, at: Entry, before: Sheet, after: Sheet, part: Part, go: str
) -> Page:
    here = redirect(url_for(".section", token=token, part_id=part.id))
    shown = {each.question.id for each in before.evaluation.visible}
    fresh = _part(at, after, part.id)
    new = [each for each in (fresh.questions if fresh else ()) if each.question.id not in shown]
    if new:
        notice(
            ngettext(
                "Saved. Your answers opened one more question below.",
                "Saved. Your answers opened %(num)d more questions below.",
                len(new),
            ),
            kind="info",
        )
        return redirect(
            url_for(".section", token=token, part_id=part.id, _anchor=f"q-{new[0].question.id}")
        )
    if go == "leave":
        return redirect(url_for(".overview", token=token))
    if go != "next":
        notice(_("Saved."))
        return here if fresh else redirect(url_for(".overview", token=token))
    parts = parts_of(of_link(at, after))
    following = [one for one in parts if one.number > part.number]
    if part.id == RETURNED or not following:
        return redirect(url_for(".check" if at.owner else ".overview", token=token))
    return redirect(url_for(".section", token=token, part_id=following[0].id))


def _page(token: str, at: Entry, sheet: Sheet, part: Part, lines: Sequence[Line]) -> str:
    only = request.values.get("only") == "open"
    shown = [line for line in lines if not only or line.blank or line.wrong]
    parts = parts_of(of_link(at, sheet))
    return render_template(
        "questionnaire/section.html",
        **frame(token, at),
        part=part,
        parts=parts,
        sheet=sheet,
        rail=rail(token, parts, sheet, part.id),
        lines=shown,
        only=only,
        left_out=len(lines) - len(shown),
        wrong=[line for line in lines if line.wrong],
        writable=_may_write(at),
        copied=[line for line in shown if line.confirm and line.editable],
        answered=sum(one.done(sheet) for one in parts),
        asked=sum(len(one.asked) for one in parts),
        returned=at.response.state == ResponseState.RETURNED,
        at_time=None,
        **counted(part.questions),
    )
