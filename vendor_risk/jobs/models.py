"""A run of a risk model as a job: every vendor once, in slices, however often it is begun."""

import logging
import uuid
from collections.abc import Sequence

from vendor_risk.jobs.scan import now
from vendor_risk.scoring.model import Model, read
from vendor_risk.store.engine import Database
from vendor_risk.store.models.risk_models import RunKind
from vendor_risk.workflow import model_runs

log = logging.getLogger(__name__)


def run_or_fail(database: Database, run_id: uuid.UUID) -> None:
    """Run it; what breaks it off is told on its page, from where it can go on."""
    try:
        run(database, run_id)
    except Exception as error:
        log.exception("run %s of a risk model broke off", run_id)
        with database.transaction() as session:
            reason = f"our own side failed ({type(error).__name__}); the log of the worker has it"
            model_runs.fail(session, run_id, reason, now=now())


def run(database: Database, run_id: uuid.UUID) -> None:
    """Score what is left of the portfolio by the model of a run, and close it."""
    with database.transaction() as session:
        begun = model_runs.begin(session, run_id, now=now())
        if begun is None:
            return
        model, last = read(begun.content), begun.last_vendor_id
        trial = begun.kind == RunKind.TRIAL
    if trial:
        _clear(database)
    act = _try if trial else _keep
    while True:
        with database.reading() as session:
            ids = model_runs.upcoming(session, last)
        if not ids:
            break
        if not act(database, run_id, last, ids, model):
            return  # stopped, or another worker has it
        last = ids[-1]
    with database.transaction() as session:
        model_runs.finish(session, run_id, now=now())


def _clear(database: Database) -> None:
    while True:
        with database.transaction() as session:
            if not model_runs.clear_old(session, now=now()):
                return


def _try(
    database: Database,
    run_id: uuid.UUID,
    last: uuid.UUID | None,
    ids: Sequence[uuid.UUID],
    model: Model,
) -> bool:
    with database.reading() as session:  # nobody who writes waits while it is computed
        lines = model_runs.told(session, ids, model, now=now())
    with database.transaction() as session:
        return model_runs.keep_told(session, run_id, last, ids, lines)


def _keep(
    database: Database,
    run_id: uuid.UUID,
    last: uuid.UUID | None,
    ids: Sequence[uuid.UUID],
    model: Model,
) -> bool:
    with database.transaction() as session:
        return model_runs.keep_scores(session, run_id, last, ids, model=model, now=now())
