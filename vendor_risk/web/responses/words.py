"""What states, flags and decisions of responses are called and look like on pages."""

from collections.abc import Mapping

from vendor_risk.evidence import N_
from vendor_risk.reports.acts import Look
from vendor_risk.store.models.responses import FileState, ResponseState
from vendor_risk.workflow.responses import reading

STATES: Mapping[str, Look] = {
    ResponseState.DRAFT: Look(N_("Draft"), "line", "pencil"),
    ResponseState.SENT: Look(N_("Sent"), "informational", "send"),
    ResponseState.OPENED: Look(N_("Opened"), "informational", "eye"),
    ResponseState.IN_PROGRESS: Look(N_("Being answered"), "low", "progress"),
    ResponseState.SUBMITTED: Look(N_("Submitted"), "medium", "inbox"),
    ResponseState.IN_REVIEW: Look(N_("In review"), "medium", "eye"),
    ResponseState.RETURNED: Look(N_("Returned"), "low", "refresh"),
    ResponseState.ACCEPTED: Look(N_("Accepted"), "good", "circle-check"),
    ResponseState.LAPSED: Look(N_("Lapsed"), "high", "clock"),
    ResponseState.WITHDRAWN: Look(N_("Withdrawn"), "line", "circle-x"),
    ResponseState.DECLINED: Look(N_("Declined"), "high", "circle-x"),
}
GROUPS: Mapping[str, str] = {
    "with us": N_("Waiting for review"),
    "with vendor": N_("With the vendor"),
    "ended": N_("Ended"),
    "all": N_("All"),
}
FILES: Mapping[str, Look] = {
    FileState.UNREAD: Look(N_("Nobody read it"), "line", "file-text"),
    FileState.REVIEWED: Look(N_("Read"), "good", "circle-check"),
    FileState.REJECTED: Look(N_("Shows nothing"), "high", "circle-x"),
    FileState.EXPIRED: Look(N_("Expired"), "high", "clock"),
}
FLAGS: Mapping[str, Look] = {
    reading.CONTRADICTED: Look(reading.CONTRADICTED, "critical", "radar"),
    reading.DOES_NOT_APPLY: Look(reading.DOES_NOT_APPLY, "medium", "circle-dashed"),
    reading.FAULT: Look(reading.FAULT, "high", "alert-triangle"),
    reading.NO_PROOF: Look(reading.NO_PROOF, "medium", "paperclip"),
    reading.CHANGED: Look(reading.CHANGED, "low", "history"),
    reading.REWORDED: Look(reading.REWORDED, "low", "pencil"),
}
VERDICTS: Mapping[str, Look] = {
    reading.ACCEPTED: Look(N_("Accepted"), "good", "circle-check"),
    reading.PARTLY: Look(N_("Accepted partly"), "medium", "circle-check"),
    reading.OVERRIDDEN: Look(N_("Overridden"), "high", "pencil"),
    reading.NA: Look(N_("Does not apply"), "line", "circle-dashed"),
}
LEVELS: Mapping[int, str] = {100: N_("Met"), 50: N_("Partly"), 0: N_("Unmet")}
