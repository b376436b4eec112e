"""One response: question by question, what speaks for and against it, and the decisions."""

import datetime as dt
import uuid
from typing import Any

from flask import Response, abort, current_app, redirect, render_template, request, send_file
from flask import url_for as url
from flask_babel import get_locale, ngettext
from flask_babel import gettext as _
from flask_login import current_user
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.doors import door, may
from vendor_risk.evidence import Severity
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store.models.findings import StoredFinding
from vendor_risk.store.models.responses import WITH_US, QuestionnaireResponse, ResponseFile
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.store.queries.vendors import name_of
from vendor_risk.web import bulk
from vendor_risk.web.findings.views import day_of
from vendor_risk.web.frame import notice
from vendor_risk.web.responses import WRITES, area, letters, words
from vendor_risk.web.session import now, session
from vendor_risk.workflow import credibility, finding_files
from vendor_risk.workflow.responses import (
    accepting,
    files,
    four_eyes,
    mails,
    proofs,
    proven,
    reading,
    review,
    threads,
    undelivered,
)
from vendor_risk.workflow.responses.answers import value_of
from vendor_risk.workflow.responses.reading import FLAGS, Line, Reading, shown, state_of
from vendor_risk.workflow.responses.threads import is_unread
from vendor_risk.workflow.vendors import Stale, VendorRefused

Page = str | AnyResponse | tuple[str, int]
_ASK, _UNDO = "ask", "undo"


@area.get("/<uuid:response_id>")
def show(response_id: uuid.UUID) -> str:
    """The question that the address names, or the first that waits for a decision."""
    return _page(_row(response_id), request.args.get("q", ""))


@area.post("/<uuid:response_id>/take")
@door(WRITES)
def take(response_id: uuid.UUID) -> Page:
    """The person of this request reviews it."""
    row = _row(response_id)
    try:
        review.take(session, row, now=now(), actor=current_user.id)
    except VendorRefused as error:
        return _refused(response_id, "", error)
    session.commit()
    notice(_("You review it now."))
    return redirect(url(".show", response_id=response_id))


@area.post("/<uuid:response_id>/answers/<question>")
@door(WRITES)
def decide(response_id: uuid.UUID, question: str) -> Page:
    """The decision of the form stands; the next question that waits is shown."""
    row, verdict = _row(response_id), request.form.get("verdict", "")
    note = request.form.get("note", "")
    level = request.form.get("level", "")
    shown_one = _number(request.form.get("revision"))
    order = [line.id for line in _ordered(_reading(row))]
    by: dict[str, Any] = {"revision": shown_one, "now": now(), "actor": current_user.id}
    try:
        if verdict == _UNDO:
            review.take_back(session, row, question, **by)
        elif verdict == _ASK:
            review.ask_again(session, row, question, note, **by)
        else:
            review.judge(
                session,
                row,
                question,
                verdict,
                level=int(level) if level in ("0", "50", "100") else None,
                note=note,
                **by,
            )
    except Stale:
        session.rollback()
        return _page(_row(response_id), question, stale=True), 409
    except VendorRefused as error:
        return _refused(response_id, question, error)
    session.commit()
    if verdict == _UNDO:
        return redirect(url(".show", response_id=response_id, q=question))
    look = words.VERDICTS.get(verdict)
    notice(
        _("%(id)s: %(word)s.", id=question, word=_(look.word))
        if look
        else _("%(id)s goes back to the vendor with the others that are marked.", id=question),
        undo=url(".undo_one", response_id=response_id, question=question),
    )
    return redirect(url(".show", response_id=response_id, q=_next(row, order, question)))


@area.post("/<uuid:response_id>/answers/<question>/undo")
@door(WRITES)
def undo_one(response_id: uuid.UUID, question: str) -> Page:
    """Nothing is decided on the answer any more."""
    row = _row(response_id)
    line = _reading(row).line(question)
    if line is None or line.row is None:
        abort(404)
    by: dict[str, Any] = {"revision": line.row.revision, "now": now(), "actor": current_user.id}
    try:
        review.take_back(session, row, question, **by)
    except VendorRefused as error:
        return _refused(response_id, question, error)
    session.commit()
    return redirect(url(".show", response_id=response_id, q=question))


@area.post("/<uuid:response_id>/plain")
@door(WRITES)
def accept_plain(response_id: uuid.UUID) -> Page:
    """All answers that nothing speaks against are accepted."""
    at = now()
    try:
        done = review.accept_plain(session, _row(response_id), now=at, actor=current_user.id)
    except VendorRefused as error:
        return _refused(response_id, "", error)
    session.commit()
    said = ngettext("%(num)d answer is accepted.", "%(num)d answers are accepted.", done)
    undo = url(".undo_plain", response_id=response_id, at=at.isoformat())
    notice(said, undo=undo if done else "")
    return redirect(url(".show", response_id=response_id))


@area.post("/<uuid:response_id>/plain/undo")
@door(WRITES)
def undo_plain(response_id: uuid.UUID) -> Page:
    """What this person accepted at one moment is undecided again."""
    by: dict[str, Any] = {"now": now(), "actor": current_user.id}
    try:
        done = review.undo_plain(session, _row(response_id), bulk.moment(), **by)
    except VendorRefused as error:
        return _refused(response_id, "", error)
    session.commit()
    notice(ngettext("%(num)d answer is as before.", "%(num)d answers are as before.", done))
    return redirect(url(".show", response_id=response_id))


@area.post("/<uuid:response_id>/messages")
@door(WRITES)
def say(response_id: uuid.UUID) -> Page:
    """The thread of a question, or of the whole, has the message."""
    row, question = _row(response_id), request.form.get("question", "")
    if question and _reading(row).line(question) is None:
        abort(404)
    internal = request.form.get("to") != "vendor"
    told: dict[str, Any] = {"text": request.form.get("text", ""), "by": current_user.id}
    try:
        threads.say(session, row, question=question, internal=internal, now=now(), **told)
    except VendorRefused as error:
        return _refused(response_id, question, error)
    if not internal:
        letters.written(row, question)
    session.commit()
    return redirect(url(".show", response_id=response_id, q=question or None))


@area.post("/<uuid:response_id>/messages/read")
@door(WRITES)
def read_messages(response_id: uuid.UUID) -> Page:
    """What the vendor wrote about a question, or the whole, waits for nobody any more."""
    row, question = _row(response_id), request.form.get("question", "")
    if threads.mark_read(session, row, question, now=now(), actor=current_user.id):
        session.commit()
    return redirect(url(".show", response_id=response_id, q=question or None))


@area.post("/<uuid:response_id>/files/<uuid:file_id>")
@door(WRITES)
def read_file(response_id: uuid.UUID, file_id: uuid.UUID) -> Page:
    """What the reviewer says of a file of evidence is kept."""
    question = request.form.get("question", "")
    try:
        proofs.settle(
            session,
            _file(response_id, file_id),
            request.form.get("state", ""),
            scope=request.form.get("scope", ""),
            period=request.form.get("period", ""),
            valid_until=day_of(request.form.get("valid_until", "")),
            now=now(),
            actor=current_user.id,
        )
    except VendorRefused as error:
        return _refused(response_id, question, error)
    session.commit()
    notice(_("Kept."))
    return redirect(url(".show", response_id=response_id, q=question or None))


@area.get("/<uuid:response_id>/files/<uuid:file_id>")
def file(response_id: uuid.UUID, file_id: uuid.UUID) -> Response:
    """The file that the vendor sent, to keep and not to run."""
    row = _file(response_id, file_id)
    try:
        content = current_app.extensions["files"].open(row.id)
    except FileNotFoundError:
        abort(404)
    answer = send_file(
        content,
        mimetype=finding_files.media_type(row.name),
        as_attachment=True,
        download_name=row.name,
        max_age=0,
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


@area.post("/<uuid:response_id>/return")
@door(WRITES)
def send_back(response_id: uuid.UUID) -> Page:
    """The vendor has what is marked again, with a letter.

    Its link is shown, once, only where no letter can carry it: whoever has it could answer.
    """
    row = _row(response_id)
    due = request.form.get("due_on", "")
    try:
        if due and day_of(due) is None:
            raise VendorRefused(_("Give a day, such as 2027-01-31."), "due_on")
        told = review.send_back(
            session,
            row,
            request.form.get("words", ""),
            due=day_of(due),
            now=now(),
            actor=current_user.id,
        )
    except VendorRefused as error:
        return _refused(response_id, "", error)
    letters.returned(told)
    carried = told.link.email and current_app.config["MAIL_LEAVES"]
    address = "" if carried else letters.address(told.token)
    session.commit()
    return _page(row, "", back=True, address=address, recipient=told.link.email)


@area.post("/<uuid:response_id>/contradicted/<question>")
@door(WRITES)
def contradicted(response_id: uuid.UUID, question: str) -> Page:
    """The vendor's bare word counts less, for a scan says otherwise."""
    row = _row(response_id)
    line = _reading(row).line(question)
    if line is None or line.contradicted is None or line.row is None:
        abort(404)
    vendor = session.get_one(Vendor, row.vendor_id)
    try:
        credibility.mark(
            session,
            vendor,
            control=line.asked.control or "",
            said=_cut(f"{question}: {shown(line.asked, value_of(line.row))}"),
            seen=_cut(f"{line.contradicted.asset}: {line.contradicted.reason}"),
            revision=_number(request.form.get("vendor_revision")),
            now=now(),
            actor=current_user.id,
        )
    except Stale:
        session.rollback()
        return _page(_row(response_id), question, stale=True), 409
    except VendorRefused as error:
        return _refused(response_id, question, error)
    session.commit()
    notice(_("A finding keeps both, and what the vendor merely says counts less."))
    return redirect(url(".show", response_id=response_id, q=question))


@area.post("/<uuid:response_id>/accept")
@door(WRITES)
def accept(response_id: uuid.UUID) -> Page:
    """The answers count, and nothing of them changes any more."""
    row = _row(response_id)
    try:
        fresh = accepting.accept(session, row, now=now(), actor=current_user.id)
    except VendorRefused as error:
        return _refused(response_id, "", error)
    if fresh:
        letters.accepted(row)
    session.commit()
    notice(_("The answers count from now on; the score follows them."))
    return redirect(url(".show", response_id=response_id))


def _page(
    row: QuestionnaireResponse,
    question: str,
    *,
    stale: bool = False,
    refused: VendorRefused | None = None,
    back: bool = False,
    address: str = "",
    recipient: str = "",
) -> str:
    told = _reading(row)
    lines = _ordered(told)
    current = told.line(question) or next((one for one in lines if one.open), None)
    current = current or (lines[0] if lines else None)
    after = lines[lines.index(current) + 1 :] if current else []
    writes = may(WRITES) and row.state in WITH_US
    with_us = row.state in WITH_US
    scored = [one for one in lines if one.asked.question.counts]
    said = threads.of(session, row, internal=True)
    return render_template(
        "responses/show.html",
        row=row,
        vendor=session.get_one(Vendor, row.vendor_id),
        engagement=session.get_one(Engagement, row.engagement_id),
        told=told,
        lines=lines,
        line=current,
        following=after[0] if after else None,
        decided=sum(one.decided for one in scored),
        scored=len(scored),
        marked=[one for one in lines if one.returned],
        preview=accepting.preview(session, row, now=now()) if with_us else None,
        letters=undelivered.letters(session, row),
        unproven=proven.broken(session, row, today=now().date()),
        mails=mails.of(session, row),
        own_answers=four_eyes.answers_of(session, row, current_user.id)
        if with_us
        else four_eyes.accepted_own(session, row),
        four_eyes=_four_eyes(row) if writes else "",
        mail_files=[one.row for one in files.files_of(session, row) if one.row.by_id],
        lost=undelivered.lost(session, row),
        thread=said.get(current.id, ()) if current else (),
        general=said.get("", ()),
        unread={id for id, told in said.items() if any(is_unread(one) for one in told)},
        is_unread=is_unread,
        talking=row.state in threads.TALKING,
        name_of=lambda person_id: name_of(session, person_id),
        writes=writes,
        stale=stale,
        refused=refused,
        typed=request.form if refused or stale else {},
        back=back,
        address=address,
        recipient=recipient,
        answered_to=asked.name or asked.email if (asked := threads.asker(session, row, "")) else "",
        today=now().date(),
        in_words=_in_words,
        text=_text,
        title_of=_title_of,
        state_of=state_of,
        severity_of=Severity.of_rank,
        controls=NAMES,
        states=words.STATES,
        flags=words.FLAGS,
        files=words.FILES,
        verdicts=words.VERDICTS,
        levels=words.LEVELS,
        review_due=review.review_due(row),
        default_due=max(row.due_on, now().date() + dt.timedelta(days=review.RETURN_DAYS)),
    )


def _four_eyes(row: QuestionnaireResponse) -> str:
    """Why somebody else accepts it, and who may; empty where this person may."""
    try:
        four_eyes.refuse_own(session, row, current_user.id)
    except VendorRefused as error:
        return error.said(_)
    return ""


def _refused(response_id: uuid.UUID, question: str, error: VendorRefused) -> tuple[str, int]:
    session.rollback()
    return _page(_row(response_id), question, refused=error), 422


def _reading(row: QuestionnaireResponse) -> Reading:
    return reading.read(session, row, today=now().date())


def _ordered(told: Reading) -> list[Line]:
    """What has a flag first, the gravest flag before the others; else as it was asked."""
    worst = len(FLAGS)
    return sorted(
        told.lines, key=lambda one: min((FLAGS.index(flag) for flag in one.flags), default=worst)
    )


def _next(row: QuestionnaireResponse, order: list[str], question: str) -> str | None:
    """The next question in the order that was shown which waits for a decision."""
    open = {line.id for line in _reading(row).lines if line.open and not line.returned}
    place = order.index(question) + 1 if question in order else 0
    return next((id for id in (*order[place:], *order[:place]) if id in open), None)


def _text(text: dict[str, str] | None) -> str:
    """A text of a questionnaire in the reader's language, or in English."""
    return text.get(str(get_locale() or "en"), text["en"]) if text else ""


def _in_words(line: Line, row: Any) -> str:
    """What was said, in words."""
    if row is None or not row.value:
        return ""
    return shown(line.asked, value_of(row), str(get_locale() or "en"))


def _title_of(finding: StoredFinding) -> str:
    return finding.reason or finding.title


def _cut(text: str) -> str:
    most = credibility.EXHIBIT
    return text if len(text) <= most else text[: most - 1] + "…"


def _number(text: str | None) -> int:
    """The number in a hidden field; -1, which no revision is, for what is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else -1


def _row(response_id: uuid.UUID) -> QuestionnaireResponse:
    return session.get(QuestionnaireResponse, response_id) or abort(404)


def _file(response_id: uuid.UUID, file_id: uuid.UUID) -> ResponseFile:
    row = session.get(ResponseFile, file_id)
    if row is None or row.response_id != response_id or row.removed_at is not None:
        abort(404)
    return row
