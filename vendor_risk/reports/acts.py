"""What acts are called wherever they are told, on pages and on paper, with a tone and an icon."""

from collections.abc import Mapping
from dataclasses import dataclass

from vendor_risk.evidence import N_


@dataclass(frozen=True, slots=True)
class Look:
    """A word with its tone and its icon, as pages take them."""

    word: str
    tone: str
    icon: str


# The acts of the audit log that the history of a vendor shows.
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
    "report.mailed": Look(N_("Report sent as an attachment"), "medium", "mail"),
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
    # these the history of a vendor leaves to the page of the response, and a dossier tells
    "response.answer_judged": Look(N_("Answer decided on"), "informational", "check"),
    "response.answered_for_them": Look(
        N_("Answer entered on the vendor's behalf"), "medium", "pencil"
    ),
    "response.answers_accepted": Look(
        N_("Answers without a flag accepted together"), "informational", "check"
    ),
    "response.evidence_read": Look(N_("Evidence read"), "informational", "file-text"),
    "response.file_added": Look(N_("Evidence added"), "informational", "paperclip"),
    "response.file_removed": Look(N_("Evidence removed"), "informational", "paperclip"),
    "response.file_serves": Look(
        N_("Evidence shows another answer too"), "informational", "paperclip"
    ),
    "response.judgement_undone": Look(
        N_("Decision on answers taken back"), "informational", "history"
    ),
    "response.message": Look(N_("Message written"), "informational", "mail"),
    "response.messages_read": Look(N_("Messages marked as read"), "informational", "mail"),
    "response.question_marked": Look(
        N_("Question marked to go back to the vendor"), "informational", "refresh"
    ),
}

# What happened, as the history of a finding tells it; the acts of scans are those of
# workflow/results.py.
FINDING_ACTS: Mapping[str, Look] = {
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
