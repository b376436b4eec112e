"""The outbox: mail is written with its cause, sent later, retried, and never lost in silence."""

import datetime as dt
import logging
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from sqlmodel import Session, col, delete, or_, select

from vendor_risk.mail import Enclosed, Letter, MailFailed
from vendor_risk.store.audit import record
from vendor_risk.store.models.outbox import OutboxMail

log = logging.getLogger(__name__)

# Waits after each failure; after the last one a person has to look at it. About a day in all.
RETRIES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240, 480, 720))

# As many as one round sends.
BATCH = 50

# The message is larger than the server takes (RFC 1870).
_TOO_LARGE = 552

# While a letter is on its way it is not due for anybody else; a crash frees it after so long.
_LEASE = dt.timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Round:
    """What one round of sending did."""

    sent: int = 0
    later: int = 0
    failed: int = 0


def put(
    session: Session,
    *,
    dedup_key: str,
    recipient: str,
    subject: str,
    text: str,
    html: str | None = None,
    link_id: uuid.UUID | None = None,
    report_id: uuid.UUID | None = None,
    now: dt.datetime,
) -> OutboxMail:
    """The mail is sent after this transaction commits; once, however often its cause repeats."""
    there = session.exec(select(OutboxMail).where(OutboxMail.dedup_key == dedup_key)).first()
    if there:
        return there
    mail = OutboxMail(
        dedup_key=dedup_key,
        recipient=recipient,
        subject=" ".join(subject.split()),
        text=text,
        html=html,
        link_id=link_id,
        report_id=report_id,
        created_at=now,
        due_at=now,
    )
    session.add(mail)
    return mail


def call_off(session: Session, begin: str, *, keep: str = "", now: dt.datetime) -> None:
    """What waits under keys that begin so is not sent any more, but for a key that ends in `keep`.

    A letter that is on its way at this moment arrives: its row stays, to be noted as sent.
    """
    key = col(OutboxMail.dedup_key)
    session.exec(
        delete(OutboxMail)
        .where(
            key.startswith(begin, autoescape=True),
            *([~key.endswith(keep, autoescape=True)] if keep else []),
            col(OutboxMail.state) == "waiting",
            or_(col(OutboxMail.attempts) == 0, col(OutboxMail.due_at) > now + _LEASE),
        )
        .execution_options(synchronize_session="fetch")
    )


def send_waiting(
    session: Session,
    deliver: Callable[[Letter], None],
    now: dt.datetime,
    enclosed: Callable[[Session, OutboxMail], Enclosed | None] = lambda _session, _mail: None,
) -> Round:
    """Send what is due, one by one; commits around each, for no lock is held while one travels.

    `enclosed` gives the PDF that may go along with a letter now, or None: it leaves without.
    A crash between sending and noting it sends that one letter again, with the same Message-ID.
    """
    done = Round()
    for _ in range(BATCH):
        mail = _claim(session, now)
        if mail is None:
            break
        along = enclosed(session, mail) if mail.report_id is not None else None
        try:
            deliver(_letter(mail, along))
        except MailFailed as failure:
            later = _note_failure(session, mail, failure, now)
            done = replace(done, later=done.later + later, failed=done.failed + (not later))
        else:
            mail.state, mail.sent_at, mail.last_error = "sent", now, None
            if along is not None and mail.report_id is not None:
                _note_enclosed(session, mail, mail.report_id, now)
            done = replace(done, sent=done.sent + 1)
        session.add(mail)
        session.commit()
    return done


def _claim(session: Session, now: dt.datetime) -> OutboxMail | None:
    due = (
        select(OutboxMail)
        .where(OutboxMail.state == "waiting", col(OutboxMail.due_at) <= now)
        .order_by(col(OutboxMail.due_at), col(OutboxMail.id))
        .limit(1)
        # PostgreSQL passes over a row that another worker claims; SQLite has one writer at a time.
        .with_for_update(skip_locked=True)
    )
    mail = session.exec(due).first()
    if mail is not None:
        mail.attempts += 1
        mail.due_at = now + _LEASE
        session.add(mail)
    session.commit()
    return mail


def _letter(mail: OutboxMail, along: Enclosed | None) -> Letter:
    return Letter(
        str(mail.id), mail.recipient, mail.subject, mail.text, mail.html, mail.created_at, along
    )


def _note_enclosed(
    session: Session, mail: OutboxMail, report_id: uuid.UUID, now: dt.datetime
) -> None:
    record(
        session,
        actor="worker",
        act="report.mailed",
        subject_kind="report",
        subject_id=report_id,
        after={"mail": str(mail.id), "recipient": mail.recipient},
        now=now,
    )


def _note_failure(
    session: Session, mail: OutboxMail, failure: MailFailed, now: dt.datetime
) -> bool:
    """Whether it will be tried again."""
    mail.last_error = str(failure)[:500]
    if mail.report_id is not None and (failure.for_good or failure.code == _TOO_LARGE):
        # What a server refuses may be the PDF: the letter with its link is what has to arrive.
        mail.report_id, mail.due_at = None, now
        log.warning("mail %s is tried without its PDF: code %s", mail.id, failure.code)
        return True
    if not failure.for_good and mail.attempts <= len(RETRIES):
        mail.due_at = now + RETRIES[mail.attempts - 1]
        log.warning("mail %s is tried again at %s: code %s", mail.id, mail.due_at, failure.code)
        return True
    mail.state = "failed"
    log.error(
        "mail %s failed for good after %d attempts: code %s", mail.id, mail.attempts, failure.code
    )
    record(
        session,
        actor="worker",
        act="mail.failed",
        subject_kind="mail",
        subject_id=mail.id,
        after={"attempts": mail.attempts, "error": mail.last_error},
        now=now,
    )
    return False


def try_again(
    session: Session, mail: OutboxMail, *, actor: uuid.UUID | str, now: dt.datetime
) -> None:
    """A mail that failed waits again, with all its attempts before it."""
    if mail.state != "failed":
        return
    mail.state, mail.attempts, mail.due_at, mail.bounced_at = "waiting", 0, now, None
    session.add(mail)
    record(session, actor=actor, act="mail.again", subject_kind="mail", subject_id=mail.id, now=now)


def newest(session: Session, limit: int) -> Sequence[OutboxMail]:
    """The latest mails, for the page that shows them."""
    return session.exec(
        select(OutboxMail).order_by(col(OutboxMail.created_at).desc()).limit(limit)
    ).all()
