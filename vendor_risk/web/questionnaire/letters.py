"""Letters with a link into a response: the first, a contributor's, a fresh link, a code."""

from collections.abc import Sequence

from flask import current_app, render_template, url_for
from flask_babel import force_locale
from flask_babel import gettext as _

from vendor_risk.questionnaires.merged import Asked
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import QuestionnaireResponse, ResponseLink
from vendor_risk.web.frame import day_words
from vendor_risk.web.session import now, session
from vendor_risk.workflow import outbox
from vendor_risk.workflow.responses.sending import minutes_of


def address_of(token: str) -> str:
    """The whole address of a link."""
    return str(current_app.config["ADDRESS"] + url_for("questionnaire.door", token=token))


def key_of(link: ResponseLink) -> str:
    """What the outbox knows the letter with this link by."""
    return f"questionnaire/{link.id}"


def ask(
    response: QuestionnaireResponse,
    link: ResponseLink,
    token: str,
    asked: Sequence[Asked],
    *,
    by: str = "",
) -> OutboxMail:
    """The letter that asks somebody to answer; `by` is the colleague who passed it on."""
    with force_locale(response.language):
        said = {
            "name": link.name,
            "address": address_of(token),
            "due": day_words(response.due_on),
            "questions": sum(each.question.type != "info" for each in asked),
            "minutes": minutes_of(asked),
            "by": by,
            "message": response.message if not by else "",
            "number": response.number,
        }
        return outbox.put(
            session,
            dedup_key=key_of(link),
            recipient=link.email,
            subject=_(
                "Security questions from %(who)s (%(number)s)",
                who=current_app.config["ORGANISATION"],
                number=response.number,
            ),
            text=render_template("mail/questionnaire.txt", **said),
            html=render_template("mail/questionnaire.html", **said),
            link_id=link.id,
            now=now(),
        )


def result(response: QuestionnaireResponse, link: ResponseLink, token: str) -> OutboxMail:
    """The letter that says that the answers were accepted; what came of them is behind the link."""
    with force_locale(response.language):
        who = current_app.config["ORGANISATION"]
        return _worded(
            response,
            link,
            token,
            key=f"result/{link.id}",
            subject=_("Your answers were accepted by %(who)s", who=who),
            words=_(
                "thank you for your answers (%(number)s). They were accepted. The page behind this"
                " link says what was accepted and what we ask you to mend, if anything; there you"
                " can say that it is fixed, or dispute it.",
                number=response.number,
            ),
            button=_("See the result"),
        )


def message(response: QuestionnaireResponse, link: ResponseLink, token: str) -> OutboxMail:
    """The letter that says that we wrote something; what it is stands behind the link."""
    with force_locale(response.language):
        who = current_app.config["ORGANISATION"]
        return _worded(
            response,
            link,
            token,
            key=f"message/{link.id}",
            subject=_("A message about your answers, from %(who)s", who=who),
            words=_(
                "%(who)s wrote to you about our questions (%(number)s). The message is behind this"
                " link, under “Messages”; there you can answer it.",
                who=who,
                number=response.number,
            ),
            button=_("Read the message"),
        )


def _worded(
    response: QuestionnaireResponse,
    link: ResponseLink,
    token: str,
    *,
    key: str,
    subject: str,
    words: str,
    button: str,
) -> OutboxMail:
    told = {
        "name": link.name,
        "address": address_of(token),
        "words": words,
        "button": button,
        "number": response.number,
    }
    return outbox.put(
        session,
        dedup_key=key,
        recipient=link.email,
        subject=subject,
        text=render_template("mail/words.txt", **told),
        html=render_template("mail/words.html", **told),
        link_id=link.id,
        now=now(),
    )


def code(response: QuestionnaireResponse, link: ResponseLink, digits: str) -> OutboxMail:
    """The letter with the six digits; there is no link in it."""
    with force_locale(response.language):
        said = {"name": link.name, "code": f"{digits[:3]} {digits[3:]}", "number": response.number}
        return outbox.put(
            session,
            dedup_key=f"questionnaire-code/{link.id}/{now().isoformat()}",
            recipient=link.email,
            subject=_(
                "Your code for the questions from %(who)s", who=current_app.config["ORGANISATION"]
            ),
            text=render_template("mail/questionnaire_code.txt", **said),
            html=render_template("mail/questionnaire_code.html", **said),
            link_id=link.id,
            now=now(),
        )
