"""The letters that the worker writes: reminders of a new day, and the questions of a round."""

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader, select_autoescape
from sqlmodel import Session

from vendor_risk.evidence import N_
from vendor_risk.resources import data_dir
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.workflow import outbox
from vendor_risk.workflow.responses import answers, links, reminders
from vendor_risk.workflow.responses.reminders import OWNER, Reminder
from vendor_risk.workflow.responses.sending import Sent, minutes_of

_BUTTON = N_("Open the questions")
_QUIET = N_("You want no reminders? The page behind the link has a button for that.")
_BUTTON_OWNER = N_("Open the response")


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who writes: the address that people type, the name of the company, its zone."""

    address: str
    organisation: str
    zone: str = "UTC"


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
    known = {
        "name": at.link.name,
        "address": f"{head.address}/q/{sent.token}",
        "due": f"{response.due_on.day} {response.due_on:%b %Y}",
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
        subject=f"Security questions from {head.organisation} ({response.number})",
        text=_templates().get_template("mail/questionnaire.txt").render(known),
        html=_templates().get_template("mail/questionnaire.html").render(known),
        link_id=at.link.id,
        now=now,
    )


def _put(session: Session, one: Reminder, head: Letterhead, now: dt.datetime) -> None:
    ours = one.kind == OWNER
    path = f"/responses/{one.response.id}" if ours else f"/q/{one.token}"
    known = {
        "name": one.name,
        "paragraphs": _words(one, head),
        "address": head.address + path,
        "button": _BUTTON_OWNER if ours else _BUTTON,
        "config": {"ORGANISATION": head.organisation},
    }
    subject = (
        f"{one.vendor.name} has not answered: {one.response.number}"
        if ours
        else f"Reminder: questions from {head.organisation} ({one.response.number})"
    )
    mail = outbox.put(
        session,
        dedup_key=f"reminder/{one.response.id}/{one.response.due_on}/{one.kind}",
        recipient=one.email,
        subject=subject,
        text=_templates().get_template("mail/reminder.txt").render(known),
        html=_templates().get_template("mail/reminder.html").render(known),
        link_id=one.link_id,
        now=now,
    )
    mail.due_at = one.at


def _words(one: Reminder, head: Letterhead) -> list[str]:
    due = f"{one.response.due_on.day} {one.response.due_on:%b %Y}"
    if one.kind == OWNER:
        return [
            f"{one.vendor.name} was asked our questions until {due} and has not answered,"
            " reminders included.",
            "What is not answered counts as the worst answer. You know them: a call may help.",
        ]
    first = (
        f"the answers to our questions were due on {due} and are not here yet."
        if one.late
        else f"a reminder: {head.organisation} asked you some questions, and the answers are due"
        f" on {due}."
    )
    more = (
        "What is not answered counts as the worst answer until you answer."
        if one.late
        else "What you have answered so far is kept."
    )
    return [
        first,
        more,
        "Who holds the link can answer for you: pass it on only to a colleague.",
        _QUIET,
    ]


@lru_cache(maxsize=1)
def _templates() -> Environment:
    """The templates of mails, outside a request: in English, as the worker speaks."""

    def said(text: str, **known: Any) -> str:
        return text % known

    def counted(one: str, many: str, number: int, **known: Any) -> str:
        return (one if number == 1 else many) % ({"num": number} | known)

    loader = FileSystemLoader(str(data_dir("templates")))
    there = Environment(loader=loader, autoescape=select_autoescape(["html"]))
    there.globals.update(
        _=said, ngettext=counted, page_language=lambda: "en", page_direction=lambda: "ltr"
    )
    return there
