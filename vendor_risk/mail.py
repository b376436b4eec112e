"""The door through which mail leaves: one letter over one SMTP connection."""

import datetime as dt
import smtplib
import ssl
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr
from urllib.parse import unquote, urlsplit

# A mail server that is silent for so long is down.
_TIMEOUT = 20


class MailSettingsError(ValueError):
    """The address of the mail server cannot be used; the message says why."""


class MailFailed(Exception):
    """A letter did not leave; `for_good` when trying again is vain.

    A server's words may name the recipient: they are sealed or shown, never logged. `code` is its
    number for them, 0 where it said nothing.
    """

    def __init__(self, reason: str, *, for_good: bool = False, code: int = 0) -> None:
        super().__init__(reason)
        self.for_good = for_good
        self.code = code


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A PDF that goes along with a letter."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Letter:
    """One mail to one person."""

    id: str
    recipient: str
    subject: str
    text: str
    html: str | None
    written_at: dt.datetime
    enclosed: Enclosed | None = None


@dataclass(frozen=True, slots=True)
class Smtp:
    """A mail server, always spoken to over TLS, except on this very machine.

    `smtp://USER:PASSWORD@HOST:PORT` upgrades with STARTTLS (port 587 by default),
    `smtps://...` begins with TLS (port 465).
    """

    host: str
    port: int
    user: str
    password: str
    sender: str
    tls_at_once: bool
    ca_file: str | None = None

    @classmethod
    def from_url(cls, url: str, sender: str, ca_file: str | None = None) -> "Smtp":
        """The server that a setting names; MailSettingsError when it names none."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise MailSettingsError(f"VENDOR_RISK_SMTP_URL: {error}") from error
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise MailSettingsError(
                "VENDOR_RISK_SMTP_URL must be smtp://USER:PASSWORD@HOST:PORT (STARTTLS) or smtps://"
            )
        at_once = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=port or (465 if at_once else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            sender=sender,
            tls_at_once=at_once,
            ca_file=ca_file,
        )

    def check(self) -> None:
        """The server takes our TLS and our password; MailFailed says why not."""
        try:
            with self._connect() as server:
                server.noop()
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(f"{self.host}:{self.port}: {error}") from error

    def deliver(self, letter: Letter) -> None:
        """The server has taken the letter; MailFailed says why not."""
        try:
            with self._connect() as server:
                server.send_message(message(letter, self.sender))
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise MailFailed(_said(code, said), for_good=code >= 500, code=code) from error
        except smtplib.SMTPResponseException as error:
            # 5xx at sign-in or for the sender is our setting, which somebody may mend: try again.
            permanent = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
            words = _said(error.smtp_code, error.smtp_error)
            raise MailFailed(words, for_good=permanent, code=error.smtp_code) from error
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(f"{self.host}:{self.port}: {error}") from error

    def _connect(self) -> smtplib.SMTP:
        trust = ssl.create_default_context()
        if self.ca_file:
            trust.load_verify_locations(self.ca_file)
        if self.tls_at_once:
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=_TIMEOUT, context=trust
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)
            server.ehlo()
            if server.has_extn("starttls"):
                server.starttls(context=trust)
            elif self.host not in ("localhost", "127.0.0.1", "::1"):
                server.close()
                raise MailFailed(
                    f"{self.host}:{self.port} offers no TLS; mail is not sent in clear"
                )
        if self.user:
            server.login(self.user, self.password)
        return server


def message(letter: Letter, sender: str) -> EmailMessage:
    """The letter as it goes over the wire; its id makes a repeated one recognisable."""
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = letter.recipient
    mail["Subject"] = letter.subject
    mail["Date"] = format_datetime(letter.written_at)
    mail["Message-ID"] = f"<{letter.id}@{parseaddr(sender)[1].rpartition('@')[2] or 'localhost'}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office answers, please
    mail.set_content(letter.text)
    if letter.html:
        mail.add_alternative(letter.html, subtype="html")
    if letter.enclosed:
        mail.add_attachment(
            letter.enclosed.content,
            maintype="application",
            subtype="pdf",
            filename=letter.enclosed.name,
        )
    return mail


def _said(code: int, words: bytes | str) -> str:
    text = words.decode(errors="replace") if isinstance(words, bytes) else words
    return f"the mail server said {code} {text}"[:500]
