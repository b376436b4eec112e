"""The way back of the workbook: what it would change is shown, and saved where it was ticked."""

from collections.abc import Callable, Sequence

from flask import redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from vendor_risk.questionnaires.form import Option, Value
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.store.models.responses import WITH_VENDOR, QuestionnaireResponse, ResponseAnswer
from vendor_risk.web import language
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import area, words
from vendor_risk.web.questionnaire.entry import Page, entered
from vendor_risk.web.questionnaire.lines import can_change
from vendor_risk.web.questionnaire.views import frame
from vendor_risk.web.session import now, session
from vendor_risk.workflow import workbook as reader
from vendor_risk.workflow.responses import answers, round_trip
from vendor_risk.workflow.responses.answers import Sheet, value_of
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.responses.round_trip import Change, Compared, Refusal
from vendor_risk.workflow.vendors import Stale, VendorRefused

Save = Callable[[str, Value | None, str, int], object]


def of_vendor(at: Entry, sheet: Sheet) -> tuple[Asked, ...]:
    """What the workbook of this link holds: what is asked, and what an answer may open."""
    mine = at.link.sections
    return tuple(
        each for each in round_trip.askable(sheet) if mine is None or each.section.id in mine
    )


@area.get("/<token>/workbook")
@entered
def workbook(token: str, at: Entry) -> Page:
    """Where the workbook is sent back."""
    if at.response.state not in WITH_VENDOR:
        return redirect(url_for(".overview", token=token))
    return _page(token, at)


@area.post("/<token>/workbook")
@entered
def compare_workbook(token: str, at: Entry) -> Page:
    """What it would change; nothing is saved."""
    if at.response.state not in WITH_VENDOR:
        return redirect(url_for(".overview", token=token))
    sheet = answers.sheet(session, at.response, today=now().date())
    try:
        told = round_trip.compare(
            session,
            sheet,
            of_vendor(at, sheet),
            sent_file(),
            label(language.current()),
            lambda row: can_change(at.response, row),
            now().date(),
        )
    except VendorRefused as error:
        return _page(token, at, refused=error.said(_)), 422
    return _page(token, at, told)


@area.post("/<token>/workbook/save")
@entered
def save_workbook(token: str, at: Entry) -> Page:
    """What was ticked is saved; what somebody changed meanwhile is shown with both texts."""

    def save(question: str, value: Value | None, note: str, revision: int) -> object:
        return answers.save(session, at, question, value, note=note, revision=revision, now=now())

    sheet = answers.sheet(session, at.response, today=now().date())
    saved, left = take(at.response, of_vendor(at, sheet), save)
    session.commit()
    if left.changes or left.refusals:
        return _page(token, at, left, saved=saved), 409 if left.changes else 422
    notice(said_of(saved))
    return redirect(url_for(".overview", token=token))


def sent_file() -> bytes:
    """The upload; VendorRefused where there is none."""
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        raise VendorRefused("Choose the workbook that you filled.", "file")
    return sent.stream.read(reader.MOST_BYTES + 1)


def label(language: str) -> Callable[[Option], str]:
    """The word of an option in this language."""
    return lambda one: words.option(one, language)


def in_words(language: str) -> Callable[[Asked, Value | None], str]:
    """A value as people read it."""

    def told(asked: Asked, value: Value | None) -> str:
        names = {one.id: words.option(one, language) for one in asked.options}
        chosen = value if isinstance(value, tuple) else () if value is None else (value,)
        return ", ".join(names.get(str(one), str(one)) for one in chosen)

    return told


def stands(row: ResponseAnswer | None) -> Value | None:
    """The value of an answer that stands."""
    return value_of(row) if row is not None and row.value else None


def take(
    response: QuestionnaireResponse, asked: Sequence[Asked], save: Save
) -> tuple[int, Compared]:
    """Saves what the form ticked; how many, and what could not be."""
    by_id = {each.question.id: each for each in asked if each.question.type != "info"}
    saved, clashes, refusals = 0, [], []
    for id in dict.fromkeys(request.form.getlist("take")):
        value: Value | None = None
        note = ""
        try:
            if id not in by_id:
                raise VendorRefused("There is no such question here, or it is for somebody else.")
            value, note, revision = round_trip.carried(request.form.get(f"w:{id}", ""))
            row = save(id, value, note, revision)
            saved += row is not None
        except Stale:
            there = session.get(ResponseAnswer, (response.id, id))
            clashes.append(Change(by_id[id], value, note, there, round_trip.CONFLICT))
        except VendorRefused as error:
            told = in_words(language.current())(by_id[id], value) if id in by_id else ""
            refusals.append(Refusal("", told[:200], id[:64], error))
    return saved, Compared(tuple(clashes), tuple(refusals), 0)


def said_of(saved: int) -> str:
    """How many answers came out of the workbook."""
    if not saved:
        return str(_("Nothing was ticked, so nothing was saved."))
    words = ngettext(
        "%(num)d answer of the workbook is saved.",
        "%(num)d answers of the workbook are saved.",
        saved,
    )
    return str(words)


def _page(
    token: str, at: Entry, told: Compared | None = None, *, refused: str = "", saved: int = 0
) -> str:
    return render_template(
        "questionnaire/workbook.html",
        **frame(token, at),
        told=told,
        refused=refused,
        saved=saved,
        saved_words=said_of(saved) if saved else "",
        in_words=in_words(language.current()),
        stands=stands,
    )
