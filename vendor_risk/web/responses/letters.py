"""Letters to a vendor about its response: returned, accepted, and a message of ours."""

from flask import current_app, render_template
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlmodel import col, select

from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.responses import QuestionnaireResponse, ResponseLink
from vendor_risk.web.frame import day_words
from vendor_risk.web.questionnaire import letters
from vendor_risk.web.session import now, session
from vendor_risk.workflow import outbox
from vendor_risk.workflow.responses import links, result, threads
from vendor_risk.workflow.responses.review import Returned


def address(token: str) -> str:
    """Where a link of a vendor leads."""
    return f"{current_app.config['ADDRESS']}/q/{token}"


def returned(told: Returned) -> None:
    """The letter waits in the outbox; the words themselves are behind the link."""
    if not told.link.email:
        return
    with force_locale(told.response.language):
        said = {
            "name": told.link.name,
            "address": address(told.token),
            "due": day_words(told.response.due_on),
            "count": len(told.questions),
        }
        who = current_app.config["ORGANISATION"]
        outbox.put(
            session,
            dedup_key=f"returned/{told.link.id}",
            recipient=told.link.email,
            subject=_("Please look at some answers again, for %(who)s", who=who),
            text=render_template("mail/returned.txt", **said),
            html=render_template("mail/returned.html", **said),
            link_id=told.link.id,
            now=now(),
        )


def accepted(response: QuestionnaireResponse) -> None:
    """The owner of the answers is told that the result is there."""
    told = result.announce(session, response, now=now())
    if told is not None:
        letters.result(response, *told)


def written(response: QuestionnaireResponse, question: str) -> None:
    """Whoever asked, or the owner of the answers, is told that we wrote; once a day each.

    What comes back to the vendor with a return has the letter of that return.
    """
    if response.state not in threads.TALKING:
        return
    to = threads.asker(session, response, question)
    if to is None or to.revoked_at is not None:
        to = links.owner_of(session, response)
    if to is None or not to.email or _is_told(response, to):
        return
    letters.message(response, *links.beside(session, response, to, now=now()))


def _is_told(response: QuestionnaireResponse, to: ResponseLink) -> bool:
    """Whether a letter about a message went to this address today already."""
    rows = select(ResponseLink).where(ResponseLink.response_id == response.id)
    keys = [f"message/{link.id}" for link in session.exec(rows) if link.email == to.email]
    begin = now().replace(hour=0, minute=0, second=0, microsecond=0)
    mails = select(OutboxMail.id).where(
        col(OutboxMail.dedup_key).in_(keys), col(OutboxMail.created_at) >= begin
    )
    return session.exec(mails.limit(1)).first() is not None
