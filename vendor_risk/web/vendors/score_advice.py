"""What would raise a score most, with where that leads."""

from typing import Any

from flask_babel import get_translations
from flask_babel import gettext as _

from vendor_risk.reports import score_words
from vendor_risk.scoring.advice import Repair, fastest_way_up
from vendor_risk.scoring.model import Model
from vendor_risk.scoring.score import Score
from vendor_risk.store.models.findings import FindingState
from vendor_risk.web.vendors import links
from vendor_risk.web.vendors.score_lines import title_of
from vendor_risk.workflow.score_evidence import Evidence
from vendor_risk.workflow.scores import Judged


def repairs_of(judged: Judged, model: Model, known: Evidence) -> list[dict[str, Any]]:
    """The fastest way up: what to close or lift, what it adds, where that leads."""
    found = fastest_way_up(judged.snapshot, model, rests_on=judged.rests_on)
    return [_repair(one, judged.score, model, known) for one in found]


def _repair(repair: Repair, told: Score, model: Model, known: Evidence) -> dict[str, Any]:
    rows = [known.findings[id] for id in repair.findings if id in known.findings]
    first = title_of(rows[0]) if rows else ""
    then = told.final + repair.gains
    return {
        "title": score_words.repair_title(repair, first, _),
        "url": "" if repair.demands or not rows else links.finding(rows[0]),
        "notes": score_words.repair_notes(repair, _, get_translations().ngettext),
        "disputed": any(row.state == FindingState.DISPUTED for row in rows),
        "gains": repair.gains,
        "then": then,
        "grade": model.grade(then // 100) if told.grade else None,
    }
