"""The steps in the life of a finding: from which state to which, and who takes them."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from vendor_risk.evidence import N_
from vendor_risk.store.models.findings import CAPPING, FindingState
from vendor_risk.workflow.vendors import Actor

VENDOR, PERSON, CLOCK = "vendor", "person", "clock"

OPEN, ASKED = FindingState.OPEN, FindingState.ASKED
SAID_FIXED, DISPUTED = FindingState.SAID_FIXED, FindingState.DISPUTED
ACCEPTED, COMPENSATED = FindingState.ACCEPTED, FindingState.COMPENSATED
VERIFIED = FindingState.VERIFIED
NOT_THEIRS, FALSE = FindingState.NOT_THEIRS, FindingState.FALSE

CLOSED = (VERIFIED, NOT_THEIRS, FALSE)
# Somebody has to mend it by its date; what is accepted or compensated waits for no one.
DUE_STATES = (OPEN, ASKED, SAID_FIXED, DISPUTED)


@dataclass(frozen=True, slots=True)
class Move:
    """A step from one state to another: from where, to where, and what must be said with it."""

    name: str
    sources: tuple[FindingState, ...]
    target: FindingState
    label: str
    reason: str = ""  # asked for when nothing is said; empty where nothing need be


SAY_FIXED_MOVE = Move("say-fixed", (OPEN, ASKED, DISPUTED), SAID_FIXED, N_("Vendor says fixed"))
DISPUTE_MOVE = Move(
    "dispute",
    (OPEN, ASKED, SAID_FIXED),
    DISPUTED,
    N_("Dispute"),
    N_("Say what is not so: a dispute without a reason cannot be decided."),
)
VERIFY_MOVE = Move(
    "verify",
    (OPEN, ASKED, SAID_FIXED, ACCEPTED, COMPENSATED),
    VERIFIED,
    N_("Verify"),
    N_("Say what you looked at and saw: the finding closes on your word."),
)
CONFIRM_MOVE = Move(
    "confirm",
    (DISPUTED,),
    OPEN,
    N_("Confirm the finding"),
    N_("Say why the dispute does not hold."),
)
NOT_THEIRS_MOVE = Move(
    "not-theirs",
    (DISPUTED,),
    NOT_THEIRS,
    N_("Not theirs"),
    N_("Say whose it is, or how you know that it is not the vendor's."),
)
COMPENSATE_MOVE = Move(
    "compensate",
    (DISPUTED,),
    COMPENSATED,
    N_("Compensated"),
    N_("Say which other control makes up for it."),
)
ACCEPT_MOVE = Move(
    "accept",
    (OPEN, ASKED, SAID_FIXED, ACCEPTED, COMPENSATED),
    ACCEPTED,
    N_("Accept"),
    N_("Say why the risk is taken: an acceptance without a reason cannot be defended."),
)
MARK_FALSE_MOVE = Move(
    "false",
    CAPPING,
    FALSE,
    N_("Mark as false"),
    N_("Say how you know that the finding was never true."),
)
REOPEN_MOVE = Move(
    "reopen",
    (*CLOSED, ACCEPTED, COMPENSATED),
    OPEN,
    N_("Re-open"),
    N_("Say why it is open again."),
)
ASK_MOVE = Move("ask", (OPEN, ASKED), ASKED, N_("Ask vendor"))
EXPIRE_MOVE = Move("expired", (ACCEPTED,), OPEN, N_("Acceptance ended"))
UNDO_MOVE = Move("undone", tuple(FindingState), OPEN, N_("Undone"))

# They take a finding out of the score though nothing was mended.
LIFTING = (NOT_THEIRS_MOVE, MARK_FALSE_MOVE)

MOVES: Mapping[str, Move] = {
    move.name: move
    for move in (
        ASK_MOVE,
        SAY_FIXED_MOVE,
        DISPUTE_MOVE,
        VERIFY_MOVE,
        CONFIRM_MOVE,
        NOT_THEIRS_MOVE,
        COMPENSATE_MOVE,
        ACCEPT_MOVE,
        MARK_FALSE_MOVE,
        REOPEN_MOVE,
    )
}
"""Every step that people and vendors take, by its name."""


@dataclass(frozen=True, slots=True)
class Teller:
    """Who takes a step: one of our people, a contact of the vendor, or the clock."""

    actor: Actor
    kind: str = PERSON
    contact_id: uuid.UUID | None = None

    @property
    def person(self) -> uuid.UUID | None:
        """Our person, where one acts."""
        return self.actor if isinstance(self.actor, uuid.UUID) else None


def moves_of(state: str) -> list[Move]:
    """What can be done with a finding in this state, in the order of a life."""
    return [move for move in MOVES.values() if state in move.sources]
