"""A slice of a run: some vendors scored by another model, told or kept, each of them once."""

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import delete, func, insert
from sqlmodel import Session, col, select

from vendor_risk.scoring.model import Band, Grade, Model
from vendor_risk.store.models.risk_models import ModelRun, RunKind, RunState, TrialLine
from vendor_risk.store.models.vendors import Engagement, Vendor
from vendor_risk.workflow import engagements, scores, second_looks
from vendor_risk.workflow.models import OPEN
from vendor_risk.workflow.scores import Judged
from vendor_risk.workflow.vendors import refresh

Line = dict[str, Any]  # the columns of a TrialLine but its run

SLICE = 200  # vendors in one transaction, so that no page waits for long
NO_BAND = "none"
KEEP_TRIALS = 5  # whose lines stay; of older ones the counts do

_BANDS = [str(band) for band in Band]
_GRADES = [str(grade) for grade in Grade]
_STANDING = (col(Engagement.ended_at).is_(None), col(Engagement.inherent).is_not(None))


def begin(session: Session, run_id: uuid.UUID, *, now: dt.datetime) -> ModelRun | None:
    """The run, begun or begun again; None when it is over or was stopped."""
    run = session.get(ModelRun, run_id, with_for_update=True)
    if run is None or run.state not in OPEN:
        return None
    run.state = RunState.RUNNING
    run.begun_at = run.begun_at or now
    count = select(func.count(func.distinct(Engagement.vendor_id))).where(*_STANDING)
    run.total = session.exec(count).one()
    return run


def upcoming(session: Session, last: uuid.UUID | None) -> Sequence[uuid.UUID]:
    """The next vendors that have an engagement with the facts for a score, by id."""
    query = select(Engagement.vendor_id).where(*_STANDING)
    if last is not None:
        query = query.where(col(Engagement.vendor_id) > last)
    return session.exec(query.distinct().order_by(col(Engagement.vendor_id)).limit(SLICE)).all()


def told(
    session: Session, ids: Sequence[uuid.UUID], model: Model, *, now: dt.datetime
) -> list[list[Line]]:
    """For each of these vendors the lines of its engagements in a trial."""
    return [
        [_line(engagement, one) for engagement, one in judged]
        for _vendor, judged in scores.tried(session, ids, model, now=now)
    ]


def keep_told(
    session: Session,
    run_id: uuid.UUID,
    last: uuid.UUID | None,
    ids: Sequence[uuid.UUID],
    vendors: Sequence[Sequence[Line]],
) -> bool:
    """The slice is in the trial; False when the trial is over, or another worker was first."""
    run = _held(session, run_id, last)
    if run is None:
        return False
    # What was deleted meanwhile has no line, nor what two vendors that were joined had both.
    there = select(Engagement.id).where(col(Engagement.vendor_id).in_(ids))
    counted = select(TrialLine.engagement_id).where(
        TrialLine.run_id == run_id, col(TrialLine.engagement_id).in_(there)
    )
    fresh = {*session.exec(there).all()} - {*session.exec(counted).all()}
    tallies: Counter[str] = Counter()
    for every in vendors:
        lines = [one for one in every if one["engagement_id"] in fresh]
        if not lines:
            continue
        session.execute(insert(TrialLine), [{"run_id": run_id, **line} for line in lines])
        tallies.update(_counted(lines))
    run.tallies = dict(Counter(run.tallies) + tallies)
    run.done += len(ids)
    run.last_vendor_id = ids[-1]
    return True


def keep_scores(
    session: Session,
    run_id: uuid.UUID,
    last: uuid.UUID | None,
    ids: Sequence[uuid.UUID],
    *,
    model: Model,
    now: dt.datetime,
) -> bool:
    """These vendors have inherent risk, tier and scores by the model that is in use now."""
    run = _held(session, run_id, last)
    if run is None:
        return False
    # Engagements before vendors, as whoever edits one holds them; rescore() holds the vendors.
    standing = select(Engagement).where(col(Engagement.vendor_id).in_(ids), *_STANDING)
    bought = session.exec(standing.order_by(col(Engagement.id)).with_for_update()).all()
    for engagement in bought:
        tier = engagement.tier
        engagements.reckon(engagement, model)
        # One person's approval may need a second one by this model, also under a tier set by hand:
        # the stricter of both counts.
        if engagement.tier != tier or engagement.tier_override:
            second_looks.ask(session, engagement, now=now, actor=run.requested_by_id or "clock")
    kept = scores.rescore(
        session, ids, now=now, cause=scores.MODEL, by=run.requested_by_id, model=model
    )
    for vendor in session.exec(select(Vendor).where(col(Vendor.id).in_(ids))).all():
        refresh(session, vendor)
    run.tallies = dict(Counter(run.tallies) + Counter(scores=kept, vendors=len(ids)))
    run.done += len(ids)
    run.last_vendor_id = ids[-1]
    return True


def finish(session: Session, run_id: uuid.UUID, *, now: dt.datetime) -> None:
    """The run came to its end."""
    run = session.get(ModelRun, run_id, with_for_update=True)
    if run is not None and run.state == RunState.RUNNING:
        run.state, run.slot, run.finished_at = RunState.DONE, None, now
        run.total = run.done


def fail(session: Session, run_id: uuid.UUID, reason: str, *, now: dt.datetime) -> None:
    """The run broke off and says why; what is done stays, and it can go on."""
    run = session.get(ModelRun, run_id, with_for_update=True)
    if run is not None and run.state in OPEN:
        run.state, run.slot, run.finished_at = RunState.FAILED, None, now
        run.fault = reason[:500]


def clear_old(session: Session, *, now: dt.datetime) -> bool:
    """Some lines of a trial that is older than the last few are gone; False when none is left."""
    trials = select(ModelRun.id).where(ModelRun.kind == RunKind.TRIAL)
    trials = trials.order_by(col(ModelRun.created_at).desc(), col(ModelRun.id))
    old = set(session.exec(trials.offset(KEEP_TRIALS).limit(1000)).all())
    full = select(ModelRun).where(
        col(ModelRun.id).in_(old), col(ModelRun.cleared_at).is_(None), col(ModelRun.slot).is_(None)
    )
    run = session.exec(full.limit(1)).first()
    if run is None:
        return False
    some = select(TrialLine.engagement_id).where(TrialLine.run_id == run.id).limit(5 * SLICE)
    ids = session.exec(some).all()
    if not ids:
        run.cleared_at = now
        return True
    session.execute(
        delete(TrialLine).where(
            col(TrialLine.run_id) == run.id, col(TrialLine.engagement_id).in_(ids)
        )
    )
    return True


def _held(session: Session, run_id: uuid.UUID, last: uuid.UUID | None) -> ModelRun | None:
    run = session.get(ModelRun, run_id, with_for_update=True, populate_existing=True)
    if run is None or run.state != RunState.RUNNING or run.last_vendor_id != last:
        return None
    return run


def _line(one: Engagement, judged: Judged | None) -> Line:
    line: Line = {
        "engagement_id": one.id,
        "tier_now": one.tier,
        "inherent_now": one.inherent,
        "final_now": one.final,
        "grade_now": one.grade,
        "residual_now": one.residual if one.residual is not None else one.residual_worst,
        "rated_now": one.residual is not None,
        "band_now": one.band,
        "tier_then": None,
        "inherent_then": None,
        "final_then": None,
        "grade_then": None,
        "residual_then": None,
        "rated_then": False,
        "band_then": None,
    }
    if judged is not None:
        score = judged.score
        rated = score.residual is not None
        line |= {
            "tier_then": int(score.tier),
            "inherent_then": score.inherent.value,
            "final_then": score.assurance.final,
            "grade_then": str(score.grade) if score.grade else None,
            "residual_then": score.residual if rated else score.residual_range[1],
            "rated_then": rated,
            "band_then": str(score.band),
        }
    line["step"] = _step(line["band_now"], line["band_then"])
    now, then = line["residual_now"], line["residual_then"]
    line["size"] = abs(then - now) if now is not None and then is not None else 0
    line["regraded"] = _letters(line["grade_now"], line["grade_then"])
    return line


def _step(now: str | None, then: str | None) -> int:
    """1 where a band gets worse, -1 where it gets better; 0 where one of the two is unknown."""
    if now is None or then is None:
        return 0
    place, other = _BANDS.index(now), _BANDS.index(then)
    return (other > place) - (other < place)


def _letters(now: str | None, then: str | None) -> int:
    """How many letters lie between two grades; all of them where there is one on one side only."""
    if now == then:
        return 0
    if now is None or then is None:
        return len(_GRADES)
    return abs(_GRADES.index(then) - _GRADES.index(now))


def _worst(lines: Sequence[Line], which: str) -> str | None:
    """The band of the engagement that a vendor stands with, as lists choose it."""
    risks = [one for one in lines if one[f"residual_{which}"] is not None]
    worst = max(risks, key=lambda one: int(one[f"residual_{which}"]), default=None)
    return worst[f"band_{which}"] if worst else None


def _counted(lines: Sequence[Line]) -> Iterator[str]:
    """What one vendor with these engagements adds to the tallies."""
    yield "vendors"
    was, then = _worst(lines, "now"), _worst(lines, "then")
    if step := _step(was, then):
        yield "vendors_worse" if step > 0 else "vendors_better"
    elif was != then:
        yield "vendors_other"
    for one in lines:
        yield "engagements"
        yield f"band {one['band_now'] or NO_BAND} {one['band_then'] or NO_BAND}"
        for name in ("tier", "grade"):
            if one[f"{name}_now"] != one[f"{name}_then"]:
                yield f"{name}s"
        if one["size"] or one["regraded"]:
            yield "moved"
