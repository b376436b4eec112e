"""A round of questionnaires as a job: in slices, and once to each, however often it is begun."""

import logging
import time
import uuid
from functools import partial

from sqlalchemy.exc import OperationalError

from vendor_risk.jobs import letters
from vendor_risk.jobs.letters import Letterhead
from vendor_risk.jobs.scan import now
from vendor_risk.store.engine import Database
from vendor_risk.workflow.responses import rounds

log = logging.getLogger(__name__)
_ATTEMPTS = 5  # of a slice whose transaction the database broke off


def run_or_fail(database: Database, round_id: uuid.UUID, head: Letterhead) -> None:
    """Look at, or send, what is left; what breaks it off is told on its page."""
    going, attempt = True, 0
    while going:
        try:
            going = _slice(database, round_id, head)
        except OperationalError as error:  # two that waited for each other; one gives way
            attempt += 1
            if attempt == _ATTEMPTS:
                _fail(database, round_id, error)
                return
            log.warning("round %s begins its slice again: %s", round_id, error)
            time.sleep(attempt)
        except Exception as error:
            _fail(database, round_id, error)
            return
        else:
            attempt = 0  # each slice has its own: a long round may stumble now and then


def run(database: Database, round_id: uuid.UUID, head: Letterhead) -> None:
    """Slice after slice, each in a transaction of its own, until nothing is left."""
    while _slice(database, round_id, head):
        pass


def _slice(database: Database, round_id: uuid.UUID, head: Letterhead) -> bool:
    """Whether anything may be left after it."""
    with database.transaction() as session:
        at = now()
        return rounds.step(session, round_id, partial(letters.ask, head=head, now=at), now=at)


def _fail(database: Database, round_id: uuid.UUID, error: Exception) -> None:
    log.error("round %s broke off", round_id, exc_info=error)
    with database.transaction() as session:
        reason = f"our own side failed ({type(error).__name__}); the log of the worker has it"
        rounds.fail(session, round_id, reason, now=now())
