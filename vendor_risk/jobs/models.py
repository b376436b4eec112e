"""A run of a risk model as a job: every vendor once, in slices, however often it is begun."""

import logging
import time
import uuid
from collections.abc import Sequence
from itertools import count

from sqlalchemy.exc import OperationalError

from vendor_risk.jobs.scan import now
from vendor_risk.scoring.model import Model, read
from vendor_risk.store.engine import Database
from vendor_risk.store.models.risk_models import RunKind
from vendor_risk.workflow import model_runs

log = logging.getLogger(__name__)
_ATTEMPTS = 5  # of a slice whose transaction the database broke off


def run_or_fail(database: Database, run_id: uuid.UUID) -> None:
    """Run it; what breaks it off is told on its page, from where it can go on."""
    for attempt in count(1):
        try:
            run(database, run_id)
        except OperationalError as error:  # two that waited for each other; one gives way
            if attempt == _ATTEMPTS:
                _fail(database, run_id, error)
                return
            log.warning("run %s of a risk model begins its slice again: %s", run_id, error)
            time.sleep(attempt)
        except Exception as error:
            _fail(database, run_id, error)
            return
        else:
            return


def _fail(database: Database, run_id: uuid.UUID, error: Exception) -> None:
    log.error("run %s of a risk model broke off", run_id, exc_info=error)
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
