"""A round of questionnaires as a job: in slices, and once to each, however often it is begun."""

import logging
import time
import uuid
from functools import partial
from itertools import count

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
    for attempt in count(1):
        try:
            run(database, round_id, head)
        except OperationalError as error:  # two that waited for each other; one gives way
            if attempt == _ATTEMPTS:
                _fail(database, round_id, error)
                return
            log.warning("round %s begins its slice again: %s", round_id, error)
            time.sleep(attempt)
        except Exception as error:
            _fail(database, round_id, error)
            return
        else:
            return


def run(database: Database, round_id: uuid.UUID, head: Letterhead) -> None:
    """Slice after slice, each in a transaction of its own, until nothing is left."""
    going = True
    while going:
        with database.transaction() as session:
            at = now()
            going = rounds.step(session, round_id, partial(letters.ask, head=head, now=at), now=at)


def _fail(database: Database, round_id: uuid.UUID, error: Exception) -> None:
    log.error("round %s broke off", round_id, exc_info=error)
    with database.transaction() as session:
        reason = f"our own side failed ({type(error).__name__}); the log of the worker has it"
        rounds.fail(session, round_id, reason, now=now())
