"""What states, filters, facts and acts are called on screen: one word for each, everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from vendor_risk.evidence import N_
from vendor_risk.store.models.vendors import Kinship, VendorState


@dataclass(frozen=True, slots=True)
class Look:
    """A word with its tone and its icon, as `ui.state` takes them."""

    word: str
    tone: str
    icon: str


STATES: Mapping[str, Look] = {
    VendorState.PROSPECT: Look(N_("Prospect"), "informational", "circle-dashed"),
    VendorState.ASSESSING: Look(N_("In assessment"), "low", "search"),
    VendorState.APPROVED: Look(N_("Approved"), "good", "circle-check"),
    VendorState.CONDITIONAL: Look(N_("Approved with conditions"), "medium", "clock"),
    VendorState.REJECTED: Look(N_("Rejected"), "critical", "circle-x"),
    VendorState.OFFBOARDING: Look(N_("Offboarding"), "informational", "logout"),
    VendorState.ARCHIVED: Look(N_("Archived"), "line", "archive"),
}

KINSHIPS: Mapping[str, str] = {
    Kinship.SUBSIDIARY: N_("Subsidiary"),
    Kinship.BRAND: N_("Brand"),
}

# The acts of the audit log that a vendor's history shows: sentence, tone and icon.
ACTS: Mapping[str, Look] = {
    "vendor.created": Look(N_("Vendor added"), "good", "plus"),
    "vendor.imported": Look(N_("Vendor imported"), "good", "file-text"),
    "vendor.edited": Look(N_("Details changed"), "informational", "pencil"),
    "vendor.owner": Look(N_("Owner changed"), "informational", "user"),
    "vendor.parent": Look(N_("Parent changed"), "informational", "building"),
    "vendor.tag_added": Look(N_("Tag added"), "informational", "tag"),
    "vendor.tag_removed": Look(N_("Tag removed"), "informational", "tag"),
    "vendor.archived": Look(N_("Archived"), "medium", "archive"),
    "vendor.restored": Look(N_("Restored"), "good", "refresh"),
    "vendor.domain_added": Look(N_("Domain added"), "informational", "world"),
    "vendor.domain_class": Look(N_("Class of a domain changed"), "informational", "world"),
    "vendor.domain_pages": Look(N_("Check-out and log-in pages changed"), "informational", "lock"),
    "vendor.domain_removed": Look(N_("Domain removed"), "informational", "world"),
    "vendor.contact_added": Look(N_("Contact added"), "informational", "users"),
    "vendor.contact_edited": Look(N_("Contact changed"), "informational", "users"),
    "vendor.contact_removed": Look(N_("Contact removed"), "informational", "users"),
    "vendor.took_in": Look(N_("Another vendor was joined to this one"), "medium", "git-merge"),
    "vendor.joined": Look(N_("Joined to another vendor"), "medium", "git-merge"),
    "vendor.taken_apart": Look(N_("A merge was undone"), "medium", "git-merge"),
    "engagement.added": Look(N_("Engagement added"), "good", "file-text"),
    "engagement.edited": Look(N_("Engagement changed"), "informational", "pencil"),
    "engagement.tier": Look(N_("Tier set by hand"), "medium", "pencil"),
    "engagement.observed": Look(N_("Seen on our own pages"), "medium", "radar"),
    "engagement.ended": Look(N_("Engagement ended"), "informational", "circle-x"),
    "engagement.resumed": Look(N_("Engagement taken up again"), "good", "refresh"),
    "engagement.not_applicable": Look(N_("Control accepted as not applicable"), "medium", "minus"),
    "engagement.applicable": Look(N_("Control counts again"), "informational", "refresh"),
    "vendor.contradicted": Look(N_("An answer was contradicted"), "high", "alert-triangle"),
    "vendor.contradiction_cleared": Look(N_("Contradiction cleared"), "good", "circle-check"),
    "intake.begun": Look(N_("Request begun"), "informational", "inbox"),
    "intake.saved": Look(N_("Request saved"), "informational", "inbox"),
    "intake.taken_up": Look(N_("Request taken up again"), "informational", "inbox"),
    "intake.submitted": Look(N_("Request sent"), "low", "inbox"),
    "intake.withdrawn": Look(N_("Request withdrawn"), "informational", "inbox"),
    "scan.requested": Look(N_("Scan ordered"), "low", "radar"),
    "scan.stopped": Look(N_("Scan stopped"), "informational", "radar"),
    "report.requested": Look(N_("Report ordered"), "low", "file-text"),
    "report.retried": Look(N_("Report ordered again"), "low", "file-text"),
}

# What the log calls a fact, and what people call it.
FIELDS: Mapping[str, str] = {
    "name": N_("Name"),
    "supplier_number": N_("Supplier number"),
    "state": N_("State"),
    "in_use": N_("In use"),
    "handshakes_agreed": N_("Extra handshakes agreed on"),
    "ours": N_("These are our own pages"),
    "observed": N_("Seen on our own pages"),
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
    "override_reason": N_("Reason"),
    "engagement": N_("Engagement"),
    "fast_lane": N_("Short way"),
    "control": N_("Control"),
    "reason": N_("Reason"),
    "said": N_("They said"),
    "seen": N_("Seen"),
    "why": N_("Why"),
}
