"""What states, filters, facts and acts are called on screen: one word for each, everywhere."""

from collections.abc import Mapping

from flask_babel import gettext as _

from vendor_risk.evidence import N_
from vendor_risk.reports.acts import Look
from vendor_risk.store.models.decisions import DecisionKind
from vendor_risk.store.models.vendors import Kinship, VendorState

STATES: Mapping[str, Look] = {
    VendorState.PROSPECT: Look(N_("Prospect"), "informational", "circle-dashed"),
    VendorState.ASSESSING: Look(N_("In assessment"), "low", "search"),
    VendorState.APPROVED: Look(N_("Approved"), "good", "circle-check"),
    VendorState.CONDITIONAL: Look(N_("Approved with conditions"), "medium", "clock"),
    VendorState.REJECTED: Look(N_("Rejected"), "critical", "circle-x"),
    VendorState.OFFBOARDING: Look(N_("Offboarding"), "informational", "logout"),
    VendorState.ARCHIVED: Look(N_("Archived"), "line", "archive"),
}

# What a decision is called, as its state is shown.
KIND_LOOKS: Mapping[str, Look] = {
    DecisionKind.APPROVE: Look(N_("Approve"), "good", "circle-check"),
    DecisionKind.CONDITIONAL: Look(N_("Approve with conditions"), "medium", "clock"),
    DecisionKind.REJECT: Look(N_("Reject"), "critical", "circle-x"),
    DecisionKind.OFFBOARD: Look(N_("Offboard"), "informational", "logout"),
}

KINSHIPS: Mapping[str, str] = {
    Kinship.SUBSIDIARY: N_("Subsidiary"),
    Kinship.BRAND: N_("Brand"),
}

# What the log calls a fact, and what people call it.
FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "supplier_number": N_("Supplier number"),
    "state": N_("State"),
    "in_use": N_("In use"),
    "handshakes_agreed": N_("Extra handshakes agreed on"),
    "ours": N_("These are our own pages"),
    "observed": N_("Lifted by our pages or the register"),
    "owner_id": N_("Owner"),
    "parent_id": N_("Parent"),
    "kinship": N_("Kind of relation"),
    "tag": N_("Tag"),
    "tags": N_("Tags"),
    "domain": N_("Domain"),
    "class": N_("Class"),
    "checkout_pages": N_("Check-out and log-in pages"),
    "email": N_("E-mail"),
    "phone": N_("Phone"),
    "roles": N_("Roles"),
    "vendor": N_("Vendor"),
    "moved": N_("Moved"),
    "file": N_("File"),
    "line": N_("Line"),
    "purpose": N_("Purpose"),
    "legal_entity": N_("Our legal entity"),
    "spend_minor": N_("Spend a year"),
    "currency": N_("Currency"),
    "purchase_order": N_("Purchase order"),
    "data_sensitivity": N_("Data sensitivity"),
    "data_volume": N_("Data volume"),
    "access": N_("Access"),
    "criticality": N_("Criticality"),
    "payment": N_("Payment role"),
    "floors": N_("Facts that lift the tier"),
    "facts_source": N_("Source of the facts"),
    "inherent": N_("Inherent risk"),
    "tier": N_("Tier"),
    "tier_override": N_("Tier set by hand"),
    "inherits": N_("Counts what the parent proved"),
    "due_on": N_("Due"),
    "because": N_("Because"),
    "override_reason": N_("Reason"),
    "engagement": N_("Engagement"),
    "system": N_("System"),
    "holder": N_("Who holds it"),
    "remote": N_("Reachable from afar"),
    "second_factor": N_("Second factor"),
    "segment": N_("Network segment"),
    "separated": N_("Kept apart from our internal systems"),
    "reaches_card_data": N_("Reaches card data"),
    "reaches_production": N_("Reaches production"),
    "last_used_on": N_("Last used"),
    "last_reviewed_on": N_("Last reviewed"),
    "cut_by": N_("Who can cut it"),
    "cut_phone": N_("Phone"),
    "cut_how": N_("How to cut it"),
    "ways": N_("Open ways in"),
    "title": N_("Title"),
    "valid_until": N_("Valid until"),
    "document_date": N_("Date of the document"),
    "period_end": N_("End of the period"),
    "controls": N_("Controls"),
    "starts_on": N_("Start"),
    "ends_on": N_("End"),
    "notice_on": N_("Notice date"),
    "fast_lane": N_("Short way"),
    "decision": N_("Decision"),
    "rationale": N_("Why"),
    "reason": N_("Reason"),
    "conditions": N_("Conditions"),
    "reviews": N_("Reviews"),
    "condition": N_("Condition"),
    "note": N_("Note"),
    "data_done_on": N_("Data returned or deleted on"),
    "data_how": N_("How, and by whose word"),
    "contract_closed_on": N_("Contract closed on"),
    "control": N_("Control"),
    "said": N_("They said"),
    "seen": N_("Seen"),
    "why": N_("Why"),
}


def yes_no(value: object) -> str:
    """A fact in a word."""
    return str(_("yes") if value else _("no"))
