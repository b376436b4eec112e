"""The inbox of approvers."""

import datetime as dt

from flask import render_template
from flask_login import current_user

from vendor_risk.store.queries import decisions as listed
from vendor_risk.store.queries.vendors import name_of
from vendor_risk.web.decisions import area
from vendor_risk.web.frame import page_number
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors.words import KIND_LOOKS
from vendor_risk.workflow import decisions, reviews

_PER = 25
_AHEAD = dt.timedelta(days=30)  # a review is prepared in the month before


@area.get("")
def index() -> str:
    """What waits for me first; then breached conditions, reviews due, and what is in force."""
    today = now().date()
    waiting = [
        (row, vendor, bought, decisions.why_not(session, bought, row, current_user))
        for row, vendor, bought in listed.waiting(session)
    ]
    page = page_number()
    in_force, total = listed.in_force(session, first=(page - 1) * _PER, most=_PER)
    due = listed.reviews(session, today + _AHEAD)
    return render_template(
        "decisions/index.html",
        mine=[one for one in waiting if not one[3]],
        others=[one for one in waiting if one[3]],
        late=listed.late_conditions(session, today),
        reviews=due,
        reasons=reviews.reasons(session, [one.id for one in due]),
        in_force=in_force,
        total=total,
        page=page,
        pages=max(1, -(-total // _PER)),
        per=_PER,
        today=today,
        kinds=KIND_LOOKS,
        name_of=lambda person_id: name_of(session, person_id),
    )
