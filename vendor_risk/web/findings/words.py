"""What states, sources and acts of findings are called and look like on pages."""

from collections.abc import Mapping
from dataclasses import dataclass

from vendor_risk.evidence import N_
from vendor_risk.store.models.findings import FindingKind, FindingState


@dataclass(frozen=True, slots=True)
class Look:
    """A word with the tone and the icon that go with it."""

    word: str
    tone: str
    icon: str


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
# What happened, as the history of a finding tells it; the acts of scans are those of
# workflow/results.py.
ACTS: Mapping[str, Look] = {
    "seen": Look(N_("Seen by a scan"), "high", "radar"),
    "still there": Look(N_("A scan saw that it is still there"), "high", "radar"),
    "back": Look(N_("A scan saw it again"), "high", "radar"),
    "joined": Look(N_("Open at a vendor that was joined to this one"), "high", "refresh"),
    "worse": Look(N_("A scan saw it worse than what was accepted"), "critical", "radar"),
    "gone": Look(N_("A scan saw that it is gone"), "good", "radar"),
    "answer seen": Look(N_("An answer that was accepted says so"), "high", "list-check"),
    "answer still there": Look(N_("The next answer says it still"), "high", "list-check"),
    "answer back": Look(N_("A later answer says it again"), "high", "list-check"),
    "answer worse": Look(N_("An answer says worse than was accepted"), "critical", "list-check"),
    "answer gone": Look(N_("An answer that was accepted says that it is mended"), "good", "check"),
    "answer not asked": Look(N_("It is asked no longer"), "line", "circle-x"),
    "silence seen": Look(
        N_("No answer by the due date, which counts as the worst one"), "high", "clock"
    ),
    "silence still there": Look(N_("Still no answer by the due date"), "high", "clock"),
    "silence back": Look(N_("No answer by the due date: it is open again"), "high", "clock"),
    "silence worse": Look(
        N_("No answer by the due date: worse than was accepted"), "critical", "clock"
    ),
    "silence gone": Look(N_("The questions were withdrawn"), "line", "circle-x"),
    "placed": Look(N_("Weighed by what its host is for"), "informational", "world"),
    "host left": Look(N_("The host is the vendor's no longer"), "line", "radar"),
    "raised": Look(N_("Raised by a reviewer"), "high", "plus"),
    "ask": Look(N_("The vendor was asked to mend it"), "medium", "mail"),
    "say-fixed": Look(N_("The vendor says that it is fixed"), "low", "check"),
    "dispute": Look(N_("Disputed"), "medium", "help-circle"),
    "verify": Look(N_("Verified as fixed"), "good", "circle-check"),
    "confirm": Look(N_("The dispute was not followed"), "high", "alert-triangle"),
    "not-theirs": Look(N_("Found not to be the vendor's"), "line", "circle-x"),
    "compensate": Look(N_("Another control makes up for it"), "low", "shield-check"),
    "accept": Look(N_("The risk was accepted"), "informational", "shield-check"),
    "false": Look(N_("Marked as false"), "line", "circle-x"),
    "reopen": Look(N_("Opened again"), "high", "alert-triangle"),
    "expired": Look(N_("The acceptance ended, so it is open again"), "high", "clock"),
    "undone": Look(N_("The last act was undone"), "line", "history"),
    "owner": Look(N_("The owner is now"), "line", "user"),
    "due": Look(N_("Due on"), "line", "clock"),
    "comment": Look(N_("Comment"), "line", "pencil"),
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
