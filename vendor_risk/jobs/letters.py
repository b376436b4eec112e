"""The letters that the worker writes: reminders, questions of a round, reports on schedule."""

import datetime as dt
import logging
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from babel.dates import format_date
from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlmodel import Session

from vendor_risk.evidence import N_
from vendor_risk.languages import ENGLISH, OFFERED, catalogue, day_pattern, offered
from vendor_risk.mail import Enclosed
from vendor_risk.resources import data_dir
from vendor_risk.store.encryption import KeyMissing, SealBroken
from vendor_risk.store.files import Files
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.reports import IssuedReport
from vendor_risk.workflow import outbox, report_schedules, settings
from vendor_risk.workflow.responses import answers, links, reminders
from vendor_risk.workflow.responses.reminders import OWNER, Reminder
from vendor_risk.workflow.responses.sending import Sent, minutes_of

log = logging.getLogger(__name__)

_BUTTON = N_("Open the questions")
_QUIET = N_("You want no reminders? The page behind the link has a button for that.")
_BUTTON_OWNER = N_("Open the response")
_SUBJECT_ASK = N_("Security questions from %(who)s (%(number)s)")
_SUBJECT = N_("Reminder: questions from %(who)s (%(number)s)")
_SUBJECT_OWNER = N_("%(vendor)s has not answered: %(number)s")
_PASS_ON = N_("Who holds the link can answer for you: pass it on only to a colleague.")
_SOON = (
    N_("a reminder: %(who)s asked you some questions, and the answers are due on %(due)s."),
    N_("What you have answered so far is kept."),
    _PASS_ON,
    _QUIET,
)
_LATE = (
    N_("the answers to our questions were due on %(due)s and are not here yet."),
    N_("What is not answered counts as the worst answer until you answer."),
    _PASS_ON,
    _QUIET,
)
_TO_OWNER = (
    N_(
        "%(vendor)s was asked our questions until %(due)s and has not answered, reminders included."
    ),
    N_("What is not answered counts as the worst answer. You know them: a call may help."),
)
_SUBJECT_REPORT = N_("Report %(number)s is there")
_REPORT = (
    N_("the report %(number)s about %(vendor)s is there, as of %(day)s."),
    N_("the report %(number)s about our vendors is there, as of %(day)s."),
    N_("You get this because somebody put you on its schedule; whoever makes reports can end it."),
)
_REPORT_TOO_LARGE = N_("The PDF is too large for a letter: it waits behind the link.")
_BUTTON_REPORT = N_("Open the report")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the address that people type, the name of the company, its zone and language."""

    address: str
    organisation: str
    zone: str = "UTC"
    language: str = ENGLISH


def remind(session: Session, now: dt.datetime, head: Letterhead) -> int:
    """The reminders of the day wait in the outbox until its morning; how many."""
    told = reminders.due(session, now, head.zone)
    for one in told:
        _put(session, one, head, now)
    session.flush()
    return len(told)


def ask(session: Session, sent: Sent, head: Letterhead, now: dt.datetime) -> OutboxMail:
    """The letter that asks a vendor to answer, as the page that sends to one writes it."""
    at = links.found(session, sent.token, now=now)
    assert at is not None
    response = sent.response
    asked = answers.sheet(session, response, today=now.date()).evaluation.visible
    language = offered(response.language, head.language) or ENGLISH
    known = {
        "name": at.link.name,
        "address": f"{head.address}/q/{sent.token}",
        "due": format_date(response.due_on, day_pattern(language), locale=language),
        "questions": sum(each.question.type != "info" for each in asked),
        "minutes": minutes_of(asked),
        "by": "",
        "message": response.message,
        "number": response.number,
        "config": {"ORGANISATION": head.organisation},
    }
    return outbox.put(
        session,
        dedup_key=f"questionnaire/{at.link.id}",
        recipient=at.link.email,
        subject=catalogue(language).gettext(_SUBJECT_ASK)
        % {"who": head.organisation, "number": response.number},
        text=templates(language).get_template("mail/questionnaire.txt").render(known),
        html=templates(language).get_template("mail/questionnaire.html").render(known),
        link_id=at.link.id,
        now=now,
    )


def report_there(session: Session, issued: IssuedReport, head: Letterhead, now: dt.datetime) -> int:
    """The people of its schedule are told, with a link and no figure; how many.

    Where an administrator allowed it the PDF goes along, if it still may when the letter leaves.
    """
    people = report_schedules.told(session, issued)
    attached = settings.reports_attached(session)
    too_large = attached and (issued.pdf_bytes or 0) > report_schedules.MOST_ATTACHED
    for person in people:
        language = offered(person.language, head.language) or ENGLISH
        said = catalogue(language).gettext
        about = report_schedules.title_of(issued, session)
        known = {
            "number": issued.number,
            "vendor": about,
            "day": format_date(issued.as_of.date(), day_pattern(language), locale=language),
        }
        parts = {
            "name": person.name or person.email,
            "paragraphs": [
                said(text) % known
                for text in (
                    _REPORT[not about],
                    *([_REPORT_TOO_LARGE] if too_large else []),
                    _REPORT[2],
                )
            ],
            "address": f"{head.address}/reports/{issued.id}",
            "button": said(_BUTTON_REPORT),
            "config": {"ORGANISATION": head.organisation},
        }
        outbox.put(
            session,
            dedup_key=f"report/{issued.id}/{person.id}",
            recipient=person.email,
            subject=said(_SUBJECT_REPORT) % known,
            text=templates(language).get_template("mail/reminder.txt").render(parts),
            html=templates(language).get_template("mail/reminder.html").render(parts),
            report_id=issued.id if attached and not too_large else None,
            now=now,
        )
    return len(people)


def enclosed(session: Session, mail: OutboxMail, files: Files) -> Enclosed | None:
    """The PDF that goes along with a letter about a report; None where it may not, or is lost."""
    issued = session.get(IssuedReport, mail.report_id) if mail.report_id else None
    if issued is None or not report_schedules.may_attach(session, issued, mail.recipient):
        return None
    try:
        with files.open(issued.id) as file:
            return Enclosed(f"{issued.number}.pdf", file.read())
    except (OSError, SealBroken, KeyMissing):
        log.exception("the PDF of report %s goes not with its letter", issued.id)
        return None


def _put(session: Session, one: Reminder, head: Letterhead, now: dt.datetime) -> None:
    ours = one.kind == OWNER
    # our own people read the language of the installation: nobody looked at a browser here
    language = offered(head.language if ours else one.response.language) or ENGLISH
    said = catalogue(language).gettext
    path = f"/responses/{one.response.id}" if ours else f"/q/{one.token}"
    known = {
        "name": one.name,
        "paragraphs": _words(one, head, language),
        "address": head.address + path,
        "button": said(_BUTTON_OWNER if ours else _BUTTON),
        "config": {"ORGANISATION": head.organisation},
    }
    subject = said(_SUBJECT_OWNER if ours else _SUBJECT) % {
        "vendor": one.vendor.name,
        "who": head.organisation,
        "number": one.response.number,
    }
    mail = outbox.put(
        session,
        dedup_key=f"reminder/{one.response.id}/{one.response.due_on}/{one.kind}",
        recipient=one.email,
        subject=subject,
        text=templates(language).get_template("mail/reminder.txt").render(known),
        html=templates(language).get_template("mail/reminder.html").render(known),
        link_id=one.link_id,
        now=now,
    )
    mail.due_at = one.at


def _words(one: Reminder, head: Letterhead, language: str) -> list[str]:
    said = catalogue(language).gettext
    known = {
        "vendor": one.vendor.name,
        "who": head.organisation,
        "due": format_date(one.response.due_on, day_pattern(language), locale=language),
    }
    to_vendor = _LATE if one.late else _SOON
    return [said(text) % known for text in (_TO_OWNER if one.kind == OWNER else to_vendor)]


@lru_cache(maxsize=len(OFFERED))
def templates(language: str) -> Environment:
    """The templates of mails, outside a request."""
    words = catalogue(language)

    def said(text: str, **known: Any) -> str:
        return words.gettext(text) % known

    def counted(one: str, many: str, number: int, **known: Any) -> str:
        return words.ngettext(one, many, number) % ({"num": number} | known)

    loader = FileSystemLoader(str(data_dir("templates")))
    there = Environment(loader=loader, autoescape=select_autoescape(["html"]))
    there.globals.update(
        _=said, ngettext=counted, page_language=lambda: language, page_direction=lambda: "ltr"
    )
    return there
