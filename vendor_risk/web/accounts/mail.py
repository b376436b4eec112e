"""Mails of Flask-Security go into the outbox, like every other mail."""

import hashlib
from typing import Any

from flask_security import MailUtil

from vendor_risk.web.session import now, session
from vendor_risk.workflow import outbox


class OutboxMailUtil(MailUtil):
    """Writes a mail in the transaction of its cause; the view commits."""

    def send_mail(  # noqa: PLR0917  (Flask-Security's signature)
        self,
        template: str,
        subject: str,
        recipient: str | tuple[str, str],
        sender: str | tuple[str, str],
        body: str | None,
        html: str | None,
        **context: Any,
    ) -> None:
        """The mail waits in the outbox."""
        to = recipient if isinstance(recipient, str) else recipient[1]
        content = hashlib.sha256(f"{to}\n{body}".encode()).hexdigest()[:32]
        outbox.put(
            session,
            dedup_key=f"account/{template.rpartition('/')[2]}/{now().isoformat()}/{content}",
            recipient=to,
            subject=str(subject),
            text=body or "",
            html=html,
            now=now(),
        )
