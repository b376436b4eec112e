"""What goes by its age, each night: details of looks, words of letters, alerts, jobs."""

import datetime as dt
import logging

from vendor_risk.jobs.queue import Queue
from vendor_risk.store.engine import Database
from vendor_risk.workflow import retention
from vendor_risk.workflow.retention import SLICE, Going

log = logging.getLogger(__name__)


def keep(database: Database, queue: Queue, now: dt.datetime) -> Going:
    """What the rules let go is gone, a slice a transaction; begun again it goes on."""
    with database.reading() as session:
        held = retention.rules(session)
    looks = letters = alerts = 0
    with database.reading() as reading:
        for vendors in retention.vendor_slices(reading):
            ids = retention.looks_to_thin(reading, vendors, held, now)
            reading.rollback()  # a reader that stays keeps SQLite from reusing its log
            for start in range(0, len(ids), SLICE):
                with database.transaction() as session:
                    retention.thin(session, ids[start : start + SLICE], now=now)
            looks += len(ids)
    while True:
        with database.transaction() as session:
            emptied = retention.empty_letters(session, held, now=now)
        letters += emptied
        if emptied < SLICE:
            break
    while True:
        with database.transaction() as session:
            forgotten = retention.forget_alerts(session, held, now=now)
        alerts += forgotten
        if not forgotten:
            break
    gone = Going(looks, letters, alerts)
    with database.transaction() as session:
        retention.told(session, gone, held, now=now)
    jobs = queue.purge(now - dt.timedelta(days=held.job_days))
    log.info(
        "by age went: details of %s looks, words of %s letters, %s alerts, %s jobs",
        looks,
        letters,
        alerts,
        jobs,
    )
    return gone
