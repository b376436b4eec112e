"""Risk models beside the one in use: which there are, what one would change, and changing over."""

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from vendor_risk.scoring.fits import misfits
from vendor_risk.scoring.model import Model, ModelRefused, read, shipped
from vendor_risk.store.audit import record
from vendor_risk.store.model_files import dropped
from vendor_risk.store.models.risk_models import ModelRun, RiskModel, RunKind, RunState
from vendor_risk.workflow import settings
from vendor_risk.workflow.model_in_use import MODEL, in_use
from vendor_risk.workflow.queue import Enqueue
from vendor_risk.workflow.vendors import Stale, VendorRefused

STEP = "model"  # what the job is called in the queue
SHIPPED, KEPT = "shipped", "kept"
OPEN = (RunState.QUEUED, RunState.RUNNING)
_REASON = 1000


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that could be tried: shipped, kept since it was in use, or the name of a file.

    With `refused` it cannot, and that says why; the version may then be unknown.
    """

    source: str
    version: str
    sha256: str
    content: bytes
    refused: VendorRefused | None = None
    changed_at: dt.datetime | None = None


def offers(session: Session, folder: Path) -> list[Offer]:
    """All models: those that we ship, those that were in use, then the files by name."""
    found = [Offer(SHIPPED, name, _hash(content), content) for name, content in shipped().items()]
    hashes = {one.version: one.sha256 for one in found}
    for row in session.exec(select(RiskModel).order_by(col(RiskModel.created_at))):
        if row.sha256 not in hashes.values():
            found.append(Offer(KEPT, row.version, row.sha256, row.content))
            hashes.setdefault(row.version, row.sha256)
    names = {one.sha256: one.version for one in found}
    for file in dropped(folder):
        sha256 = _hash(file.content) if file.content else ""
        if sha256 in names and not file.refused:
            continue  # a copy of one that stands above
        version, refused = "", VendorRefused(file.refused) if file.refused else None
        if refused is None:
            version, refused = _checked(file.content)
        if refused is None and version in hashes:
            refused = VendorRefused(
                "There is a version %(version)s already, with the hash %(hash)s. A changed model"
                " is a new version: give it another one.",
                version=version,
                hash=hashes[version][:12],
            )
        if refused is None:
            hashes[version] = sha256
            names[sha256] = version
        found.append(Offer(file.name, version, sha256, file.content, refused, file.changed_at))
    return found


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _checked(content: bytes) -> tuple[str, VendorRefused | None]:
    """The version of a model file, and why it is refused."""
    try:
        model = read(content)
    except ModelRefused as refusal:
        return "", VendorRefused("The file does not fit: %(why)s", why=str(refusal))
    wrong = next(misfits(model), "")
    return model.version, (
        VendorRefused("The file does not fit: %(why)s", why=wrong) if wrong else None
    )


def begin_trial(
    session: Session, offer: Offer, *, now: dt.datetime, actor: uuid.UUID, enqueue: Enqueue
) -> ModelRun:
    """Every engagement will be scored by this model too, beside what holds.

    VendorRefused where the model cannot be tried, or while another run is under way.
    """
    if offer.refused is not None:
        raise offer.refused
    if offer.sha256 == in_use(session).sha256:
        raise VendorRefused(
            "Model %(version)s is the one in use: there is nothing to try.", version=offer.version
        )
    run = _ordered(session, RunKind.TRIAL, offer.content, now=now, actor=actor)
    _note(session, run, "model.tried", actor, now)
    enqueue(session, STEP, [str(run.id)])
    return run


def refusal_to_switch(session: Session, trial: ModelRun) -> VendorRefused | None:
    """Why this trial does not let its model be switched to; None when it does."""
    used = in_use(session)
    if trial.kind != RunKind.TRIAL or trial.state != RunState.DONE:
        return VendorRefused(
            "Only a trial that came to its end shows what would change: try the model first."
        )
    if trial.sha256 == used.sha256:
        return VendorRefused("Model %(version)s is in use already.", version=trial.version)
    if trial.base_sha256 != used.sha256:
        return VendorRefused(
            "The trial compares with model %(base)s, and %(version)s is in use by now: try it"
            " again.",
            base=trial.base_version,
            version=used.version,
        )
    if open_run(session) is not None:
        return VendorRefused("Scores are being computed by another model: wait until that is done.")
    return None


def switch(
    session: Session,
    trial: ModelRun,
    *,
    reason: str,
    revision: int,
    now: dt.datetime,
    actor: uuid.UUID,
    enqueue: Enqueue,
) -> ModelRun:
    """The model of this trial is in use from now on, and a job scores everything by it.

    VendorRefused without a reason or a finished trial, Stale when somebody switched meanwhile.
    """
    reason = " ".join(reason.split())
    if settings.revision(session, MODEL) != revision:
        raise Stale
    if why := refusal_to_switch(session, trial):
        raise why
    if not reason:
        raise VendorRefused("Say why: the reason stands in the audit log.", "reason")
    if len(reason) > _REASON:
        raise VendorRefused(
            "%(count)s characters, and %(most)s fit: shorten it.",
            "reason",
            count=len(reason),
            most=_REASON,
        )
    try:
        model = read(trial.content)
    except ModelRefused as refusal:  # it was tried by an earlier version of the product
        raise VendorRefused("The file does not fit: %(why)s", why=str(refusal)) from refusal
    if wrong := next(misfits(model), ""):
        raise VendorRefused("The file does not fit: %(why)s", why=wrong)
    before = in_use(session)
    _keep(session, model, trial.content, now)
    if before.version in shipped():  # a later version of the product may not bring it any more
        _keep(session, before, shipped()[before.version], now)
    run = _ordered(session, RunKind.SWITCH, trial.content, now=now, actor=actor)
    run.reason = reason
    told = {"version": model.version, "sha256": model.sha256}
    settings.change(session, MODEL, told, now=now, actor=actor)
    _note(session, run, "model.switched", actor, now, reason=reason, trial=str(trial.id))
    enqueue(session, STEP, [str(run.id)])
    return run


def stop(session: Session, run: ModelRun, *, now: dt.datetime, actor: uuid.UUID) -> bool:
    """A trial goes no further; a switch is no trial and cannot be stopped half way."""
    run = session.get_one(ModelRun, run.id, with_for_update=True, populate_existing=True)
    if run.kind != RunKind.TRIAL or run.state not in OPEN:
        return False
    run.state, run.slot, run.finished_at = RunState.STOPPED, None, now
    _note(session, run, "model.stopped", actor, now)
    return True


def go_on(
    session: Session, run: ModelRun, *, now: dt.datetime, actor: uuid.UUID | str, enqueue: Enqueue
) -> bool:
    """A run that broke off goes on where it was; False when it did not."""
    run = session.get_one(ModelRun, run.id, with_for_update=True, populate_existing=True)
    if run.state != RunState.FAILED:
        return False
    used = in_use(session).sha256
    if used != (run.base_sha256 if run.kind == RunKind.TRIAL else run.sha256):
        raise VendorRefused("Another model is in use by now, so there is nothing to go on with.")
    run.state, run.slot, run.finished_at, run.fault = RunState.QUEUED, 1, None, ""
    run.attempt += 1
    _flush(session)
    _note(session, run, "model.resumed", actor, now)
    enqueue(session, STEP, [str(run.id)], attempt=run.attempt)
    return True


def open_run(session: Session) -> ModelRun | None:
    """The trial or switch that is under way."""
    return session.exec(select(ModelRun).where(ModelRun.slot == 1)).first()


def last_trials(session: Session, most: int = 20) -> Sequence[ModelRun]:
    """The newest trials first."""
    rows = select(ModelRun).where(ModelRun.kind == RunKind.TRIAL)
    return session.exec(rows.order_by(col(ModelRun.created_at).desc()).limit(most)).all()


def last_switch(session: Session) -> ModelRun | None:
    """How far the last change of the model came."""
    rows = select(ModelRun).where(ModelRun.kind == RunKind.SWITCH)
    return session.exec(rows.order_by(col(ModelRun.created_at).desc()).limit(1)).first()


def _ordered(
    session: Session,
    kind: RunKind,
    content: bytes,
    *,
    now: dt.datetime,
    actor: uuid.UUID,
) -> ModelRun:
    base, model = in_use(session), read(content)
    run = ModelRun(
        kind=kind,
        version=model.version,
        sha256=model.sha256,
        content=content,
        base_version=base.version,
        base_sha256=base.sha256,
        slot=1,
        created_at=now,
        requested_by_id=actor,
    )
    session.add(run)
    _flush(session)
    return run


def _flush(session: Session) -> None:
    try:
        session.flush()
    except IntegrityError as error:  # one run is open at a time, says an index
        raise VendorRefused(
            "Scores are being computed by another model: wait until that is done."
        ) from error


def _keep(session: Session, model: Model, content: bytes, now: dt.datetime) -> None:
    row = session.exec(select(RiskModel).where(RiskModel.version == model.version)).first()
    if row is None:
        session.add(
            RiskModel(version=model.version, sha256=model.sha256, content=content, created_at=now)
        )
    elif row.sha256 != model.sha256:
        raise VendorRefused(
            "There is a version %(version)s already, with the hash %(sha256)s.",
            version=model.version,
            sha256=row.sha256[:12],
        )


def _note(
    session: Session,
    run: ModelRun,
    act: str,
    actor: uuid.UUID | str,
    now: dt.datetime,
    **more: str,
) -> None:
    record(
        session,
        actor=actor,
        act=act,
        subject_kind="model",
        subject_id=run.id,
        before={"model": run.base_version, "sha256": run.base_sha256},
        after={"model": run.version, "sha256": run.sha256} | more,
        now=now,
    )
