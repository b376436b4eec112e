"""The PDF in the letter about a report: only where allowed, and only to who may read it."""

import email
import io
from functools import partial

import pytest
from aiosmtpd.controller import Controller
from sqlmodel import select

from tests.factories import NOON, make_user
from tests.mail_test import Inbox, free_port, smtp
from vendor_risk.jobs.letters import Letterhead, enclosed, report_there
from vendor_risk.store.files import Files
from vendor_risk.store.models.audit import AuditEntry
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.store.models.reports import IssuedReport, ReportSchedule
from vendor_risk.workflow import outbox, report_schedules, reports, settings
from vendor_risk.workflow.people import set_roles
from vendor_risk.workflow.report_schedules import MOST_ATTACHED, Terms

HEAD = Letterhead("https://risk.example", "Contoso")
PAPER = b"%PDF-1.7 the board reads this"


@pytest.fixture
def session(database):
    """A writing session."""
    with database.writing() as opened:
        yield opened


@pytest.fixture
def files(tmp_path):
    """An empty store of files."""
    return Files(tmp_path / "files")


@pytest.fixture
def ann(session):
    """An analyst who is told of the report."""
    return make_user(session, "analyst", email="ann@example.com")


@pytest.fixture
def made(session, files, ann):
    """The report of a schedule, whose PDF is there."""
    terms = Terms(None, "monthly", "en", NOON.date(), [ann.id])
    report_schedules.begin(session, terms, now=NOON, actor=ann.id)
    (issued,) = report_schedules.order_due(
        session, NOON, organisation="Contoso", enqueue=lambda *_, **__: None
    )
    stored = files.write(issued.id, io.BytesIO(PAPER))
    reports.keep_pdf(session, issued.id, sha256=stored.sha256, size=stored.size, now=NOON)
    session.commit()
    return issued


class Small(Inbox):
    """Takes no letter with a PDF once it is told to."""

    refuses = False

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        if self.refuses and b"application/pdf" in envelope.content:
            return "552 message too large"
        return await super().handle_DATA(server, session, envelope)


@pytest.fixture
def sink():
    """A mail server that takes letters; its inbox and its port."""
    inbox = Small()
    server = Controller(inbox, hostname="127.0.0.1", port=free_port(), server_hostname="localhost")
    server.start()
    yield inbox, server.port
    server.stop()


def allow(session, ann, attached=True):
    settings.set_reports_attached(session, attached=attached, now=NOON, actor=ann.id)


def write(session, made):
    """The letter waits in the outbox."""
    report_there(session, made, HEAD, NOON)
    session.commit()


def post(session, files, sink):
    """What is due goes to the mail server; the letters that have arrived so far."""
    inbox, port = sink
    outbox.send_waiting(session, smtp(port).deliver, NOON, partial(enclosed, files=files))
    return [email.message_from_bytes(one.content) for _tls, one in inbox.letters]


def papers(letter):
    """The names and contents of what goes along with a letter."""
    return [
        (part.get_filename(), part.get_payload(decode=True))
        for part in letter.walk()
        if part.get_content_type() == "application/pdf"
    ]


def test_without_leave_the_letter_has_a_link_alone(session, files, made, sink):
    """As delivered: nothing that we keep sealed lies in a mailbox."""
    write(session, made)

    (letter,) = post(session, files, sink)

    assert papers(letter) == []
    assert f"https://risk.example/reports/{made.id}" in letter.as_string()


def test_with_leave_the_pdf_goes_along_and_the_log_says_so(session, files, made, sink, ann):
    """Byte for byte, beside the link; who allowed it and whom it went to stand in the log."""
    allow(session, ann)
    write(session, made)

    (letter,) = post(session, files, sink)

    assert papers(letter) == [(f"{made.number}.pdf", PAPER)]
    assert f"https://risk.example/reports/{made.id}" in letter.as_string()
    acts = [(one.act, one.subject_id) for one in session.exec(select(AuditEntry))]
    assert ("setting.changed", settings.REPORTS_ATTACHED) in acts
    assert ("report.mailed", str(made.id)) in acts


def leave_withdrawn(session, made, ann):
    allow(session, ann, attached=False)


def role_lost(session, made, ann):
    set_roles(session, ann, ["requester"], actor="test", now=NOON)


def account_ended(session, made, ann):
    ann.active = False


def address_changed(session, made, ann):
    ann.email = "ann.other@example.com"


def taken_off_the_schedule(session, made, ann):
    session.get_one(ReportSchedule, made.schedule_id).people = []


def grown_too_large(session, made, ann):
    made.pdf_bytes = MOST_ATTACHED + 1


def file_lost(session, made, ann):
    session.info["files"].delete(made.id)


@pytest.mark.parametrize(
    "spoil",
    [
        leave_withdrawn, role_lost, account_ended, address_changed, taken_off_the_schedule,
        grown_too_large, file_lost,
    ],
)  # fmt: skip
def test_what_changed_before_the_letter_left_counts(session, files, made, sink, ann, spoil):
    """The letter leaves with its link alone."""
    allow(session, ann)
    write(session, made)
    session.info["files"] = files

    spoil(session, made, ann)
    session.commit()
    (letter,) = post(session, files, sink)

    assert papers(letter) == []
    assert not session.exec(select(AuditEntry).where(AuditEntry.act == "report.mailed")).all()


def test_a_pdf_that_is_too_large_is_said_to_be(session, files, made, sink, ann):
    """Nobody waits for a letter that no mail server takes."""
    allow(session, ann)
    made.pdf_bytes = MOST_ATTACHED + 1
    write(session, made)

    (letter,) = post(session, files, sink)

    assert papers(letter) == []
    assert "too large for a letter" in letter.get_payload()[0].get_payload(decode=True).decode()


def test_a_server_that_refuses_the_pdf_gets_the_letter(session, files, made, sink, ann):
    """The link arrives, whatever the server holds against the PDF."""
    allow(session, ann)
    write(session, made)
    sink[0].refuses = True

    (letter,) = post(session, files, sink)

    assert papers(letter) == []
    assert session.exec(select(OutboxMail)).one().state == "sent"


def test_a_report_that_is_not_ready_goes_nowhere(session, made, ann):
    """Nor one that no schedule asked for: nobody is told of it."""
    allow(session, ann)
    other = IssuedReport(
        number="VR-2026-0099", as_of=NOON, snapshot={}, snapshot_sha256="", ordered={}, state="done"
    )
    session.add(other)
    session.flush()
    made.state = "queued"

    told = [report_schedules.may_attach(session, one, ann.email) for one in (made, other)]

    assert told == [False, False]
