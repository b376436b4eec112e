"""What moves and their answers are called on pages."""

from collections.abc import Mapping

from flask_babel import gettext as _

from vendor_risk.evidence import N_
from vendor_risk.reports.acts import Look
from vendor_risk.reports.moves import Answer, Kind, sentence
from vendor_risk.store.models.moves import StoredMove

ANSWERS: Mapping[str, Look] = {
    Answer.SILENCE: Look(N_("Silence"), "line", "circle-dashed"),
    Answer.DIGEST: Look(N_("Digest"), "low", "mail"),
    Answer.ALERT: Look(N_("Alert"), "high", "alert-triangle"),
    Answer.REVIEW: Look(N_("Review again"), "critical", "refresh"),
}


def told(move: StoredMove) -> str:
    """The move in one sentence."""
    return sentence(Kind(move.kind), move.what, move.before, move.now, _)
