"""What states, sources and acts of findings are called and look like on pages."""

from collections.abc import Mapping

from vendor_risk.evidence import N_
from vendor_risk.reports.acts import Look
from vendor_risk.store.models.findings import FindingKind, FindingState

STATES: Mapping[str, Look] = {
    FindingState.OPEN: Look(N_("Open"), "high", "alert-triangle"),
    FindingState.ASKED: Look(N_("Asked"), "medium", "mail"),
    FindingState.SAID_FIXED: Look(N_("Vendor says fixed"), "low", "clock"),
    FindingState.DISPUTED: Look(N_("Disputed"), "medium", "help-circle"),
    FindingState.ACCEPTED: Look(N_("Accepted"), "informational", "shield-check"),
    FindingState.COMPENSATED: Look(N_("Compensated"), "low", "shield-check"),
    FindingState.VERIFIED: Look(N_("Verified"), "good", "circle-check"),
    FindingState.NOT_THEIRS: Look(N_("Not theirs"), "line", "circle-x"),
    FindingState.FALSE: Look(N_("False"), "line", "circle-x"),
}
KINDS: Mapping[str, str] = {
    FindingKind.CHECK: N_("A look from outside"),
    FindingKind.QUESTION: N_("A questionnaire"),
    FindingKind.DOCUMENT: N_("A document"),
    FindingKind.BREACH: N_("A breach"),
    FindingKind.PERSON: N_("A reviewer"),
}
# What each step means, beside its name where one chooses.
HINTS: Mapping[str, str] = {
    "say-fixed": N_("The vendor told us by another way than the link."),
    "dispute": N_("The vendor told us that it is not so."),
    "verify": N_("You looked, and it is mended: the finding closes."),
    "confirm": N_("The dispute does not hold: it is open again."),
    "not-theirs": N_("The dispute holds: the finding closes."),
    "compensate": N_("Another control makes up for part of it: it counts one level lower."),
    "accept": N_("The risk is taken until a day, by an approver; the score keeps it."),
    "false": N_("It was never true: the finding closes and stays closed."),
    "reopen": N_("It counts again, and is due anew."),
}
