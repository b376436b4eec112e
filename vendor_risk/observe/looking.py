"""What a process of a scan does: looks at the hosts that it is given, many at once."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from typing import Any

from vendor_risk.checks.observations import Observations
from vendor_risk.observe.addresses import AddressRefused
from vendor_risk.observe.files import allow_many
from vendor_risk.observe.gate import MOST, Gate
from vendor_risk.observe.look import look
from vendor_risk.observe.network import LookBroken, Network, ResolverDown
from vendor_risk.observe.target import Target


def serve(wire: Connection, network: Network, work: Callable[[Observations], Any]) -> None:
    """Looks at what comes over the wire until nobody is at the other end."""
    allow_many()
    gate, sending = Gate(), threading.Lock()
    threading.Thread(target=gate.watch, name="gate", daemon=True).start()

    def one(number: int, target: Target) -> None:
        try:
            gate.begin()
            result = _result(target, network, work)
        finally:
            gate.leave()
        with sending:
            try:
                wire.send((number, result))
            except OSError:  # nobody listens any more
                return
            except Exception as error:  # what cannot be sent
                wire.send((number, LookBroken(f"our own side failed: {type(error).__name__}")))

    with ThreadPoolExecutor(MOST, thread_name_prefix="look") as pool:
        while True:
            try:
                number, target = wire.recv()
            except (EOFError, OSError, KeyboardInterrupt):
                pool.shutdown(wait=False, cancel_futures=True)
                return
            gate.enter()
            pool.submit(one, number, target)


def _result(target: Target, network: Network, work: Callable[[Observations], Any]) -> Any:
    try:
        return work(look(target, network, observed_at=datetime.now(UTC)))
    except (AddressRefused, ResolverDown) as refusal:
        return refusal
    except BaseException as error:  # one host must not take the others with it, nor a panic in Rust
        return LookBroken(f"our own side failed: {type(error).__name__}: {error}")
