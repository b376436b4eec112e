"""How much waits for the person of this request."""

from flask_login import current_user
from sqlmodel import Session

from vendor_risk.store.queries import decisions as listed
from vendor_risk.workflow.people import role_names


def to_decide(session: Session) -> int:
    """The proposals that this person may decide; none for who is no approver."""
    if "approver" not in role_names(current_user):
        return 0
    return listed.count_waiting(session, current_user.id)
