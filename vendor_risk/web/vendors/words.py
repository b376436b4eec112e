"""What states, filters, facts and acts are called on screen: one word for each, everywhere."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from vendor_risk.evidence import N_
from vendor_risk.store.models.decisions import DecisionKind
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
    "engagement.observed": Look(N_("Lifted by our pages or the register"), "medium", "radar"),
    "engagement.ended": Look(N_("Engagement ended"), "informational", "circle-x"),
    "engagement.resumed": Look(N_("Engagement taken up again"), "good", "refresh"),
    "decision.proposed": Look(N_("Decision proposed"), "medium", "shield-check"),
    "decision.in_force": Look(N_("Decided"), "good", "shield-check"),
    "decision.second_asked": Look(N_("Approval needs a second person"), "high", "users"),
    "decision.second_spared": Look(N_("Approval needs one person only"), "medium", "users"),
    "decision.confirmed": Look(N_("Approval confirmed"), "good", "shield-check"),
    "decision.sent_back": Look(N_("Approval sent back"), "high", "circle-x"),
    "decision.refused": Look(N_("Proposal refused"), "informational", "circle-x"),
    "review.opened": Look(N_("Review asked for"), "medium", "refresh"),
    "review.withdrawn": Look(N_("Review withdrawn"), "informational", "circle-x"),
    "decision.withdrawn": Look(N_("Proposal withdrawn"), "informational", "circle-x"),
    "condition.met": Look(N_("Condition met"), "good", "circle-check"),
    "condition.reopened": Look(N_("Condition open again"), "medium", "clock"),
    "condition.breached": Look(N_("Condition breached"), "critical", "alert-octagon"),
    "offboarding.said": Look(N_("Way out recorded"), "informational", "logout"),
    "offboarding.finished": Look(N_("Way out finished"), "good", "logout"),
    "note.written": Look(N_("Note written"), "informational", "pencil"),
    "note.withdrawn": Look(N_("Note withdrawn"), "informational", "pencil"),
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
    "access.added": Look(N_("Access entered"), "informational", "key"),
    "access.edited": Look(N_("Access changed"), "informational", "key"),
    "access.reviewed": Look(N_("Access reviewed"), "good", "check"),
    "access.ended": Look(N_("Access cut off"), "good", "circle-x"),
    "access.resumed": Look(N_("Access open again"), "medium", "key"),
    "vendor.cut_off_sheet": Look(N_("Cut-off sheet printed"), "medium", "download"),
    "document.added": Look(N_("Document added"), "informational", "file-text"),
    "document.edited": Look(N_("Document changed"), "informational", "file-text"),
    "document.reviewed": Look(N_("Document reviewed"), "good", "file-text"),
    "document.withdrawn": Look(N_("Document withdrawn"), "medium", "file-text"),
    "document.returned": Look(N_("Document taken back in"), "informational", "file-text"),
    "contract.review_opened": Look(
        N_("Review opened before the notice date"), "medium", "calendar"
    ),
    "contract.added": Look(N_("Contract added"), "informational", "file-text"),
    "contract.edited": Look(N_("Contract changed"), "informational", "file-text"),
    "contract.ended": Look(N_("Contract ended"), "medium", "file-text"),
    "contract.resumed": Look(N_("Contract taken up again"), "informational", "file-text"),
    "report.requested": Look(N_("Report ordered"), "low", "file-text"),
    "report.schedule_begun": Look(N_("Report put on schedule"), "low", "calendar"),
    "report.schedule_ended": Look(N_("Report taken off schedule"), "low", "calendar"),
    "report.signed": Look(N_("Report signed"), "good", "circle-check"),
    "report.retried": Look(N_("Report ordered again"), "low", "file-text"),
    "response.sent": Look(N_("Questions sent"), "low", "send"),
    "response.opened": Look(N_("Questions opened by the vendor"), "informational", "eye"),
    "response.reminded": Look(N_("Vendor reminded of the questions"), "informational", "mail"),
    "response.link_renewed": Look(N_("Vendor asked for a new link"), "informational", "mail"),
    "response.link_sent_again": Look(N_("Link made again"), "informational", "mail"),
    "response.contributor_invited": Look(
        N_("Vendor asked a colleague for answers"), "informational", "users"
    ),
    "response.contributor_removed": Look(
        N_("Vendor took a colleague's link back"), "informational", "users"
    ),
    "response.handed_over": Look(
        N_("Vendor named somebody else to answer"), "informational", "user"
    ),
    "response.submitted": Look(N_("Answers submitted"), "medium", "inbox"),
    "response.review_taken": Look(N_("Review of answers begun"), "informational", "eye"),
    "response.returned": Look(N_("Answers returned to the vendor"), "medium", "refresh"),
    "response.accepted": Look(N_("Answers accepted"), "good", "circle-check"),
    "response.accepted_own": Look(
        N_("Answers accepted by the person who answered on the vendor's behalf"), "medium", "user"
    ),
    "response.overdue": Look(N_("Answers overdue: silence counts"), "high", "clock"),
    "response.lapsed": Look(N_("Questions lapsed without answers"), "high", "clock"),
    "response.declined": Look(N_("Vendor declined to answer"), "high", "circle-x"),
    "response.handed_in_for_them": Look(
        N_("Answers on the vendor's behalf handed in"), "medium", "inbox"
    ),
    "response.confirmed_for_them": Look(
        N_("Answers out of the vendor's file confirmed"), "informational", "circle-check"
    ),
    "response.mail_filed": Look(N_("Mail of the vendor filed"), "informational", "mail"),
    "response.quiet": Look(N_("Vendor wants no reminders"), "informational", "mail"),
    "response.not_quiet": Look(N_("Vendor wants reminders again"), "informational", "mail"),
    "response.withdrawn": Look(N_("Questions withdrawn"), "medium", "circle-x"),
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
