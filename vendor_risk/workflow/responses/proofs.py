"""What a reviewer says of a file of evidence: read, with its scope and period, or rejected."""

import datetime as dt
import uuid

from sqlmodel import Session

from vendor_risk.store.audit import record
from vendor_risk.store.models.responses import FileState, QuestionnaireResponse, ResponseFile
from vendor_risk.workflow.vendors import VendorRefused, clean

SCOPE, PERIOD = 1000, 200


def settle(
    session: Session,
    file: ResponseFile,
    state: str,
    *,
    scope: str = "",
    period: str = "",
    valid_until: dt.date | None = None,
    now: dt.datetime,
    actor: uuid.UUID,
) -> None:
    """The file is reviewed, rejected, or unread again; what it proves counts so until its day."""
    response = session.get_one(QuestionnaireResponse, file.response_id, with_for_update=True)
    if response.ended_at is not None:
        raise VendorRefused("The response has ended: nothing of it changes any more.")
    if state not in (FileState.REVIEWED, FileState.REJECTED, FileState.UNREAD):
        raise VendorRefused("Choose whether it shows what it should.", "state")
    scope, period = clean(scope), clean(period)
    if state == FileState.REVIEWED and not scope:
        raise VendorRefused("Say what of our service it covers.", "scope")
    if state == FileState.REJECTED and not scope:
        raise VendorRefused("Say why it does not show what it should.", "scope")
    if len(scope) > SCOPE or len(period) > PERIOD:
        raise VendorRefused("That is longer than fits: shorten it.", "scope")
    before = {"state": file.state}
    unread = state == FileState.UNREAD
    file.state = state
    file.scope, file.period = ("", "") if unread else (scope, period)
    if valid_until is not None:
        file.valid_until = valid_until
    file.reviewed_by_id, file.reviewed_at = (None, None) if unread else (actor, now)
    session.flush()
    record(
        session,
        actor=actor,
        act="response.evidence_read",
        subject_kind="response",
        subject_id=response.id,
        before=before,
        after={"file": file.id, "state": state, "scope": file.scope, "period": file.period},
        now=now,
    )
