"""How much a person has not seen."""

from flask_login import current_user
from sqlmodel import Session

from vendor_risk.workflow import alerts


def to_see(session: Session) -> int:
    """How many alerts this person has not seen; a thousand stands for more."""
    return alerts.unseen(session, current_user.id)
