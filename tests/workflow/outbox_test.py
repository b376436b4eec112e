"""The outbox: once, retried, and never lost in silence."""

import datetime as dt
import threading

import pytest
from sqlmodel import select

from tests.factories import NOON
from vendor_risk.mail import MailFailed
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.workflow import outbox
from vendor_risk.workflow.outbox import RETRIES, Round, put, send_waiting, try_again


def write(database, key="one", **changes):
    fields = {
        "dedup_key": key,
        "recipient": "ann@example.com",
        "subject": "Hello",
        "text": "Words",
        "now": NOON,
    }
    with database.transaction() as session:
        put(session, **(fields | changes))


def send(database, deliver, now=NOON):
    with database.writing() as session:
        return send_waiting(session, deliver, now)


def only_mail(database):
    with database.reading() as session:
        return session.exec(select(OutboxMail)).one()


def refuse(_letter):
    raise MailFailed("451 later")


def refuse_for_good(_letter):
    raise MailFailed("550 no such mailbox", for_good=True)


def test_waiting_mail_is_sent(database):
    """What was put into the outbox goes out."""
    write(database)
    sent = []

    assert (send(database, sent.append), sent[0].text) == (Round(sent=1), "Words")


def test_sent_mail_is_not_sent_again(database):
    """The next round finds nothing to do."""
    write(database)
    send(database, lambda letter: None)

    assert send(database, refuse) == Round()


def test_same_cause_makes_one_mail(database):
    """A job that runs twice writes its mail once."""
    write(database)
    write(database)

    assert only_mail(database).attempts == 0


def test_mail_of_a_cause_that_did_not_happen_is_not_written(database):
    """A mail goes with its cause when that is rolled back."""
    with database.writing() as session:
        put(session, dedup_key="x", recipient="a@b.c", subject="s", text="t", now=NOON)
        session.flush()
        session.rollback()

    assert send(database, refuse) == Round()


def test_line_break_in_a_subject_becomes_a_blank(database):
    """A vendor's name with a line break adds no header."""
    write(database, subject="Report\nBcc: all@example.com")

    assert only_mail(database).subject == "Report Bcc: all@example.com"


def test_failed_attempt_is_tried_again_later(database):
    """A server that is busy gets the mail again after a while, not at once."""
    write(database)
    send(database, refuse)

    assert (send(database, refuse), only_mail(database).due_at) == (Round(), NOON + RETRIES[0])


def test_waits_grow(database):
    """A server that is down for a day is not knocked at every minute."""
    assert list(RETRIES) == sorted(RETRIES)


def test_error_of_the_last_attempt_is_kept(database):
    """Who looks at the outbox sees why a mail is still there."""
    write(database)
    send(database, refuse)

    assert only_mail(database).last_error == "451 later"


def test_mail_that_nobody_takes_fails_for_good(database):
    """A refused address is not tried again."""
    write(database)

    assert (send(database, refuse_for_good).failed, only_mail(database).state) == (1, "failed")


def test_mail_fails_after_the_last_attempt(database):
    """After about a day it is a person's turn."""
    write(database)
    now = NOON
    for _ in range(len(RETRIES) + 1):
        send(database, refuse, now)
        now += dt.timedelta(days=1)

    assert only_mail(database).state == "failed"


def test_failure_for_good_is_in_the_log(database):
    """A mail that never arrived is an act that somebody may ask about."""
    write(database)
    send(database, refuse_for_good)

    with database.reading() as session:
        assert session.exec(select(AuditEntry.act)).one() == "mail.failed"


def test_one_bad_mail_does_not_hold_up_the_others(database):
    """The mail behind a refused one is sent in the same round."""
    write(database, "bad", recipient="bad@example.com")
    write(database, "good")

    def deliver(letter):
        if letter.recipient.startswith("bad"):
            refuse_for_good(letter)

    assert send(database, deliver) == Round(sent=1, failed=1)


def test_failed_mail_that_is_put_back_is_sent(database):
    """After the cause is mended, a failed mail goes out."""
    write(database)
    send(database, refuse_for_good)
    with database.transaction() as session:
        try_again(session, session.exec(select(OutboxMail)).one(), actor="command", now=NOON)

    assert send(database, lambda letter: None) == Round(sent=1)


def test_two_workers_send_a_mail_once(database):
    """Workers side by side share the mails and send none twice."""
    for number in range(10):
        write(database, f"mail {number}")
    sent = []
    threads = [
        threading.Thread(target=send, args=(database, lambda letter: sent.append(letter.id)))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (len(sent), len(set(sent))) == (10, 10)


def test_database_is_free_while_a_mail_travels(database):
    """A slow mail server holds up nobody who wants to write."""
    write(database)
    done = []

    def deliver(_letter):
        write(database, "another")
        done.append(True)

    send(database, deliver)

    assert done


class Crash(BaseException):
    """The worker is killed."""


def test_mail_of_a_killed_worker_is_sent_by_the_next(database):
    """A mail that was on its way when the worker died goes out a little later."""
    write(database)

    def die(_letter):
        raise Crash

    with pytest.raises(Crash):
        send(database, die)
    now = NOON + dt.timedelta(minutes=11)

    assert (send(database, lambda letter: None), send(database, lambda letter: None, now)) == (
        Round(),
        Round(sent=1),
    )


def test_newest_mail_comes_first(database):
    """The page of the outbox begins with the latest."""
    write(database, "old")
    write(database, "new", subject="New", now=NOON + dt.timedelta(hours=1))

    with database.reading() as session:
        assert outbox.newest(session, 1)[0].subject == "New"
