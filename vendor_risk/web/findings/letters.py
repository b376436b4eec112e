"""Letters that ask vendors to mend findings: one for each vendor, put into the outbox."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence

from flask import current_app, render_template, url_for
from flask_babel import force_locale, get_babel
from flask_babel import gettext as _
from flask_login import current_user

from vendor_risk.store.models.findings import FindingRequest, StoredFinding
from vendor_risk.store.models.vendors import Contact, Vendor
from vendor_risk.web.frame import day_words
from vendor_risk.web.session import now, session
from vendor_risk.workflow import finding_requests as steps
from vendor_risk.workflow import outbox
from vendor_risk.workflow.finding_moves import MOVES
from vendor_risk.workflow.vendors import VendorRefused


def ask_many(
    rows: Sequence[StoredFinding], *, due: dt.date | None, message: str
) -> tuple[int, int, list[tuple[str, str]]]:
    """How many findings of how many vendors are asked; who could not be, by name, and why."""
    by_vendor: dict[uuid.UUID, list[StoredFinding]] = defaultdict(list)
    for row in rows:
        if row.state in MOVES["ask"].sources:
            by_vendor[row.vendor_id].append(row)
    asked = vendors = 0
    refused: list[tuple[str, str]] = []
    for vendor_id, theirs in by_vendor.items():
        vendor = session.get_one(Vendor, vendor_id)
        try:
            with session.begin_nested():
                letter = steps.ask(
                    session,
                    vendor,
                    theirs,
                    contact_id=None,
                    message=message,
                    due=due,
                    now=now(),
                    actor=current_user.id,
                )
                post(*letter)
        except VendorRefused as error:
            if error.field in ("due_on", "message"):  # so it is for every vendor
                raise
            refused.append((vendor.name, error.said(_)))
            continue
        asked, vendors = asked + len(theirs), vendors + 1
    return asked, vendors, sorted(refused)


def post(asked: FindingRequest, contact: Contact, token: str) -> None:
    """The letter waits in the outbox; it says no finding, and how long there is."""
    address = current_app.config["ADDRESS"] + url_for("portal.show", token=token)
    with force_locale(steps.language_of(session, contact) or get_babel().default_locale):
        due = day_words(asked.due_on) if asked.due_on else ""
        said = {"name": contact.name, "address": address, "due": due}
        outbox.put(
            session,
            dedup_key=f"{steps.LETTER}{asked.id}",
            recipient=contact.email or "",
            subject=_("Findings to mend, from %(who)s", who=current_app.config["ORGANISATION"]),
            text=render_template("mail/findings.txt", **said),
            html=render_template("mail/findings.html", **said),
            now=now(),
        )
