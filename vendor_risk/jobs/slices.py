"""A slice of scans as one job: the hosts of some fifty vendors side by side, a vendor a commit.

A job may run twice: what is done is skipped. What a worker died over is looked at alone then, so
that only the one that killed it is given up.
"""

import contextlib
import logging
import threading
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass

from sqlalchemy.exc import DBAPIError, OperationalError
from sqlmodel import col, select

from vendor_risk import logs
from vendor_risk.checks.own_scripts import OwnPages
from vendor_risk.jobs.scan import Compare, keep_scripts, now, our_fault, own_scripts, seen_at
from vendor_risk.observe.network import Network, ResolverDown
from vendor_risk.store.engine import Database
from vendor_risk.store.models.scans import Scan
from vendor_risk.workflow import results, scans

log = logging.getLogger(__name__)

# How long a slice waits before it asks again: a resolver or a database that did not answer.
PAUSES = (5, 15, 60, 300)
# As often a slice waits for a database that refuses it: an hour and a half.
MOST_REFUSALS = 20
# So many vendors are closed in one transaction, or those that wait when nothing came for so long.
TOGETHER, SOON = 10, 1.0


@dataclass(frozen=True, slots=True)
class _Told:
    """What one host showed, judged and packed; of our own pages what the inventory keeps."""

    looked: scans.Looked
    own: OwnPages | None = None


class Slice:
    """Looks at the hosts of some scans; `over` is set when the worker is told to stop."""

    def __init__(
        self,
        database: Database,
        how: Network,
        compare: Compare,
        at_once: int,
        over: threading.Event,
    ) -> None:
        self._database = database
        self._how = how
        self._compare = compare
        self._at_once = at_once
        self._over = over

    def run(self, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
        """The scans that are not over, because the worker stops; every other one is closed.

        While our resolver is silent, or the database is away or full, it waits and begins again:
        that is no fault of 50 vendors.
        """
        silent = refused = 0
        while not self._over.is_set():
            try:
                self._all(ids)
                break
            except ResolverDown as error:
                pause = PAUSES[min(silent, len(PAUSES) - 1)]
                log.warning("a slice waits %s s for our resolver: %s", pause, error)
                silent += 1
            except DBAPIError as error:
                refused += 1
                if refused > MOST_REFUSALS or not _away(
                    error
                ):  # ordered again once the job is over
                    raise
                pause = PAUSES[min(refused, len(PAUSES)) - 1]
                log.warning("a slice waits %s s for the database: %s", pause, error.orig)
            with contextlib.suppress(DBAPIError):  # tried again with the slice
                self._forgive(ids)
            self._over.wait(pause)
        return self._forgive(ids) if self._over.is_set() else []

    def _all(self, ids: Sequence[uuid.UUID]) -> None:
        fresh, again = self._split(ids)
        self._together(fresh)
        for id in again:
            if self._over.is_set():
                return
            self._together([id])

    def _split(self, ids: Sequence[uuid.UUID]) -> tuple[list[uuid.UUID], list[uuid.UUID]]:
        """Those that no worker has begun, and those that one broke off over."""
        with self._database.reading() as session:
            tries = dict(
                session.exec(select(Scan.id, Scan.attempts).where(col(Scan.id).in_(ids))).all()
            )
        known = [id for id in ids if id in tries]
        return [id for id in known if not tries[id]], [id for id in known if tries[id]]

    def _forgive(self, ids: Sequence[uuid.UUID]) -> list[uuid.UUID]:
        """That they are not over is our own doing, and no attempt; which ones."""
        with self._database.transaction() as session:
            waiting = session.exec(
                select(Scan).where(col(Scan.id).in_(ids), col(Scan.finished_at).is_(None))
            ).all()
            for scan in waiting:
                scan.attempts = 0
            return [scan.id for scan in waiting]

    def _together(self, ids: Sequence[uuid.UUID]) -> None:
        with self._database.transaction() as session:
            begun = scans.begin_all(session, ids, now=now())
        orders = {id: some for id, some in begun.items() if some}
        told: defaultdict[uuid.UUID, dict[str, _Told]] = defaultdict(dict)
        hosts = sum(map(len, orders.values()))
        with ThreadPoolExecutor(max(1, min(self._at_once, hosts)), "slice") as pool:
            running = {
                pool.submit(self._told, id, order): (id, order)
                for id, some in orders.items()
                for order in some
            }
            left, ready = set(running), {}
            try:
                while left:
                    over, left = wait(left, SOON, FIRST_COMPLETED)
                    for future in over:
                        id, order = running[future]
                        if (one := _result(future, order)) is None:
                            continue
                        told[id][order.host] = one
                        if len(told[id]) == len(orders[id]):
                            ready[id] = told.pop(id)
                    if ready and (not (over and left) or len(ready) >= TOGETHER):
                        self._close(ready)
                        ready = {}
            except (ResolverDown, DBAPIError):
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _told(self, id: uuid.UUID, order: scans.Order) -> _Told | None:
        """One host, looked at and judged, without a lock; None where the worker stops."""
        if self._over.is_set():
            return None
        with logs.about(scan=id, host=order.host):
            seen = seen_at(order, self._how, self._compare)
        if isinstance(seen, str):
            return _Told(scans.Looked(seen))
        return _Told(scans.read(seen), own_scripts(seen, order))

    def _close(self, told: Mapping[uuid.UUID, Mapping[str, _Told]]) -> None:
        """All that the hosts of some vendors showed, with what follows from it, or nothing.

        Together, for what a database costs is its questions; one that cannot be kept fails alone.
        """
        at = now()
        try:
            with self._database.transaction() as session:
                looks = {
                    id: {host: one.looked for host, one in hosts.items()}
                    for id, hosts in told.items()
                }
                judged = scans.record_all(session, looks, now=at)
                for id, hosts in told.items():
                    for host, one in hosts.items():
                        if one.own is not None:
                            keep_scripts(session, id, host, one.own)
                results.finish_all(session, list(told), now=at, judged=judged)
        except Exception as error:
            if _away(error):
                raise
            if len(told) > 1:
                for id, hosts in told.items():
                    self._close({id: hosts})
                return
            (id,) = told
            log.exception("scan %s could not be kept", id)
            with self._database.transaction() as session:
                scans.fail(session, id, our_fault(error), now=at)


def _result(future: Future[_Told | None], order: scans.Order) -> _Told | None:
    try:
        return future.result()
    except ResolverDown:
        raise
    except BaseException as error:  # one host must not hide the others, nor a panic in Rust
        if _away(error):
            raise
        log.exception("looking at %s broke off", order.host)
        return _Told(scans.Looked(our_fault(error)))


def _away(error: BaseException) -> bool:
    """Whether it is the database that is away or full, and not what a vendor showed."""
    gone = isinstance(error, DBAPIError) and error.connection_invalidated
    return gone or isinstance(error, OperationalError)
