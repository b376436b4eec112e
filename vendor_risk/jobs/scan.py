"""One scan as a job: its hosts side by side, each recorded as soon as it was judged.

A job may run twice: what is done is skipped.
"""

import datetime as dt
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import replace

from sqlmodel import Session

from vendor_risk import logs
from vendor_risk.checks.observations import Observations
from vendor_risk.checks.own_scripts import OwnPages, scripts_of
from vendor_risk.evidence import HostClass
from vendor_risk.observe import owners
from vendor_risk.observe.addresses import AddressRefused
from vendor_risk.observe.look import look
from vendor_risk.observe.network import Network, ResolverDown
from vendor_risk.observe.target import TargetRefused, parse
from vendor_risk.store.engine import Database
from vendor_risk.workflow import page_scripts, results, scans

log = logging.getLogger(__name__)

# what lists of others add to a look
Compare = Callable[[Observations], Observations]
# Threads of one scan; how many hosts a worker looks at in all is a setting.
HOSTS_AT_ONCE = 4


def now() -> dt.datetime:
    """The time, where the outside world begins."""
    return dt.datetime.now(dt.UTC)


def scan_or_fail(
    database: Database,
    scan_id: uuid.UUID,
    how: Network,
    places: threading.BoundedSemaphore,
    compare: Compare,
) -> None:
    """Run a scan; what breaks it off closes it, so that the next one of the slice has its turn."""
    try:
        run_scan(database, scan_id, how, places, compare=compare)
    except Exception as error:
        log.exception("scan %s broke off", scan_id)
        with database.transaction() as session:
            scans.fail(session, scan_id, our_fault(error), now=now())


def our_fault(error: BaseException) -> str:
    """What is said of a look that broke off here."""
    return f"our own side failed ({type(error).__name__}); the log of the worker has it"


def run_scan(
    database: Database,
    scan_id: uuid.UUID,
    how: Network,
    places: threading.BoundedSemaphore | None = None,
    *,
    compare: Compare | None = None,
) -> None:
    """Look at every host of a scan that is not done yet and close it; harmless when run again.

    Scans that share `places` look at no more hosts at once than there are places.
    """
    places = places or threading.BoundedSemaphore(HOSTS_AT_ONCE)
    with database.transaction() as session:
        orders = scans.begin(session, scan_id, now=now())
    with ThreadPoolExecutor(HOSTS_AT_ONCE, thread_name_prefix="host") as pool:
        running = {
            pool.submit(_look, database, scan_id, order, how, places, compare=compare): order
            for order in orders
        }
        for future in as_completed(running):
            own: OwnPages | None = None
            order = running[future]
            try:
                seen = future.result()
                looked = None if seen is None else scans.read(seen)
                if isinstance(seen, Observations):
                    own = own_scripts(seen, order)
            except ResolverDown as error:  # our own trouble says nothing of the vendor
                pool.shutdown(wait=False, cancel_futures=True)
                with database.transaction() as session:
                    scans.fail(session, scan_id, str(error), now=now())
                return
            except BaseException as error:  # one host must not hide the others, nor a panic in Rust
                log.exception("looking at %s for scan %s broke off", order.host, scan_id)
                looked = scans.Looked(our_fault(error))
            if looked is not None:
                with database.transaction() as session:
                    scans.record(session, scan_id, order.host, looked, now=now())
                    if own is not None:
                        keep_scripts(session, scan_id, order.host, own)
    with database.transaction() as session:
        results.finish(session, scan_id, now=now())


def own_scripts(seen: Observations, order: scans.Order) -> OwnPages | None:
    """What the inventory keeps of a look at our own pages; a fault here must not cost the look."""
    if not order.ours:
        return None
    try:
        return scripts_of(seen, takes_cards=order.host_class is HostClass.PAYMENT)
    except Exception:
        log.exception("the scripts of %s could not be read", order.host)
        return None


def keep_scripts(session: Session, scan_id: uuid.UUID, host: str, own: OwnPages) -> None:
    """The inventory holds them, or is as it was and the log says why; the look stands anyhow."""
    try:
        with session.begin_nested():
            page_scripts.record(session, scan_id, host, own, now=now(), table=owners.table())
    except Exception:
        log.exception("the scripts of %s could not be kept", host)


def _look(
    database: Database,
    scan_id: uuid.UUID,
    order: scans.Order,
    how: Network,
    places: threading.BoundedSemaphore,
    *,
    compare: Compare | None,
) -> Observations | str | None:
    with places:
        with database.transaction() as session:
            if not scans.mark_running(session, scan_id, order.host):
                return None
        with logs.about(scan=scan_id, host=order.host):
            return seen_at(order, how, compare)


def seen_at(order: scans.Order, how: Network, compare: Compare | None) -> Observations | str:
    """What a host shows, compared with the last look and the lists; else why it was not visited."""
    try:
        target = parse(order.host)
        seen = look(
            target,
            how,
            observed_at=now(),
            handshakes=order.handshakes,
            declared=order.declared,
        )
        seen = replace(seen, previous=order.previous)
    except (AddressRefused, TargetRefused) as refusal:
        return str(refusal)
    if compare is None:
        return seen
    try:
        return compare(seen)
    except Exception:  # lists of others that break must not cost the look
        log.exception("the lists could not be compared with %s", order.host)
        return seen
