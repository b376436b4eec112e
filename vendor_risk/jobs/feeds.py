"""Fetching lists of others when they are due; the old one stays where a new one is bad."""

import datetime as dt
import logging
from collections.abc import Callable

from sqlalchemy.exc import IntegrityError

from vendor_risk.config import Settings, access, feed_urls
from vendor_risk.feeds import shelf
from vendor_risk.feeds.folder import Folder
from vendor_risk.feeds.sources import BY_NAME
from vendor_risk.store.engine import Database
from vendor_risk.workflow import advisories, feed_clock

log = logging.getLogger(__name__)


def refresh(database: Database, settings: Settings, now: Callable[[], dt.datetime]) -> list[str]:
    """The lists that are due are fetched, one after the other; their names."""
    urls, how, folder = feed_urls(settings), access(settings), Folder(settings.feeds_dir)
    try:
        with database.transaction() as session:
            due = feed_clock.take(session, [name for name in BY_NAME if urls[name]], now())
    except IntegrityError:  # another worker took the very first turn in this moment
        return []
    for name in due:
        try:
            told = shelf.update(folder, BY_NAME[name], urls[name], how, now())
            state, reason = told.state, told.reason
        except OSError as error:
            state, reason = "failed", f"{folder.path} cannot be written: {error.strerror}"
        (log.warning if state == "failed" else log.info)("list %s: %s %s", name, state, reason)
        if name in (advisories.KEV, advisories.BREACHES) and state != "failed":
            _match(database, name, folder, now())
        with database.transaction() as session:
            feed_clock.done(session, name, state, reason, now())
    return due


def _match(database: Database, name: str, folder: Folder, now: dt.datetime) -> None:
    """What is new in a list is matched against the portfolio, without a look at anybody."""
    held = shelf.Shelf(folder).held(BY_NAME[name])
    with database.transaction() as session:
        found = advisories.match(session, name, held.entries, now=now)
    if found:
        log.warning("list %s: %s new entries are about vendors of ours", name, found)
