"""What is open and belongs to an account that is closed, found by the columns that say so."""

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from vendor_risk.store.models.decisions import Review
from vendor_risk.store.models.people import User
from vendor_risk.store.models.vendors import Vendor

# Each column that says who has something to do, and when a row of it is open.
OWES = {
    "vendor.owner_id": lambda _row: sa.true(),
    "engagement.owner_id": lambda row: row.ended_at.is_(None),
    "finding.owner_id": lambda row: row.closed_at.is_(None),
    "condition.owner_id": lambda row: row.met_at.is_(None) & row.dropped_at.is_(None),
    "response.reviewer_id": lambda row: row.ended_at.is_(None),
    "mention.person_id": lambda row: row.seen_at.is_(None),
}
# Columns of the account itself, and of what its person asked for; nobody else would do it.
OWN = {
    "alert.person_id",  # what they were told
    "alert_choice.person_id",
    "role_user.user_id",
    "sign_in.user_id",
    "calendar_feed.person_id",
    "deputy.person_id",
    "deputy.deputy_id",
    "intake.requester_id",
}


def orphans(session: Session) -> dict[str, int]:
    """How much is open and belongs to an account that is closed, and what of it is nobody's."""
    closed = sa.select(User.id).where(col(User.active).is_(False))
    found = {}
    for name, is_open in OWES.items():
        table, column = name.split(".")
        row = SQLModel.metadata.tables[table].c
        asked = sa.select(sa.func.count()).where(row[column].in_(closed), is_open(row))
        found[name] = session.execute(asked).scalar_one()
    reviews_of_nobody = (
        select(Review.id)
        .join(Vendor, col(Vendor.id) == col(Review.vendor_id))
        .where(col(Review.closed_at).is_(None), col(Vendor.owner_id).is_(None))
    )
    found["reviews"] = len(session.exec(reviews_of_nobody).all())
    return {name: count for name, count in found.items() if count}
