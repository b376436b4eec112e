"""What vendors are asked, before anything is sent: all questionnaires, and previews of them."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from babel import Locale
from flask import abort, redirect, render_template, request, url_for
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlmodel import select
from werkzeug.wrappers import Response as AnyResponse

from vendor_risk import languages
from vendor_risk.doors import door, signed_in
from vendor_risk.pdf import PdfUnavailable
from vendor_risk.press import PressBroken
from vendor_risk.questionnaires import versions
from vendor_risk.questionnaires.template import Template
from vendor_risk.questionnaires.translations import FALLBACK, said
from vendor_risk.store.models.responses import PublishedQuestionnaire
from vendor_risk.store.models.vendors import Engagement
from vendor_risk.web import language
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import paper, workbook
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import WRITES, area
from vendor_risk.web.vendors.found import belonging, vendor_of
from vendor_risk.web.vendors.questionnaire_views import sendable
from vendor_risk.workflow.responses import preview, sending
from vendor_risk.workflow.responses.preview import Preview
from vendor_risk.workflow.responses.published import USER_SUPPLIED, kept
from vendor_risk.workflow.vendors import VendorRefused

PDF, XLSX = "pdf", "xlsx"
_ENGAGEMENT = "/vendors/<uuid:vendor_id>/engagements/<uuid:engagement_id>"


@dataclass(frozen=True, slots=True)
class Offered:
    """A questionnaire that can be sent, what it asks, and its versions, the newest first."""

    template: Template
    asks: Preview
    own: bool
    versions: Sequence[str]
    languages: Sequence[str]

    @property
    def older(self) -> Sequence[str]:
        """Versions that were published before this one."""
        return [one for one in self.versions if one != self.template.form.version]


@area.get("/questionnaires")
@door(signed_in)
def catalogue() -> str:
    """All questionnaires that can be sent, each with what it asks."""
    known: dict[str, set[str]] = {}
    own = set()
    for id, version, licence in session.exec(
        select(
            PublishedQuestionnaire.questionnaire_id,
            PublishedQuestionnaire.version,
            PublishedQuestionnaire.licence,
        )
    ):
        known.setdefault(id, set()).add(version)
        if licence == USER_SUPPLIED:
            own.add(id)
    offered = []
    for id, template in sendable().items():
        numbers = known.get(id, set()) | {template.form.version}
        offered.append(
            Offered(
                template,
                preview.of_template(template),
                id in own,
                sorted(numbers, key=versions.key, reverse=True),
                _languages(template),
            )
        )
    return render_template(
        "vendors/catalogue.html",
        offered=offered,
        say=lambda text: said(text, language.current()),
    )


@area.get("/questionnaires/<id>.pdf")
@door(signed_in)
def catalogue_paper(id: str) -> AnyResponse:
    """One questionnaire as a PDF; an older version where one is named."""
    return _one(id, PDF)


@area.get("/questionnaires/<id>.xlsx")
@door(signed_in)
def catalogue_workbook(id: str) -> AnyResponse:
    """The same as a workbook."""
    return _one(id, XLSX)


@area.get(f"{_ENGAGEMENT}/questionnaires/preview.pdf")
@door(WRITES)
def preview_paper(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> AnyResponse:
    """What the engagement would be asked with the questionnaires that the address names."""
    return _of_engagement(vendor_id, engagement_id, PDF)


@area.get(f"{_ENGAGEMENT}/questionnaires/preview.xlsx")
@door(WRITES)
def preview_workbook(vendor_id: uuid.UUID, engagement_id: uuid.UUID) -> AnyResponse:
    """The same as a workbook."""
    return _of_engagement(vendor_id, engagement_id, XLSX)


def _one(id: str, kind: str) -> AnyResponse:
    version = request.args.get("version", "")
    template = sendable().get(id)
    if version and (template is None or template.form.version != version):
        row = session.get(PublishedQuestionnaire, (id, version))
        template = kept(row) if row is not None else None
    if template is None:
        abort(404)
    told = preview.of_template(template)
    name = f"{template.form.id}-{template.form.version}"
    return _answer(told, kind, name, url_for(".catalogue"))


def _of_engagement(vendor_id: uuid.UUID, engagement_id: uuid.UUID, kind: str) -> AnyResponse:
    vendor = vendor_of(vendor_id)
    engagement = belonging(Engagement, engagement_id, vendor)
    back = url_for(".choose_questionnaires", vendor_id=vendor.id, engagement_id=engagement.id)
    offered = sendable()
    chosen = [id for id in request.args.getlist("chosen") if id in offered]
    try:
        plan = sending.plan(session, vendor, engagement, chosen, now=now())
    except VendorRefused as error:
        notice(error.said(_), kind="error")
        return redirect(back)
    if not plan.questions:
        notice(_("Nothing would be asked: choose a questionnaire that applies."), kind="error")
        return redirect(back)
    return _answer(preview.of_plan(plan, vendor.name), kind, "questions", back)


def _languages(template: Template) -> list[str]:
    """The names of the languages that every question has, English first."""
    asked = [{*question.text} for _section, question in template.asked()]
    reads = language.current().partition("-")[0]
    whole = sorted(set.intersection(*asked), key=lambda one: (one != FALLBACK, one))
    return [str(Locale.parse(one, sep="-").get_display_name(reads)) for one in whole]


def _answer(told: Preview, kind: str, name: str, back: str) -> AnyResponse:
    """The file, in the language that the address names, else that of whoever asks."""
    with force_locale(languages.offered(request.args.get("language")) or language.current()):
        if kind == XLSX:
            return workbook.preview(told, name)
        try:
            return paper.preview(told, name)
        except (PdfUnavailable, PressBroken):
            pass
    notice(_("The PDF could not be made. The spreadsheet has the same questions."), kind="error")
    return redirect(back)
