"""Vendors: the list, the profile, every form that changes one, and the search over all."""

from flask import Blueprint

from vendor_risk.doors import guard, only, role, signed_in
from vendor_risk.scoring.knockouts import KNOCKOUTS
from vendor_risk.web.vendors.words import STATES

area = Blueprint("vendors", __name__)
guard(area, signed_in)


@area.context_processor
def _words() -> dict[str, object]:
    """Templates of this area know what states are called, and what knock-outs mean."""
    return {"states": STATES, "knockouts": KNOCKOUTS}


WRITES = only("analyst", "admin")
"""Who changes vendors: forms and their posts."""

WORKS = role("analyst", "admin")
"""The same people, and auditors to read what they work with."""

# One act upon more vendors than this takes longer than people wait; they press once more.
MOST_AT_ONCE = 1000

from vendor_risk.web.vendors import (  # noqa: E402  (views need the blueprint)
    access_views,
    catalogue_views,
    condition_views,
    contact_views,
    decision_views,
    document_views,
    domain_views,
    edit_views,
    engagement_views,
    import_views,
    join_views,
    move_views,
    note_views,
    offboarding_views,
    profile_views,
    questionnaire_views,
    score_views,
    views,
)

__all__ = [
    "access_views",
    "area",
    "catalogue_views",
    "condition_views",
    "contact_views",
    "decision_views",
    "document_views",
    "domain_views",
    "edit_views",
    "engagement_views",
    "import_views",
    "join_views",
    "move_views",
    "note_views",
    "offboarding_views",
    "profile_views",
    "questionnaire_views",
    "score_views",
    "views",
]
