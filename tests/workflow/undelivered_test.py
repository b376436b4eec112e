"""A letter that did not get through is loud: refused by a real mail server, or come back later."""

import email
import socket

import pytest
from aiosmtpd.controller import Controller
from click.testing import CliRunner
from sqlmodel import select

from tests.factories import NOON, make_user
from tests.mail_test import SENDER, Inbox
from tests.rated import make
from vendor_risk.jobs import letters
from vendor_risk.jobs.letters import Letterhead
from vendor_risk.mail import Smtp
from vendor_risk.store.models.outbox import OutboxMail
from vendor_risk.workflow import contacts, notices, outbox
from vendor_risk.workflow.responses import links, sending, undelivered
from vendor_risk.workflow.vendors import VendorRefused

HEAD = Letterhead("https://risk.example", "Contoso")
NOTICE = """\
From: MAILER-DAEMON@mx.example
To: risk@shop.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I'm sorry to have to inform you.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example

Original-Recipient: rfc822;{recipient}
Final-Recipient: rfc822; relayed@elsewhere.example
Action: {action}
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such
 mailbox
--b
Content-Type: {kind}

{original}
--b--
"""


@pytest.fixture
def session(database):
    """One session of the test; what sends letters commits in it."""
    with database.writing() as session:
        yield session


@pytest.fixture
def server():
    """A mail server on loopback that keeps what it takes."""
    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Controller(inbox, hostname="127.0.0.1", port=port)
    running.start()
    inbox.port = port
    yield inbox
    running.stop()


@pytest.fixture
def sent(session):
    """Questions whose letter waits."""
    ann = make_user(session, "analyst")
    vendor, bought = make(session, "Polar Heating", NOON)
    pat = contacts.add_contact(
        session, vendor, name="Pat", email="pat@polar.example", roles=[], now=NOON, actor="t"
    )
    told = sending.send(session, vendor, bought, now=NOON, actor=ann.id)
    letters.ask(session, told, HEAD, NOON)
    session.commit()
    assert pat.id == told.contact.id
    return told


def leave(session, server):
    """The letter goes to the mail server."""
    smtp = Smtp.from_url(f"smtp://127.0.0.1:{server.port}", SENDER)
    outbox.send_waiting(session, smtp.deliver, NOON)


def returned(server, recipient="pat@polar.example", action="failed", kind="message/rfc822"):
    """What the vendor's mail server writes back about the letter that it took."""
    taken = email.message_from_bytes(server.letters[0][1].content)
    original = f"Message-ID: {taken['Message-ID']}\nSubject: x\n\nHello"
    told = {"recipient": recipient, "action": action, "kind": kind, "original": original}
    return NOTICE.format(**told).encode()


def test_what_a_server_refuses_is_loud_with_its_link(session, server, sent):
    """The link in the letter opens; sending again to the mended address ends it."""
    server.answers["RCPT"] = "550 no such mailbox"
    leave(session, server)

    [one] = undelivered.lost(session, sent.response)
    assert one.address == f"https://risk.example/q/{sent.token}"
    assert "550 no such mailbox" in one.mail.last_error
    assert undelivered.count(session) == 1
    sent.contact.email = "new@polar.example"
    link, _token = links.send_again(
        session, sent.response, now=NOON, actor=sent.response.sent_by_id
    )
    assert (link.email, undelivered.lost(session)) == ("new@polar.example", [])


@pytest.mark.parametrize("kind", ["message/rfc822", "text/rfc822-headers"])
def test_a_notice_finds_its_letter_by_our_message_id(session, server, sent, kind):
    """Whomever it was forwarded to; it is as loud as one that never left, and told once."""
    leave(session, server)
    assert undelivered.lost(session) == []

    told = notices.read(returned(server, recipient="other@x.example", kind=kind))
    mail = undelivered.of_notice(session, told, now=NOON)
    assert undelivered.came_back(session, mail, told.reason, now=NOON, actor="operator")
    [one] = undelivered.lost(session)
    assert one.mail.last_error == "5.1.1 smtp; 550 5.1.1 no such mailbox"
    assert not undelivered.came_back(session, mail, told.reason, now=NOON, actor="operator")


@pytest.mark.parametrize(("address", "found"), [("PAT@polar.example", True), ("x@y.z", False)])
def test_without_our_message_id_the_address_decides(session, server, sent, address, found):
    """Some servers send back no header of the letter."""
    leave(session, server)
    content = returned(server, recipient=address).replace(b"Message-ID:", b"X-Was:")
    mail = undelivered.of_notice(session, notices.read(content), now=NOON)
    assert (mail is not None) == found


def test_an_opened_link_ends_the_noise(session, server, sent):
    """The link was handed over by another way."""
    server.answers["RCPT"] = "550 no"
    leave(session, server)
    links.enter(session, links.found(session, sent.token, now=NOON), now=NOON)
    assert undelivered.lost(session) == []


def test_a_letter_that_waits_cannot_have_come_back(session, sent):
    """Nobody has it yet."""
    mail = session.exec(select(OutboxMail)).one()
    with pytest.raises(VendorRefused, match="not left yet"):
        undelivered.came_back(session, mail, "", now=NOON, actor="operator")


DEEP = b"Content-Type: multipart/mixed; boundary=b\n\n--b\n" * 5000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "no notice"),
        (b"\xff\x00" * 4000, "no notice"),
        (b"Subject: Out of office\n\nI am away.", "no notice"),
        (DEEP, "no notice|cannot be read"),
        (b"Content-Type: message/delivery-status\n\n" + b"Action: failed\n\n" * 100_000, None),
        (b"Content-Type: message/rfc822\n\n" * 5000, "no notice|cannot be read"),
        (NOTICE.format(recipient="a@b.c", action="delayed", kind="x/y", original="").encode(),
         "delayed"),
    ],
)  # fmt: skip
def test_a_hostile_or_other_mail_is_no_notice(content, words):
    """It ends, with a reason; a notice that only says "failed" is about nobody."""
    if words is None:
        assert notices.read(content) == notices.Notice("", "", "")
        return
    with pytest.raises(VendorRefused, match=words):
        notices.read(content)


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_command_reads_standard_input(database, session, server, sent, monkeypatch, tmp_path):
    """0 where a letter is marked, 1 where the notice is about none, and each says so."""
    from tests.conftest import KEYS
    from vendor_risk.cli import main

    leave(session, server)
    keys = ",".join(f"{key_id}:{key.hex()}" for key_id, key in KEYS.items())
    monkeypatch.setenv("VENDOR_RISK_DATABASE_URL", database.url)
    monkeypatch.setenv("VENDOR_RISK_ENCRYPTION_KEYS", keys)
    monkeypatch.setenv("VENDOR_RISK_DATA_DIR", str(tmp_path))
    told = CliRunner().invoke(main, ["mail", "bounce"], input=returned(server))
    assert (told.exit_code, "is marked as come back" in told.output) == (0, True)
    session.expire_all()
    assert undelivered.count(session) == 1
    none = CliRunner().invoke(main, ["mail", "bounce"], input=b"Subject: hi\n\nx")
    assert (none.exit_code, "no notice" in none.output) == (1, True)
