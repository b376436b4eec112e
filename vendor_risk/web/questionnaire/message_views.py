"""What the vendor asks us and what we answered: about a question, or about the whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import redirect, render_template, request, url_for
from flask_babel import gettext
from flask_babel import lazy_gettext as _
from wtforms import SelectChoice, SelectField, TextAreaField
from wtforms.validators import DataRequired, Length

from vendor_risk.questionnaires.merged import Asked
from vendor_risk.questionnaires.translations import said
from vendor_risk.store.models.responses import ResponseMessage
from vendor_risk.web import language
from vendor_risk.web.frame import notice
from vendor_risk.web.questionnaire import area
from vendor_risk.web.questionnaire.entry import Page, entered
from vendor_risk.web.questionnaire.lines import of_link, parts_of, said_of_all
from vendor_risk.web.questionnaire.views import frame
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.forms import VendorsForm
from vendor_risk.workflow.responses import answers, threads
from vendor_risk.workflow.responses.links import Entry
from vendor_risk.workflow.vendors import VendorRefused

_SHOWN = 60  # characters of a question in a list


class MessageForm(VendorsForm):
    """What the vendor wants to know."""

    question = SelectField(_("About"), default="")
    text = TextAreaField(
        _("Your message"),
        validators=[
            DataRequired(_("Write the message.")),
            Length(max=threads.TEXT, message=_("Shorten this to %(max)d characters or fewer.")),
        ],
    )


@dataclass(frozen=True, slots=True)
class Thread:
    """What was said about one question; None is the whole."""

    number: str
    asked: Asked | None
    part_id: str
    messages: Sequence[ResponseMessage]


@area.route("/<token>/messages", methods=["GET", "POST"])
@entered
def messages(token: str, at: Entry) -> Page:
    """All that was said, and a form to ask."""
    form = MessageForm() if request.method == "POST" else MessageForm(formdata=None)
    places = _places(at)
    form.question.choices = [
        SelectChoice("", gettext("The whole")),
        *(SelectChoice(id, f"{number} {_short(at, each)}") for id, (number, each, _) in places),
    ]
    if request.method != "POST":
        form.question.data = request.args.get("q", "")
        return _page(token, at, form)
    if not form.validate():
        return _page(token, at, form), 422
    try:
        threads.ask_us(
            session, at, form.text.data or "", question=form.question.data or "", now=now()
        )
    except VendorRefused as error:
        session.rollback()
        form.refuse(error)
        return _page(token, at, form), 422
    session.commit()
    notice(gettext("Your message is with us."))
    return redirect(url_for(".messages", token=token))


def _places(at: Entry) -> list[tuple[str, tuple[str, Asked, str]]]:
    """The questions that this link is asked, with their numbers and sections."""
    sheet = answers.sheet(session, at.response, today=now().date())
    return [
        (each.question.id, (f"{part.number}.{n}", each, part.id))
        for part in parts_of(of_link(at, sheet))
        for n, each in enumerate(part.questions, start=1)
        if each.question.type != "info"
    ]


def _short(at: Entry, each: Asked) -> str:
    text = said(each.question.text, language.current())
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"


def _page(token: str, at: Entry, form: MessageForm) -> str:
    told = threads.of(session, at.response, internal=False)
    whole = said_of_all(at)
    general = [Thread("", None, "", whole)] if whole else []
    return render_template(
        "questionnaire/messages.html",
        **frame(token, at),
        form=form,
        told=[
            *general,
            *(
                Thread(number, each, part, told[id])
                for id, (number, each, part) in _places(at)
                if told.get(id)
            ),
        ],
        writable=at.response.state in threads.TALKING,
    )
