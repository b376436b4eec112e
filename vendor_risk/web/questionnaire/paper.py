"""The questions on paper, for a vendor and for us."""

import threading
from collections.abc import Collection, Sequence
from functools import lru_cache

from flask import Response, current_app
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk.pdf import render_questions
from vendor_risk.press import made_apart
from vendor_risk.questionnaires.merged import Asked
from vendor_risk.questionnaires.translations import said
from vendor_risk.reports.questions import Paper, Question, Section
from vendor_risk.store.models.vendors import Vendor
from vendor_risk.web import language
from vendor_risk.web.questionnaire import words
from vendor_risk.web.questionnaire.lines import Part, parts_of
from vendor_risk.web.session import now, session
from vendor_risk.workflow.responses.answers import Sheet
from vendor_risk.workflow.responses.preview import Preview
from vendor_risk.workflow.responses.sending import minutes_of

_SECONDS = 60  # it takes three or four, most of them to load the engine
_KEPT = 16  # papers, of some 100 kB each: whoever holds a link may ask again and again
_one_by_one = threading.Lock()


def answer(sheet: Sheet, asked: Sequence[Asked]) -> AnyResponse:
    """These questions as a PDF; PdfUnavailable or PressBroken where none can be made."""
    return _sent(_paper(sheet, asked), f"{sheet.response.number}-questions.pdf")


def preview(told: Preview, name: str) -> AnyResponse:
    """What would be asked, as a PDF; PdfUnavailable or PressBroken where none can be made."""
    reads = language.current()
    parts = parts_of(told.asked)
    paper = Paper(
        organisation=current_app.config["ORGANISATION"],
        vendor=told.vendor,
        number=", ".join(told.addresses),
        due_on=None,
        as_of=now().replace(second=0, microsecond=0),  # asked for twice, it is made once
        minutes=told.minutes,
        sections=tuple(_section(part, told.first, told.tier, reads) for part in parts),
        language=reads,
    )
    return _sent(paper, f"{name}-preview.pdf")


def _sent(paper: Paper, name: str) -> AnyResponse:
    with _one_by_one:
        content = _made(paper)
    headers = {
        "Content-Type": "application/pdf",
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return Response(content, headers=headers)


@lru_cache(maxsize=_KEPT)
def _made(paper: Paper) -> bytes:
    return made_apart(render_questions, paper, _SECONDS)


def _paper(sheet: Sheet, asked: Sequence[Asked]) -> Paper:
    response, reads = sheet.response, language.current()
    visible = {each.question.id for each in sheet.evaluation.visible}
    wanted = [each for each in asked if each.question.type != "info"]
    vendor = session.get_one(Vendor, response.vendor_id)
    return Paper(
        organisation=current_app.config["ORGANISATION"],
        vendor=vendor.name,
        number=response.number,
        due_on=response.due_on,
        as_of=response.sent_at or response.created_at,  # the questions are those that were sent
        minutes=minutes_of([each for each in wanted if each.question.id in visible]),
        sections=tuple(_section(part, visible, response.tier, reads) for part in parts_of(wanted)),
        sample=response.sample,
        language=reads,
    )


def _section(part: Part, visible: Collection[str], tier: int, reads: str) -> Section:
    return Section(
        number=part.number,
        title=said(dict(part.title), reads),
        questions=tuple(
            _question(
                f"{part.number}.{n}", each, tier, reads, after=each.question.id not in visible
            )
            for n, each in enumerate(part.questions, start=1)
        ),
        # the tier of an engagement stands beside its facts, and by them the section was chosen
        fitting=tier == 0 and all(each.section.when is not None for each in part.questions),
    )


def _question(number: str, each: Asked, tier: int, reads: str, *, after: bool) -> Question:
    asked = each.question
    evidence = asked.evidence
    wanted = evidence is not None and words.wanted(evidence, tier)
    return Question(
        number=number,
        id=asked.id,
        text=said(asked.text, reads),
        why=said(asked.why, reads) if asked.why else "",
        answers=tuple(words.option(one, reads) for one in each.options),
        several=asked.type == "multi",
        evidence=tuple(map(words.kind, evidence.kinds)) if evidence and wanted else (),
        columns=tuple(said(one.text, reads) for one in asked.columns),
        after=after,
    )
