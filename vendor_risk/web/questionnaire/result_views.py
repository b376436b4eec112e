"""What became of the answers: what was accepted, what has to be mended, and the vendor's reply."""

import io
import uuid
from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import gettext as _

from vendor_risk.evidence import N_, Severity
from vendor_risk.reports.acts import FINDING_ACTS, Look
from vendor_risk.store.models.findings import FindingEvent
from vendor_risk.store.models.responses import ResponseState
from vendor_risk.web.findings.one_views import number, proof_in
from vendor_risk.web.findings.words import STATES
from vendor_risk.web.frame import notice
from vendor_risk.web.portal.views import AnswerForm, prefix_of, worded
from vendor_risk.web.questionnaire import area
from vendor_risk.web.questionnaire.entry import Page, entered
from vendor_risk.web.questionnaire.lines import parts_of
from vendor_risk.web.questionnaire.views import frame
from vendor_risk.web.session import now, session
from vendor_risk.workflow import finding_files, finding_requests
from vendor_risk.workflow.responses import reading, result
from vendor_risk.workflow.responses.answers import value_of
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.responses.reading import Line
from vendor_risk.workflow.responses.result import Told
from vendor_risk.workflow.vendors import Stale, VendorRefused

# What was decided on an answer, in words for whoever gave it; the reasons stay with us.
VERDICTS = {
    reading.ACCEPTED: Look(N_("Accepted"), "good", "circle-check"),
    reading.PARTLY: Look(N_("Accepted in part"), "medium", "circle-check"),
    reading.NA: Look(N_("Accepted: does not apply to you"), "line", "circle-dashed"),
}
LEVELS = {
    100: Look(N_("Counted as “yes”"), "good", "pencil"),
    50: Look(N_("Counted as “partly”"), "medium", "pencil"),
    0: Look(N_("Counted as “no”"), "high", "pencil"),
}


@area.get("/<token>/result")
@entered
def outcome(token: str, at: Entry) -> Page:
    """What was accepted and what has to be mended, once it is decided."""
    if not _is_there(at):
        return redirect(url_for(".overview", token=token))
    return _page(token, at)


@area.post("/<token>/result/<uuid:finding_id>")
@entered
def answer_finding(token: str, at: Entry, finding_id: uuid.UUID) -> Page:
    """The vendor said that it is fixed, or why it is not so."""
    told = _told(at, finding_id) if _is_there(at) else None
    if told is None:
        notice(_("This is no longer asked by this link."), kind="warning")
        return redirect(url_for(".overview", token=token))
    form = worded(told.row, AnswerForm(prefix=prefix_of(told.row)))
    if not form.validate():
        return _page(token, at, form, finding_id), 422
    files = current_app.extensions["files"]
    kept: uuid.UUID | None = None
    try:
        proof = proof_in(form.file)
        event = result.answer(
            session,
            at,
            finding_id,
            request.form.get("go", ""),
            note=form.note.data or "",
            revision=number(form.revision.data),
            evidence=proof,
            now=now(),
        )
        if proof is not None:
            kept = event.id
            files.write(event.id, io.BytesIO(proof.content), at_most=finding_files.MOST_BYTES)
        session.commit()
    except Stale:
        session.rollback()
        stale = VendorRefused(_("It changed meanwhile: read it again."), "note")
        return _again(token, at, form, finding_id, stale), 409
    except VendorRefused as error:
        session.rollback()
        return _again(token, at, form, finding_id, error), 422
    except BaseException:
        if kept is not None:
            files.delete(kept)
        raise
    notice(_("Thank you. Your answer is with us."))
    return redirect(url_for(".outcome", token=token, _anchor=f"f-{finding_id}"))


def _is_there(at: Entry) -> bool:
    return at.owner and at.response.state == ResponseState.ACCEPTED


def _told(at: Entry, finding_id: uuid.UUID) -> Told | None:
    found = result.result(session, at.response).found
    return next((one for one in found if one.row.id == finding_id), None)


def _again(
    token: str, at: Entry, form: AnswerForm, finding_id: uuid.UUID, error: VendorRefused
) -> str:
    """The page with what was typed and what was wrong with it."""
    told = _told(at, finding_id)
    form.refuse(VendorRefused.because(error, error.field or "note"))
    if told is not None:
        form.revision.data = str(told.row.revision)
    return _page(token, at, form, finding_id)


def _page(
    token: str, at: Entry, tried: AnswerForm | None = None, about: uuid.UUID | None = None
) -> str:
    told = result.result(session, at.response)
    shown = frame(token, at)
    by_question = {line.id: line for line in told.lines}
    asked = [line.asked for line in told.lines if line.asked.question.type != "info"]
    return render_template(
        "questionnaire/result.html",
        **shown,
        told=told,
        items=[
            _item(one, shown, tried if tried is not None and one.row.id == about else None)
            for one in told.found
        ],
        parts=[
            (part, [(by_question[each.question.id], each) for each in part.questions])
            for part in parts_of(asked)
        ],
        decided=_decided,
        answer_of=lambda line: _words(line, shown),
        form=tried,
    )


def _item(one: Told, shown: dict[str, Any], tried: AnswerForm | None) -> dict[str, Any]:
    row, say = one.row, shown["say"]
    form = tried or worded(
        row,
        AnswerForm(formdata=None, prefix=prefix_of(row), data={"revision": row.revision}),
    )
    return {
        "row": row,
        "title": say(one.fault.risk) if one.fault else row.reason or row.title,
        "severity": Severity.of_rank(row.severity),
        "fix": say(one.fault.fix) if one.fault else row.fix,
        "effect": "" if one.fault else row.effect,
        "look": STATES[row.state],
        "form": form,
        "answerable": row.state in finding_requests.ANSWERABLE,
        "due": row.due_on if one.open else None,
        "said": [event for event in one.events if _is_known(event)],
        "acts": FINDING_ACTS,
    }


def _is_known(event: FindingEvent) -> bool:
    return event.act in FINDING_ACTS


def _decided(line: Line) -> Look | None:
    """What was decided on an answer; None where nothing was to be decided."""
    row = line.row
    if row is None or not row.verdict:
        return None
    if row.verdict == reading.OVERRIDDEN:
        return LEVELS.get(row.override if row.override is not None else -1)
    return VERDICTS.get(row.verdict)


def _words(line: Line, shown: dict[str, Any]) -> str:
    if line.row is None or not line.row.value:
        return ""
    value = value_of(line.row)
    labels = {one.id: shown["option_words"](one) for one in line.asked.options}
    chosen = value if isinstance(value, tuple) else (value,)
    return ", ".join(labels.get(str(one), str(one)) for one in chosen)
