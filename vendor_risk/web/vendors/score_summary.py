"""The score of a vendor's worst engagement in short, as its profile shows it."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from flask import url_for

from vendor_risk.scoring.advice import cheapest_proofs
from vendor_risk.scoring.controls import NAMES
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.web.frame import signed
from vendor_risk.web.session import now, session
from vendor_risk.web.vendors import links
from vendor_risk.web.vendors.score_advice import repairs_of
from vendor_risk.web.vendors.score_history import drawing_of, past_of
from vendor_risk.web.vendors.score_lines import knocked, knocked_fact, tell
from vendor_risk.workflow import scores
from vendor_risk.workflow.model_in_use import in_use
from vendor_risk.workflow.score_evidence import evidence_of
from vendor_risk.workflow.settings import appetite

_SINCE_DAYS = 30


def summary(vendor: Vendor, bought: Sequence[Engagement], *, whole: bool) -> dict[str, Any]:
    """What vendors/show.html reads of the score; `judged` is None while nothing is scored.

    Without `whole` it is the result alone, for readers who may not see what it rests on.
    """
    scored = [one for one in bought if one.ended_at is None and one.residual_worst is not None]
    scored.sort(key=lambda one: one.id != vendor.worst_engagement_id)
    worst = next((one for one in scored if one.id == vendor.worst_engagement_id), None)
    scored.sort(key=_left, reverse=True)
    told: dict[str, Any] = {
        "worst": worst,
        "standing_scored": scored,
        "judged": None,
        "knocked_fact": knocked_fact(vendor),
        "score_url": "",
        "appetite": appetite(session)[vendor.tier - 1] if vendor.tier else None,
    }
    model = in_use(session)
    judged = scores.judge(session, worst, now=now(), model=model) if worst and whole else None
    if worst is None or judged is None:
        return told
    known = evidence_of(session, vendor, worst.id, judged.snapshot, judged.inherited)
    lines = tell(judged.score, judged.snapshot, known, model)
    past = past_of(scores.history(session, worst.id))
    since = now() - dt.timedelta(days=_SINCE_DAYS)
    older = next((one.row for one in past if one.row.created_at < since), None)
    return told | {
        "judged": judged,
        "told": judged.score,
        "sure": judged.score.assurance,
        "model": model,
        "lines": lines,
        "missing": [line for line in lines if not line.answered],
        "knocks": knocked(
            session,
            judged.score,
            judged.snapshot,
            judged.standing,
            known=known,
            vendor=vendor,
            model=model,
        ),
        "repairs": repairs_of(judged, model, known),
        "proofs": cheapest_proofs(judged.snapshot, model),
        "names": NAMES,
        "signed": signed,
        "past": past,
        "drawing": drawing_of(past, model, judged.snapshot.as_of),
        "change": judged.score.final - older.final if older else None,
        "changed_since": since,
        "ask_url": links.to("findings.index", vendor=vendor.id),
        "score_url": url_for("vendors.score_page", vendor_id=vendor.id, engagement_id=worst.id),
    }


def _left(one: Engagement) -> int:
    left = one.residual if one.residual is not None else one.residual_worst
    return -1 if left is None else left
