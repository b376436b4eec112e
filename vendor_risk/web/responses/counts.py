"""How much waits for the person of this request."""

from flask_login import current_user
from sqlmodel import Session

from vendor_risk.store.queries import responses as listed


def to_review(session: Session) -> int:
    """How many submitted responses this person is to review."""
    return listed.waiting(session, current_user.id)
