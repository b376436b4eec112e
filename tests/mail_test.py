"""Mail leaves over a real SMTP server, over TLS, and says why when it does not."""

import datetime as dt
import socket
import ssl

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.factories import NOON
from vendor_risk.mail import Letter, MailFailed, MailSettingsError, Smtp, message

SENDER = "Vendor Risk <risk@shop.example>"
LETTER = Letter("17", "ann@example.com", "Grüße", "Hello", "<p>Hello</p>", NOON)


class Inbox:
    """Keeps what arrives, and answers as it is told."""

    def __init__(self):
        self.letters = []
        self.answers = {}

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802
        answer = self.answers.get("RCPT")
        if answer is None:
            envelope.rcpt_tos.append(address)
        return answer or "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.letters.append((session.ssl is not None, envelope))
        return self.answers.get("DATA", "250 OK")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for localhost and its key, in one file each."""
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return folder


@pytest.fixture
def serve(certificate):
    """`serve()`: a mail server on a free port; returns its inbox and its port."""
    running = []

    def start(*, starttls=False, tls=False, password=None):
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        inbox = Inbox()
        options = {"tls_context": context, "require_starttls": True} if starttls else {}
        if password:
            options |= {
                "auth_required": True,
                "auth_require_tls": False,
                "authenticator": lambda *call: AuthResult(
                    success=call[-1].password == password.encode(), handled=False
                ),
            }
        controller = Controller(
            inbox,
            hostname="127.0.0.1",
            port=free_port(),
            server_hostname="localhost",
            ssl_context=context if tls else None,
            **options,
        )
        if tls:  # the controller knocks at its own door once, and cannot do so over TLS
            controller._trigger_server = lambda: knock(controller.port)
        controller.start()
        running.append(controller)
        return inbox, controller.port

    yield start
    for controller in running:
        controller.stop()


def knock(port):
    trusting = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    trusting.check_hostname, trusting.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), 5) as plain,
        trusting.wrap_socket(plain) as wrapped,
    ):
        wrapped.recv(100)


def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def smtp(port, url="smtp://localhost:{}", ca=None):
    return Smtp.from_url(url.format(port), SENDER, str(ca) if ca else None)


def test_letter_arrives(serve):
    """A letter is at the mail server, with its words in both forms."""
    inbox, port = serve()
    smtp(port).deliver(LETTER)

    content = inbox.letters[0][1].content.decode()
    assert ("text/plain" in content, "text/html" in content, "To: ann@example.com" in content) == (
        True,
        True,
        True,
    )


def test_starttls_is_used_where_it_is_offered(serve, certificate):
    """A server that offers TLS gets the letter over TLS."""
    inbox, port = serve(starttls=True)
    smtp(port, ca=certificate / "cert.pem").deliver(LETTER)

    assert inbox.letters[0][0]


def test_tls_from_the_start(serve, certificate):
    """smtps:// speaks TLS before the first word."""
    inbox, port = serve(tls=True)
    smtp(port, "smtps://localhost:{}", certificate / "cert.pem").deliver(LETTER)

    assert len(inbox.letters) == 1


def test_certificate_that_nobody_vouches_for_is_refused(serve):
    """A letter does not go to a server that only claims a name."""
    _, port = serve(starttls=True)

    with pytest.raises(MailFailed, match="certificate verify failed"):
        smtp(port).deliver(LETTER)


def test_certificate_of_another_name_is_refused(serve, certificate):
    """A server under another name than the setting's gets no letter."""
    _, port = serve(starttls=True)

    with pytest.raises(MailFailed, match=r"mismatch|not valid"):
        smtp(port, "smtp://127.0.0.1:{}", certificate / "cert.pem").deliver(LETTER)


def test_server_elsewhere_without_tls_gets_nothing(serve):
    """Beyond this machine mail is never sent in clear; nor is the password."""
    inbox, port = serve()
    far = Smtp("127.0.0.2", port, "user", "secret", SENDER, tls_at_once=False)
    server = Controller(inbox, hostname="127.0.0.2", port=port)
    server.start()
    try:
        with pytest.raises(MailFailed, match="offers no TLS"):
            far.deliver(LETTER)
    finally:
        server.stop()

    assert inbox.letters == []


def test_sign_in_at_the_server(serve):
    """User and password of the setting are given to the server."""
    inbox, port = serve(password="p@ss word")
    smtp(port, "smtp://user:p%40ss%20word@localhost:{}").deliver(LETTER)

    assert len(inbox.letters) == 1


def test_wrong_password_is_told_and_tried_again(serve):
    """A wrong password is the setting's fault, which somebody may mend."""
    _, port = serve(password="right")

    with pytest.raises(MailFailed) as caught:
        smtp(port, "smtp://user:wrong@localhost:{}").deliver(LETTER)
    assert ("535" in str(caught.value), caught.value.for_good) == (True, False)


@pytest.mark.parametrize(
    ("moment", "answer", "for_good"),
    [
        ("RCPT", "550 no such mailbox", True),
        ("RCPT", "451 come back later", False),
        ("DATA", "554 we do not like it", True),
        ("DATA", "452 disk full", False),
    ],
)
def test_refusal_is_for_good_or_for_now_as_the_server_says(serve, moment, answer, for_good):
    """5xx will not change by waiting, 4xx may."""
    inbox, port = serve()
    inbox.answers[moment] = answer

    with pytest.raises(MailFailed) as caught:
        smtp(port).deliver(LETTER)
    assert (caught.value.for_good, answer.split(" ", 1)[1] in str(caught.value)) == (for_good, True)


def test_server_that_is_down_is_tried_again():
    """No answer at all is for now."""
    with pytest.raises(MailFailed) as caught:
        smtp(free_port()).deliver(LETTER)
    assert not caught.value.for_good


def test_line_break_in_an_address_adds_no_header(serve):
    """An address cannot smuggle another recipient into a letter."""
    inbox, port = serve()
    nasty = Letter("1", "a@example.com\nBcc: b@example.com", "x", "x", None, NOON)

    with pytest.raises((MailFailed, ValueError)):
        smtp(port).deliver(nasty)
    assert inbox.letters == []


def test_repeated_letter_is_recognised():
    """A letter that goes twice after a crash has one Message-ID."""
    assert message(LETTER, SENDER)["Message-ID"] == "<17@shop.example>"


def test_no_absence_note_is_wanted():
    """Automatic mail says so (RFC 3834)."""
    assert message(LETTER, SENDER)["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize(
    "url", ["localhost:25", "http://localhost", "smtp://", "smtp://host:port", "smtp://host:99999"]
)
def test_address_that_is_none_is_refused(url):
    """A wrong setting is named."""
    with pytest.raises(MailSettingsError, match="VENDOR_RISK_SMTP_URL"):
        Smtp.from_url(url, SENDER)


@pytest.mark.parametrize(("url", "port"), [("smtp://host", 587), ("smtps://host", 465)])
def test_usual_port_is_taken(url, port):
    """Without a port the usual one holds."""
    assert Smtp.from_url(url, SENDER).port == port


@pytest.mark.parametrize(("password", "good"), [("right", True), ("wrong", False)])
def test_the_server_is_tried_without_a_letter(serve, password, good):
    """doctor signs in as the worker does, and leaves nothing behind."""
    inbox, port = serve(password="right")
    server = smtp(port, f"smtp://ann:{password}@localhost:{{}}")

    if good:
        server.check()
    else:
        with pytest.raises(MailFailed, match="535"):
            server.check()
    assert inbox.letters == []


def test_a_refused_recipient_has_its_code(serve):
    """The log names the code alone: the server's words may name a person."""
    inbox, port = serve()
    inbox.answers["RCPT"] = "550 5.1.1 <ann@example.com>: nobody here"

    with pytest.raises(MailFailed) as failure:
        smtp(port).deliver(LETTER)

    assert failure.value.code == 550
